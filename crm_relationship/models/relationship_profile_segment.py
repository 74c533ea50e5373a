from odoo import fields, models


class RelationshipProfileSegment(models.AbstractModel):
    """The segment of a customer. A part of ``relationship.profile``."""

    _name = "relationship.profile.segment"
    _description = "Segment of a Customer"

    segment_id = fields.Many2one(
        "relationship.segment", ondelete="restrict", index="btree_not_null"
    )
    segment_date = fields.Date(string="In Segment Since", readonly=True)
    computed_segment_id = fields.Many2one(
        "relationship.segment",
        string="Segment by the Rules",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    segment_pinned_until = fields.Date(string="Segment Kept Until")
    segment_pin_reason = fields.Char(string="Reason for the Segment")
