from odoo import api, fields, models


class RelationshipStageMove(models.Model):
    """Append-only log of the funnel: one row for each change of a customer's stage."""

    _name = "relationship.stage.move"
    _inherit = ["relationship.ledger.mixin"]
    _description = "Stage Move"
    _order = "date desc, id desc"
    _rec_name = "to_stage_id"

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

    @api.depends("automatic", "evidence", "note", "to_stage_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        automatic = self.filtered(lambda move: move.automatic and move.to_stage_id)
        for move in self - automatic:
            if move.automatic:
                move.reason = self.env._("No longer a customer of its own.")
            else:
                move.reason = move.note or self.env._("Moved by hand.")
        return super(RelationshipStageMove, automatic)._compute_reason()
