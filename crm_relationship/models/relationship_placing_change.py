from odoo import api, fields, models


class RelationshipPlacingChange(models.Model):
    """Append-only log of changes of the rules by which customers are placed: who
    changed what of which stage or segment, and how many customers moved."""

    _name = "relationship.placing.change"
    _description = "Change of Rules"
    _order = "id desc"
    _rec_name = "description"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [("stage", "Stages"), ("segment", "Segments")], required=True, readonly=True
    )
    date = fields.Date(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="By", readonly=True, index="btree_not_null"
    )
    changes = fields.Json(
        readonly=True, help="What was changed, from what to what, by record."
    )
    description = fields.Char(string="What Changed", compute="_compute_description")
    move_count = fields.Integer(string="Customers Moved", readonly=True)

    @api.depends("changes")
    @api.depends_context("lang")
    def _compute_description(self):
        for change in self:
            change.description = change._describe()

    def _describe(self) -> str:
        return self.env._("Rules changed")
