from odoo.http import Request
from odoo.tests import HttpCase, tagged

from odoo.addons.mail.tests.common import MailCommon

from .test_case import CaseCommon

EMAIL = """\
Return-Path: <{sender}>
To: care@{domain}
From: {sender}
Subject: {subject}
Date: Fri, 13 Mar 2026 12:00:00 +0000
Message-Id: <{number}@example.com>
{more}MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

{body}
"""


@tagged("post_install", "-at_install")
class CaseMailCommon(CaseCommon, MailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(
                cls.env.context, tracking_disable=False, mail_create_nolog=False
            )
        )
        cls.domain = cls.mail_alias_domain.name
        cls.case_team = cls.case_team.with_env(cls.env)
        cls.case_team.write(
            {
                "alias_name": "care",
                "alias_domain_id": cls.mail_alias_domain.id,
                "kind": "complaint",
            }
        )
        cls.user = cls.salesman.with_env(cls.env)
        cls.user.email = "ana@mycompany.example.com"

    def _receive(self, number, sender="Lia <lia@example.com>", body="", **values):
        """An e-mail that arrives; the cases that are new."""
        text = EMAIL.format(
            number=number,
            sender=sender,
            body=body or "<p>The box came crushed</p>",
            domain=self.domain,
            subject=values.get("subject", "Crushed box"),
            more=values.get("more", ""),
        )
        known = self.Case.search([])
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(None, text)
        return self.Case.search([]) - known

    def _resolve(self, case):
        case._resolve("<p>Sent a new box</p>", self.cause)

    def _reply(self, number, case, **values):
        message = case.message_ids.filtered("message_id")[:1]
        return self._receive(
            number, more=f"In-Reply-To: {message.message_id}\n", **values
        )


@tagged("post_install", "-at_install")
class TestCaseMail(CaseMailCommon):
    def test_an_email_to_the_team_opens_a_case_of_the_known_contact(self):
        case = self._receive(1)

        self.assertEqual(len(case), 1)
        self.assertEqual(case.name, "Crushed box")
        self.assertEqual(case.partner_id, self.contact)
        self.assertEqual(case.customer_id, self.customer)
        self.assertEqual(case.partner_email, "lia@example.com")
        self.assertEqual(case.kind, "complaint")
        self.assertEqual(case.team_id, self.case_team)
        self.assertEqual(case.user_id, self.salesman)
        self.assertEqual(
            case.channel_id, self.env.ref("crm_relationship.channel_email")
        )
        self.assertIn("came crushed", case.description)
        self.assertEqual(case.stage_kind, "new")
        self.assertFalse(case.date_first_answer)

    def test_an_email_that_comes_twice_opens_one_case(self):
        self.assertEqual(len(self._receive(1)), 1)
        self.assertFalse(self._receive(1))

    def test_an_email_can_do_no_harm(self):
        case = self._receive(1, body="<p>Hi<script>evil()</script><a onclick='x()'>")
        self.assertIn("Hi", case.description)
        self.assertNotIn("script", case.description)
        self.assertNotIn("onclick", case.description)

    def test_a_strangers_email_opens_a_case_without_a_contact(self):
        case = self._receive(1, sender="Odd <odd@elsewhere.test>", subject="")

        self.assertFalse(case.partner_id)
        self.assertIn("odd@elsewhere.test", case.partner_email)
        self.assertTrue(case.name)

        stranger = self.env["res.partner"].create(
            {"name": "Odd", "email": "odd@elsewhere.test"}
        )
        case.with_user(self.user).message_post(
            body="Sorry",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=stranger.ids,
        )
        self.assertEqual(case.partner_id, stranger)

    def test_an_employee_who_forwards_an_email_is_not_the_customer(self):
        case = self._receive(1, sender="Ana <ana@mycompany.example.com>")
        self.assertFalse(case.partner_id)
        self.assertFalse(case.partner_email)

    def test_an_employee_who_is_answered_is_not_the_customer(self):
        case = self._receive(1, sender="Odd <odd@elsewhere.test>")
        case.partner_email = self.user.email
        case.with_user(self.user).message_post(
            body="Whose is it?",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.user.partner_id.ids,
        )
        self.assertFalse(case.partner_id)

    def test_a_contact_of_another_company_does_not_stop_an_email(self):
        company = self.env["res.company"].create({"name": "Second"})
        self.customer.company_id = company
        self.contact.company_id = company
        case = self._receive(1)
        self.assertEqual(len(case), 1)
        self.assertFalse(case.partner_id)

    def test_the_first_message_to_the_customer_is_the_first_answer(self):
        case = self._receive(1)
        as_user = case.with_user(self.user)

        as_user.message_post(body="Look at this", subtype_xmlid="mail.mt_note")
        self.assertFalse(case.date_first_answer)
        as_user.message_post(
            body="To a colleague",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.leader.partner_id.ids,
        )
        self.assertFalse(case.date_first_answer)
        as_user.message_post(
            body="We are sorry",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=case.partner_id.ids,
        )
        answered = case.date_first_answer
        self.assertTrue(answered)

        case.date_first_answer = "2026-01-01"
        as_user.message_post(
            body="Again",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=case.partner_id.ids,
        )
        self.assertEqual(str(case.date_first_answer), "2026-01-01 00:00:00")

    def test_a_reply_to_a_case_that_waits_makes_it_our_turn(self):
        case = self._receive(1)
        case.stage_id = self.stages["waiting"]

        self.assertFalse(self._reply(2, case))

        self.assertEqual(case.stage_kind, "progress")
        self.assertEqual(case.reopen_count, 0)

    def test_a_reply_to_a_closed_case_opens_it_again(self):
        case = self._receive(1)
        self._resolve(case)

        self.assertFalse(self._reply(2, case))

        self.assertEqual(case.stage_kind, "progress")
        self.assertEqual(case.reopen_count, 1)

    def test_an_absence_note_is_no_reply(self):
        case = self._receive(1)
        self._resolve(case)
        message = case.message_ids.filtered("message_id")[:1]

        self._receive(
            2,
            more=f"In-Reply-To: {message.message_id}\nAuto-Submitted: auto-replied\n",
        )

        self.assertEqual(len(case.message_ids.filtered("email_from")) >= 2, True)
        self.assertEqual(case.stage_kind, "resolved")
        self.assertEqual(case.reopen_count, 0)

    def test_what_no_person_has_written_opens_no_case(self):
        for number, header in enumerate(
            ("Auto-Submitted: auto-replied", "Precedence: Bulk", "X-Autoreply: yes"), 1
        ):
            self.assertFalse(self._receive(number, more=f"{header}\n"), header)
        self.assertTrue(self._receive(9, more="Auto-Submitted: no\n"))

    def test_an_absence_note_reopens_nothing_and_is_no_contact(self):
        case = self._receive(1)
        self._resolve(case)
        before = case.message_ids
        message = before.filtered("message_id")[:1]

        self._receive(2, more=f"In-Reply-To: {message.message_id}\nPrecedence: junk\n")

        [note] = case.message_ids - before
        self.assertEqual(case.stage_kind, "resolved")
        Interaction = self.env["relationship.interaction"]
        domain = [("dedup_key", "=", f"mail.message:{note.id}")]
        self._capture_changed()
        self.assertFalse(Interaction.sudo().search(domain))
        self.env["relationship.capture"]._catch_up(
            "relationship.capture.message", note.write_date, lambda: None
        )
        self.assertFalse(Interaction.sudo().search(domain))

        self._reply(3, case)
        spoken = case.message_ids - before - note
        self._capture_changed()
        domain = [("dedup_key", "in", [f"mail.message:{row.id}" for row in spoken])]
        self.assertTrue(Interaction.sudo().search(domain))

    def test_an_administrators_defaults_of_the_address_stay(self):
        category = self.env.ref("crm_relationship.case_category_delivery")
        self.case_team.alias_defaults = f"{{'category_id': {category.id}}}"
        self.case_team.kind = "question"

        case = self._receive(1)

        self.assertEqual(case.category_id, category)
        self.assertEqual(case.severity, "high")
        self.assertEqual(case.kind, "question")


