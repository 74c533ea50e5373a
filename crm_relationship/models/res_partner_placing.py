from odoo import fields, models


class ResPartner(models.Model):
    """Where a customer stands, as plain fields that conditions of any other add-on can
    ask for; see also ``relationship_stage_id``."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_segment_id = fields.Many2one(
        related="relationship_profile_id.segment_id",
        related_sudo=False,
        string="Customer Segment",
        groups="crm_relationship.group_relationship_user",
    )
    relationship_churn_risk = fields.Float(
        related="relationship_profile_id.churn_risk",
        related_sudo=False,
        string="Risk of Losing the Customer",
        groups="crm_relationship.group_relationship_user",
    )
