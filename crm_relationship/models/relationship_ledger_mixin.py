from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


def of_customers(query, table) -> Domain:
    """Condition on records of a customer of a company: a row of the table that the
    query finds is of the same."""
    customers = query.subselect(
        SQL.identifier(table, "partner_id"), SQL.identifier(table, "company_id")
    )
    return Domain.custom(
        to_sql=lambda model, alias, query: SQL(
            "(%s, %s) IN %s",
            SQL.identifier(alias, "partner_id"),
            SQL.identifier(alias, "company_id"),
            customers,
        )
    )


class RelationshipLedgerMixin(models.AbstractModel):
    """A row of an append-only ledger about a customer of a company.

    There is no constraint on the customer, so that Odoo's merge keeps every row.
    """

    _name = "relationship.ledger.mixin"
    _description = "Ledger about Customers"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    profile_id = fields.Many2one(
        "relationship.profile",
        string="Customer Profile",
        compute="_compute_profile_id",
        search="_search_profile_id",
        help="The customer as it is now. Whoever sees it sees its past.",
    )
    date = fields.Date(required=True, readonly=True)
    evidence = fields.Json(
        readonly=True, help="The figures of the profile at that time."
    )
    merged_partner_ref = fields.Integer(
        string="Merged Customer",
        readonly=True,
        help="Database id of the customer the row was written for, where that one was "
        "merged into this.",
    )
    reason = fields.Char(
        compute="_compute_reason", help="Why, in words and with the figures."
    )

    @api.depends("partner_id", "company_id")
    @api.depends_context("uid", "su")
    def _compute_profile_id(self):
        profiles = self.env["relationship.profile"].with_context(active_test=False)
        by_customer = {
            (profile.partner_id, profile.company_id): profile
            for profile in profiles.search(
                [
                    ("partner_id", "in", self.partner_id.ids),
                    ("company_id", "in", self.company_id.ids),
                ]
            )
        }
        for row in self:
            row.profile_id = by_customer.get((row.partner_id, row.company_id))

    def _search_profile_id(self, operator, value):
        if operator not in ("in", "any", "any!"):
            return NotImplemented
        domain = Domain("id", "in", value) if operator == "in" else Domain(value)
        query = self.env["relationship.profile"]._search(
            domain, active_test=False, bypass_access=operator == "any!"
        )
        return of_customers(query, "relationship_profile")

    @api.depends("evidence")
    @api.depends_context("lang")
    def _compute_reason(self):
        for row in self:
            row.reason = self.env["relationship.profile"]._describe(row.evidence or {})
