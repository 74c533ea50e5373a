from odoo import models


class PrivacyLookupWizardLine(models.TransientModel):
    """Both actions are reachable from what Odoo's lookup found."""

    _inherit = "privacy.lookup.wizard.line"

    def _get_relationship_partner(self):
        self.ensure_one()
        if self.res_model != "res.partner" or self.is_unlinked:
            return self.env["res.partner"]
        return self.env["res.partner"].browse(self.res_id).exists()

    def action_relationship_privacy_export(self):
        partner = self._get_relationship_partner()
        action = partner.action_relationship_privacy_export()
        self._relationship_note(self.env._("Exported"))
        return action

    def action_relationship_privacy_anonymize(self):
        partner = self._get_relationship_partner()
        action = partner.action_relationship_privacy_anonymize()
        action["context"] = dict(action["context"], default_line_id=self.id)
        return action

    def _relationship_note(self, done):
        """Let the log of the lookup say what was done about this line."""
        self.ensure_one()
        # An officer need not be an administrator to have it noted.
        line = self.sudo()
        line.execution_details = f"{done} {line.res_model_id.name} #{line.res_id}"
        line._compute_res_name()
        # The lookup writes its log when it computes this.
        line.wizard_id.flush_recordset(["execution_details"])
        line.is_active = self.env["res.partner"].sudo().browse(self.res_id).active
