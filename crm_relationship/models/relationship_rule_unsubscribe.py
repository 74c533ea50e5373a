from datetime import timedelta
from urllib.parse import urlencode

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import consteq, hmac
from odoo.tools.mail import append_content_to_html

from ..tools.days import end_of_day, local_day, next_hour

# Whoever does not work for longer than this many days sends e-mails all the same.
QUIET_DAYS = 30
SCOPE = "crm_relationship.unsubscribe"


class RelationshipRuleUnsubscribe(models.AbstractModel):
    """E-mails of rules: whoever gets one can refuse the next, and none comes by night.
    A part of ``relationship.rule``.

    The link names a touch, which moves with its customer when Odoo merges contacts, and
    what the e-mail was for; the signature makes it the proof of who was asked.
    """

    _name = "relationship.rule.unsubscribe"
    _description = "Rule that Lets Customers Refuse"

    def _complete_mails(self, company, lang, mails):
        """Give e-mails the link to refuse more of them, and an hour to be sent at.

        :param mails: {touch: e-mail in the queue}, of one company and language
        """
        rule = self.sudo().with_context(
            lang=lang
        )  # public words in the public's tongue
        touches = self.env["relationship.touch"].union(*mails)
        # The queue, and where customers are, is the engine's to know, whoever runs it.
        queue = self.env["mail.mail"].sudo().union(*mails.values())
        queue.fetch(["body_html", "scheduled_date"])
        touches.sudo().partner_id.fetch(["tz"])
        base_url = company.sudo().get_base_url()
        known = {}
        for touch, mail in mails.items():
            mail.write(rule._prepare_mail_vals(company, base_url, touch, mail, known))

    def _prepare_mail_vals(self, company, base_url, touch, mail, known) -> dict:
        url = f"{base_url}{self._get_unsubscribe_path(touch)}"
        return {
            # Only what is sent has the link: in the chatter a colleague would click it.
            "body_html": append_content_to_html(
                mail.body_html or "", self._get_foot(company, url), plaintext=False
            ),
            # A dictionary, as text.
            "headers": repr(
                {
                    "List-Unsubscribe": f"<{url}>",
                    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                }
            ),
            "scheduled_date": self._get_sending_time(company, touch, mail, known),
        }

    def _get_foot(self, company, url) -> Markup:
        return Markup(
            '<p style="margin-top:24px;font-size:12px;color:#666666">%s '
            '<a href="%s" style="color:#666666">%s</a></p>'
        ) % (
            self.env._("You get this e-mail from %s.", company.name),
            url,
            self.env._("I do not want such e-mails any more"),
        )

    def _get_sending_time(self, company, touch, mail, known=None):
        """When to send, as UTC, or False for at once: within the civil hours of where
        the customer is, and not before the template says. What is put off is not put
        off into a quiet day.

        :param known: {day: quiet days from then on}, kept for all of a batch
        """
        company = company.sudo()
        earliest = mail.scheduled_date or fields.Datetime.now()
        tz = touch.partner_id.tz or company._relationship_tz()
        hours = company.relationship_hour_from, company.relationship_hour_to
        moment = next_hour(earliest, tz, *hours)
        if moment == earliest:
            return mail.scheduled_date
        known = {} if known is None else known
        day = local_day(moment, tz)
        if day not in known:
            last = day + timedelta(days=QUIET_DAYS)
            known[day] = company._get_relationship_quiet_days(day, last)
        quiet = known[day]
        while day in quiet:
            moment = next_hour(end_of_day(day, tz), tz, *hours)
            day = local_day(moment, tz)
        return moment

    # The link
    def _get_unsubscribe_path(self, touch) -> str:
        """Where the customer of a touch refuses what this rule writes for."""
        subject = touch.id, self.purpose, self.channel_id.id
        query = self._get_subject_query(self.purpose, self.channel_id.id)
        token = self._get_unsubscribe_token(*subject)
        return f"/relationship/unsubscribe/{touch.id}?{query}token={token}"

    @api.model
    def _get_subject_query(self, purpose, channel_id) -> str:
        """What an e-mail is for, as a part of its link."""
        return urlencode({"purpose": purpose, "channel": channel_id}) + "&"

    @api.model
    def _get_unsubscribe_token(self, touch_id, purpose, channel_id) -> str:
        return hmac(self.env(su=True), SCOPE, (touch_id, purpose, channel_id))

    @api.model
    def _check_unsubscribe_token(self, touch_id, purpose, channel_id, token) -> bool:
        expected = self._get_unsubscribe_token(touch_id, purpose, channel_id)
        # As bytes: texts are compared in ASCII only.
        return consteq(expected.encode(), (token or "").encode(errors="replace"))
