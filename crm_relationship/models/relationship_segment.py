from odoo import fields, models


class RelationshipSegment(models.Model):
    """A group of customers with a value proposition and a treatment."""

    _name = "relationship.segment"
    _inherit = ["relationship.domain.mixin"]
    _description = "Customer Segment"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True)
    color = fields.Integer()
