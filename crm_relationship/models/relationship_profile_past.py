from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.customers import Customers
from ..tools.periods import end_of_month
from .relationship_funnel_report_sql import buyers, stage_as_of
from .relationship_ledger_mixin import of_customers


def _any_of(conditions) -> SQL:
    return SQL("(%s)", SQL(" OR ").join(conditions))


class RelationshipProfilePast(models.AbstractModel):
    """Conditions on the past of a customer. A part of ``relationship.profile``.

    Lists behind the figures of reports ask by them, so that no list of ids has to be
    passed around. They can be searched and have no value.
    """

    _name = "relationship.profile.past"
    _description = "Past of a Customer"

    stage_as_of = fields.Char(
        string="Stage at the End of a Day",
        compute="_compute_past",
        search="_search_stage_as_of",
        export_string_translation=False,
        help="For conditions only: the day and the database id of a stage, as in "
        "2026-06-30/12.",
    )
    order_month = fields.Char(
        string="Month with a Purchase",
        compute="_compute_past",
        search="_search_order_month",
        export_string_translation=False,
        help="For conditions only: a month with a purchase, as in 2026-06.",
    )

    def _compute_past(self):
        for profile in self:
            profile.stage_as_of = profile.order_month = False

    def _search_stage_as_of(self, operator, value):
        if operator != "in":
            return NotImplemented
        pairs = [self._parse_stage_as_of(item) for item in value]
        return Domain.custom(
            to_sql=lambda model, alias, query: _any_of(
                SQL("%s = %s", stage_as_of(alias, day), stage_id)
                for day, stage_id in pairs
            )
        )

    def _search_order_month(self, operator, value):
        if operator != "in":
            return NotImplemented
        months = list(map(self._parse_month, value))
        self._flush_sources()
        bought = [
            (
                company.id,
                buyers(
                    self._get_scope(company, Customers(), end_of_month(month)), month
                ),
            )
            for company in self.env.companies
            for month in months
        ]
        return Domain.custom(
            to_sql=lambda model, alias, query: _any_of(
                SQL(
                    "(%s = %s AND %s IN (%s))",
                    SQL.identifier(alias, "company_id"),
                    company_id,
                    SQL.identifier(alias, "partner_id"),
                    partners,
                )
                for company_id, partners in bought
            )
        )

    def _search_move_ids(self, operator, value):
        """Customers with such a move, of those that count."""
        if operator not in ("any", "any!"):
            return NotImplemented
        query = self.env["relationship.stage.move"]._search(
            Domain(value) & Domain("counts", "=", True),
            bypass_access=operator == "any!",
        )
        return of_customers(query, "relationship_stage_move")

    @api.model
    def _parse_stage_as_of(self, text) -> tuple[date, int]:
        """``2026-06-30/12`` -> the day and the id of the stage."""
        try:
            day, stage_id = text.split("/")
            return date.fromisoformat(day), int(stage_id)
        except (AttributeError, ValueError) as error:
            raise UserError(
                self.env._("Write the day and the id of the stage as 2026-06-30/12.")
            ) from error

    @api.model
    def _parse_month(self, text) -> date:
        """``2026-06`` -> the first day of the month."""
        try:
            return date.fromisoformat(f"{text}-01")
        except ValueError as error:
            raise UserError(self.env._("Write the month as 2026-06.")) from error
