from odoo import fields, models


class RelationshipProfileScore(models.AbstractModel):
    """Scores of recency, frequency and value. A part of ``relationship.profile``."""

    _name = "relationship.profile.score"
    _description = "Scores of a Customer"

    recency_score = fields.Integer(
        string="Recency",
        readonly=True,
        aggregator="avg",
        help="1 to 5 by the day of the last order; 5 is the fifth of the customers who "
        "bought last.",
    )
    frequency_score = fields.Integer(
        string="Frequency",
        readonly=True,
        aggregator="avg",
        help="1 to 5 by the number of order days.",
    )
    value_score = fields.Integer(
        string="Value", readonly=True, aggregator="avg", help="1 to 5 by the revenue."
    )
    fv_score = fields.Integer(
        string="Frequency and Value",
        readonly=True,
        aggregator="avg",
        help="Mean of the scores of frequency and value, a half rounded up.",
    )
    abc_class = fields.Selection(
        [("a", "A"), ("b", "B"), ("c", "C")],
        string="ABC Class",
        readonly=True,
        help="A: the customers who together make 80% of recent revenue; B: up to 95%; "
        "C: the others who bought.",
    )
    revenue_share = fields.Float(
        string="Share of Revenue",
        compute="_compute_revenue_share",
        help="Of the company's recent revenue.",
    )

    def _compute_revenue_share(self):
        self.revenue_share = 0
