from odoo.exceptions import AccessError
from odoo.tests import tagged

from .forecast_case import ModelInForce
from .scored_case import ScoredCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestRfvGrid(ScoredCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Segment = cls.env["relationship.segment"]
        cls.best = cls._create_valued(
            "Best", recency_score=5, fv_score=5, revenue_recent=900, order_day_count=9
        )
        cls.good = cls._create_valued(
            "Good", recency_score=5, fv_score=5, revenue_recent=90, order_day_count=5
        )
        cls.quiet = cls._create_valued(
            "Quiet",
            user=cls.other_salesman,
            recency_score=1,
            fv_score=2,
            order_day_count=2,
        )
        cls.prospect = cls._create_valued("Prospect")

    def _get_grid(self, *args, user=None, **kwargs):
        return self.Profile.with_user(user or self.manager).get_rfv_grid(
            *args, **kwargs
        )

    def _get_counts(self, grid):
        return {(cell["r"], cell["fv"]): cell["count"] for cell in grid["cells"]}

    def test_customers_and_their_recent_revenue_are_counted_by_cell(self):
        grid = self._get_grid()
        self.assertEqual(
            sorted(grid["cells"], key=lambda cell: cell["r"]),
            [
                {"r": 1, "fv": 2, "count": 1, "revenue": 0.0},
                {"r": 5, "fv": 5, "count": 2, "revenue": 990.0},
            ],
        )
        self.assertEqual(grid["count"], 3)
        self.assertEqual(grid["revenue"], 990.0)
        self.assertEqual(grid["customers"], 4)
        self.assertEqual(grid["currency_id"], self.company.currency_id.id)

    def test_a_search_narrows_the_grid(self):
        grid = self._get_grid([("revenue_recent", ">", 100)])
        self.assertEqual(self._get_counts(grid), {(5, 5): 1})

    def test_nobody_counts_customers_they_may_not_see(self):
        mine = self._get_grid(user=self.salesman)
        self.assertEqual(self._get_counts(mine), {(5, 5): 2})
        theirs = self._get_grid(user=self.other_salesman)
        self.assertEqual(self._get_counts(theirs), {(1, 2): 1})

    def test_customers_of_another_company_are_not_counted(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.manager.company_ids |= other
        grid = self.Profile.with_user(self.manager).with_company(other).get_rfv_grid()
        self.assertEqual((grid["count"], grid["cells"]), (0, []))

    def test_each_cell_is_of_the_first_segment_that_painted_it(self):
        self.Segment.search([]).filtered("company_id").active = False
        first = self.Segment.create(
            {"name": "First", "sequence": -2, "cells": [[3, 3], [5, 5]]}
        )
        self.Segment.create({"name": "Second", "sequence": -1, "cells": [[3, 3]]})
        painted = self.Segment.search([("mode", "=", "cells")]).mapped("cells")
        owners = {(r, fv): owner for r, fv, owner in self._get_grid()["owners"]}
        self.assertEqual(len(owners), 25)
        self.assertEqual(owners[3, 3], first.id)
        self.assertEqual(owners[5, 5], first.id)
        free = set(owners) - {tuple(cell) for cells in painted for cell in cells or []}
        fallback = self.Segment.search([]).filtered("is_fallback")
        self.assertEqual({owners[cell] for cell in free}, {fallback.id})

    def test_a_segment_is_shown_what_earlier_conditions_leave(self):
        self.Segment.create(
            [
                {
                    "name": "Small",
                    "mode": "domain",
                    "sequence": -5,
                    "domain": "[('revenue_recent', '<', 100)]",
                },
                {"name": "By hand", "mode": "domain", "sequence": -5, "domain": "[]"},
            ]
        )
        grid = self._get_grid(before=[-4, False])
        self.assertEqual(self._get_counts(grid), {(5, 5): 1})
        grid = self._get_grid(before=[-6, False])
        self.assertEqual(self._get_counts(grid), {(1, 2): 1, (5, 5): 2})

    def test_a_segment_does_not_come_before_itself(self):
        small = self.Segment.create(
            {
                "name": "Small",
                "mode": "domain",
                "sequence": -5,
                "domain": "[('revenue_recent', '<', 100)]",
            }
        )
        grid = self._get_grid(before=[small.sequence, small.id])
        self.assertEqual(grid["count"], 3)

    def test_queries_do_not_grow_with_the_customers(self):
        counts = []
        for size in (1, 10, 100):
            profiles = self._create_profiles([f"C{i}" for i in range(size)])
            self._set(profiles, recency_score=3, fv_score=3, revenue_recent=1)
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            self._get_grid()
            self.Profile.with_user(self.manager).get_pareto()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(max(counts[1:]), counts[0])

    def test_only_managers_start_a_refresh(self):
        Refresh = self.env["relationship.refresh"]
        running = [("company_id", "=", self.company.id), ("state", "=", "running")]
        Refresh.search(running).state = "done"
        self.assertFalse(self._get_grid(user=self.salesman)["may_refresh"])
        with self.assertRaises(AccessError):
            self.Profile.with_user(self.salesman).request_profile_refresh()
        self.assertFalse(Refresh.search(running))
        self.assertTrue(self._get_grid(user=self.manager)["may_refresh"])
        self.Profile.with_user(self.manager).request_profile_refresh()
        self.assertTrue(Refresh.search(running))


@tagged("post_install", "-at_install", "crm_relationship")
class TestPareto(ScoredCase):
    def _get_pareto(self, *args, user=None):
        return self.Profile.with_user(user or self.manager).get_pareto(*args)

    def test_shares_of_customers_and_revenue_best_first(self):
        for name, revenue, abc_class in (
            ("Small", 5, "c"),
            ("Large", 80, "a"),
            ("Medium", 15, "b"),
        ):
            self._create_valued(name, revenue_recent=revenue, abc_class=abc_class)
        self._create_valued("Quiet", revenue_recent=None)
        pareto = self._get_pareto()
        self.assertEqual(
            [(round(x, 4), y, abc) for x, y, abc in pareto["points"]],
            [(0.3333, 0.8, "a"), (0.6667, 0.95, "b"), (1.0, 1.0, "c")],
        )
        self.assertEqual(
            pareto["classes"],
            [
                {"abc_class": "a", "count": 1, "revenue": 80.0},
                {"abc_class": "b", "count": 1, "revenue": 15.0},
                {"abc_class": "c", "count": 1, "revenue": 5.0},
            ],
        )
        self.assertEqual((pareto["count"], pareto["revenue"]), (3, 100.0))
        self.assertEqual(pareto["customers"], 4)

    def test_however_many_customers_a_hundred_points_are_enough(self):
        profiles = self._create_profiles([f"C{i}" for i in range(250)])
        for number, profile in enumerate(profiles, 1):
            self._set(profile, revenue_recent=number)
        points = self._get_pareto()["points"]
        self.assertEqual(len(points), 100)
        self.assertEqual(points[-1][:2], [1.0, 1.0])
        total = 250 * 251 / 2
        for share, of_revenue, _abc in points:
            best = round(share * 250)
            expected = sum(range(251 - best, 251)) / total
            self.assertAlmostEqual(of_revenue, expected)

    def test_who_buys_nothing_recently_is_no_point(self):
        self._create_valued("Credited", revenue_recent=-20)
        pareto = self._get_pareto()
        self.assertEqual((pareto["points"], pareto["count"]), ([], 0))
        self.assertEqual(pareto["revenue"], 0)

    def test_nobody_counts_revenue_they_may_not_see(self):
        self._create_valued("Mine", revenue_recent=10)
        self._create_valued("Theirs", user=self.other_salesman, revenue_recent=990)
        self.assertEqual(self._get_pareto(user=self.salesman)["revenue"], 10)
        self.assertEqual(self._get_pareto()["revenue"], 1000)


@tagged("post_install", "-at_install", "crm_relationship")
class TestExplain(ModelInForce, ScoredCase):
    def test_only_what_is_asked_for_is_explained(self):
        profile = self._create_valued("Asked", frequency_score=4, value_score=5)
        self._set(profile, fv_score=5)
        said = profile.with_user(self.salesman).explain(["fv_score", "no_such_field"])
        self.assertEqual(list(said[profile.id]), ["fv_score"])
        self.assertIn("4", said[profile.id]["fv_score"])

    def test_whatever_has_a_reason_is_a_field(self):
        profile = self._create_valued("All", recency_score=2, fv_score=3)
        said = profile.with_user(self.salesman).explain()[profile.id]
        self.assertIn("fv_score", said)
        self.assertLessEqual(set(said), set(profile._fields))
        self.assertTrue(all(isinstance(sentence, str) for sentence in said.values()))

    def test_somebody_elses_customer_is_not_explained(self):
        profile = self._create_valued("Theirs", user=self.other_salesman)
        with self.assertRaises(AccessError):
            profile.with_user(self.salesman).explain(["fv_score"])

    def test_the_card_says_segment_scores_and_forecast(self):
        champions = self.env.ref("crm_relationship.segment_champions")
        profile = self._create_valued(
            "Carded",
            segment_id=champions.id,
            recency_score=5,
            frequency_score=4,
            value_score=4,
            fv_score=4,
            abc_class="a",
            order_day_count=4,
            first_order_date=self.today,
            last_order_date=self.today,
            buy_probability=0.75,
            churn_risk=0.25,
            expected_value=1200,
        )
        self._put_in_force(date=self.today, horizon_days=45)
        self.company.relationship_forecast_days = 180  # nothing was fitted for it yet
        card = profile.partner_id.with_user(self.salesman).get_relationship_card()
        self.assertEqual(card["segment"]["name"], champions.name)
        self.assertEqual(card["segment"]["treatment"], champions.treatment)
        self.assertEqual(
            card["scores"],
            {
                "recency_score": 5,
                "frequency_score": 4,
                "value_score": 4,
                "abc_class": "A",
            },
        )
        self.assertEqual(card["forecast"]["buy_probability"], 0.75)
        self.assertEqual(card["forecast"]["expected_value"], 1200)
        self.assertEqual(card["forecast"]["horizon_days"], 45)
        self.assertFalse(card["forecast"]["next_order_date"])
        self.assertTrue(card["explanations"]["buy_probability"])

    def test_a_refusal_takes_the_forecast_off_the_card_at_once(self):
        profile = self._create_valued(
            "Refused",
            order_day_count=4,
            first_order_date=self.today,
            last_order_date=self.today,
            buy_probability=0.75,
            churn_risk=0.25,
        )
        self._put_in_force(date=self.today)
        partner = profile.partner_id.with_user(self.salesman)
        self.assertTrue(partner.get_relationship_card()["forecast"])
        self._put_in_force(date=self.today, state="refused", kind=False)
        self.assertFalse(partner.get_relationship_card()["forecast"])

    def test_the_card_of_a_prospect_has_no_figures_it_does_not_know(self):
        profile = self._create_valued("Prospect")
        card = profile.partner_id.with_user(self.salesman).get_relationship_card()
        self.assertFalse(card["scores"])
        self.assertFalse(card["forecast"])
