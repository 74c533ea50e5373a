from odoo import api, fields, models


class RelationshipSegmentMove(models.Model):
    """Append-only log of segments: one row for each change of a customer's segment."""

    _name = "relationship.segment.move"
    _inherit = ["relationship.move.mixin"]
    _description = "Segment Move"
    _rec_name = "to_segment_id"

    from_segment_id = fields.Many2one(
        "relationship.segment",
        string="From",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: the customer got its first segment.",
    )
    to_segment_id = fields.Many2one(
        "relationship.segment",
        string="To",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: the customer went, as part of another one.",
    )

    @api.depends("to_segment_id")
    def _compute_reason(self):
        result = super()._compute_reason()
        for move in self.filtered(lambda move: move.automatic and move.evidence):
            scores = move._get_scores()
            move.reason = " ".join(filter(None, [move.reason, scores]))
        return result

    def _get_scores(self) -> str:
        """The scores of that day in words."""
        evidence = self.evidence
        if not evidence.get("recency_score"):
            return ""
        names = ("recency_score", "frequency_score", "value_score")
        return self.env._(
            "Recency %(recency)s, frequency %(frequency)s, value %(value)s.",
            **{name.removesuffix("_score"): evidence.get(name) for name in names},
        )
