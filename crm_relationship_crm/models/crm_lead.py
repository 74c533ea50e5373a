from odoo import api, fields, models
from odoo.http import request

SOURCE = "relationship.capture.lead"
# Columns that facts and interactions are computed from.
FACT_FIELDS = {
    "active",
    "campaign_id",
    "company_id",
    "date_closed",
    "date_conversion",
    "expected_revenue",
    "lost_reason_id",
    "medium_id",
    "name",
    "partner_id",
    "source_id",
    "team_id",
    "type",
    "user_id",
    "won_status",
}
# Columns that tell who the contact may be.
CONTACT_FIELDS = {"contact_name", "email_from", "partner_name", "phone"}


class CrmLead(models.Model):
    _inherit = "crm.lead"

    relationship_from_form = fields.Boolean(
        string="From a Web Form",
        readonly=True,
        copy=False,
        help="A visitor of the website has written this.",
    )
    relationship_stage_id = fields.Many2one(
        "relationship.stage",
        string="Customer Stage",
        compute="_compute_relationship",
        groups="crm_relationship.group_relationship_user",
    )
    relationship_explanation = fields.Char(
        string="Customer at a Glance",
        compute="_compute_relationship",
        groups="crm_relationship.group_relationship_user",
    )

    @api.depends("partner_id", "company_id")
    @api.depends_context("company", "lang")
    def _compute_relationship(self):
        companies = self.company_id | self.env.company
        profiles = self.env["relationship.profile"].search(
            [
                ("partner_id", "in", self.partner_id.commercial_partner_id.ids),
                ("company_id", "in", companies.ids),
            ]
        )
        by_customer = {(p.partner_id, p.company_id): p for p in profiles}
        for lead in self:
            company = lead.company_id or self.env.company
            profile = by_customer.get((lead.partner_id.commercial_partner_id, company))
            lead.relationship_stage_id = profile and profile.stage_id
            lead.relationship_explanation = profile and profile.explanation

    @api.model_create_multi
    def create(self, vals_list):
        if self._is_visitor():
            vals_list = [vals | {"relationship_from_form": True} for vals in vals_list]
        leads = super().create(vals_list)
        leads._note_relationship()
        return leads

    def _write_multi(self, vals_list):
        """Every change of a stored column passes here, recomputed ones included."""
        changed = self.browse(
            lead.id
            for lead, vals in zip(self, vals_list, strict=True)
            if not FACT_FIELDS.isdisjoint(vals) or (not CONTACT_FIELDS.isdisjoint(vals))
        )
        if changed:
            if any("partner_id" in vals or "company_id" in vals for vals in vals_list):
                self.env["relationship.profile.queue"]._note_stored_customers(changed)
            changed._note_relationship()
        return super()._write_multi(vals_list)

    def unlink(self):
        self.env["relationship.profile.queue"]._note_stored_customers(self)
        return super().unlink()

    @api.model
    def _is_visitor(self) -> bool:
        """Whether somebody from outside is at it, whose request does this."""
        if not request or not request.env or not request.env.uid:
            return False
        return not request.env.user._is_internal()

    def _note_relationship(self):
        """Have the leads looked at after the commit: see `_prepare` of the source."""
        self.env["relationship.capture"]._note(SOURCE, self.ids)

    def _relationship_customers(self) -> set:
        """(partner id, company id or None for every company)"""
        return {
            (lead.partner_id.id, lead.company_id.id or None)
            for lead in self
            if lead.partner_id
        }

    def action_open_relationship(self):
        self.ensure_one()
        return self.partner_id.action_open_relationship()
