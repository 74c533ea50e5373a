from datetime import date, datetime, timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from .capture_case import CaptureCase

SOURCE = "relationship.capture.activity"


@tagged("post_install", "-at_install", "crm_relationship")
class TestCaptureActivity(CaptureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.types = {
            name: cls.env.ref(f"mail.mail_activity_data_{name}")
            for name in ("call", "email", "meeting", "todo")
        }
        cls.Interaction.search([]).unlink()

    def _schedule(self, kind="call", record=None, **values):
        record = record or self.contact
        return record.activity_schedule(
            activity_type_id=self.types[kind].id,
            user_id=self.salesman.id,
            **{"summary": "Ask about the fair"} | values,
        )

    def test_odoo_s_types_say_their_channel(self):
        codes = {
            name: self.types[name].relationship_channel_id.code for name in self.types
        }
        self.assertEqual(
            codes,
            {"call": "phone", "email": "email", "meeting": "meeting", "todo": False},
        )

    def test_a_type_that_somebody_gave_a_channel_keeps_it(self):
        self.types["call"].relationship_channel_id = self._channel("whatsapp")
        own = self.types["call"].copy({"relationship_channel_id": False})
        self.env["mail.activity.type"]._relate_channels()
        self.assertEqual(
            self.types["call"].relationship_channel_id, self._channel("whatsapp")
        )
        self.assertEqual(own.relationship_channel_id, self._channel("phone"))

    def test_a_call_is_captured_when_it_is_done(self):
        activity = self._schedule()
        self.assertFalse(self._all())
        activity.action_feedback(feedback="She comes\n  on Friday")
        [captured] = self._captured(self.contact)
        self.assertEqual(captured.kind, "call")
        self.assertEqual(captured.channel_id, self._channel("phone"))
        self.assertEqual(captured.direction, "out")
        self.assertEqual(captured.customer_id, self.customer)
        self.assertEqual(captured.user_id, self.salesman)
        self.assertEqual(captured.subject, "Ask about the fair")
        self.assertEqual(captured.preview, "She comes on Friday")
        self.assertEqual(captured.company_id, self.company)
        self.assertLess(abs(captured.date - datetime.now()), timedelta(minutes=5))
        self.assertTrue(captured.is_contact)

    def test_a_call_without_a_word_is_a_call(self):
        self._schedule(summary=False).action_done()
        self.assertEqual(self._all().kind, "call")
        self.assertEqual(self._all().subject, "Call")

    def test_by_channel_it_is_a_message_a_meeting_or_a_visit(self):
        self.types["todo"].relationship_channel_id = self._channel("counter")
        kinds = {"email": "message", "meeting": "meeting", "todo": "visit"}
        for name, kind in kinds.items():
            with self.subTest(name):
                self._schedule(name).action_done()
                self.assertEqual(self._all()[0].kind, kind)

    def test_a_to_do_counts_if_somebody_says_what_came_of_it(self):
        self._schedule("todo").action_done()
        self.assertFalse(self._all())
        self._schedule("todo").action_feedback(feedback="Sent her the sample")
        [captured] = self._all()
        self.assertEqual(captured.kind, "task")
        self.assertEqual(captured.channel_id, self._channel("document"))
        self.assertFalse(captured.is_contact)

    def test_on_a_document_it_is_with_its_customer(self):
        order = self._create_order(self.contact, state="draft").with_env(self.env)
        self._schedule(record=order).action_done()
        self.assertEqual(self._captured(order).partner_id, self.contact)

    def test_a_meeting_of_the_calendar_is_captured_as_such(self):
        event = self.env["calendar.event"].create(
            {"name": "Fair", "start": datetime.now(), "stop": datetime.now()}
        )
        activity = self._schedule("meeting")
        activity.calendar_event_id = event
        activity.action_feedback(feedback="Done")
        self.assertFalse(self._all())

    def test_what_is_cancelled_did_not_happen(self):
        self._schedule().unlink()
        self._schedule().action_archive()
        self._take_in(SOURCE)
        self.assertFalse(self._all())

    def test_what_is_nobody_s_or_a_colleague_s_is_no_contact(self):
        self.env["mail.activity"].create(
            {
                "activity_type_id": self.types["call"].id,
                "user_id": self.salesman.id,
                "summary": "Mother",
            }
        ).action_feedback(feedback="Fine")
        self._schedule(record=self.colleague).action_feedback(feedback="Fine")
        self.assertFalse(self._all())

    def test_a_document_that_is_gone_breaks_nothing(self):
        done = self._schedule()
        done.action_feedback(feedback="Yes")
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE mail_activity SET res_id = 2000000000 WHERE id = %s", done.id)
        )
        self._all().unlink()
        self._take_in(SOURCE)
        self.assertFalse(self._all())

    def test_the_switch_is_obeyed(self):
        self.company.relationship_capture_activity = False
        self._schedule().action_done()
        self.assertFalse(self._all())

    def test_the_history_says_what_the_hook_said(self):
        self._schedule().action_done()
        self._schedule("todo").action_feedback(feedback="Sent")
        before = self._all().read(["kind", "subject", "preview", "date"])
        self._take_in(SOURCE)
        self.assertEqual(
            self._all().read(["kind", "subject", "preview", "date"]), before
        )

    def test_years_later_it_was_at_noon_of_that_day(self):
        activity = self._schedule()
        activity.action_feedback(feedback="Yes")
        self.company.relationship_tz = "America/Sao_Paulo"
        self._all().unlink()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE mail_activity SET date_done = '2020-05-04' WHERE id = %s",
                activity.id,
            )
        )
        self._take_in(SOURCE)
        self.assertEqual(self._all().date, datetime(2020, 5, 4, 15))
        self.assertEqual(self._all().date.date(), date(2020, 5, 4))
