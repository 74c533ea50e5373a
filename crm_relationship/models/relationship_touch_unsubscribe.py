from odoo import fields, models
from odoo.tools import format_datetime

REFUSING = ("withdrawn", "declined")


class RelationshipTouch(models.Model):
    """A customer refuses more of what a touch brought."""

    _inherit = "relationship.touch"  # pylint: disable=consider-merging-classes-inherited

    refused_date = fields.Datetime(
        string="Refused More",
        readonly=True,
        help="When the customer followed the link of the e-mail to get no more of "
        "them.",
    )

    def _refuse_more(self, purpose, channel) -> bool:
        """Enter into the ledger of consent that the customer wants no more contact for
        a purpose through a channel, and stop what still waits to be sent.

        Doing it twice, or at once, enters one statement. Whoever calls this has seen
        the proof that it is the customer's will: the signed link.

        :return: whether this was new
        """
        self.ensure_one()
        partner, company = self.partner_id, self.company_id
        Consent = self.env["relationship.consent"]
        current = Consent._get_current(partner.ids, company)
        last = current.get((partner.id, purpose, channel.id))
        if last and last["state"] in REFUSING:
            return False
        # Of two requests at once one fails here, is tried again, and finds it done.
        self.refused_date = fields.Datetime.now()
        self.flush_recordset()
        Consent.create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "purpose": purpose,
                "channel_id": channel.id,
                "state": "withdrawn",
                "source": "email",
                "user_id": False,  # nobody entered it but the customer
                "proof": self._get_refusal_proof(),
            }
        )
        self._cancel_waiting(purpose, channel)
        return True

    def _get_refusal_proof(self) -> str:
        """What the customer clicked, in the language of the company."""
        touch = self.with_context(lang=self.company_id.partner_id.lang)
        return touch.env._(
            "Followed the link to get no more e-mails, in the e-mail “%(subject)s” of "
            "%(date)s (rule “%(rule)s”, touch %(number)s).",
            subject=touch.message_id.subject or touch.rule_id.template_id.name or "",
            date=format_datetime(touch.env, touch.create_date),
            rule=touch.rule_id.name,
            number=touch.id,
        )

    def _cancel_waiting(self, purpose, channel):
        """E-mails of the same kind that wait for their hour are not sent any more."""
        touches = self.search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("message_id", "!=", False),
                ("rule_id", "any", [("purpose", "=", purpose)]),
                ("rule_id", "any", [("channel_id", "=", channel.id)]),
            ]
        )
        mails = self.env["mail.mail"].search(
            [
                ("mail_message_id", "in", touches.message_id.ids),
                ("state", "=", "outgoing"),
            ]
        )
        mails.cancel()
