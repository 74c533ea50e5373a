from odoo import api, fields, models

from .relationship_touch_outcome import OUTCOMES


class RelationshipTouch(models.Model):
    _inherit = "relationship.touch"

    outcome_ids = fields.One2many(
        "relationship.touch.outcome",
        "touch_id",
        string="Outcomes",
        help="What came of it, as told in the work list; one row per attempt.",
    )
    last_outcome = fields.Selection(
        OUTCOMES,
        string="Outcome",
        compute="_compute_last_outcome",
        help="Of the last attempt that was not taken back.",
    )

    @api.depends("outcome_ids.outcome", "outcome_ids.undo_ids")
    @api.depends_context("uid", "su")
    def _compute_last_outcome(self):
        for touch in self:
            standing = touch.outcome_ids.filtered(
                lambda row: not row.undo_of_id and not row.undo_ids
            )
            touch.last_outcome = standing.sorted("id")[-1:].outcome
