from ast import literal_eval
from datetime import datetime
from unittest.mock import patch

from odoo import fields
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from .entry_case import EntryCase

UNSUBSCRIBE = "odoo.addons.crm_relationship.models.relationship_rule_unsubscribe"


@tagged("post_install", "-at_install", "crm_relationship")
class TestUnsubscribe(EntryCase, HttpCase):
    def _send(self, **values):
        """Let a rule write to a new customer; return the touch and the e-mail."""
        rule = self._create_rule("email", **values)
        customer = self._create_invited(email="lia@choco.test", lang="en_US")
        rule._run()
        return self._get_touches(customer), self._get_mails(customer)

    def _get_url(self, mail):
        header = literal_eval(mail.headers)["List-Unsubscribe"]
        url = header.strip("<>")
        return url[url.index("/relationship") :]

    def _get_consents(self, touch):
        return self.env["relationship.consent"].search(
            [("partner_id", "=", touch.partner_id.id)]
        )

    def test_the_email_has_the_link_and_the_chatter_has_it_not(self):
        touch, mail = self._send()
        url = self._get_url(mail)
        path = url.partition("&")[0]
        self.assertIn(path, mail.body_html)
        self.assertNotIn("unsubscribe", touch.message_id.body)
        self.assertEqual(
            literal_eval(mail.headers)["List-Unsubscribe-Post"],
            "List-Unsubscribe=One-Click",
        )
        self.assertIn(self.company.name, mail.body_html)

    def test_the_headers_are_in_what_is_sent(self):
        _touch, mail = self._send()
        [email] = mail._prepare_outgoing_list()
        self.assertIn("List-Unsubscribe", email["headers"])

    def test_looking_does_nothing_and_pressing_withdraws_once(self):
        touch, mail = self._send()
        url = self._get_url(mail)
        page = self.url_open(url)
        self.assertEqual(page.status_code, 200)
        self.assertIn("No more such e-mails?", page.text)
        self.assertEqual(self.url_open(url, method="HEAD").status_code, 200)
        self.assertFalse(self._get_consents(touch))
        for _time in range(2):
            page = self.url_open(url, data={"x": "y"})
            self.assertIn(
                "You will get no more e-mails about your purchases", page.text
            )
        consent = self._get_consents(touch)
        self.assertEqual(len(consent), 1)
        self.assertEqual(
            (consent.state, consent.purpose, consent.source, consent.channel_id),
            ("withdrawn", "service", "email", touch.rule_id.channel_id),
        )
        self.assertFalse(consent.user_id)
        self.assertIn("“Welcome Café Central”", consent.proof)
        self.assertIn("“Welcome”", consent.proof)
        self.assertTrue(touch.refused_date)

    def test_a_mail_program_needs_no_session_and_no_token_of_ours(self):
        touch, mail = self._send()
        response = self.url_open(
            self._get_url(mail), data={"List-Unsubscribe": "One-Click"}
        )
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self._get_consents(touch).state, "withdrawn")

    def test_who_refused_gets_nothing_more_of_the_kind(self):
        touch, mail = self._send()
        self.url_open(self._get_url(mail), data={"x": "y"})
        again = self._create_rule("email", name="Again")
        outcomes = self._get_outcomes(again, touch.partner_id)
        self.assertEqual(outcomes, ["refused"])
        other = self._create_rule("email", name="Offers", purpose="research")
        self.company.relationship_research_consent = False
        self.assertEqual(self._get_outcomes(other, touch.partner_id), ["treated"])

    def test_what_waits_to_be_sent_is_stopped(self):
        touch, mail = self._send()
        second = self._create_rule("email", name="Second")
        second._run()
        mails = self._get_mails(touch.partner_id)
        self.assertEqual(mails.mapped("state"), ["outgoing"] * 2)
        self.url_open(self._get_url(mail), data={"x": "y"})
        self.assertEqual(mails.mapped("state"), ["cancel"] * 2)

    def test_what_waits_is_stopped_wherever_it_was_refused(self):
        for state in ("withdrawn", "declined"):
            touch, mail = self._send()
            touch.rule_id.purpose = "offers"
            said = {
                "partner_id": touch.partner_id.id,
                "company_id": touch.company_id.id,
                "purpose": "offers",
                "channel_id": touch.rule_id.channel_id.id,
                "state": state,
            }
            Consent = self.env["relationship.consent"].with_user(self.manager)
            Consent.create(said)
            self.assertEqual(mail.state, "outgoing", "it was for service")
            Consent.create(said | {"purpose": "service"})
            self.assertEqual(mail.state, "cancel")

    def test_what_waits_is_stopped_where_the_address_is_closed(self):
        _touch, mail = self._send()
        other = self.env["mail.mail"].create(
            {"recipient_ids": mail.recipient_ids.ids, "state": "outgoing"}
        )
        blacklist = self.env["mail.blacklist"]
        blacklist._remove("lia@choco.test")  # there, and not active
        self.assertEqual(mail.state, "outgoing")
        blacklist._add("Lia@choco.test")
        self.assertEqual(mail.state, "cancel")
        self.assertEqual(other.state, "outgoing", "it is of no rule")

    def test_consent_given_again_can_be_withdrawn_again(self):
        touch, mail = self._send()
        url = self._get_url(mail)
        self.url_open(url, data={"x": "y"})
        self.env["relationship.consent"].create(
            {
                "partner_id": touch.partner_id.id,
                "purpose": "service",
                "channel_id": touch.rule_id.channel_id.id,
                "state": "granted",
            }
        )
        self.url_open(url, data={"x": "y"})
        states = self._get_consents(touch).sorted("id").mapped("state")
        self.assertEqual(states, ["withdrawn", "granted", "withdrawn"])

    @mute_logger("odoo.http")
    def test_a_changed_link_does_nothing(self):
        touch, mail = self._send()
        other, _mail = self._send(name="Other")
        url = self._get_url(mail)
        for changed in (
            url[:-1],
            f"{url}é",
            url.replace("service", "offers"),
            url.replace(f"/{touch.id}?", f"/{other.id}?"),
            url.replace("channel=", "channel=1"),
            url.replace("channel=", "channel=x"),
            url.partition("?")[0],
        ):
            page = self.url_open(changed, data={"x": "y"})
            self.assertEqual(page.status_code, 404, changed)
            self.assertIn("This link does not work any more", page.text)
        self.assertFalse(self._get_consents(touch) + self._get_consents(other))

    def test_the_link_moves_with_a_merged_customer(self):
        touch, mail = self._send()
        survivor = self._create_prospect()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((survivor + touch.partner_id).ids, survivor)
        self.url_open(self._get_url(mail), data={"x": "y"})
        self.assertEqual(self._get_consents(touch).partner_id, survivor)

    def test_the_page_and_the_foot_are_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        view = self.env.ref("crm_relationship.unsubscribe_page")
        arch = view.with_context(lang="en_US").arch_db
        view.with_context(lang="pt_BR").arch_db = arch.replace(
            "Stop these e-mails", "Parar estes e-mails"
        )
        touch, mail = self._send()
        touch.partner_id.lang = "pt_BR"
        page = self.url_open(self._get_url(mail))
        self.assertIn("Parar estes e-mails", page.text)
        self.assertIn('lang="pt-BR"', page.text)

    def test_the_link_is_of_the_purpose_the_email_was_sent_for(self):
        touch, mail = self._send()
        touch.rule_id.purpose = "offers"
        self.url_open(self._get_url(mail), data={"x": "y"})
        self.assertEqual(self._get_consents(touch).purpose, "service")

    def _get_sending_time(self, now, tz, scheduled=False):
        """When an e-mail would be sent that is put into the queue now."""
        touch, mail = self._send(name=f"At {now} in {tz}")
        touch.partner_id.tz = tz
        mail.scheduled_date = scheduled
        with patch(f"{UNSUBSCRIBE}.fields.Datetime.now", return_value=now):
            return touch.rule_id._get_sending_time(self.company, touch, mail)

    def test_what_is_put_into_the_queue_waits_for_its_hour(self):
        night = fields.Datetime.now().hour + 2
        self.company.write(
            {"relationship_hour_from": night % 24, "relationship_hour_to": 24}
            if night < 24
            else {"relationship_hour_from": 20, "relationship_hour_to": 21}
        )
        _touch, mail = self._send()
        self.assertEqual(mail.state, "outgoing")
        self.assertGreater(mail.scheduled_date, fields.Datetime.now())

    def test_nobody_is_written_to_by_night(self):
        noon = datetime(2026, 3, 10, 15)
        self.assertFalse(self._get_sending_time(noon, "America/Sao_Paulo"))
        self.assertEqual(
            self._get_sending_time(noon, "Asia/Tokyo"), datetime(2026, 3, 10, 23)
        )
        night = datetime(2026, 3, 10, 5)
        self.assertEqual(
            self._get_sending_time(night, "America/Sao_Paulo"),
            datetime(2026, 3, 10, 11),
        )

    def test_the_hours_are_set_in_the_settings(self):
        form = Form(self.env["res.config.settings"])
        form.relationship_hour_from = 21
        form.relationship_hour_to = 22.5
        form.save().execute()
        self.assertEqual(
            (self.company.relationship_hour_from, self.company.relationship_hour_to),
            (21, 22.5),
        )

    def test_hours_are_those_of_the_company(self):
        self.company.write({"relationship_hour_from": 9.5, "relationship_hour_to": 12})
        self.assertEqual(
            self._get_sending_time(datetime(2026, 3, 10, 13), False),
            datetime(2026, 3, 11, 9, 30),
        )

    def test_what_waits_for_the_morning_waits_for_a_working_day(self):
        self.company.relationship_quiet_days = True
        calendar = self.env.ref("resource.resource_calendar_std").copy(
            {"company_id": self.company.id, "tz": "UTC"}
        )
        self.company.resource_calendar_id = calendar
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": datetime(2026, 3, 16),
                "date_to": datetime(2026, 3, 16, 23, 59, 59),
            }
        )
        # On Friday evening, until Tuesday.
        self.assertEqual(
            self._get_sending_time(datetime(2026, 3, 13, 20, 30), "UTC"),
            datetime(2026, 3, 17, 8),
        )

    def test_a_template_may_say_later_and_not_by_night(self):
        noon = datetime(2026, 3, 10, 12)
        self.assertEqual(
            self._get_sending_time(noon, "UTC", datetime(2026, 3, 12, 10)),
            datetime(2026, 3, 12, 10),
        )
        self.assertEqual(
            self._get_sending_time(noon, "UTC", datetime(2026, 3, 12, 22)),
            datetime(2026, 3, 13, 8),
        )
