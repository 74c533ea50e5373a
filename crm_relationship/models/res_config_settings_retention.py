from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "res.config.settings"

    relationship_touch_cap = fields.Integer(
        related="company_id.relationship_touch_cap", readonly=False
    )
    relationship_touch_cap_days = fields.Integer(
        related="company_id.relationship_touch_cap_days", readonly=False
    )
    relationship_user_capacity = fields.Integer(
        related="company_id.relationship_user_capacity", readonly=False
    )
    relationship_quiet_days = fields.Boolean(
        related="company_id.relationship_quiet_days", readonly=False
    )
    relationship_hour_from = fields.Float(
        related="company_id.relationship_hour_from", readonly=False
    )
    relationship_hour_to = fields.Float(
        related="company_id.relationship_hour_to", readonly=False
    )
    relationship_holdout_share = fields.Float(
        related="company_id.relationship_holdout_share", readonly=False
    )
