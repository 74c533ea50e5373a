from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"  # pylint: disable=consider-merging-classes-inherited

    relationship_forecast_days = fields.Integer(
        related="company_id.relationship_forecast_days", readonly=False
    )
    relationship_margin_percent = fields.Float(
        related="company_id.relationship_margin_percent", readonly=False
    )
    relationship_discount_rate = fields.Float(
        related="company_id.relationship_discount_rate", readonly=False
    )
    relationship_forecast_summary = fields.Char(
        compute="_compute_relationship_forecast_summary",
        export_string_translation=False,
    )

    @api.depends("company_id")
    def _compute_relationship_forecast_summary(self):
        for settings in self:
            settings.relationship_forecast_summary = self.env[
                "relationship.value.model"
            ]._get_summary(settings.company_id)

    def action_relationship_fit(self):
        """Fit the models of customer value again, in the background.

        :raise AccessError: the user is no administrator of the add-on
        """
        return self.env["relationship.value.model"].action_fit()
