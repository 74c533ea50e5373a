from datetime import timedelta

from markupsafe import Markup

from odoo.fields import Datetime
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.relationship_capture_message import NOTIFIED_DAYS
from .capture_case import CaptureCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestCaptureMessage(CaptureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._create_order(
            cls.contact, state="draft", user_id=cls.salesman.id
        ).with_env(cls.env)
        cls.env.flush_all()
        cls.Interaction.search([]).unlink()

    def _post(self, record=None, **values):
        return (record or self.order).message_post(
            **{
                "body": "Hello",
                "author_id": self.colleague.id,
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
            }
            | values
        )

    def _messages(self, record=None):
        return self._captured(record or self.order, kind="message")

    def test_an_email_to_the_customer_is_captured_once(self):
        message = self._post(
            partner_ids=self.contact.ids,
            subject="Your offer",
            body=Markup("<p>Dear Rosa,</p><p>the <b>truffles</b> are&nbsp;in.</p>"),
        )
        [captured] = self._messages()
        self.assertEqual(captured.channel_id, self._channel("email"))
        self.assertEqual(captured.source, "email")
        self.assertEqual(captured.direction, "out")
        self.assertEqual(captured.date, message.date)
        self.assertEqual(captured.partner_id, self.contact)
        self.assertEqual(captured.customer_id, self.customer)
        self.assertEqual(captured.user_id, self.salesman)
        self.assertEqual(captured.company_id, self.company)
        self.assertEqual(captured.subject, "Your offer")
        self.assertIn("the truffles are in.", captured.preview)
        self.assertNotIn("<", captured.preview)
        self.assertTrue(captured.is_contact)

    def test_without_a_subject_it_is_about_the_document(self):
        self._post(partner_ids=self.contact.ids)
        self.assertEqual(self._messages().subject, self.order.name)

    def test_an_answer_by_email_comes_in(self):
        self._post(author_id=self.contact.id, message_type="email")
        [captured] = self._messages()
        self.assertEqual(captured.channel_id, self._channel("email"))
        self.assertEqual(captured.direction, "in")
        self.assertEqual(captured.partner_id, self.contact)
        self.assertFalse(captured.user_id)

    def test_an_email_of_nobody_known_comes_from_the_customer(self):
        message = self._post(
            author_id=False, email_from="rosa@home.example.com", message_type="email"
        )
        self.assertFalse(message.author_id)
        [captured] = self._messages()
        self.assertEqual(captured.direction, "in")
        self.assertEqual(captured.partner_id, self.contact)

    def test_what_the_customer_says_in_the_portal_comes_in(self):
        self._post(author_id=self.contact.id)
        [captured] = self._messages()
        self.assertEqual(captured.channel_id, self._channel("portal"))
        self.assertEqual(captured.source, "portal")
        self.assertEqual(captured.direction, "in")

    def test_who_is_not_logged_in_is_the_customer_of_the_document(self):
        self._post(author_id=self.env.ref("base.public_partner").id)
        [captured] = self._messages()
        self.assertEqual(captured.partner_id, self.contact)
        self.assertEqual(captured.direction, "in")

    def test_a_message_on_the_customer_is_with_the_customer(self):
        self._post(self.contact, partner_ids=self.contact.ids)
        [captured] = self._messages(self.contact)
        self.assertEqual(captured.partner_id, self.contact)
        self.assertFalse(captured.subject)

    def test_without_a_customer_of_its_own_it_went_to_who_was_told(self):
        product = self.product.product_tmpl_id
        self._post(product, partner_ids=(self.contact + self.colleague).ids)
        self.assertEqual(self._messages(product).partner_id, self.contact)

    def test_a_mass_mailing_is_no_contact(self):
        self.env["mail.mail"].create(
            {
                "model": "sale.order",
                "res_id": self.order.id,
                "author_id": self.colleague.id,
                "subject": "Sale",
                "body_html": "<p>Everything must go</p>",
                "body": "<p>Everything must go</p>",
            }
        )
        [captured] = self._captured(self.order)
        self.assertEqual(captured.kind, "mailing")
        self.assertEqual(captured.direction, "out")
        self.assertFalse(captured.is_contact)

    def _post_as(self, message_type):
        """A message of a type that may be of an add-on that is not installed."""
        message = self._post(body="On our way")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE mail_message SET message_type = %s, subtype_id = %s"
                " WHERE id = %s",
                message_type,
                self.env.ref("mail.mt_note").id,
                message.id,
            )
        )
        self.env.invalidate_all()
        self.env["mail.message"]._note_interactions(message.ids)

    def test_a_text_message_is_captured_though_it_is_a_note(self):
        self._post_as("sms")
        [captured] = self._messages()
        self.assertEqual(captured.channel_id, self._channel("sms"))
        self.assertEqual(captured.source, "sms")
        self.assertEqual(captured.direction, "out")
        self.assertEqual(captured.preview, "On our way")

    def test_the_hook_takes_text_messages_and_no_letters(self):
        source = self.env["relationship.capture.message"]
        vals = {
            "model": "sale.order",
            "res_id": self.order.id,
            "subtype_id": self.env.ref("mail.mt_note").id,
        }
        self.assertTrue(source._is_spoken(vals | {"message_type": "sms"}))
        self.assertFalse(source._is_spoken(vals | {"message_type": "snailmail"}))
        self._post_as("snailmail")
        self.assertFalse(self._all())

    def test_noise_is_no_contact(self):
        known = {"partner_ids": self.contact.ids}
        noise = {
            "an internal note": {"subtype_xmlid": "mail.mt_note"} | known,
            "an activity": {"subtype_xmlid": "mail.mt_activities"} | known,
            "a notification": {"message_type": "notification"} | known,
            "an automatic comment": {"message_type": "auto_comment"} | known,
            "an absence": {"message_type": "out_of_office"} | known,
            "for employees": {"is_internal": True} | known,
            "a bot": {"author_id": self.env.ref("base.partner_root").id} | known,
            "among colleagues": {"partner_ids": self.other_salesman.partner_id.ids},
            "to nobody": {},
        }
        for name, values in noise.items():
            with self.subTest(name):
                self._post(**values)
                self.assertFalse(self._all())
        self.order.message_notify(
            body="Look", partner_ids=self.contact.ids, author_id=self.colleague.id
        )
        self.order._message_log(body="Logged", author_id=self.colleague.id)
        self.order.with_user(self.salesman).client_order_ref = "tracked"
        self.order.user_id = self.other_salesman
        self.assertFalse(self._all())

    def test_among_colleagues_is_no_contact(self):
        """Neither is what a company writes to itself."""
        us = self.env["res.partner"].create(
            {"name": "Desk", "parent_id": self.company.partner_id.id}
        )
        self._post(us, partner_ids=us.ids)
        self.assertFalse(self._all())

    def test_channels_and_meetings_are_not_documents(self):
        meeting = self.env["calendar.event"].create(
            {
                "name": "Tasting",
                "start": Datetime.now(),
                "stop": Datetime.now(),
                "partner_ids": self.contact.ids,
            }
        )
        self._post(meeting, partner_ids=self.contact.ids)
        channel = self.env["discuss.channel"].create({"name": "Chat"})
        self._post(channel, author_id=self.contact.id)
        self.assertFalse(self._all())

    def test_nothing_is_asked_of_the_database_for_noise(self):
        post = {"body": "Note", "author_id": self.colleague.id}

        def note():
            self.order.message_post(**post)

        note()
        skipping = self.order.with_context(crm_relationship_skip_capture=True)
        without = self._count_queries(lambda: skipping.message_post(**post))
        self.assertEqual(self._count_queries(note), without)

    def test_each_source_has_its_switch(self):
        for code in ("email", "portal", "sms"):
            self.company[f"relationship_capture_{code}"] = False
        self._post(partner_ids=self.contact.ids)
        self._post(author_id=self.contact.id)
        self._post_as("sms")
        self.assertFalse(self._all())
        self.company.relationship_capture_portal = True
        self._post(author_id=self.contact.id)
        self.assertEqual(self._all().source, "portal")

    def test_a_preview_is_short_plain_and_no_more(self):
        long = "".join(f"<p>Line {number} &amp; so on</p>" for number in range(999))
        for body in (long, "x" * 9999, "<img src='data:" + "y" * 50_000):
            with self.subTest(body[:9]):
                self._post(body=Markup(body), author_id=self.contact.id)
                preview = self._messages()[-1].preview or ""
                self.assertLessEqual(len(preview), 200)
                self.assertNotIn("<", preview)

    def test_a_message_that_is_corrected_is_shown_as_it_is_now(self):
        message = self._post(author_id=self.contact.id, body="Two boxes")
        self.assertEqual(self._messages().preview, "Two boxes")
        message.body = "Three boxes"
        self.assertEqual(self._messages().preview, "Three boxes")

    def _store(self, **values):
        """A message as SQL, or an Odoo of years ago, has written it."""
        message = self._post()
        self.env.flush_all()
        sets = [
            SQL("%s = %s", SQL.identifier(name), value)
            for name, value in values.items()
        ]
        self.env.cr.execute(
            SQL(
                "UPDATE mail_message SET %s WHERE id = %s",
                SQL(", ").join(sets),
                message.id,
            )
        )
        self.env.invalidate_all()
        self._take_in("relationship.capture.message")

    def test_whom_odoo_forgot_to_have_notified_counts_after_that_time(self):
        now = Datetime.now()
        self._store(date=now - timedelta(days=NOTIFIED_DAYS - 2))
        self.assertFalse(self._all())
        self._store(date=now - timedelta(days=NOTIFIED_DAYS + 2))
        self.assertEqual(self._all().direction, "out")

    def test_messages_of_lost_documents_break_nothing(self):
        old = Datetime.now() - timedelta(days=NOTIFIED_DAYS + 2)
        self._store(date=old, model="no.such.model")
        self._store(date=old, res_id=2**31 - 5)
        self._store(date=old, model=None, res_id=None)
        self.assertFalse(self._all())

    def test_the_company_is_that_of_the_message_or_the_document(self):
        other = self.env["res.company"].create({"name": "Branch"})
        self._store(
            date=Datetime.now() - timedelta(days=NOTIFIED_DAYS + 2),
            record_company_id=other.id,
        )
        self.assertEqual(self._all().company_id, other)

    def test_the_history_says_what_the_hook_said(self):
        self._post(author_id=self.contact.id, body=Markup("<p>One</p>"))
        self._post(partner_ids=self.contact.ids, body=Markup("<p>Two</p>"))
        before = self._all().read()
        self._take_in("relationship.capture.message")
        self.assertEqual(self._all().read(), before)
        self._all().unlink()
        self._take_in("relationship.capture.message")
        again = self._all().read()
        for row in before + again:
            for name in ("id", "create_date", "write_date"):
                row.pop(name)
        self.assertEqual(again, before)
