from odoo import api, fields, models


class RelationshipStageMove(models.Model):
    """Append-only log of the funnel: one row for each change of a customer's stage."""

    _name = "relationship.stage.move"
    _description = "Stage Move"
    _order = "date desc, id desc"
    _rec_name = "to_stage_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
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
    date = fields.Date(required=True, readonly=True)
    automatic = fields.Boolean(
        readonly=True, help="Moved by an entry rule, not by a person."
    )
    note = fields.Char(
        string="Given Reason",
        readonly=True,
        help="What the person who moved the customer wrote.",
    )
    evidence = fields.Json(
        readonly=True, help="The figures of the profile when the customer moved."
    )
    merged_partner_ref = fields.Integer(
        string="Merged Customer",
        readonly=True,
        help="Database id of the customer the move was logged for, where that one was "
        "merged into this.",
    )
    reason = fields.Char(
        compute="_compute_reason",
        help="Why the customer moved, in words and with its figures.",
    )

    _partner_idx = models.Index("(partner_id, company_id, id DESC)")
    _date_idx = models.Index("(company_id, date)")

    @api.depends("automatic", "evidence", "note", "to_stage_id")
    @api.depends_context("lang")
    def _compute_reason(self):
        Profile = self.env["relationship.profile"]
        for move in self:
            if move.note:
                move.reason = move.note
            elif not move.to_stage_id:
                move.reason = self.env._("No longer a customer of its own.")
            elif not move.automatic:
                move.reason = self.env._("Moved by hand.")
            else:
                move.reason = Profile._describe(move.evidence or {})
