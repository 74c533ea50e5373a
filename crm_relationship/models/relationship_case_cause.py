from odoo import fields, models


class RelationshipCaseCause(models.Model):
    """Why a case came up, as found out when it was resolved."""

    _name = "relationship.case.cause"
    _description = "Case Cause"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: every company uses the cause."
    )
