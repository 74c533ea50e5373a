from odoo import api, models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Let cases know that nobody has written this: an absence note is no reply."""
        answered_by = (message["Auto-Submitted"] or "no").strip().lower()
        if answered_by != "no" or message["X-Autoreply"]:
            self = self.with_context(relationship_auto_reply=True)
        return super()._message_route_process(message, message_dict, routes)
