from odoo import fields, models


class RelationshipProfileForecast(models.AbstractModel):
    """What a customer is expected to do. A part of ``relationship.profile``."""

    _name = "relationship.profile.forecast"
    _description = "Forecast of a Customer"

    currency_id = fields.Many2one("res.currency")
    buy_probability = fields.Float(
        string="Likely to Buy",
        readonly=True,
        aggregator="avg",
        help="Probability of an order within the horizon of the settings.",
    )
    churn_risk = fields.Float(
        string="Churn Risk",
        readonly=True,
        aggregator="avg",
        help="Probability of no order within the horizon of the settings.",
    )
    expected_orders = fields.Float(
        readonly=True,
        aggregator="sum",
        help="Order days to expect in the next twelve months.",
    )
    expected_value = fields.Monetary(
        string="Expected Revenue",
        readonly=True,
        help="Revenue to expect in the next twelve months.",
    )
    lifetime_value = fields.Monetary(
        readonly=True,
        help="Margin to expect, what comes later discounted by the settings' rate.",
    )
    value_at_risk = fields.Monetary(
        readonly=True, help="Recent revenue times the churn risk."
    )
    interval_low = fields.Float(
        string="Short Interval",
        readonly=True,
        aggregator="avg",
        help="A quarter of the customer's intervals are shorter, in days.",
    )
    interval_high = fields.Float(
        string="Long Interval",
        readonly=True,
        aggregator="avg",
        help="A quarter of the customer's intervals are longer, in days.",
    )
    next_order_date = fields.Date(string="Next Order Expected", readonly=True)
    next_order_from = fields.Date(string="Next Order From", readonly=True)
    next_order_to = fields.Date(string="Next Order Until", readonly=True)
