from odoo import api, fields, models

KINDS = [
    ("mbg_nbd", "MBG/NBD"),
    ("bg_nbd", "BG/NBD"),
    ("recency", "Days since the last order"),
    ("rhythm", "Own rhythm"),
    ("rfv", "Sum of recency, frequency and value"),
    ("windows", "Best of halved windows"),
    ("month_rate", "Average month times retention"),
]

# What a fit says of itself, see ``tools.value.fitting``.
STATUSES = [
    ("ok", "Usable"),
    ("too_few", "Too few customers"),
    ("no_repeat", "Nobody came back"),
    ("degenerate", "Does not fit"),
    ("not_finite", "Cannot be computed"),
    ("not_converged", "No solution found"),
]


class RelationshipValueModelCandidate(models.Model):
    """How one of the models did on the company's own past."""

    _name = "relationship.value.model.candidate"
    _description = "Candidate Value Model"
    _order = "model_id, sequence, id"
    _rec_name = "kind"

    model_id = fields.Many2one(
        "relationship.value.model",
        string="Model Card",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="model_id.company_id", store=True, index=True, precompute=True
    )
    sequence = fields.Integer(readonly=True)
    kind = fields.Selection(KINDS, string="Model", required=True, readonly=True)
    count = fields.Integer(
        string="Forecasts", readonly=True, help="Customers at cut-off days."
    )
    calibration_error = fields.Float(
        readonly=True,
        aggregator="avg",
        digits=(6, 1),
        help="Mean difference of what was said and what was seen, by tenths of the "
        "customers, in points from 0 to 100. Less is better.",
    )
    brier = fields.Float(
        string="Brier Score",
        readonly=True,
        aggregator="avg",
        digits=(6, 4),
        help="Mean squared error of the probability. Less is better.",
    )
    auc = fields.Float(
        string="AUC",
        readonly=True,
        aggregator="avg",
        digits=(6, 3),
        help="How often, of two customers, the one who bought had the higher score. "
        "0.5 is chance, 1 is perfect.",
    )
    spearman = fields.Float(
        string="Value Rank",
        readonly=True,
        aggregator="avg",
        digits=(6, 3),
        help="Rank correlation of expected and real value. 1 is perfect.",
    )
    lift = fields.Float(
        string="Top Tenth",
        readonly=True,
        aggregator="avg",
        digits=(6, 1),
        help="How many times the average the tenth with the highest expected value "
        "really bought for.",
    )
    is_chosen = fields.Boolean(string="Chosen", readonly=True)
    is_naive = fields.Boolean(
        string="Rule of Thumb",
        readonly=True,
        help="A rule that needs no model: what a model has to beat.",
    )
    status = fields.Selection(
        STATUSES,
        readonly=True,
        help="What could not be used today, or on most of the cut-off days, is not "
        "chosen, whatever its figures.",
    )
    figures = fields.Json(readonly=True, export_string_translation=False)

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        names = dict(self._fields["kind"]._description_selection(self.env))
        for candidate in self:
            candidate.display_name = names.get(candidate.kind, "")
