from odoo import api, fields, models
from odoo.exceptions import AccessError

from .relationship_duplicate_scan import THRESHOLD_KEY
from .relationship_duplicate_score import THRESHOLD


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    relationship_user_id = fields.Many2one(
        related="company_id.relationship_user_id", readonly=False
    )
    relationship_tz = fields.Selection(
        related="company_id.relationship_tz", readonly=False
    )
    relationship_pin_days = fields.Integer(
        related="company_id.relationship_pin_days", readonly=False
    )
    relationship_offers_consent = fields.Boolean(
        related="company_id.relationship_offers_consent", readonly=False
    )
    relationship_service_consent = fields.Boolean(
        related="company_id.relationship_service_consent", readonly=False
    )
    relationship_research_consent = fields.Boolean(
        related="company_id.relationship_research_consent", readonly=False
    )
    relationship_refresh_summary = fields.Char(
        compute="_compute_relationship_refresh_summary",
        export_string_translation=False,
    )

    relationship_capture_email = fields.Boolean(
        related="company_id.relationship_capture_email", readonly=False
    )
    relationship_capture_sms = fields.Boolean(
        related="company_id.relationship_capture_sms", readonly=False
    )
    relationship_capture_portal = fields.Boolean(
        related="company_id.relationship_capture_portal", readonly=False
    )
    relationship_capture_activity = fields.Boolean(
        related="company_id.relationship_capture_activity", readonly=False
    )
    relationship_capture_meeting = fields.Boolean(
        related="company_id.relationship_capture_meeting", readonly=False
    )
    relationship_capture_sale = fields.Boolean(
        related="company_id.relationship_capture_sale", readonly=False
    )
    relationship_capture_invoice = fields.Boolean(
        related="company_id.relationship_capture_invoice", readonly=False
    )
    relationship_capture_rating = fields.Boolean(
        related="company_id.relationship_capture_rating", readonly=False
    )
    relationship_capture_delivery = fields.Boolean(
        related="company_id.relationship_capture_delivery", readonly=False
    )
    relationship_capture_case = fields.Boolean(
        related="company_id.relationship_capture_case", readonly=False
    )
    relationship_has_deliveries = fields.Boolean(
        compute="_compute_relationship_capture", export_string_translation=False
    )
    relationship_has_cases = fields.Boolean(
        compute="_compute_relationship_capture", export_string_translation=False
    )
    relationship_history_summary = fields.Char(
        compute="_compute_relationship_capture", export_string_translation=False
    )
    relationship_failure_count = fields.Integer(
        compute="_compute_relationship_capture", export_string_translation=False
    )

    relationship_duplicate_threshold = fields.Float(
        config_parameter=THRESHOLD_KEY, default=THRESHOLD, string="Least Likelihood"
    )
    relationship_duplicate_summary = fields.Char(
        compute="_compute_relationship_duplicate_summary",
        export_string_translation=False,
    )
    relationship_has_trigram = fields.Boolean(
        compute="_compute_relationship_duplicate_summary",
        export_string_translation=False,
    )

    @api.depends("company_id")
    def _compute_relationship_refresh_summary(self):
        for settings in self:
            last = self.env["relationship.refresh"].search(
                [("company_id", "=", settings.company_id.id)], limit=1
            )
            settings.relationship_refresh_summary = last._get_summary() if last else ""

    @api.depends("company_id")
    def _compute_relationship_capture(self):
        has_deliveries = self.env["relationship.capture.delivery"]._is_available()
        switches = self.env["relationship.capture"]._get_switches()
        failures = self.env["relationship.capture.failure"].search_count([])
        for settings in self:
            settings.relationship_has_deliveries = has_deliveries
            settings.relationship_has_cases = "case" in switches
            settings.relationship_failure_count = failures
            settings.relationship_history_summary = self.env[
                "relationship.backfill"
            ]._get_summary(settings.company_id)

    def _compute_relationship_duplicate_summary(self):
        Duplicate = self.env["relationship.duplicate"]
        self.relationship_duplicate_summary = Duplicate._get_summary()
        self.relationship_has_trigram = Duplicate._has_trigram()

    def action_relationship_scan_duplicates(self):
        return self.env["relationship.duplicate"].action_scan()

    def action_relationship_refresh(self):
        """Compute all profiles of the company again, in the background.

        :raise AccessError: the user is no administrator of the add-on
        """
        if not self.env.user.has_group("crm_relationship.group_relationship_manager"):
            raise AccessError(self.env._("Only administrators refresh all profiles."))
        self.env["relationship.refresh"]._request(self.env.company)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "All profiles of %s are being computed again in the background.",
                    self.env.company.display_name,
                ),
                "next": {
                    "type": "ir.actions.act_window",
                    "res_model": "relationship.refresh",
                    "name": self.env._("Profile Refreshes"),
                    "views": [[False, "list"]],
                },
            },
        }

    def action_relationship_load_history(self):
        """Load what happened before as interactions, in the background.

        :raise AccessError: the user is no administrator of the add-on
        """
        histories = self.env["relationship.backfill"]._request(self.env.company)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_backfill_action"
        )
        return action | {"domain": [("id", "in", histories.ids)]}
