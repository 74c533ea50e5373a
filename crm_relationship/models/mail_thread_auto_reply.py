import logging

from odoo import api, models

_logger = logging.getLogger(__name__)

# Values of the header "Precedence" of what no person has written to us.
PRECEDENCES = ("auto_reply", "bulk", "junk")


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """What nobody has written, as an absence note, is kept as such where it
        belongs: it is no reply and no contact. It opens no case."""
        if self._is_auto_reply(message):
            message_dict = message_dict | {"message_type": "auto_comment"}
            routes = [route for route in routes or () if not self._opens_case(route)]
            if not routes:
                _logger.info(
                    "E-mail %s is automatic: no case", message_dict.get("message_id")
                )
        return super()._message_route_process(message, message_dict, routes)

    @api.model
    def _is_auto_reply(self, message) -> bool:
        """Whether the headers of an e-mail say that a program sent it."""
        submitted = (message["Auto-Submitted"] or "no").strip().lower()
        precedence = (message["Precedence"] or "").strip().lower()
        return bool(
            submitted != "no"
            or precedence in PRECEDENCES
            or message["X-Autoreply"]
            or message["X-Autorespond"]
        )

    @api.model
    def _opens_case(self, route) -> bool:
        model, thread_id, *_others = route
        return model == "relationship.case" and not thread_id
