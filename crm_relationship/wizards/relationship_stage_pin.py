from odoo import fields, models


class RelationshipStagePin(models.TransientModel):
    """Asks for the stage, the reason and the end date of a stage set by hand."""

    _name = "relationship.stage.pin"
    _inherit = ["relationship.pin.mixin"]
    _description = "Set Stage by Hand"

    stage_id = fields.Many2one(
        "relationship.stage",
        required=True,
        domain="[('company_id', 'in', (False, company_id))]",
    )

    def _get_place(self):
        return self.stage_id

    def _get_undoable_ids(self, moves):
        return moves.ids
