from odoo import fields, models

from .sale_order_relationship import ORDER_KINDS, RECORDED


class SaleReport(models.Model):
    _inherit = "sale.report"

    relationship_confirmed_stage_id = fields.Many2one(
        "relationship.stage",
        string="Stage at Order",
        readonly=True,
        groups="crm_relationship.group_relationship_user",
        help="Where the customer stood in the funnel just before the order.",
    )
    relationship_confirmed_segment_id = fields.Many2one(
        "relationship.segment",
        string="Segment at Order",
        readonly=True,
        groups="crm_relationship.group_relationship_user",
        help="The segment of the customer just before the order.",
    )
    relationship_ordinal = fields.Integer(
        string="Nth Order",
        readonly=True,
        aggregator=None,
        groups="crm_relationship.group_relationship_user",
        help="1 is the first order that the customer has confirmed in the company.",
    )
    relationship_order_kind = fields.Selection(
        ORDER_KINDS,
        string="First or Repeat",
        readonly=True,
        groups="crm_relationship.group_relationship_user",
        help="Whether it was the first order of the customer when it was confirmed.",
    )

    def _select_additional_fields(self):
        columns = {name: f"s.{name}" for name in RECORDED}
        return super()._select_additional_fields() | columns

    def _group_by_sale(self):
        columns = "".join(f", s.{name}" for name in RECORDED)
        return super()._group_by_sale() + columns
