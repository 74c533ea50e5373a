from odoo import api, fields, models
from odoo.exceptions import UserError


class RelationshipStageMove(models.Model):
    """Append-only log of the funnel: one row for each change of a customer's stage."""

    _name = "relationship.stage.move"
    _inherit = ["relationship.move.mixin", "relationship.stage.move.past"]
    _description = "Stage Move"
    _rec_name = "to_stage_id"

    from_stage_id = fields.Many2one(
        "relationship.stage",
        string="From",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: the customer entered the funnel.",
    )
    to_stage_id = fields.Many2one(
        "relationship.stage",
        string="To",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: the customer left the funnel, as part of another one.",
    )

    undo_of_id = fields.Many2one(
        "relationship.stage.move",
        string="Undoes",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The move by hand that this one took back.",
    )
    is_undoable = fields.Boolean(
        string="Can Be Undone",
        compute="_compute_is_undoable",
        help="The last move by hand, if the customer is where it was put.",
    )

    @api.depends_context("uid", "su")
    def _compute_is_undoable(self):
        undoable = self.profile_id.undoable_move_id
        for move in self:
            move.is_undoable = move in undoable

    @api.depends("to_stage_id", "cause", "undo_of_id")
    def _compute_reason(self):
        result = super()._compute_reason()
        for move in self.filtered("undo_of_id"):
            move.reason = self.env._("Undone: %s", move.undo_of_id.reason)
        return result

    def action_undo(self):
        """Take back these moves by hand: the customers are again where they were, since
        when they were, with what was set by hand before; if nothing was, the rules say
        whether they stay. The log keeps both ways.

        Of several moves, those are taken back whose customer has not been moved since.

        :return: an action that says what was done
        :raise UserError: all of these customers have been moved since
        """
        self.check_access("read")
        profiles = self.profile_id
        profiles._check_still_there()
        undone = profiles._undo(self)
        if not undone:
            raise UserError(profiles._get_moved_since_error())
        return undone._notify_undone(len(profiles) - len(undone))
