from datetime import date, datetime, timedelta
from random import Random
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from ..models import relationship_key_date_sql
from ..tools import key_dates
from .common import RelationshipCase


class KeyDateCase(RelationshipCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.KeyDate = cls.env["relationship.key.date"]
        cls.child = cls.env.ref("crm_relationship.kinship_child")
        cls.own = cls.env.ref("crm_relationship.kinship_self")
        cls.anniversary = cls.env.ref("crm_relationship.kinship_company")
        cls.customer = cls._create_customer()

    @classmethod
    def _add(cls, day, month, partner=None, **values):
        return cls.KeyDate.create(
            {
                "partner_id": (partner or cls.customer).id,
                "kinship_id": cls.child.id,
                "name": "Lia",
                "day": day,
                "month": f"{int(month):02}",
            }
            | values
        )

    @classmethod
    def _add_in(cls, days, **values):
        """A key date so many days from today."""
        when = cls.today + timedelta(days=days)
        return cls._add(when.day, when.month, **values)

    def _travel(self, day):
        """From now on it is that day in every company."""
        self.env.flush_all()
        self.env.invalidate_all()
        moment = datetime.combine(day, datetime.min.time())
        self.startPatcher(patch.object(fields.Datetime, "now", lambda: moment))

    def _lapse(self, key_date, days):
        """As if the job had run last so many days before today."""
        key_date.flush_recordset()
        was = key_dates.next_occurrence(
            key_date.day, int(key_date.month), self.today - timedelta(days=days)
        )
        self.env.cr.execute(
            SQL(
                "UPDATE relationship_key_date SET next_date = %s,"
                " alert_date = %s - lead_days WHERE id = %s",
                was,
                was,
                key_date.id,
            )
        )
        key_date.invalidate_recordset()


@tagged("post_install", "-at_install", "crm_relationship")
class TestKeyDate(KeyDateCase):
    def test_a_date_knows_when_it_comes_next_and_how_old_one_turns(self):
        self._travel(date(2026, 3, 10))
        key_date = self._add(14, 3, year=2015)
        self.assertEqual(key_date.next_date, date(2026, 3, 14))
        self.assertEqual(key_date.alert_date, date(2026, 3, 7))
        self.assertEqual((key_date.days_left, key_date.age), (4, 11))
        self.assertTrue(key_date.to_prepare)

    def test_days_left_and_age_are_never_stale(self):
        self._travel(date(2026, 3, 10))
        key_date = self._add(14, 3, year=2015)
        self._travel(date(2026, 3, 20))
        self.assertEqual(key_date.next_date, date(2026, 3, 14), "the job did not run")
        self.assertEqual((key_date.days_left, key_date.age), (359, 12))

    def test_the_age_is_told_in_words_of_a_person_and_of_a_company(self):
        self._travel(date(2026, 3, 10))
        child = self._add(14, 3, year=2025)
        self.assertEqual(child.age_text, "turns 1")
        child.year = 2015
        self.assertEqual(child.age_text, "turns 11")
        child.year = 0
        self.assertFalse(child.age_text)
        child.kinship_id = self.env.ref("crm_relationship.kinship_company")
        child.year = 1996
        self.assertEqual(child.age_text, "30 years")

    def test_29_february_is_kept_on_the_28th(self):
        self._travel(date(2026, 2, 1))
        key_date = self._add(29, 2, year=2016)
        self.assertEqual(key_date.next_date, date(2026, 2, 28))
        self.assertEqual(key_date.age, 10)
        self._travel(date(2028, 2, 1))
        self.KeyDate._refresh_next_dates()
        self.assertEqual(key_date.next_date, date(2028, 2, 29))

    def test_without_a_year_there_is_no_age(self):
        key_date = self._add_in(3)
        self.assertFalse(key_date.age)
        [shown] = self.customer._get_relationship_key_dates()
        self.assertIsNone(shown["age"])

    def test_what_cannot_be_is_refused_in_words(self):
        self._travel(date(2026, 3, 10))
        for values, message in (
            ({"day": 30, "month": "02"}, "February has no day 30"),
            ({"day": 31, "month": "04"}, "April has no day 31"),
            ({"day": 29, "month": "02", "year": 2015}, "no 29 February in 2015"),
            ({"day": 1, "month": "01", "year": 1899}, "too long ago"),
            ({"day": 11, "month": "03", "year": 2026}, "once the child is born"),
            ({"day": 1, "month": "01", "year": 2027}, "once the child is born"),
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, message),
                self.env.cr.savepoint(),
            ):
                self._add(**values)
        key_date = self._add(29, 2)
        with self.assertRaisesRegex(ValidationError, "April has no day 31"):
            key_date.write({"day": 31, "month": "04"})

    def test_the_database_refuses_it_too(self):
        key_date = self._add(30, 4)
        self.env.flush_all()
        with (
            self.assertRaises(psycopg2.errors.CheckViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE relationship_key_date SET day = 31 WHERE id = %s",
                [key_date.id],
            )

    def test_a_company_may_be_older_than_any_person(self):
        self._travel(date(2026, 3, 10))
        key_date = self._add(
            1, 7, kinship_id=self.anniversary.id, name=False, year=1827
        )
        self.assertEqual(key_date.age, 199)
        with self.assertRaisesRegex(ValidationError, "founded in the future"):
            key_date.year = 2030

    def test_the_form_fills_in_the_name_and_the_days_of_notice(self):
        self.child.lead_days = 21
        with Form(self.KeyDate) as form:
            form.partner_id = self.customer
            form.kinship_id = self.own
            self.assertEqual(form.name, "Café Central")
            form.kinship_id = self.child
            self.assertEqual(form.lead_days, 21)
            form.name = "Lia"
            form.day, form.month = 29, "02"
        key_date = form.record
        self.assertEqual((key_date.name, key_date.lead_days), ("Lia", 21))

    def test_a_day_chosen_in_the_calendar_gives_day_and_month(self):
        KeyDate = self.KeyDate.with_context(default_next_date="2026-03-14")
        with Form(KeyDate) as form:
            form.partner_id = self.customer
            self.assertEqual((form.day, form.month), (14, "03"))
        self.assertEqual((form.record.day, form.record.month), (14, "03"))

    def test_the_day_is_that_of_the_company(self):
        self.company.relationship_tz = "Pacific/Kiritimati"
        moment = datetime(2026, 3, 13, 11)  # there it is the 14th already
        with patch.object(fields.Datetime, "now", lambda: moment):
            self.assertEqual(self._add(13, 3).next_date, date(2027, 3, 13))
            late = self._add(14, 3)
            self.assertEqual(late.days_left, 0)
        self.company.relationship_tz = "UTC"
        with patch.object(fields.Datetime, "now", lambda: moment):
            self.assertEqual(late.days_left, 1)


@tagged("post_install", "-at_install", "crm_relationship")
class TestKeyDateRefresh(KeyDateCase):
    def _get_sql_next(self, days):
        """{(key date, as of): next date} by the SQL helper, in one statement."""
        query = SQL(
            "SELECT kd.id, d.day, %s FROM relationship_key_date kd,"
            " (SELECT unnest(%s::date[]) AS day) d WHERE kd.partner_id = %s",
            relationship_key_date_sql.next_date(SQL("d.day"), "kd"),
            days,
            self.customer.id,
        )
        self.env.flush_all()
        return {row[:2]: row[2] for row in self.env.execute_query(query)}

    def test_sql_and_python_follow_the_same_rule(self):
        random = Random(29)
        for month in range(1, 13):
            for day in {1, 2, 15, 28, 29, 30, 31}:
                if day <= key_dates.days_in_month(month):
                    self._add(day, month)
        start = date(1996, 1, 1)
        days = {start + timedelta(days=random.randrange(130 * 365)) for _ in range(400)}
        for year in (1999, 2000, 2023, 2024, 2025, 2099, 2100):
            days |= {date(year, 2, 27), date(year, 2, 28), date(year, 3, 1)}
            days |= {date(year, 1, 1), date(year, 12, 30), date(year, 12, 31)}
        days |= {date(2000, 2, 29), date(2024, 2, 29)}
        found = self._get_sql_next(sorted(days))
        records = {record.id: record for record in self.KeyDate.search([])}
        self.assertGreater(len(found), 30_000)
        for (record_id, as_of), next_date in found.items():
            record = records[record_id]
            expected = key_dates.next_occurrence(record.day, int(record.month), as_of)
            self.assertEqual(next_date, expected, (record.day, record.month, as_of))

    def test_a_date_given_as_python_value(self):
        key_date = self._add(29, 2)
        self.env.flush_all()
        [[found]] = self.env.execute_query(
            SQL(
                "SELECT %s FROM relationship_key_date WHERE id = %s",
                relationship_key_date_sql.next_date(date(2027, 3, 1)),
                key_date.id,
            )
        )
        self.assertEqual(found, date(2028, 2, 29))

    def test_only_dates_that_have_passed_are_moved_on_and_once(self):
        self._travel(date(2026, 12, 20))
        passed = self._add(24, 12, year=2010)
        archived = self._add(25, 12, active=False)
        coming = self._add(1, 1)
        self._travel(date(2026, 12, 28))
        self.assertEqual(self.KeyDate._refresh_next_dates(), 2)
        self.assertEqual(passed.next_date, date(2027, 12, 24))
        self.assertEqual(passed.alert_date, date(2027, 12, 17))
        self.assertEqual(archived.next_date, date(2027, 12, 25))
        self.assertEqual(coming.next_date, date(2027, 1, 1))
        self.assertEqual(self.KeyDate._refresh_next_dates(), 0)

    def test_after_years_without_the_job_one_run_puts_everything_right(self):
        self._travel(date(2023, 6, 1))
        dates = self._add(29, 2) + self._add(31, 12) + self._add(1, 6)
        self._travel(date(2027, 6, 1))
        self.assertEqual(self.KeyDate._refresh_next_dates(), 3)
        self.assertEqual(
            dates.mapped("next_date"),
            [date(2028, 2, 29), date(2027, 12, 31), date(2027, 6, 1)],
        )

    def test_refresh_is_one_statement_whatever_the_number(self):
        for count in (1, 10, 100):
            self._travel(date(2026, 3, 10))
            for _index in range(count):
                self._add(11, 3)
            self._travel(date(2026, 3, 12))
            with self.assertQueryCount(4):  # companies and their time zones, the update
                self.KeyDate._refresh_next_dates()

    def test_the_scheduled_job_moves_them_on(self):
        key_date = self._add_in(-1)
        self._lapse(key_date, 7)
        cron = self.env.ref("crm_relationship.ir_cron_key_dates")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        key_date.invalidate_recordset()
        self.assertGreater(key_date.next_date, self.today)


@tagged("post_install", "-at_install", "crm_relationship")
class TestKeyDateSearch(KeyDateCase):
    def _search(self, *domain):
        return self.KeyDate.search([("partner_id", "=", self.customer.id), *domain])

    def test_the_next_30_days_are_right_though_the_job_lapsed(self):
        dates = {
            days: self._add_in(days)
            for days in (-8, -7, -1, 0, 1, 29, 30, 31, 358, 364)
        }
        expected = dates[0] + dates[1] + dates[29] + dates[30]
        within = ("days_left", "<=", 30)
        self.assertEqual(self._search(within), expected)
        for key_date in dates.values():
            self._lapse(key_date, 7)
        self.assertEqual(self._search(within), expected)
        # Dates of the days without the job come in a year: the longest window has them.
        everything = self.KeyDate.union(*dates.values())
        self.assertEqual(self._search(("days_left", "<=", 366)), everything)
        self.assertEqual(
            self._search(("days_left", ">", 350)),
            dates[-8] + dates[-7] + dates[-1] + dates[358] + dates[364],
        )
        self.assertEqual(self._search(("days_left", "=", 0)), dates[0])
        self.assertEqual(
            self._search(("days_left", "not in", [0])), everything - dates[0]
        )

    def test_the_next_30_days_cross_the_end_of_the_year(self):
        self._travel(date(2026, 12, 20))
        december, january, february = (
            self._add(24, 12),
            self._add(19, 1),
            self._add(20, 1),
        )
        self.assertEqual(self._search(("days_left", "<=", 30)), december + january)
        self._travel(date(2026, 12, 27))
        self.assertEqual(self._search(("days_left", "<=", 30)), january + february)

    def test_to_prepare_is_right_though_the_job_lapsed(self):
        early = self._add_in(20, lead_days=20)
        late = self._add_in(20, lead_days=19)
        passed = self._add_in(-1, lead_days=10)
        always = self._add_in(-2, lead_days=365)
        for _run in range(2):
            self.assertEqual(self._search(("to_prepare", "=", True)), early + always)
            self.assertEqual(self._search(("to_prepare", "=", False)), late + passed)
            self.assertTrue(early.to_prepare and always.to_prepare)
            self.assertFalse(late.to_prepare or passed.to_prepare)
            for key_date in early + late + passed + always:
                self._lapse(key_date, 7)

    def test_dates_group_by_what_people_ask_for(self):
        self._add_in(3)
        for groupby in (
            "month",
            "kinship_id",
            "customer_id",
            "user_id",
            "next_date:month",
        ):
            groups = self.KeyDate._read_group(
                [("partner_id", "=", self.customer.id)], [groupby], ["__count"]
            )
            self.assertEqual(sum(count for _value, count in groups), 1, groupby)


@tagged("post_install", "-at_install", "crm_relationship")
class TestKeyDateCard(KeyDateCase):
    def test_the_card_has_the_next_dates_of_the_customer_and_its_contacts(self):
        self._travel(date(2026, 3, 10))
        contact = self._create_customer(
            "Ana", is_company=False, parent_id=self.customer.id
        )
        later = self._add(20, 3, year=2015, note="Likes horses")
        self._add(9, 3, name="Passed")
        self._add(12, 3, partner=contact, kinship_id=self.own.id, name=False)
        dates = self.customer._get_relationship_key_dates()
        self.assertEqual(dates, contact._get_relationship_key_dates())
        self.assertEqual([row["name"] for row in dates], ["Ana", "Lia", "Passed"])
        self.assertEqual(dates[0]["partner"], "Ana")
        self.assertIsNone(dates[0]["age"])
        self.assertEqual(
            dates[1],
            {
                "id": later.id,
                "name": "Lia",
                "partner_id": self.customer.id,
                "partner": "",
                "kinship": "Child",
                "icon": "fa-child",
                "kind": "person",
                "day": 20,
                "month": 3,
                "date": "2026-03-20",
                "days_left": 10,
                "age": 11,
                "year_known": True,
                "to_prepare": False,
                "note": "Likes horses",
            },
        )

    def test_the_card_is_right_though_the_job_lapsed(self):
        for key_date in (self._add_in(-1, name="Passed"), self._add_in(2)):
            self._lapse(key_date, 7)
        dates = self.customer._get_relationship_key_dates()
        self.assertEqual([row["name"] for row in dates], ["Lia", "Passed"])

    def test_the_queries_of_the_card_are_bounded(self):
        for count in (1, 10, 100):
            for index in range(count):
                self._add_in(index)
            self.env.flush_all()
            self.env.invalidate_all()
            self.customer.commercial_partner_id.read(["name"])  # the card has it
            self.company._relationship_today()
            with self.assertQueryCount(4):
                self.assertTrue(self.customer._get_relationship_key_dates())

    def test_the_quick_entry_gets_all_it_needs_at_once(self):
        self._add_in(1)
        data = self.customer.with_user(self.salesman).get_relationship_key_dates()
        self.assertEqual(data["today"], fields.Date.to_string(self.today))
        self.assertEqual(data["kinships"][0]["name"], "Child")
        self.assertEqual(len(data["key_dates"]), 1)
        self.assertTrue(data["may_add"])


@tagged("post_install", "-at_install", "crm_relationship")
class TestKeyDateAccess(KeyDateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls._create_customer("Mine")
        cls.theirs = cls._create_customer("Theirs", user_id=cls.other_salesman.id)
        cls.nobodys = cls._create_customer("Nobody's", user_id=False)
        cls.env.flush_all()
        cls.Profile._refresh(cls.company)
        for customer in cls.mine + cls.theirs + cls.nobodys:
            contact = cls._create_customer(
                "Contact", is_company=False, parent_id=customer.id, user_id=False
            )
            cls._add(1, 2, partner=customer)
            cls._add(1, 2, partner=contact)
        cls.env.flush_all()

    def _get_visible(self, user):
        customers = self.mine + self.theirs + self.nobodys
        return (
            self.KeyDate.with_user(user)
            .search([("partner_id", "child_of", customers.ids)])
            .customer_id
        )

    def test_dates_go_with_the_customer_also_those_of_its_contacts(self):
        own = self.mine + self.nobodys
        everybody = own + self.theirs
        user = self._create_user("all", "sales_team.group_sale_salesman_all_leads")
        self.assertEqual(set(self._get_visible(self.salesman)), set(own))
        self.assertEqual(set(self._get_visible(self.leader)), set(own))
        self.assertEqual(set(self._get_visible(user)), set(everybody))
        self.assertEqual(set(self._get_visible(self.manager)), set(everybody))
        self.assertEqual(
            set(self._get_visible(self.other_salesman)),
            set(self.theirs + self.nobodys),
        )

    def test_users_keep_the_dates_of_the_customers_they_see(self):
        for customer in (self.mine, self.nobodys):
            key_date = self._add(3, 3, partner=customer.with_user(self.salesman))
            key_date = key_date.with_user(self.salesman)
            key_date.note = "Likes horses"
            key_date.action_archive()
            key_date.action_unarchive()
            key_date.unlink()

    def test_users_leave_the_dates_of_others_alone(self):
        KeyDate = self.KeyDate.with_user(self.salesman)
        theirs = self.KeyDate.search([("partner_id", "=", self.theirs.id)])
        theirs = theirs.with_user(self.salesman)
        for call in (
            lambda: theirs.read(["name"]),
            lambda: theirs.write({"name": "x"}),
            lambda: theirs.action_archive(),
            lambda: theirs.unlink(),
            lambda: KeyDate.create(
                {
                    "partner_id": self.theirs.id,
                    "kinship_id": self.child.id,
                    "day": 1,
                    "month": "01",
                }
            ),
            lambda: KeyDate.search([("partner_id", "=", self.mine.id)]).write(
                {"partner_id": self.theirs.id}
            ),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call()
        self.assertFalse(
            self.theirs.with_user(self.salesman)._get_relationship_key_dates()
        )

    def test_a_contact_of_this_minute_has_dates_before_it_has_a_profile(self):
        for customer, seen in (
            (self._create_customer("New"), True),
            (self._create_customer("Theirs", user_id=self.other_salesman.id), False),
        ):
            key_date = self._add(3, 3, partner=customer)
            self.assertFalse(key_date.profile_id)
            found = self.KeyDate.with_user(self.salesman).search(
                [("id", "=", key_date.id)]
            )
            self.assertEqual(bool(found), seen)

    def test_without_the_group_nothing_is_seen(self):
        for user in (
            self._create_user("clerk", "base.group_user"),
            self._create_user("portal", "base.group_portal"),
            self.env.ref("base.public_user"),
        ):
            for model in ("relationship.key.date", "relationship.kinship"):
                with (
                    self.subTest(user=user.login, model=model),
                    self.assertRaises(AccessError),
                ):
                    self.env[model].with_user(user).search([])
            partner = self.mine.with_user(user)
            with self.assertRaises(AccessError):
                partner.read(["relationship_key_date_ids"])
            with self.assertRaises(AccessError):
                partner.get_relationship_key_dates()

    def test_only_administrators_configure(self):
        values = {"name": "Godchild"}
        with self.assertRaises(AccessError):
            self.env["relationship.kinship"].with_user(self.salesman).create(values)
        self.env["relationship.kinship"].with_user(self.manager).create(values)

    def test_companies_keep_their_dates_to_themselves(self):
        other = self.env["res.company"].create({"name": "Other"})
        manager = self._create_user(
            "other_manager",
            "sales_team.group_sale_manager,crm_relationship.group_relationship_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        ours = self.KeyDate.search([("partner_id", "=", self.mine.id)])
        theirs = self._add(1, 2, partner=self.mine, company_id=other.id)
        self.assertEqual(self.KeyDate.with_user(manager).search([]), theirs)
        with self.assertRaises(AccessError):
            ours.with_user(manager).read(["name"])
        kinship = self.env["relationship.kinship"].create(
            {"name": "Ours", "company_id": self.company.id}
        )
        with self.assertRaises(UserError):
            theirs.kinship_id = kinship
        self.assertEqual(
            len(self.mine.with_user(manager)._get_relationship_key_dates()), 1
        )


@tagged("post_install", "-at_install", "crm_relationship")
class TestKeyDateMerge(KeyDateCase):
    def setUp(self):
        super().setUp()
        self.gone = self._create_customer("Gone")

    def _merge(self):
        self.env["base.partner.merge.automatic.wizard"].create(
            {
                "partner_ids": [(6, 0, (self.customer + self.gone).ids)],
                "dst_partner_id": self.customer.id,
            }
        ).action_merge()
        self.env.invalidate_all()

    def test_dates_of_both_survive(self):
        kept = self._add(14, 3)
        moved = self._add(15, 3, partner=self.gone, name="Theo")
        self._merge()
        self.assertEqual((kept + moved).partner_id, self.customer)
        self.assertTrue(kept.active and moved.active)
        self.assertEqual(len(self.customer._get_relationship_key_dates()), 2)

    def test_equal_dates_become_one_that_knows_the_year_and_the_note(self):
        older = self._add(14, 3, name="Lia ")
        newer = self._add(
            14, 3, partner=self.gone, name="LIA", year=2015, note="Likes horses"
        )
        self._merge()
        self.assertTrue(older.active)
        self.assertFalse(newer.active)
        self.assertEqual((older.year, older.note), (2015, "Likes horses"))
        self.assertEqual(newer.partner_id, self.customer)

    def test_different_years_are_for_people_to_decide(self):
        dates = self._add(14, 3, year=2014)
        dates += self._add(14, 3, partner=self.gone, year=2015)
        dates += self._add(14, 3, partner=self.gone)
        self._merge()
        self.assertEqual(dates.mapped("active"), [True, True, False])
        self.assertEqual(dates.mapped("year"), [2014, 2015, 0])

    def test_twins_and_other_companies_stay_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        dates = self._add(14, 3)
        dates += self._add(14, 3, partner=self.gone, name="Theo")
        dates += self._add(14, 3, partner=self.gone, company_id=other.id)
        self._merge()
        self.assertEqual(dates.mapped("active"), [True, True, True])

    def test_one_contact_has_one_birthday_whatever_its_name_was(self):
        values = {"kinship_id": self.own.id, "name": False}
        older = self._add(14, 3, **values)
        newer = self._add(14, 3, partner=self.gone, year=1980, **values)
        self.assertEqual(newer.name, "Gone")
        self._merge()
        self.assertEqual((older.active, newer.active), (True, False))
        self.assertEqual((older.year, older.name), (1980, "Café Central"))

    def test_own_dates_have_the_name_of_the_contact_that_stays(self):
        values = {"kinship_id": self.own.id, "name": False, "partner": self.gone}
        own = self._add(14, 3, **values)
        archived = self._add(15, 3, active=False, **values)
        child = self._add(16, 3, partner=self.gone)
        self._merge()
        self.assertEqual(own.name, "Café Central")
        self.assertEqual(archived.name, "Café Central")
        self.assertEqual(child.name, "Lia")

    def test_own_dates_on_different_days_both_stay_until_people_decide(self):
        values = {"kinship_id": self.own.id, "name": False}
        dates = self._add(14, 3, **values)
        dates += self._add(15, 3, partner=self.gone, **values)
        self._merge()
        self.assertEqual(dates.mapped("active"), [True, True])
        dates[0].write({"day": 16, "note": "Likes horses"})
        dates[1].action_archive()
        with self.assertRaisesRegex(ValidationError, "has the date"):
            dates[1].action_unarchive()
