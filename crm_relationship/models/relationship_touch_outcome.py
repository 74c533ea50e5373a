from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

OUTCOMES = [
    ("interested", "Interested"),
    ("not_now", "Not Now"),
    ("lost", "Lost"),
    ("no_answer", "No Answer"),
    ("done", "Done"),
]
UNDONE = ("undone", "Undone")
# Within which an outcome may be taken back.
UNDO_MINUTES = 15


class RelationshipTouchOutcome(models.Model):
    """What came of an activity of the work list: one row per attempt, and one for each
    that was taken back. Written by the work list only: ``relationship.today``.

    Rows about an activity that no rule has asked for have no touch.
    """

    _name = "relationship.touch.outcome"
    _inherit = ["relationship.ledger.mixin"]
    _description = "Outcome"
    _order = "id desc"
    _rec_name = "outcome"

    touch_id = fields.Many2one(
        "relationship.touch",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Empty: the activity was planned by a person.",
    )
    rule_id = fields.Many2one(related="touch_id.rule_id")
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, index="btree_not_null", ondelete="set null"
    )
    user_id = fields.Many2one(
        "res.users",
        string="By",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    outcome = fields.Selection([*OUTCOMES, UNDONE], required=True, readonly=True)
    lost_reason_id = fields.Many2one(
        "relationship.lost.reason",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    again_date = fields.Date(
        string="Again On", readonly=True, help="When somebody is to try again."
    )
    deadline = fields.Date(
        string="Was Due On", readonly=True, help="Of the activity, before this outcome."
    )
    interaction_id = fields.Many2one(
        "relationship.interaction",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    message_id = fields.Many2one(
        "mail.message", readonly=True, index="btree_not_null", ondelete="set null"
    )
    next_activity_id = fields.Many2one(
        "mail.activity",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="What the type of the activity says comes next.",
    )
    undo_of_id = fields.Many2one(
        "relationship.touch.outcome",
        string="Takes Back",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    undo_ids = fields.One2many(
        "relationship.touch.outcome", "undo_of_id", string="Taken Back By"
    )
    dedup_key = fields.Char(readonly=True, export_string_translation=False)

    _dedup_key_uniq = models.UniqueIndex("(dedup_key) WHERE dedup_key IS NOT NULL")
    _partner_idx = models.Index("(partner_id, company_id, id DESC)")
    _user_idx = models.Index("(user_id, date, id DESC)")

    @api.depends("touch_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        for row in self:
            # Whoever may see what came of it may know why it was done.
            row.reason = row.sudo().touch_id.reason or False

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    def _is_fresh(self) -> bool:
        """Whether it may still be taken back."""
        self.ensure_one()
        return self.create_date >= fields.Datetime.now() - timedelta(
            minutes=UNDO_MINUTES
        )

    def _get_name(self) -> str:
        """Of the customer; whoever said what came of it has seen it."""
        return self.sudo().partner_id.display_name

    def _get_outcome_answer(self) -> dict:
        """What the work list tells after an outcome was logged."""
        self.ensure_one()
        return {
            "state": "logged",
            "id": self.id,
            "message": self._say(),
            "partner_id": self.partner_id.id,
            "customer_id": self.partner_id.id,
            "again": bool(self.again_date),
            "done": self._describe_outcome(),
        }

    def _describe_outcome(self) -> dict:
        return {
            "id": self.id,
            "partner_id": self.partner_id.id,
            "name": self._get_name(),
            "outcome": self.outcome,
            "says": self._say_outcome(),
            "date": fields.Datetime.to_string(self.create_date),
            "may_undo": self.user_id == self.env.user and self._is_fresh(),
        }

    def _say(self) -> str:
        """E.g. "Café Central: No Answer, again on 11/24/2026"."""
        return self.env._(
            "%(customer)s: %(outcome)s",
            customer=self._get_name(),
            outcome=self._say_outcome(),
        )

    def _say_outcome(self) -> str:
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        label = labels[self.outcome]
        if self.again_date:
            return self.env._(
                "%(outcome)s, again on %(day)s",
                outcome=label,
                day=format_date(self.env, self.again_date),
            )
        if self.lost_reason_id:
            # Of whichever company: it was chosen.
            return f"{label}, {self.lost_reason_id.sudo().name}"
        return label
