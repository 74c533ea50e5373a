from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    relationship_capture_lead = fields.Boolean(
        related="company_id.relationship_capture_lead", readonly=False
    )
    relationship_link_leads = fields.Boolean(
        related="company_id.relationship_link_leads", readonly=False
    )
