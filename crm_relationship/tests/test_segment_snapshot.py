from datetime import timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .segment_case import SegmentCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestSegmentSnapshot(SegmentCase):
    def setUp(self):
        super().setUp()
        self.cron = self.env.ref("crm_relationship.ir_cron_segment_snapshot")
        self._create_scored(
            5,
            5,
            5,
            revenue_recent=300,
            expected_value=200,
            value_at_risk=30,
            buy_probability=0.9,
        )
        self._create_scored(
            5,
            5,
            5,
            revenue_recent=100,
            expected_value=100,
            value_at_risk=10,
            buy_probability=0.7,
        )

    def _get_rows(self, day):
        self.env.flush_all()
        return {
            row.segment_id: (
                row.customer_count,
                row.revenue,
                row.expected_value,
                row.value_at_risk,
                row.buy_probability,
            )
            for row in self.Snapshot.search(
                [("company_id", "=", self.company.id), ("date", "=", day)]
            )
        }

    def test_a_snapshot_sums_up_the_segments_of_the_day(self):
        self.Snapshot._take(self.company, self.today)
        rows = self._get_rows(self.today)
        self.assertEqual(rows[self.champions], (2, 400, 300, 40, 0.8))
        count = sum(row[0] for row in rows.values())
        self.assertEqual(
            count, self.Profile.search_count([("company_id", "=", self.company.id)])
        )

    def test_taken_twice_it_is_the_same(self):
        self.Snapshot._take(self.company, self.today)
        before = self._get_rows(self.today)
        ids = self.Snapshot.search([]).ids
        self.Snapshot._take(self.company, self.today)
        self.assertEqual(self._get_rows(self.today), before)
        self.assertEqual(self.Snapshot.search([]).ids, ids)

    def test_taken_again_after_everybody_left_a_segment_it_forgets_the_segment(self):
        self.Snapshot._take(self.company, self.today)
        champions = self.Profile.search([("segment_id", "=", self.champions.id)])
        self._score(champions, 4, 4, 4)
        self.Snapshot._take(self.company, self.today)
        self.assertNotIn(self.champions, self._get_rows(self.today))

    def test_there_is_one_a_month(self):
        self.assertIn(self.today, self.Snapshot._get_missing_days(self.company))
        self.Snapshot._take(self.company, self.today)
        self.assertNotIn(self.today, self.Snapshot._get_missing_days(self.company))

    def test_only_those_who_see_all_customers_see_the_sums(self):
        self.Snapshot._take(self.company, self.today)
        self.assertTrue(self.Snapshot.with_user(self.manager).search([]))
        with self.assertRaises(AccessError):
            self.Snapshot.with_user(self.salesman).search([])
        with self.assertRaises(AccessError):
            self.Snapshot.with_user(self.manager).search([]).unlink()

    def test_a_past_day_is_taken_as_a_refresh_of_that_day_saw_it(self):
        self._create_customers()
        day = self._days_ago(100)
        self.Profile._refresh_everybody(self.company, day)
        expected = self._sum_up()
        self.Profile._refresh_everybody(self.company)
        self.assertNotEqual(self._sum_up(), expected)
        self.Snapshot._take(self.company, day)
        self.assertEqual(self._get_sums(day), expected)
        self.Snapshot._take(self.company, self.today)
        self.assertEqual(self._get_sums(self.today), self._sum_up())

    def test_before_the_log_the_rules_say_who_belonged_where(self):
        self._create_customers()
        day = self._days_ago(100)
        self.Profile._refresh_everybody(self.company)
        self.Snapshot._take(self.company, day)
        before = self._get_sums(day)
        self.Snapshot.search([]).unlink()
        self.SegmentMove.search([]).unlink()
        self.Profile._refresh_everybody(self.company, day)
        self.assertEqual(self._sum_up(), before)

    def test_the_months_before_the_first_one_are_made_up_for(self):
        self._create_order(self._create_customer(), self.today - timedelta(days=70))
        self.Profile._refresh_everybody(self.company)
        days = self.Snapshot._get_missing_days(self.company)
        month = self.today.replace(day=1)
        self.assertEqual(days[:2], [self.today, month - relativedelta(months=1)])
        self.assertGreater(days[-1], self.today - relativedelta(months=13))
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.assertFalse(self.Snapshot._get_missing_days(self.company))
        taken = self.Snapshot.search([("company_id", "=", self.company.id)])
        self.assertEqual(set(taken.mapped("date")), set(days))

    def test_before_the_first_refresh_of_the_day_is_done_nothing_is_taken(self):
        self.env["relationship.refresh"]._request(self.company)
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        own = [("company_id", "=", self.company.id)]
        self.assertFalse(self.Snapshot.search(own))

    def test_a_condition_on_a_forecast_holds_in_the_past_too(self):
        self.Segment.create(
            {
                "name": "Going",
                "sequence": -1,
                "mode": "domain",
                "domain": "[('churn_risk', '>', 0.5)]",
                "company_id": self.company.id,
            }
        )
        day = self._days_ago(100)
        self.Snapshot._take(self.company, day)
        self.assertTrue(self._get_rows(day))

    def test_a_day_that_fails_stops_no_other_one(self):
        self._create_order(self._create_customer(), self.today - timedelta(days=70))
        self.Profile._refresh_everybody(self.company)
        days = self.Snapshot._get_missing_days(self.company)
        step = type(self.Snapshot)._step

        def fail_once(snapshots, company, day):
            if day == days[0]:
                snapshots.env.cr.execute("SELECT no_such_column")
            return step(snapshots, company, day)

        with (
            patch.object(type(self.Snapshot), "_step", fail_once),
            mute_logger("odoo.sql_db", self.Snapshot._try_step.__module__),
            self.enter_registry_test_mode(),
        ):
            self.cron.method_direct_trigger()
        self.assertEqual(self.Snapshot._get_missing_days(self.company), days[:1])

    def test_a_day_without_customers_is_taken_all_the_same(self):
        self.env.cr.execute("UPDATE relationship_profile SET active = FALSE")
        self.env.invalidate_all()
        self.Snapshot._take(self.company, self.today)
        [row] = self._get_rows(self.today).values()
        self.assertEqual(row[0], 0)
        self.assertNotIn(self.today, self.Snapshot._get_missing_days(self.company))

    def test_months_together_are_their_mean_and_customers_have_their_weight(self):
        rows = [("2026-01-01", 10, 0.5, 8), ("2026-02-01", 30, 0.2, 2)]
        for day, count, probability, known in rows:
            for segment in self.champions + self.loyal:
                self.Snapshot.create(
                    {
                        "company_id": self.company.id,
                        "date": day,
                        "segment_id": segment.id,
                        "customer_count": count,
                        "revenue": 10 * count,
                        "buy_probability": probability,
                        "forecast_count": known,
                    }
                )
        measures = ["customer_count:avg", "revenue:avg", "buy_probability:avg"]
        [[count, revenue, probability]] = self.Snapshot._read_group([], [], measures)
        self.assertEqual((count, revenue), (40, 400))
        self.assertAlmostEqual(probability, 0.44)
        by_month = self.Snapshot._read_group([], ["date:month"], measures)
        self.assertEqual([row[1] for row in by_month], [20, 60])

    def _create_customers(self):
        """Of all sorts: the last order of each was on another day."""
        for number in range(12):
            self._create_history(
                self._create_customer(f"Customer {number}"),
                range(15 * number, 400, 40 + 7 * number),
                amount=50 * number + 10,
            )
        self._refresh_changed()

    def _sum_up(self):
        """Of the profiles as they are now: customers and revenue by segment."""
        self.env.flush_all()
        return {
            segment: (count, revenue)
            for segment, count, revenue in self.Profile._read_group(
                [("company_id", "=", self.company.id)],
                ["segment_id"],
                ["__count", "revenue_recent:sum"],
            )
        }

    def _get_sums(self, day):
        return {segment: row[:2] for segment, row in self._get_rows(day).items()}
