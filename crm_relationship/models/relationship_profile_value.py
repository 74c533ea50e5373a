from odoo import fields, models


class RelationshipProfileValue(models.AbstractModel):
    """What a customer is worth: facts. A part of ``relationship.profile``."""

    _name = "relationship.profile.value"
    _description = "Value of a Customer"

    currency_id = fields.Many2one("res.currency")
    refund_amount = fields.Monetary(
        string="Credited",
        readonly=True,
        help="Untaxed amount of posted credit notes, in company currency.",
    )
    revenue_recent = fields.Monetary(
        string="Recent Revenue",
        readonly=True,
        help="Revenue of the months that the settings say; twelve by default.",
    )
    revenue_before = fields.Monetary(
        readonly=True,
        help="Revenue of as many months before the recent ones.",
    )
    revenue_trend = fields.Float(
        string="Trend",
        readonly=True,
        aggregator="avg",
        help="Recent revenue against that before: 0.1 is ten percent more.",
    )
    margin = fields.Monetary(
        readonly=True, help="Revenue less cost, of what has a known cost."
    )
    margin_revenue = fields.Monetary(
        string="Revenue of Known Cost",
        readonly=True,
        help="The part of the revenue that the margin was computed from.",
    )
    overdue_amount = fields.Monetary(
        string="Overdue", readonly=True, help="Open receivables past their due date."
    )
