from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    relationship_capture_lead = fields.Boolean(string="Capture Leads", default=True)
    relationship_link_leads = fields.Boolean(
        string="Contacts for Leads",
        default=True,
        help="Leads that come without a contact get the one that has their e-mail "
        "address or phone number, or else a new one.",
    )
