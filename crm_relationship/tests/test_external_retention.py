from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ..models import relationship_channel_retention
from ..models import relationship_interaction_retention as retention
from .test_external import ExternalCase


class Killed(BaseException):
    """The job dies."""


@tagged("post_install", "-at_install", "crm_relationship")
class TestRetention(ExternalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.phone = cls.env.ref("crm_relationship.channel_phone")
        cls.counter = cls.env.ref("crm_relationship.channel_counter")
        cls.now = fields.Datetime.now()

    def _fill(self, channel, months, count=1):
        """Interactions of so many months ago."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO relationship_interaction (
                    date, partner_id, customer_id, company_id, channel_id, direction,
                    kind, source, is_contact
                )
                SELECT %s, %s, %s, %s, %s, 'in', 'call', 'manual', TRUE
                  FROM generate_series(1, %s)
                """,
                fields.Datetime.subtract(self.now, months=months),
                self.customer.id,
                self.customer.id,
                self.company.id,
                channel.id,
                count,
            )
        )

    def _count(self, channel):
        return self.Interaction.search_count([("channel_id", "=", channel.id)])

    def _run_job(self, commit=lambda: None):
        cr = self.env.cr
        with (
            patch.object(cr, "commit", commit),
            patch.object(cr, "rollback", lambda: None),
        ):
            self.Interaction._cron_purge()

    def test_what_is_too_old_is_deleted_and_nothing_else(self):
        self.phone.keep_months = 12
        self._fill(self.phone, 13, 5_000)
        self._fill(self.phone, 11, 10)
        self._fill(self.counter, 100, 10)
        commits = []
        self.patch(retention, "BATCH", 2_000)
        with patch.object(retention, "_logger") as logger:
            self._run_job(lambda: commits.append(self._count(self.phone)))
        self.assertEqual(commits, [3_010, 1_010, 10])
        self.assertEqual(self._count(self.counter), 10)
        [said] = logger.info.call_args_list
        self.assertEqual(said.args[1:], (5_000, "Phone", 12))

    def test_a_job_that_dies_leaves_the_rest_to_the_next(self):
        self.phone.keep_months = 12
        self._fill(self.phone, 13, 5_000)
        self.patch(retention, "BATCH", 2_000)

        def die():
            if self._count(self.phone) <= 1_000:
                raise Killed

        with self.assertRaises(Killed):
            self._run_job(die)
        self._fill(self.phone, 13, 100)
        self._run_job()
        self.assertEqual(self._count(self.phone), 0)

    def test_a_channel_keeps_everything_unless_it_says_how_long(self):
        self._fill(self.phone, 1_000)
        self._run_job()
        self.assertEqual(self._count(self.phone), 1)
        self.phone.keep_months = 2**31 - 1
        self._run_job()
        self.assertEqual(self._count(self.phone), 1)

    def test_the_customers_are_computed_again(self):
        self.phone.keep_months = 12
        self._fill(self.phone, 13)
        self._capture_changed()
        self.Queue.search([]).unlink()
        self._run_job()
        self._capture_changed()
        self.assertEqual(self.Queue.search([]).partner_id, self.customer)

    def test_what_was_logged_by_hand_goes_too(self):
        interaction = self.Interaction.with_user(self.salesman).create(
            {
                "partner_id": self.customer.id,
                "channel_id": self.phone.id,
                "date": self.now - timedelta(days=40),
            }
        )
        self.phone.keep_months = 1
        self._run_job()
        self.assertFalse(interaction.exists())

    def test_what_was_deleted_does_not_come_back_when_delivered_again(self):
        event = self._event(date=(self.now - timedelta(days=40)).isoformat())
        self._log(event)
        self.phone.keep_months = 1
        self._run_job()
        result = self._log(event)
        self.assertEqual(result["expired"], 1)
        self.assertEqual(result["accepted"], 0)
        self.assertEqual(result["results"][0]["status"], "expired")
        self.assertEqual(self._count(self.phone), 0)

    def test_what_was_deleted_does_not_come_back_when_captured_again(self):
        order = self._create_order(self.customer, day=100)
        self._capture_changed()
        domain = [("res_model", "=", "sale.order"), ("res_id", "=", order.id)]
        self.assertTrue(self.Interaction.search(domain))
        self.env.ref("crm_relationship.channel_document").keep_months = 1
        self._run_job()
        self.assertFalse(self.Interaction.search(domain))
        order.note = "Written again"
        order.state = "sent"
        order.state = "sale"
        order.date_order = self.now - timedelta(days=100)
        self._capture_changed()
        self.assertFalse(self.Interaction.search(domain + [("kind", "=", "order")]))

    def test_the_channel_says_what_the_next_night_does_before_it_is_saved(self):
        self._fill(self.phone, 13, 3)
        self._fill(self.phone, 5, 2)
        self.assertIn("for ever", self.phone.keep_note)
        draft = self.phone.new(origin=self.phone)
        draft.keep_months = 12
        self.assertIn("3 interactions", draft.keep_note)
        draft.keep_months = 1
        self.assertIn("5 interactions", draft.keep_note)
        draft.keep_months = 24
        self.assertIn("nothing is deleted", draft.keep_note)
        self.patch(relationship_channel_retention, "COUNTED", 2)
        draft.keep_months = 12
        self.assertIn("more than 2 interactions", draft.keep_note)

    def test_a_channel_that_keeps_everything_has_no_limit(self):
        self.phone.keep_months = 3
        since = (self.phone | self.counter)._get_keep_since()
        self.assertEqual(list(since), [self.phone.id])
        expected = fields.Datetime.subtract(self.now, months=3)
        self.assertLess(abs(since[self.phone.id] - expected), timedelta(minutes=5))
