from odoo import fields, models


class RelationshipSegmentPin(models.TransientModel):
    """Asks for the segment, the reason and the end date of a segment set by hand."""

    _name = "relationship.segment.pin"
    _inherit = ["relationship.pin.mixin"]
    _description = "Set Segment by Hand"

    segment_id = fields.Many2one(
        "relationship.segment",
        required=True,
        domain="[('company_id', 'in', (False, company_id))]",
    )

    def _get_place(self):
        return self.segment_id
