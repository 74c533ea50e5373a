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

    def _is_out(self) -> bool:
        """Whether the customer went nowhere."""
        return not self[self._rec_name]
