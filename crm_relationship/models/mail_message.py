from odoo import api, models

from .relationship_capture_message import SPOKEN


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        source = self.env["relationship.capture.message"]
        self._note_interactions(
            message.id
            for message, vals in zip(messages, vals_list, strict=True)
            if source._is_spoken(vals)
        )
        return messages

    def write(self, vals):
        result = super().write(vals)
        if {"body", "subject"} & vals.keys():
            self._note_interactions(
                # Whoever may correct a message; only its id is taken.
                self.sudo().filtered(lambda message: message.message_type in SPOKEN).ids
            )
        return result

    @api.model
    def _note_interactions(self, message_ids):
        self.env["relationship.capture"]._note(
            "relationship.capture.message", tuple(message_ids)
        )
