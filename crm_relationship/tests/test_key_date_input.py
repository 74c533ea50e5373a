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

    def test_nobody_says_when_a_date_comes_next(self):
        self._travel(date(2026, 3, 10))
        wrong = {"next_date": "2031-01-01", "alert_date": "2031-01-01"}
        right = (date(2026, 3, 14), date(2026, 3, 7))
        in_context = self.KeyDate.with_context(default_alert_date="2031-01-01")
        values = {"partner_id": self.customer.id, "day": 14, "month": "03"}
        for key_date in (
            self.KeyDate.create(values | wrong),
            in_context.create(values),
        ):
            self.assertEqual((key_date.next_date, key_date.alert_date), right)
            key_date.write(wrong)
            key_date.next_date = date(2031, 1, 1)
            self.assertEqual((key_date.next_date, key_date.alert_date), right)
            key_date.write(wrong | {"day": 15, "lead_days": 1})
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual(key_date.next_date, date(2026, 3, 15))
            self.assertEqual(key_date.alert_date, date(2026, 3, 14))


@tagged("post_install", "-at_install", "crm_relationship")
class TestOwnKeyDate(KeyDateCase):
    @classmethod
    def _add_own(cls, day=14, **values):
        return cls._add(day, 3, **({"kinship_id": cls.own.id, "name": False} | values))

    def _assert_refused(self, call):
        with (
            self.assertRaisesRegex(ValidationError, "Café Central has the date “Own"),
            self.env.cr.savepoint(),
        ):
            call()

    def test_the_name_follows_the_contact(self):
        own, child = self._add_own(), self._add(14, 3)
        archived = self._add_own(active=False)
        self.customer.name = "Hanna"
        self.env.flush_all()
        self.env.invalidate_all()
        names = (own + archived + child).mapped("name")
        self.assertEqual(names, ["Hanna", "Hanna", "Lia"])

    def test_the_name_follows_also_if_others_rename_the_contact(self):
        own = self._add_own()
        clerk = self._create_user("clerk", "base.group_user,base.group_partner_manager")
        self.customer.with_user(clerk).name = "Hanna"
        self.env.flush_all()
        self.assertEqual(own.name, "Hanna")

    def test_a_contact_has_one_own_date_of_a_kind(self):
        own = self._add_own()
        other = self._add_own(partner=self._create_customer("Other"))
        child = self._add(14, 3)
        archived = self._add_own(15, active=False)
        self._assert_refused(lambda: self._add_own(15))
        self._assert_refused(lambda: own.copy())
        self._assert_refused(lambda: archived.action_unarchive())
        self._assert_refused(lambda: other.write({"partner_id": self.customer.id}))
        self._assert_refused(lambda: child.write({"kinship_id": self.own.id}))
        own.action_archive()
        archived.action_unarchive()
        self._assert_refused(lambda: own.action_unarchive())

    def test_two_at_once_are_refused(self):
        values = {
            "partner_id": self.customer.id,
            "kinship_id": self.own.id,
            "day": 14,
            "month": "03",
        }
        self._assert_refused(lambda: self.KeyDate.create([values, values]))

    def test_other_kinds_companies_and_children_are_no_second_one(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._add_own()
        self._add_own(kinship_id=self.anniversary.id)
        self._add_own(company_id=other.id)
        self._add(14, 3, name="Lia")
        self._add(14, 3, name="Theo")
        self.assertEqual(len(self.customer.relationship_key_date_ids), 5)

    def test_the_check_is_one_query_whatever_the_number(self):
        for count in (1, 10, 100):
            own = self.KeyDate
            for _index in range(count):
                own += self._add_own(partner=self._create_customer("Other"))
            self.env.flush_all()
            with self.assertQueryCount(1):
                own._check_own_date_is_one()


@tagged("post_install", "-at_install", "crm_relationship")
class TestKeyDateSearchInput(KeyDateCase):
    def _search(self, *condition):
        return self.KeyDate.search([("partner_id", "=", self.customer.id), condition])

    def test_days_are_compared_with_any_number(self):
        nothing = self.KeyDate
        both = self._add_in(0) + self._add_in(31)
        now, later = both
        for _run in range(2):
            for number in (10**7, 10**12, float("inf")):
                for operator in ("<", "<=", "!="):
                    self.assertEqual(self._search("days_left", operator, number), both)
                for operator in (">", ">=", "="):
                    found = self._search("days_left", operator, number)
                    self.assertEqual(found, nothing)
                for operator in (">", ">=", "!="):
                    self.assertEqual(self._search("days_left", operator, -number), both)
                for operator in ("<", "<=", "="):
                    found = self._search("days_left", operator, -number)
                    self.assertEqual(found, nothing)
            for number, operator, expected in (
                (30.5, ">=", later),
                (31.5, ">=", nothing),
                (31.5, "<", both),
                (0.5, "<", now),
                (0.5, "<=", now),
                (-0.5, ">", both),
                (0.5, "=", nothing),
                (31.0, "=", later),
            ):
                found = self._search("days_left", operator, number)
                self.assertEqual(found, expected, (operator, number))
            for key_date in both:
                self._lapse(key_date, 7)

    def test_days_are_not_compared_with_words(self):
        for operator in ("<", ">=", "=", "!="):
            for value in ("x", float("nan")):
                with (
                    self.subTest(operator=operator, value=value),
                    self.assertRaisesRegex(UserError, "Search for a number of days"),
                ):
                    self._search("days_left", operator, value)

    def test_dates_are_searched_by_whether_there_is_a_profile(self):
        known = self._add(14, 3)
        self.env.flush_all()
        self.Profile._refresh(self.company)
        new = self._add(14, 3, partner=self._create_customer("New"))
        for operator, value, expected in (
            ("=", True, known),
            ("!=", False, known),
            ("=", False, new),
            ("!=", True, new),
            ("in", [True, False], known + new),
            ("in", [known.profile_id.id, True], known),
            ("in", [known.profile_id.id, False], known + new),
        ):
            found = self.KeyDate.search(
                [
                    ("partner_id", "in", (known + new).partner_id.ids),
                    ("profile_id", operator, value),
                ]
            )
            self.assertEqual(set(found), set(expected), (operator, value))
