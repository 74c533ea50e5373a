from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .test_key_date import KeyDateCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestKeyDateInput(KeyDateCase):
    def _assert_refused(self, call, message):
        with self.assertRaisesRegex(ValidationError, message), self.env.cr.savepoint():
            call()
            self.env.flush_all()

    def test_what_is_no_date_at_all_is_refused_in_words(self):
        key_date = self._add(14, 3)
        values = {"partner_id": self.customer.id, "day": 14, "month": "03"}
        for changes, message in (
            ({"month": "May"}, "Choose the month"),
            ({"month": "3"}, "Choose the month"),
            ({"month": 3}, "Choose the month"),
            ({"month": False}, "Choose the month"),
            ({"day": "x"}, "March has no day x"),
            ({"day": False}, "March has no day 0"),
            ({"day": 10**12}, "March has no day 1000000000000"),
            ({"year": "x"}, "x is no year"),
            ({"year": 10**12}, "1000000000000 is no year"),
        ):
            with self.subTest(changes=changes):
                self._assert_refused(
                    lambda changes=changes: self.KeyDate.create(values | changes),
                    message,
                )
                self._assert_refused(
                    lambda changes=changes: key_date.write(changes), message
                )

    def test_day_and_month_may_come_from_the_context(self):
        values = {"partner_id": self.customer.id, "name": "Lia"}
        KeyDate = self.KeyDate.with_context(default_day=14, default_month="03")
        key_date = KeyDate.create(values)
        self.assertEqual((key_date.day, key_date.month), (14, "03"))
        key_date = KeyDate.create(values | {"day": 15})
        self.assertEqual((key_date.day, key_date.month), (15, "03"))
        KeyDate = self.KeyDate.with_context(default_next_date="2026-03-14")
        key_date = KeyDate.create(values)
        self.assertEqual((key_date.day, key_date.month), (14, "03"))
        KeyDate = self.KeyDate.with_context(default_day=31, default_month="04")
        self._assert_refused(lambda: KeyDate.create(values), "April has no day 31")
