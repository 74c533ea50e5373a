from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class RelationshipContactMixin(models.AbstractModel):
    """A row about a contact (``partner_id``) that a company (``company_id``) keeps.

    Whose row it is follows from the customer whose contact it is; see the record rules.
    """

    _name = "relationship.contact.mixin"
    _description = "Note about a Contact"

    partner_id = fields.Many2one("res.partner")
    company_id = fields.Many2one("res.company")
    profile_id = fields.Many2one(
        "relationship.profile",
        string="Customer Profile",
        compute="_compute_profile_id",
        search="_search_profile_id",
        help="The customer as it is now. Whoever sees it sees what is noted of its "
        "contacts.",
    )

    @api.depends("partner_id.commercial_partner_id", "company_id")
    @api.depends_context("uid", "su")
    def _compute_profile_id(self):
        profiles = self.env["relationship.profile"].with_context(active_test=False)
        # Only whose customer it is, no secret; the profile is searched as the user.
        customers = self.sudo().partner_id.commercial_partner_id
        by_customer = {
            (profile.partner_id.id, profile.company_id.id): profile
            for profile in profiles.search(
                [
                    ("partner_id", "in", customers.ids),
                    ("company_id", "in", self.company_id.ids),
                ]
            )
        }
        for row in self:
            customer = row.sudo().partner_id.commercial_partner_id
            row.profile_id = by_customer.get((customer.id, row.company_id.id))

    def _search_profile_id(self, operator, value):
        if operator not in ("in", "any", "any!"):
            return NotImplemented
        Profile = self.env["relationship.profile"].with_context(active_test=False)
        if operator != "in":
            query = Profile._search(Domain(value), bypass_access=operator == "any!")
            return self._get_profile_domain(query)
        # False and True ask whether there is a profile, whoever may see it.
        ids = [profile for profile in value if not isinstance(profile, bool)]
        found = self._get_profile_domain(Profile._search(Domain("id", "in", ids)))
        anyone = self._get_profile_domain(Profile.sudo()._search([]))
        if any(profile is True for profile in value):
            found |= anyone
        if any(profile is False for profile in value):
            found |= ~anyone
        return found

    @api.model
    def _get_profile_domain(self, query) -> Domain:
        """The customer of a contact has one of the profiles of a query."""
        profiles = query.subselect(
            SQL.identifier("relationship_profile", "partner_id"),
            SQL.identifier("relationship_profile", "company_id"),
        )
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "EXISTS (SELECT FROM res_partner contact WHERE contact.id = %s"
                " AND (contact.commercial_partner_id, %s) IN %s)",
                SQL.identifier(alias, "partner_id"),
                SQL.identifier(alias, "company_id"),
                profiles,
            )
        )
