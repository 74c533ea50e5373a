from odoo import fields, models


class RelationshipTouch(models.Model):
    _inherit = "relationship.touch"

    coupon_id = fields.Many2one(
        "loyalty.card", readonly=True, index="btree_not_null", ondelete="set null"
    )
