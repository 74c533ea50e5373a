from odoo import api, fields, models
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
        a purpose through a channel, which stops what still waits to be sent.

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

    @api.model
    def _cancel_addressed(self, emails):
        """E-mails that wait for their hour are not sent any more to these addresses.

        :param emails: normalized addresses
        """
        # What waits is the engine's to know, whoever closes an address.
        waiting = self.env["mail.mail"].sudo()
        waiting = waiting.search(
            [
                ("state", "=", "outgoing"),
                ("recipient_ids.email_normalized", "in", emails),
            ]
        )
        touches = self.sudo().search(
            [("message_id", "in", waiting.mail_message_id.ids)]
        )
        waiting.filtered(
            lambda mail: mail.mail_message_id in touches.message_id
        ).cancel()

    @api.model
    def _cancel_waiting(self, refusals):
        """E-mails that wait for their hour are not sent any more where the customer
        has refused them meanwhile, wherever that was said.

        :param refusals: entries of the ledger of consent
        """
        if not refusals:
            return
        # What waits is the engine's to know, whoever enters what the customer said.
        touches = self.sudo().search(
            [
                ("partner_id", "in", refusals.partner_id.ids),
                ("company_id", "in", refusals.company_id.ids),
                ("message_id", "!=", False),
            ]
        )
        mails = self.env["mail.mail"].sudo()
        mails = mails.search(
            [
                ("mail_message_id", "in", touches.message_id.ids),
                ("state", "=", "outgoing"),
            ]
        )
        waiting = mails.grouped("mail_message_id")
        for touch in touches.filtered(lambda touch: touch.message_id in waiting):
            refused = refusals.filtered(
                lambda row, touch=touch: (
                    row.partner_id == touch.partner_id
                    and row.company_id == touch.company_id
                )
            )
            mail = waiting[touch.message_id]
            # What an e-mail is for is said by its link; its rule may have changed.
            if any(
                touch.rule_id._get_subject_query(row.purpose, row.channel_id.id)
                in (mail.headers or "")
                for row in refused
            ):
                mail.cancel()
