from odoo import fields, models


class RelationshipLostReason(models.Model):
    """Why a customer says no, as told to whoever called."""

    _name = "relationship.lost.reason"
    _description = "Lost Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: every company uses the reason."
    )
