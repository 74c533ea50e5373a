from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "res.config.settings"

    relationship_value_basis = fields.Selection(
        related="company_id.relationship_value_basis", readonly=False
    )
    relationship_value_months = fields.Integer(
        related="company_id.relationship_value_months", readonly=False
    )
