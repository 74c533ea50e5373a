from datetime import timedelta

from odoo.fields import Datetime
from odoo.tests import tagged

from .capture_case import CaptureCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestCaptureMeeting(CaptureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = Datetime.now()
        cls.other = cls._create_customer("Bakery", email="bakery@example.com")
        cls.Interaction.search([]).unlink()

    def _meet(self, *guests, hours=-3, **values):
        """A meeting of an hour and a half that begins in so many hours."""
        start = self.now + timedelta(hours=hours)
        people = self.colleague.concat(self.colleague, *(guests or [self.contact]))
        return self.env["calendar.event"].create(
            {
                "name": "Tasting",
                "start": start,
                "stop": start + timedelta(minutes=90),
                "user_id": self.salesman.id,
                "partner_ids": people.ids,
            }
            | values
        )

    def _pull(self):
        """What the job does; returns all interactions."""
        self.env.flush_all()
        capture = self.env["relationship.capture"]
        self.assertIn("relationship.capture.meeting", capture._get_pulled_sources())
        since = self.now - timedelta(days=1)
        capture._catch_up("relationship.capture.meeting", since, lambda: True)
        return self._all()

    def test_a_meeting_is_captured_once_it_was_held(self):
        meeting = self._meet()
        self.assertFalse(self._all())
        [captured] = self._pull()
        self.assertEqual(captured.kind, "meeting")
        self.assertEqual(captured.channel_id, self._channel("meeting"))
        self.assertEqual(captured.direction, "both")
        self.assertEqual(captured.date, meeting.start)
        self.assertEqual(captured.duration, 1.5)
        self.assertEqual(captured.partner_id, self.contact)
        self.assertEqual(captured.user_id, self.salesman)
        self.assertEqual(captured.subject, "Tasting")
        self.assertFalse(captured.preview)
        self.assertEqual(captured._get_document(), meeting)
        self.assertEqual(self._pull(), captured, "once")

    def test_each_customer_has_one_however_many_came(self):
        boss = self.env["res.partner"].create(
            {"name": "Boss", "parent_id": self.customer.id, "email": "b@example.com"}
        )
        self._meet(self.contact, boss, self.other)
        customers = self._pull().mapped("customer_id")
        self.assertEqual(len(self._all()), 2)
        self.assertEqual(customers, self.customer | self.other)

    def test_what_is_still_to_come_is_no_contact(self):
        self._meet(hours=2)
        self._meet(hours=-1)  # until in half an hour
        self.assertFalse(self._pull())

    def test_without_guests_it_is_no_contact(self):
        self._meet(self.other_salesman.partner_id)
        self.assertFalse(self._pull())

    def test_who_declined_was_not_there(self):
        meeting = self._meet(self.contact, self.other)
        [attendee] = meeting.attendee_ids.filtered(
            lambda attendee: attendee.partner_id == self.contact
        )
        attendee.do_decline()
        self.assertEqual(self._pull().partner_id, self.other)

    def test_the_key_stays_when_the_first_of_a_customer_declines_later(self):
        boss = self.env["res.partner"].create(
            {"name": "Boss", "parent_id": self.customer.id, "email": "b@example.com"}
        )
        meeting = self._meet(self.contact, boss)
        before = self._pull()
        meeting.attendee_ids.filtered(
            lambda attendee: attendee.partner_id == self.contact
        ).do_decline()
        self.assertEqual(self._pull(), before)

    def test_cancelled_and_moved_before_it_was_held(self):
        self._meet().action_archive()
        self._meet().unlink()
        self._meet().write(
            {
                "start": self.now + timedelta(days=3),
                "stop": self.now + timedelta(days=3, hours=1),
            }
        )
        self.assertFalse(self._pull())

    def test_put_off_afterwards_it_is_still_to_come(self):
        meeting = self._meet()
        self._pull()
        meeting.write(
            {
                "start": self.now + timedelta(days=3),
                "stop": self.now + timedelta(days=3, hours=1),
            }
        )
        self.assertFalse(self._all())

    def test_archived_afterwards_it_was_held_all_the_same(self):
        meeting = self._meet()
        self._pull()
        meeting.action_archive()
        self.assertTrue(self._pull())

    def test_of_a_private_meeting_only_that_there_was_one(self):
        self._meet(privacy="private")
        self.assertFalse(self._pull().raw_subject)
        self.assertEqual(self._all().display_name, "Meeting")

    def test_private_by_default_of_the_organizer(self):
        self.salesman.with_user(self.salesman).calendar_default_privacy = "private"
        self._meet()
        self._meet(privacy="public")
        subjects = self._pull().mapped("raw_subject")
        self.assertCountEqual(subjects, [False, "Tasting"])

    def test_private_by_default_of_everybody(self):
        self.env["res.users.settings"].search([]).unlink()
        self.env["ir.config_parameter"].set_param("calendar.default_privacy", "private")
        self._meet()
        self.assertFalse(self._pull().raw_subject)

    def test_made_private_afterwards_it_tells_no_more(self):
        meeting = self._meet()
        self.assertEqual(self._pull().raw_subject, "Tasting")
        meeting.privacy = "private"
        self.assertFalse(self._all().raw_subject)

    def test_each_time_of_a_series_once(self):
        self._meet(
            hours=-72,
            recurrency=True,
            rrule_type="daily",
            interval=1,
            end_type="count",
            count=10,
        )
        capture = self.env["relationship.capture"]
        since = self.now - timedelta(days=9)
        capture._catch_up("relationship.capture.meeting", since, lambda: True)
        held = self._all()
        self.assertEqual(len(held), 3)
        self.assertEqual(len(set(held.mapped("date"))), len(held))
        capture._catch_up("relationship.capture.meeting", since, lambda: True)
        self.assertEqual(self._all(), held)

    def test_the_switch_is_obeyed(self):
        self.company.relationship_capture_meeting = False
        self._meet()
        self.assertFalse(self._pull())

    def test_a_new_meeting_costs_nothing(self):
        values = [
            {"name": "M", "start": self.now, "stop": self.now} for _number in range(10)
        ]
        events = self.env["calendar.event"]
        events.create(values)

        def create(context):
            events.with_context(**context).create(values)

        without = self._count_queries(
            lambda: create({"crm_relationship_skip_capture": True})
        )
        self.assertEqual(self._count_queries(lambda: create({})), without)
