from datetime import timedelta
from math import ceil, floor

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import key_dates
from .relationship_key_date_sql import next_date

# A date comes again after a year at most.
FEWEST_DAYS, MOST_DAYS = 0, 366
OPERATORS = {"<": SQL("<"), "<=": SQL("<="), ">": SQL(">"), ">=": SQL(">=")}


class RelationshipKeyDateSearch(models.AbstractModel):
    """What is told and searched of key dates as of today, whenever the job ran last.

    A part of ``relationship.key.date``. A stored next date of today or later is right
    and its index is used; for the few that have passed since the job ran, the next date
    is computed in the statement.
    """

    _name = "relationship.key.date.search"
    _description = "Search of Key Dates"

    days_left = fields.Integer(
        compute="_compute_days_left", search="_search_days_left", aggregator=None
    )
    to_prepare = fields.Boolean(
        compute="_compute_days_left",
        search="_search_to_prepare",
        help="The days of notice have begun.",
    )
    age_text = fields.Char(compute="_compute_age_text", export_string_translation=False)

    @api.depends("day", "month", "year", "lead_days", "company_id.relationship_tz")
    def _compute_days_left(self):
        for key_date in self:
            company = (key_date.company_id or self.env.company).sudo()
            today = company._relationship_today()
            coming = key_date._get_next_date(today)
            days = (coming - today).days if coming else 0
            key_date.days_left = days
            key_date.to_prepare = bool(coming) and days <= key_date.lead_days
            key_date.age = coming and key_dates.age_at(coming, key_date.year)

    @api.depends("age", "kind")
    @api.depends_context("lang")
    def _compute_age_text(self):
        """The age in words, as the card says it; whole, for languages order it
        otherwise."""
        for key_date in self:
            age, is_company = key_date.age, key_date.kind == "company"
            if not age:
                key_date.age_text = False
            elif age == 1:
                key_date.age_text = (
                    self.env._("1 year") if is_company else self.env._("turns 1")
                )
            elif is_company:
                key_date.age_text = self.env._("%s years", age)
            else:
                key_date.age_text = self.env._("turns %s", age)

    def _search_days_left(self, operator, value):
        """Only comparisons; ``in`` stands for equality."""
        if operator == "in":
            return Domain.OR(
                self._get_days_domain(">=", days) & self._get_days_domain("<=", days)
                for days in value
                if days is not None
            )
        if operator not in OPERATORS:
            return NotImplemented
        return self._get_days_domain(operator, value)

    def _search_to_prepare(self, operator, _value):
        if operator != "in":
            return NotImplemented
        return self._get_today_domain(
            lambda today: Domain("alert_date", "<=", today),
            lambda today, alias: SQL(
                "%s - %s <= %s",
                next_date(today, alias),
                SQL.identifier(alias, "lead_days"),
                today,
            ),
            upper=True,
        )

    @api.model
    def _get_days_domain(self, operator, days) -> Domain:
        limit = timedelta(days=self._get_days_bound(operator, days))
        return self._get_today_domain(
            lambda today: Domain("next_date", operator, today + limit),
            lambda today, alias: SQL(
                "%s %s %s",
                next_date(today, alias),
                OPERATORS[operator],
                today + limit,
            ),
            upper=operator in ("<", "<="),
        )

    @api.model
    def _get_days_bound(self, operator, days) -> int:
        """A whole number that finds the same, however far away the number is.

        :raise UserError: it is no number
        """
        try:
            days = min(max(days, FEWEST_DAYS - 1), MOST_DAYS + 1)
            return ceil(days) if operator in ("<", ">=") else floor(days)
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._("Search for a number of days, not for “%s”.", days)
            ) from error

    @api.model
    def _get_today_domain(self, stored, passed, upper) -> Domain:
        """A condition as of the today of each company.

        :param stored: function of today; the condition where `next_date` is right
        :param passed: function of today and an alias; the same as SQL, for the rows
            that the job has not moved on yet
        :param upper: `stored` is an upper bound, so a passed date is below it too, and
            the index needs not be read beyond it
        """
        # Of other companies than the user's only what day it is there.
        companies = self.env["res.company"].sudo().search([])
        return Domain.OR(
            Domain("company_id", "=", company.id)
            & self._get_company_domain(
                company._relationship_today(), stored, passed, upper
            )
            for company in companies
        )

    @api.model
    def _get_company_domain(self, today, stored, passed, upper) -> Domain:
        is_right = Domain("next_date", ">=", today)
        late = Domain.custom(to_sql=lambda model, alias, query: passed(today, alias))
        if upper:
            return stored(today) & (is_right | late)
        return (is_right & stored(today)) | (Domain("next_date", "<", today) & late)
