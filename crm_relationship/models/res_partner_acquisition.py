from odoo import api, fields, models
from odoo.http import request


class ResPartner(models.Model):
    """Where a contact came from, as noted by hand or brought by a web form."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_source_id = fields.Many2one(
        "utm.source",
        string="Acquisition Source",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        groups="crm_relationship.group_relationship_user",
        help="Where the contact came from. Empty: the source of the first order.",
    )
    relationship_campaign_id = fields.Many2one(
        "utm.campaign",
        string="Acquisition Campaign",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        groups="crm_relationship.group_relationship_user",
    )
    relationship_acquisition_date = fields.Date(
        string="Acquired On",
        copy=False,
        groups="crm_relationship.group_relationship_user",
        help="Empty: the day of the first order that has a source.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        if request and not self.env.user._is_internal():
            # What the form itself has said is better than a cookie.
            partners.sudo().filtered(
                lambda partner: not partner.relationship_source_id
            )._note_web_acquisition()
        return partners

    def _note_web_acquisition(self):
        """Keep where a visitor came from who fills in a form or signs up: Odoo has it
        in a cookie, as for orders (``utm.mixin``)."""
        # A visitor may write nothing of the kind; the values are names of sources.
        sources = self.env["utm.mixin"].sudo()
        names = {
            field: request.cookies.get(cookie)
            for _parameter, field, cookie in sources.tracking_fields()
        }
        names = {field: name.strip() for field, name in names.items() if name}
        if not names.get("source_id"):
            return
        source = sources._find_or_create_record("utm.source", names["source_id"])
        campaign = names.get("campaign_id") and sources._find_or_create_record(
            "utm.campaign", names["campaign_id"]
        )
        self.sudo().write(
            {
                "relationship_source_id": source.id,
                "relationship_campaign_id": campaign and campaign.id,
                "relationship_acquisition_date": self.env.company._relationship_today(),
            }
        )
