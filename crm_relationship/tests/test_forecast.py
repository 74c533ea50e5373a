from datetime import timedelta
from unittest.mock import patch

import numpy as np

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.relationship_profile_forecast_sql import FORECAST_COLUMNS
from ..tools import forecasts
from ..tools.value import (
    bgnbd,
    calibration,
    gamma_gamma,
    lifetime,
    mbgnbd,
    naive,
)
from .forecast_case import CALIBRATION, PARAMETERS, VALUES, ForecastCase

STEPS = {"kind": "steps", "thresholds": [0.1, 0.3], "values": [0.05, 0.2, 0.6]}


@tagged("post_install", "-at_install", "crm_relationship")
class TestForecast(ForecastCase):
    def _random_customers(self, count=60):
        """From one order today to a few hundred over ten years."""
        history = {}
        for number, partner in enumerate(self._create_customers(count)):
            span = int(self.numbers.integers(0, 3650)) if number else 0
            orders = int(self.numbers.integers(1, 5 if number % 7 else 120))
            history[partner] = set(self.numbers.integers(0, span + 1, orders))
        customers = self.env["res.partner"].concat(*history)
        self._order_on(history)
        return customers

    def _expected(self, profile, module=mbgnbd, calibrate=None):
        """What the mathematics says, from the facts of a profile."""
        x = profile.order_day_count - 1
        t_x = (profile.last_order_date - profile.first_order_date).days / 7
        T = (self.today - profile.first_order_date).days / 7
        raw = module.buy(PARAMETERS, x, t_x, T, 90 / 7)
        buy = calibration.apply(calibrate or CALIBRATION, raw)
        alive = module.alive(PARAMETERS, x, t_x, T)
        year = module.expected_factor(PARAMETERS, x, T, 365 / 7) * alive * buy / raw
        value = gamma_gamma.expected_value(
            VALUES, x, profile.revenue / profile.order_day_count
        )
        return float(buy), float(year), float(year * value)

    def _check(self, customers, **how):
        profiles = self._get_profiles(customers)
        self.assertEqual(len(profiles), len(customers))
        for profile in profiles:
            buy, year, value = self._expected(profile, **how)
            self.assertAlmostEqual(profile.buy_probability, buy, delta=1e-6)
            self.assertAlmostEqual(profile.churn_risk, 1 - buy, delta=1e-6)
            self.assertAlmostEqual(
                profile.expected_orders, year, delta=1e-6 * max(year, 1)
            )
            self.assertAlmostEqual(
                profile.expected_value, value, delta=0.006 + 1e-6 * value
            )

    def test_forecasts_are_those_of_the_mathematics(self):
        customers = self._random_customers()
        self._put_in_force()
        self.Profile._refresh(self.company)
        self._check(customers)

    def test_bg_nbd_and_steps(self):
        customers = self._random_customers()
        self._put_in_force(kind="bg_nbd", calibration=STEPS)
        self.Profile._refresh(self.company)
        self._check(customers, module=bgnbd, calibrate=STEPS)

    def test_without_a_calibration_the_model_is_taken_at_its_word(self):
        customers = self._random_customers(10)
        self._put_in_force(calibration={"kind": "none"})
        self.Profile._refresh(self.company)
        self._check(customers, calibrate={"kind": "none"})

    def test_the_lifetime_is_three_years_discounted(self):
        [partner] = customers = self._create_customers(1)
        self._order_on({partner: [400, 200, 100, 10]}, amount=100)
        self._put_in_force()
        self.company.relationship_margin_percent = 40
        self.company.relationship_discount_rate = 10
        self.Profile._refresh(self.company)
        profile = self._get_profiles(customers)
        T = 400 / 7
        alive = mbgnbd.alive(PARAMETERS, 3, 390 / 7, T)
        raw = mbgnbd.buy(PARAMETERS, 3, 390 / 7, T, 90 / 7)
        monthly = lifetime.discounted_factor(
            PARAMETERS, 3, T, 36, lifetime.monthly_rate(0.1)
        )
        value = gamma_gamma.expected_value(VALUES, 3, 100)
        expected = monthly * alive * profile.buy_probability / raw * value * 0.4
        # The later years are discounted as a whole in their middle.
        self.assertAlmostEqual(profile.lifetime_value / float(expected), 1, delta=0.01)
        self.assertGreater(profile.lifetime_value, 0.4 * profile.expected_value)

    def test_value_at_risk_is_recent_revenue_times_the_risk(self):
        customers = self._random_customers(10)
        self._put_in_force()
        self.Profile._refresh(self.company)
        for profile in self._get_profiles(customers):
            risk = profile.churn_risk * max(profile.revenue_recent, 0)
            self.assertAlmostEqual(profile.value_at_risk, risk, delta=0.006)

    def test_rules_of_thumb_rank_as_they_say(self):
        partners = self._create_customers(3)
        days = dict(zip(partners, ([5], [300, 200, 100], [700, 690]), strict=True))
        self._order_on(days, amount=100)
        raws = {
            "recency": (-5, -100, -690),
            "rhythm": (-5 / 30, -1, -69),
            "rfv": (5 + 1 + 3, 3 + 4 + 4, 1 + 3 + 4),
            "windows": (1, 3 / 4, 0),
            "month_rate": (100, 300 / (300 / (365 / 12)), 200 / (700 / (365 / 12))),
        }
        for kind, scores in raws.items():
            self.Model.search([]).unlink()
            self._put_in_force(kind=kind, calibration={"kind": "none"})
            model = self.Model.search([])
            model.parameters = model.parameters | {"model": {"interval": 30}}
            self.Profile._refresh(self.company)
            found = [
                self._get_profiles(partner).buy_probability for partner in partners
            ]
            np.testing.assert_allclose(found, scores, err_msg=kind)

    def test_a_rule_of_thumb_expects_what_buyers_bought(self):
        customers = self._random_customers(10)
        steps = {"kind": "steps", "thresholds": [-100.0], "values": [0.1, 0.5]}
        self._put_in_force(kind="recency", calibration=steps)
        self.Profile._refresh(self.company)
        for profile in self._get_profiles(customers):
            late = profile.days_since_order > 100
            self.assertEqual(profile.buy_probability, 0.1 if late else 0.5)
            days = (self.today - profile.first_order_date).days
            of_buyer = naive.orders_of_buyer(
                profile.order_day_count - 1, days, 0.02, horizon=90
            )
            self.assertAlmostEqual(
                profile.expected_orders,
                profile.buy_probability * of_buyer * 365 / 90,
                places=6,
            )
            self.assertTrue(profile.expected_value)

    def test_without_a_model_there_is_no_forecast_but_a_rhythm(self):
        [partner] = customers = self._create_customers(1)
        self._order_on({partner: [50, 30, 20]})
        self.Profile._refresh(self.company)
        [row] = self._snapshot(FORECAST_COLUMNS[:6]).values()
        self.assertEqual(set(row), {None})
        profile = self._get_profiles(customers)
        self.assertEqual(profile.next_order_date, self._days_ago(5))

    def test_prospects_have_no_forecast(self):
        customer = self._create_customer()
        self._put_in_force()
        self.Profile._refresh(self.company)
        row = self._snapshot(FORECAST_COLUMNS)[customer.id, self.company.id]
        self.assertEqual(set(row), {None})

    def test_a_model_that_was_refused_takes_the_forecasts_away(self):
        [partner] = customers = self._create_customers(1)
        self._order_on({partner: [50, 30, 20]})
        self._put_in_force()
        self.Profile._refresh(self.company)
        self.assertTrue(self._get_profiles(customers).buy_probability)
        self._put_in_force(state="refused", kind=False, date=self.today)
        self.Profile._refresh(self.company)
        self.assertFalse(self._get_profiles(customers).buy_probability)

    def test_a_pair_that_was_not_looked_up_is_completed(self):
        customers = self._random_customers(20)
        self._put_in_force()
        Profile = type(self.Profile)
        with patch.object(Profile, "_complete_forecast", return_value=0):
            self.Profile._refresh(self.company)
            self.assertFalse(
                any(self._get_profiles(customers).mapped("expected_value"))
            )
            self.assertTrue(all(self._get_profiles(customers).mapped("churn_risk")))
            self.Profile._refresh(self.company)
            self._check(customers)
        newer = self._random_customers(5)
        self.Profile._refresh(self.company)
        self._check(customers + newer)

    def test_one_customer_after_an_order_is_looked_up_at_once(self):
        [partner] = customers = self._create_customers(1)
        self._order_on({partner: [50, 30]})
        self._put_in_force()
        Profile = type(self.Profile)
        with patch.object(Profile, "_complete_forecast", return_value=0):
            self.Profile._refresh(self.company, customers.ids)
            self._check(customers)
            self._order_on({partner: [0]})
            self.Profile._refresh(self.company, customers.ids)
            self._check(customers)

    def test_a_second_refresh_writes_nothing(self):
        self._random_customers(20)
        self._put_in_force()
        self.Profile._refresh(self.company)
        self.assertEqual(self.Profile._refresh(self.company), 0)

    def test_the_past_has_the_forecasts_that_it_had(self):
        self._random_customers(40)
        past = self.today - timedelta(120)
        self._put_in_force(date=self.today - timedelta(20), parameters={})
        self._put_in_force()
        self.Profile._refresh(self.company, as_of=past)
        then = self._snapshot(FORECAST_COLUMNS)
        self.assertTrue(any(row[0] for row in then.values()))
        with_clause = self.Profile._get_as_of_sql(self.company, past)
        rows = self.env.execute_query(
            SQL(
                "%s nothing AS (SELECT) SELECT partner_id, company_id, %s"
                " FROM relationship_profile",
                with_clause,
                SQL(", ").join(map(SQL.identifier, FORECAST_COLUMNS)),
            )
        )
        now = {row[:2]: row[2:] for row in rows}
        for key, row in now.items():
            self.assertEqual(row, then[key])

    def test_extreme_customers_are_no_error(self):
        """Ten thousand order days, and the first and the last day of all calendars."""
        partners = self._create_customers(2)
        self._order_on({partners[0]: range(10_000), partners[1]: [700_000, 0]})
        extremes = (
            PARAMETERS,
            {"r": 1e-6, "alpha": 1e-6, "a": 1e-6, "b": 1e-6},
            {"r": 1e6, "alpha": 1e-6, "a": 500.0, "b": 1e-6},
            {"r": 1e6, "alpha": 1e6, "a": 1e-6, "b": 500.0},
        )
        for kind in ("mbg_nbd", "bg_nbd"):
            for model in extremes:
                self.Model.search([]).unlink()
                card = self._put_in_force(kind=kind, calibration={"kind": "none"})
                card.parameters = card.parameters | {"model": model}
                self.Profile._refresh(self.company)
                for profile in self._get_profiles(partners):
                    self.assertTrue(0 <= profile.buy_probability <= 1)
                    self.assertTrue(np.isfinite(profile.expected_value))

    def test_a_lookup_says_unknown_rather_than_nonsense(self):
        year, worth = forecasts.per_buy("mbg_nbd", {}, [1, 2], [0, 10], 90, 0.1)
        self.assertTrue(np.isnan(year).all() and np.isnan(worth).all())

    def test_settings_ask_for_what_follows_from_them(self):
        Refresh, Model = self.env["relationship.refresh"], self.Model
        Refresh.search([]).unlink()
        self.company.relationship_discount_rate = 5
        self.assertEqual(len(Refresh.search([])), 1)
        self.assertFalse(Model.search([]))
        self.company.relationship_forecast_days = 180
        self.assertEqual(Model.search([]).state, "draft")
        for values in (
            {"relationship_forecast_days": 0},
            {"relationship_margin_percent": 101},
            {"relationship_discount_rate": -1},
        ):
            with self.assertRaises(ValidationError):
                self.company.write(values)

    def test_each_figure_says_why(self):
        [partner] = customers = self._create_customers(1)
        self._order_on({partner: [300, 200, 150, 143]}, amount=100)
        self._put_in_force()
        self.Profile._refresh(self.company)
        profile = self._get_profiles(customers).with_user(self.manager)
        said = profile.explain(FORECAST_COLUMNS)[profile.id]
        self.assertEqual(
            set(said), set(FORECAST_COLUMNS) - {"next_order_from", "next_order_to"}
        )
        self.assertIn(
            "within 90 days: 4 order days in 300 days", said["buy_probability"]
        )
        self.assertIn("the last 143 days ago, usually every", said["churn_risk"])
        self.assertIn("off by 3 points on average", said["churn_risk"])
        self.assertIn("MBG/NBD", said["expected_orders"])
        self.assertIn("order days of", said["expected_value"])
        self.assertIn("discounted at 10%", said["lifetime_value"])
        self.assertIn("Expected on", said["next_order_date"])

    def test_where_there_is_no_forecast_it_says_why(self):
        [partner] = customers = self._create_customers(1)
        prospect = self._create_customer()
        self._order_on({partner: [300]})
        self.Profile._refresh(self.company)
        profile = self._get_profiles(customers)
        names = ["buy_probability"]
        [[said]] = [row.values() for row in profile.explain(names).values()]
        self.assertEqual(said, "No forecast yet: no model was fitted.")
        self._put_in_force(
            state="refused",
            reason_code="too_few",
            reason_figures={"customers": 120, "minimum": 200},
        )
        [[said]] = [row.values() for row in profile.explain(names).values()]
        self.assertEqual(
            said, "No forecast: only 120 customers with orders, 200 are needed."
        )
        self.Model.search([]).unlink()
        self._put_in_force()  # the refresh has yet to come
        for name in FORECAST_COLUMNS[:6]:
            self.assertEqual(
                profile.explain([name])[profile.id][name],
                "No forecast yet: it comes with the next refresh.",
            )
        profile = self._get_profiles(prospect)
        [[said]] = [row.values() for row in profile.explain(names).values()]
        self.assertEqual(said, "No forecast without an order.")

    def test_a_range_needs_intervals_that_differ(self):
        days = ([42, 1], [120, 60, 20], [90, 60, 30, 0], [100, 60, 30, 0])
        partners = self._create_customers(len(days))
        self._order_on(dict(zip(partners, days, strict=True)))
        self.Profile._refresh(self.company)
        has_range = []
        for partner in partners:
            profile = self._get_profiles(partner)
            said = profile.explain(["next_order_date"])[profile.id]["next_order_date"]
            self.assertIn("usually every", said)
            shown = partner.get_relationship_card()["forecast"]["next_order_from"]
            self.assertEqual("half of the times" in said, bool(shown))
            has_range.append(bool(shown))
        self.assertEqual(has_range, [False, False, False, True])

    def test_a_card_costs_no_query_once_it_is_known(self):
        self._put_in_force()
        self.Model._get_in_force(self.company)
        with self.assertQueryCount(0):
            self.assertEqual(self.Model._get_in_force(self.company).kind, "mbg_nbd")
        self.Model.search([]).kind = "recency"
        self.assertEqual(self.Model._get_in_force(self.company).kind, "recency")

    def test_only_administrators_fit(self):
        with self.assertRaises(AccessError):
            self.Model.with_user(self.salesman).action_fit()
        action = self.Model.with_user(self.manager).action_fit()
        self.assertEqual(self.Model.browse(action["res_id"]).state, "draft")
