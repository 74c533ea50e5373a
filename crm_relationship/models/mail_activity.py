from odoo import models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        self.env["relationship.capture"]._note(
            "relationship.capture.activity",
            [
                activity.id
                # Whoever may do an activity; only ids are taken. An activity whose
                # document is gone has gone, too.
                for activity in self.sudo().exists()
                if activity.res_model
                and not activity.calendar_event_id
                and (feedback or activity.activity_type_id.relationship_channel_id)
            ],
        )
        return result
