from odoo import api, fields, models

DIRECTIONS = [
    ("up", "Up"),
    ("down", "Down"),
    ("same", "Level"),
    ("in", "Joined"),
    ("out", "Left"),
]
CAUSES = [
    ("facts", "The Customer Changed"),
    ("rules", "The Rules Changed"),
    ("hand", "By Hand"),
    ("undo", "Undone"),
]


class RelationshipMoveMixin(models.AbstractModel):
    """A row of the log of a ladder: one for each change of a customer's place.

    See ``relationship.placing.mixin``. A model of moves adds where from and where to.
    """

    _name = "relationship.move.mixin"
    _inherit = ["relationship.ledger.mixin"]
    _description = "Move of a Customer"
    _order = "date desc, id desc"

    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        readonly=True,
        index="btree_not_null",
        help="Who served the customer when it moved.",
    )
    team_id = fields.Many2one(
        "crm.team", string="Sales Team", readonly=True, index="btree_not_null"
    )
    direction = fields.Selection(
        DIRECTIONS, readonly=True, help="By the worth of the two places at that time."
    )
    days = fields.Integer(
        string="Days Before",
        readonly=True,
        aggregator="avg",
        help="How many days the customer had been where it came from.",
    )
    cause = fields.Selection(
        CAUSES,
        readonly=True,
        index="btree_not_null",
        help="What made the customer move.",
    )
    change_id = fields.Many2one(
        "relationship.placing.change",
        string="Change of the Rules",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The change of the rules that made the customer move.",
    )
    automatic = fields.Boolean(
        readonly=True, help="Moved by an entry rule, not by a person."
    )
    note = fields.Char(
        string="Given Reason",
        readonly=True,
        help="What the person who moved the customer wrote.",
    )
    until = fields.Date(
        string="Kept Until",
        readonly=True,
        help="The last day on which the rules were to leave the customer there.",
    )
    # What an undo restores. Written with a move by hand.
    origin_date = fields.Date(
        string="Had Been There Since",
        readonly=True,
        help="Since when the customer had been where it came from.",
    )
    origin_until = fields.Date(
        string="Had Been Kept Until",
        readonly=True,
        help="If it had been put there by hand: until when.",
    )
    origin_reason = fields.Char(
        string="Had Been Kept Because",
        readonly=True,
        help="If it had been put there by hand: the reason given then.",
    )

    _partner_idx = models.Index("(partner_id, company_id, id DESC)")
    _date_idx = models.Index("(company_id, date)")

    @api.depends("automatic", "evidence", "note", "change_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        automatic = self.filtered(lambda move: move.automatic and not move._is_out())
        for move in self - automatic:
            if move.automatic:
                move.reason = self.env._("No longer a customer of its own.")
            else:
                move.reason = move.note or self.env._("Moved by hand.")
        result = super(RelationshipMoveMixin, automatic)._compute_reason()
        for move in automatic.filtered("change_id"):
            move.reason = f"{move.change_id.description} {move.reason}"
        return result

    @api.model
    def _get_direction(self, origin, target) -> str:
        """Which way a move goes by the worth of the two places, either of which may be
        missing."""
        if not origin or not target:
            return "out" if origin else "in"
        # The worth of a place is no secret, wherever it was.
        before, after = origin.sudo().rank, target.sudo().rank
        return "up" if after > before else "down" if after < before else "same"

    def _is_out(self) -> bool:
        """Whether the customer went nowhere."""
        return not self[self._rec_name]
