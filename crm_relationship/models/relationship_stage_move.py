from odoo import api, fields, models


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

    @api.depends("to_stage_id")
    def _compute_reason(self):
        return super()._compute_reason()
