from odoo import fields, models

from .relationship_duplicate_scan import THRESHOLD_KEY
from .relationship_duplicate_score import THRESHOLD


class ResConfigSettingsDuplicate(models.TransientModel):
    """Settings of the search for duplicates."""

    _inherit = "res.config.settings"

    relationship_duplicate_threshold = fields.Float(
        config_parameter=THRESHOLD_KEY,
        default=THRESHOLD,
        string="Least Likelihood",
    )
    relationship_duplicate_summary = fields.Char(
        compute="_compute_relationship_duplicate_summary",
        export_string_translation=False,
    )
    relationship_has_trigram = fields.Boolean(
        compute="_compute_relationship_duplicate_summary",
        export_string_translation=False,
    )

    def _compute_relationship_duplicate_summary(self):
        Duplicate = self.env["relationship.duplicate"]
        self.relationship_duplicate_summary = Duplicate._get_summary()
        self.relationship_has_trigram = Duplicate._has_trigram()

    def action_relationship_scan_duplicates(self):
        return self.env["relationship.duplicate"].action_scan()