@tagged("post_install", "-at_install")
class TestCaseSatisfaction(CaseMailCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.case = self._receive(1)
        self.contact.lang = "en_US"
        self.env.cr.flush()

    def _requests(self):
        return self.env["mail.mail"].search(
            [("subject", "like", "how did we do"), ("model", "=", self.case._name)]
        )

    def _resolve(self, case=None):
        result = super()._resolve(case or self.case)
        self.env.cr.flush()
        return result

    def test_who_had_a_case_is_asked_once_how_it_was(self):
        self._resolve()
        request = self._requests()
        self.assertEqual(len(request), 1)
        self.assertEqual(request.recipient_ids, self.contact)
        self.assertEqual(request.state, "outgoing")

        self.case.resolution = "More"
        self.assertEqual(len(self._requests()), 1)
        self.case.action_reopen()
        self._resolve()
        self.assertEqual(len(self._requests()), 2)

    def test_the_customers_language_is_spoken(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        template = self.env.ref("crm_relationship.mail_template_case_rating")
        template.with_context(lang="pt_BR").subject = "Como foi? how did we do"
        self.contact.lang = "pt_BR"
        self._resolve()
        self.assertTrue(self._requests().subject.startswith("Como foi?"))

    def test_nobody_is_asked_after_cancelling_or_where_the_team_does_not_want(self):
        self.case.stage_id = self.stages["cancelled"]
        self.case.action_reopen()
        self.case_team.ask_rating = False
        self._resolve()
        self.assertFalse(self._requests())

    def test_who_does_not_want_to_be_written_to_is_not_asked(self):
        self.env["mail.blacklist"]._add("lia@example.com")
        self._resolve()
        self.assertFalse(self._requests())

    def test_who_has_no_address_is_not_asked(self):
        self.contact.email = False
        self._resolve()
        self.assertFalse(self._requests())

    def test_a_rating_shows_and_does_not_reopen_the_case(self):
        self._resolve()
        rating = self.case.rating_ids
        self.authenticate(None, None)
        self.assertIn(rating.access_token, self._requests().body_html)
        response = self.url_open(f"/rate/{rating.access_token}/5")
        self.assertEqual(response.status_code, 200)
        self.url_open(
            f"/rate/{rating.access_token}/submit_feedback",
            data={
                "rate": "5",
                "feedback": "Very kind",
                "csrf_token": Request.csrf_token(self),
            },
        )

        self.env.invalidate_all()
        self.assertEqual(self.case.rating_last_value, 5)
        self.assertEqual(self.case.rating_last_feedback, "Very kind")
        self.assertEqual(self.case.stage_kind, "resolved")
        self.assertEqual(self.case.reopen_count, 0)
        self.case_team.invalidate_recordset()
        self.assertEqual(self.case_team.mean_rating, 5)
