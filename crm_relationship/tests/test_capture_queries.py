import logging
from datetime import timedelta
from unittest.mock import patch

from odoo.fields import Datetime
from odoo.tests import tagged

from .capture_case import CaptureCase

_logger = logging.getLogger(__name__)
# The insert into the queue; the rest comes after the commit.
ALLOWED = 1


@tagged("post_install", "-at_install", "crm_relationship")
class TestCaptureQueries(CaptureCase):
    """What capturing adds to everyday work, in queries up to the commit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls.env["res.partner"].concat(
            *(cls._create_customer(f"C{number}") for number in range(100))
        )
        cls.env.flush_all()

    def _compare(self, name, work, allowed=ALLOWED):
        """Assert that work on 1, 10 and 100 documents costs no more than that.

        :param work: function of a number of documents; it returns what is to be done
        """
        capture = type(self.env["relationship.capture"])
        self._count_queries(work(1))
        for size in (1, 10, 100):
            with self.subTest(name, size=size):
                with patch.object(capture, "_note", lambda *args: None):
                    without = self._count_queries(work(size))
                found = self._all()
                captured = self._count_queries(work(size))
                added = len(self._all() - found)
                _logger.info(
                    "%s of %s: %s queries without capture, %s with it; %s captured",
                    name,
                    size,
                    without,
                    captured,
                    added,
                )
                self.assertEqual(added, size if allowed else 0)
                self.assertLessEqual(captured, without + allowed)

    def _post(self, size, **values):
        vals = {
            "body": "Hello",
            "author_id": self.colleague.id,
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_comment",
        }

        def work():
            for customer in self.customers[:size]:
                customer.message_post(**vals | values)

        return work

    def test_messages(self):
        self._compare(
            "Message", lambda size: self._post(size, author_id=self.contact.id)
        )

    def test_notes(self):
        self._compare(
            "Note",
            lambda size: self._post(size, subtype_xmlid="mail.mt_note"),
            allowed=0,
        )

    def test_tracking(self):
        def track(size):
            orders = self.env["sale.order"].concat(
                *(self._create_order(c, state="draft") for c in self.customers[:size])
            )

            def work():
                orders.with_env(self.env).payment_term_id = self.env.ref(
                    "account.account_payment_term_30days"
                )

            return work

        self._compare("Tracking", track, allowed=0)

    def test_orders(self):
        def confirm(size):
            orders = self.env["sale.order"].concat(
                *(self._create_order(c, state="draft") for c in self.customers[:size])
            )
            return orders.with_env(self.env).action_confirm

        self._compare("Order", confirm)

    def test_activities(self):
        def do(size):
            activities = self.customers[:size].activity_schedule(
                "mail.mail_activity_data_call", user_id=self.salesman.id
            )
            return activities.action_done

        self._compare("Activity", do)

    def test_meetings(self):
        def meet(size):
            start = Datetime.now() + timedelta(days=1)
            vals = [
                {
                    "name": "Tasting",
                    "start": start,
                    "stop": start + timedelta(hours=1),
                    "partner_ids": customer.ids,
                }
                for customer in self.customers[:size]
            ]
            return lambda: self.env["calendar.event"].create(vals)

        self._compare("Meeting", meet, allowed=0)
