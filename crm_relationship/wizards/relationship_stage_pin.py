from odoo import api, fields, models


class RelationshipStagePin(models.TransientModel):
    """Asks for the stage, the reason and the end date of a stage set by hand."""

    _name = "relationship.stage.pin"
    _inherit = ["relationship.pin.mixin"]
    _description = "Set Stage by Hand"

    stage_id = fields.Many2one(
        "relationship.stage",
        required=True,
        domain="[('id', 'in', open_stage_ids)]",
    )
    open_stage_ids = fields.Many2many(
        "relationship.stage", compute="_compute_open_stage_ids"
    )

    @api.depends("company_id")
    def _compute_open_stage_ids(self):
        for wizard in self:
            company = wizard.company_id or self.env.company
            wizard.open_stage_ids = wizard.stage_id._get_used(company).ids

    def _get_place(self):
        return self.stage_id

    def _get_undoable_ids(self, moves):
        return moves.ids
