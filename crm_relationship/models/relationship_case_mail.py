from odoo import api, models
from odoo.tools import email_normalize

# Written by people, not by the system.
WRITTEN = ("comment", "email", "email_outgoing")


class RelationshipCaseMail(models.AbstractModel):
    """What e-mails and messages do to a case. A part of ``relationship.case``."""

    _name = "relationship.case.mail"
    _inherit = ["mail.thread.cc", "rating.mixin"]
    _description = "Messages of a Case"
    _primary_email = "partner_email"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """An e-mail to the address of a team opens a case."""
        values = {
            "name": msg_dict.get("subject") or self.env._("No subject"),
            "description": msg_dict.get("body"),
            "channel_id": self._get_email_channel().id,
        } | (custom_values or {})
        team = self.env["relationship.case.team"].browse(values.get("team_id"))
        company = team.exists().company_id or self.env.company
        values.setdefault("company_id", company.id)
        sender = self._get_sender(msg_dict, company)
        values.setdefault("partner_id", sender.id)
        if sender:  # of strangers the name is kept too, to make contacts of them
            email = email_normalize(msg_dict.get("email_from")) or sender.email
            msg_dict = msg_dict | {"email_from": email}
        elif self._is_by_colleague(msg_dict):
            # Who forwards an e-mail is not to be answered in place of the customer.
            msg_dict = msg_dict | {"email_from": False}
        return super().message_new(msg_dict, values)

    @api.model
    def _get_sender(self, msg_dict, company):
        """The contact whom Odoo found for the sender, if it can be a customer: not an
        employee who forwards an e-mail, nor another company's contact."""
        # Found by the gateway, which serves every sender.
        author = self.env["res.partner"].sudo().browse(msg_dict.get("author_id") or [])
        if author.partner_share and author.company_id in (
            author.company_id.browse(),
            company,
        ):
            return author
        return author.browse()

    @api.model
    def _is_by_colleague(self, msg_dict) -> bool:
        # Found by the gateway, see above.
        author = self.env["res.partner"].sudo().browse(msg_dict.get("author_id") or [])
        return bool(author) and not author.partner_share

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        for case in self:
            case._note_message(message, msg_values)
        return result

    def _note_message(self, message, msg_values):
        """Find out what a message means: the first answer, or a customer's reply."""
        self.ensure_one()
        # Whoever may write to the case moves it by that, be it a follower or the
        # gateway in the customer's name.
        case = self.sudo()
        if message.message_type not in WRITTEN or msg_values.get("rating_id"):
            return
        if not case._is_by_staff(message):
            # Also where Odoo keeps it internal, as it answers our question for a
            # rating, which is no message to all followers.
            case._note_reply()
        elif not (message.is_internal or message.subtype_id.internal):
            case._take_customer(message)
            if not case.date_first_answer and case._is_to_outside(message, msg_values):
                case.date_first_answer = message.date

    def _is_by_staff(self, message) -> bool:
        author = message.author_id
        return bool(author) and not author.partner_share

    def _is_to_outside(self, message, msg_values) -> bool:
        """The message reaches somebody who does not work here."""
        recipients = message.partner_ids | self.message_partner_ids
        return bool(
            recipients.filtered("partner_share") or msg_values.get("outgoing_email_to")
        )

    def _note_reply(self):
        """The customer has written: it is our turn again."""
        if self.is_closed:
            self._reopen()
        elif self.stage_kind == "waiting":
            self.stage_id = self._get_stage("progress")

    def _take_customer(self, message):
        """Who was made a contact to be answered is the customer of the case."""
        if self.partner_id or not self.partner_email:
            return
        email = email_normalize(self.partner_email)
        customer = message.partner_ids.filtered(
            lambda partner: (
                email and partner.partner_share and partner.email_normalized == email
            )
        )[:1]
        if customer and customer.company_id in (
            customer.company_id.browse(),
            self.company_id,
        ):
            self.partner_id = customer

    def _ask_satisfaction(self):
        """Send the customers of resolved cases an e-mail that asks for a rating."""
        template = self.env.ref(
            "crm_relationship.mail_template_case_rating", raise_if_not_found=False
        )
        if not template:
            return
        for case in self:
            if case._may_ask_satisfaction():
                case.rating_send_request(
                    template, lang=case.partner_id.lang, force_send=False
                )

    def _may_ask_satisfaction(self) -> bool:
        """The team wants to know, and the customer did not ask to be left alone."""
        self.ensure_one()
        # A colleague may resolve the case of a contact whom they cannot see.
        case = self.sudo()
        if not (case.team_id.ask_rating and case.partner_id.email):
            return False
        channel = self._get_email_channel()
        return not channel or case.partner_id._is_contact_allowed(
            "service", channel, case.company_id
        )

    @api.model
    def _get_email_channel(self):
        channel = "crm_relationship.channel_email"
        return (
            self.env.ref(channel, raise_if_not_found=False)
            or self.env["relationship.channel"]
        )
