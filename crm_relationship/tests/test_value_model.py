from datetime import timedelta
from unittest.mock import patch

import numpy as np
from psycopg2 import errors

from odoo import fields
from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import relationship_value_model_fit as fit_module
from ..tools import cutoffs
from ..tools.customers import Customers
from ..tools.value import backtest
from .forecast_case import ForecastCase

FIT_LOGGER = "odoo.addons.crm_relationship.models.relationship_value_model_job"
KEPT = ("kind", "state", "reason_code", "reason_figures", "parameters", "calibration")


@tagged("post_install", "-at_install", "crm_relationship")
class TestValueModel(ForecastCase):
    def _refresh_and_fit(self, company=None):
        company = company or self.company
        self.Profile._refresh(company)
        model = self.Model._request(company)
        model._fit()
        return model

    def test_a_company_with_a_history_gets_a_model(self):
        customers = self._simulate(700)
        model = self._refresh_and_fit()
        self.assertEqual(model.state, "done", model.reason)
        self.assertEqual(model.customer_count, 700)
        self.assertEqual(model.progress, 100)
        self.assertEqual(len(model.cutoffs), 8)
        self.assertEqual(len(model.candidate_ids), 7)
        chosen = model.candidate_ids.filtered("is_chosen")
        self.assertEqual(chosen.kind, model.kind)
        self.assertLess(model.calibration_error, 5)
        self.assertGreater(model.auc, 0.6)
        self.assertTrue(model.reason)
        self.assertIn("MBG/NBD", model.candidate_ids.mapped("display_name"))
        charts = model.with_user(self.manager).get_charts()
        self.assertTrue(charts["calibration"])
        # No forecast is as good as if the future were known.
        said, known = (dict(charts[name]) for name in ("lorenz", "foresight"))
        self.assertEqual((said[0], said[1]), (0, 1))
        self.assertTrue(all(known[at] > said[at] - 1e-9 for at in known))
        self.assertGreater(sum(known.values()), sum(said.values()) + 1)
        self.assertFalse(model.work)
        self.Profile._refresh(self.company)
        profiles = self._get_profiles(customers)
        self.assertTrue(all(0 < risk < 1 for risk in profiles.mapped("churn_risk")))
        self.assertTrue(all(profiles.mapped("expected_orders")))
        said = profiles[0].with_user(self.manager).explain(["churn_risk"])
        self.assertIn(
            model._get_kind_name(model.kind), said[profiles[0].id]["churn_risk"]
        )

    def test_the_same_history_gives_the_same_model(self):
        self._simulate(400)
        first, second = self._refresh_and_fit(), self._refresh_and_fit()
        self.assertNotEqual(first, second)
        self.assertEqual(
            first.read(KEPT)[0] | {"id": 0}, second.read(KEPT)[0] | {"id": 0}
        )

    def test_what_was_said_comes_true(self):
        """Fitted half a year ago, what it said then is what happened since."""
        customers = self._simulate(500)
        then = self.today - timedelta(90)
        Company = type(self.company)
        with patch.object(Company, "_relationship_today", return_value=then):
            self.Profile._refresh(self.company)
            model = self.Model._request(self.company)
            model._fit()
            self.assertEqual(model.date, then)
            self.Profile._refresh(self.company)
        profiles = self._get_profiles(customers).filtered("order_day_count")
        said = {profile.partner_id: profile.buy_probability for profile in profiles}
        self.Profile._refresh(self.company)
        profiles = self._get_profiles(customers)
        bought = {
            profile.partner_id: profile.last_order_date > then for profile in profiles
        }
        pairs = [(share, bought[partner]) for partner, share in said.items()]
        said, seen = np.array(pairs, dtype=float).T
        self.assertAlmostEqual(said.mean(), seen.mean(), delta=0.08)

    def test_it_goes_on_where_it_stopped(self):
        self._simulate(300)
        whole = self._refresh_and_fit()
        model = self.Model._request(self.company)
        seen = [model.progress]
        while model._fit_step():
            seen.append(model.progress)
            self.env.flush_all()
            self.env.invalidate_all()
        self.assertEqual(seen, sorted(seen))
        self.assertEqual(len(seen), 2 + len(model.cutoffs))
        self.assertEqual(
            model.read(KEPT)[0] | {"id": 0}, whole.read(KEPT)[0] | {"id": 0}
        )

    def test_too_few_customers(self):
        self._order_on(
            {partner: [400, 200, 9] for partner in self._create_customers(9)}
        )
        model = self._refresh_and_fit()
        self.assertEqual(model.state, "refused")
        self.assertEqual(
            model.reason,
            "No forecast: only 9 customers with orders, 200 are needed.",
        )

    def test_a_history_that_is_too_short(self):
        partners = self._create_customers(220)
        self._order_on(
            {partner: [100, 50, number % 40] for number, partner in enumerate(partners)}
        )
        model = self._refresh_and_fit()
        self.assertEqual(model.state, "refused")
        self.assertEqual(
            model.reason,
            "No forecast: the orders go back 99 days, and 300 are needed to test "
            "forecasts of 90 days.",
        )

    def test_nonsense_ends_in_a_status(self):
        """All customers with one order, all on one day, no value, in the year 1."""
        several = self._create_customers(220)
        old = (self.today - fields.Date.from_string("0001-01-02")).days
        histories = {
            "nobody": {},
            "one customer": {several[0]: [1000, 900, 10]},
            "one order": {one: [400 + n % 90] for n, one in enumerate(several)},
            "one day": {one: [500] for one in several},
            "today": {one: [0] for one in several},
            "every day": {one: range(0, 700, 7) for one in several},
            "long ago": {one: [old, 700, 400 - n] for n, one in enumerate(several)},
        }
        for name, history in histories.items():
            for amount in (0.01, 10**9) if name == "one day" else (1,):
                with self.subTest(name, amount=amount):
                    self.env.cr.execute("DELETE FROM sale_order")
                    self._order_on(history, amount=amount)
                    model = self._refresh_and_fit()
                    self.assertIn(model.state, ("refused", "done"))
                    self.assertTrue(model.reason)
                    self.Profile._refresh(self.company)

    def test_trouble_in_one_company_does_not_stop_the_others(self):
        other = self.env["res.company"].create({"name": "Other"})
        models = self.Model._request(self.company) + self.Model._request(other)
        step = type(self.Model)._begin

        def begin(model):
            if model.company_id == self.company:
                raise ValueError("no luck today")
            step(model)

        with patch.object(type(self.Model), "_begin", begin), mute_logger(FIT_LOGGER):
            self._work_off()
        self.assertEqual(models.mapped("state"), ["failed", "refused"])
        self.assertIn("no luck today", models[0].error)
        self.assertIsNone(self.Model._get_in_force(self.company))
        # What went wrong may quote anything: it is for administrators.
        reader = self._create_user("all", "sales_team.group_sale_salesman_all_leads")
        card = models[0].with_user(reader)
        self.assertTrue(card.reason)
        self.assertNotIn("luck", card.reason)
        with self.assertRaises(AccessError):
            card.read(["error"])
        self.assertIn("no luck today", models[0].with_user(self.manager).error)

    def _work_off(self):
        while model := self.Model._take_turn():
            model._step_in_turn()

    def test_a_card_that_stops_its_worker_waits_for_the_others(self):
        other = self.env["res.company"].create({"name": "Other"})
        bad, good = (self.Model._request(one) for one in (self.company, other))
        self.assertEqual(self.Model._take_turn(), bad)
        # It was killed. The next run begins with the other one.
        self.assertEqual(self.Model._take_turn(), good)
        good._step_in_turn()
        self.assertEqual(good.state, "refused")
        for _again in range(2):
            self.assertEqual(self.Model._take_turn(), bad)
        self.assertEqual(bad.state, "draft")
        with patch.object(type(self.Model), "_fit_step") as step:
            self._work_off()
            step.assert_not_called()
        self.assertEqual(bad.state, "failed")
        self.assertFalse(self.Model._take_turn())

    def test_a_step_that_went_well_counts_no_try(self):
        self._simulate(500)
        self.Profile._refresh(self.company)
        model = self.Model._request(self.company)
        self._work_off()
        self.assertEqual((model.state, model.tries), ("done", 0))

    def test_only_what_passes_is_tried_again(self):
        model = self.Model._request(self.company)
        Model = type(self.Model)
        conflict = errors.SerializationFailure
        with (
            patch.object(Model, "_fit_step", side_effect=conflict),
            self.assertRaises(conflict),
        ):
            model._step_in_turn()
        self.assertEqual(model.state, "draft")
        with (
            patch.object(Model, "_fit_step", side_effect=errors.QueryCanceled),
            mute_logger(FIT_LOGGER),
        ):
            model._step_in_turn()
        self.assertEqual(model.state, "failed")

    def test_a_failure_is_told_and_tried_again_the_next_day(self):
        self._put_in_force()
        card = self._put_in_force(state="failed", kind=False, date=self.today)
        self.assertIn("failed", self.Model._get_summary(self.company))
        self.assertIn("MBG/NBD", self.Model._get_summary(self.company))
        self.Model._request_due()
        waiting = [("company_id", "=", self.company.id), ("state", "=", "draft")]
        self.assertFalse(self.Model.search(waiting))
        card.date = self.today - timedelta(1)
        self.Model._request_due()
        self.assertTrue(self.Model.search(waiting))
        card.date = self.today - timedelta(40)
        self.Model._gc_models()
        self.assertFalse(card.exists())

    def test_buttons_of_the_card_fit_again(self):
        """As the client calls them: with the ids of the card, or of nothing."""
        other = self.env["res.company"].create({"name": "Other"})
        self.manager.company_ids += other
        card = self._put_in_force(other)
        Model = self.Model.with_user(self.manager)
        cases = (([], self.company), ([card.id], other))
        for ids, company in cases:
            env = Model.with_context(allowed_company_ids=(self.company + other).ids)
            action = call_kw(env, "action_fit", [ids], {})
            waiting = self.Model.browse(action["res_id"])
            self.assertEqual((waiting.state, waiting.company_id), ("draft", company))

    def test_refused_candidates_come_last_and_say_so(self):
        Candidate = backtest.Candidate
        result = backtest.Result(
            "done",
            backtest.MODELS_REFUSED,
            "recency",
            [
                Candidate("mbg_nbd", False, "degenerate", {}),
                Candidate("bg_nbd", False, "degenerate", {}, brier=0.01, count=9),
                Candidate("rfv", True, "ok", {}, brier=0.25, count=9),
                Candidate("recency", True, "ok", {}, brier=0.2, is_chosen=True),
            ],
            {
                "rule_brier": 0.2,
                "statuses": {"mbg_nbd": "degenerate", "bg_nbd": "degenerate"},
            },
        )
        model = self.Model._request(self.company)
        cutoffs_read = [{"day": "2026-01-01", "count": 9, "bought": 3}]
        model.write({"state": "running", "horizon_days": 90, "cutoffs": cutoffs_read})
        with patch.object(backtest, "run", return_value=result):
            model._finish()
        model.invalidate_recordset()
        self.assertEqual(
            model.candidate_ids.mapped("kind"), ["recency", "rfv", "mbg_nbd", "bg_nbd"]
        )
        self.assertEqual(
            model.candidate_ids.mapped("status"), ["ok"] * 2 + ["degenerate"] * 2
        )
        self.assertIn("Neither MBG/NBD nor BG/NBD fits", model.reason)
        self.assertIn("hardly anybody is seen leaving", model.reason)

    def test_a_day_that_is_not_over_is_no_outcome(self):
        self._simulate(300)
        newcomers = self._create_customers(20)
        self._order_on({partner: [0] for partner in newcomers})
        self.company.relationship_forecast_days = 7
        self.Model.search([]).unlink()
        model = self._refresh_and_fit()
        self.assertEqual(
            model.cutoffs[-1]["day"], str(self.today - timedelta(1) - timedelta(7))
        )
        self.assertLessEqual(model.sample_count, 300)

    def test_a_card_of_the_past_knows_nothing_later(self):
        early, late = self._create_customers(2)
        self._order_on({early: [400, 300, 5], late: [20]})
        self.Profile._refresh(self.company)
        model = self.Model._request(self.company, self.today - timedelta(100))
        model._fit()
        self.assertEqual((model.customer_count, model.order_day_count), (1, 2))
        self.assertEqual(model.last_date, self.today - timedelta(300))

    def test_whoever_may_not_write_empties_no_cache(self):
        registry = self.env.registry
        portal = self._create_user("eve", "base.group_portal")
        with patch.object(type(registry), "clear_cache") as clear:
            for user in (portal, self.salesman):
                nothing = self.Model.with_user(user)
                nothing.write({"kind": "rfv"})
                nothing.unlink()
                nothing.create([])
            clear.assert_not_called()

    def test_other_workers_hear_of_a_model_once_it_is_committed(self):
        registry = self.env.registry
        with (
            patch.object(type(registry), "clear_cache") as clear,
            patch.object(registry, "signal_changes") as signal,
        ):
            self._put_in_force()
            clear.assert_called()
            clear.reset_mock()
            signal.assert_not_called()
            self.env.cr.postcommit.run()
            clear.assert_called()
            signal.assert_called()

    def test_what_is_kept_does_not_rest_on_a_cache(self):
        self._put_in_force(kind="rfv")
        scope = self.Profile._get_scope(self.company, Customers())
        with patch.object(type(self.Model), "_get_finished", return_value=()):
            forecast = self.Profile._get_forecast_scope(self.company, scope)
        self.assertEqual(forecast.kind, "rfv")

    def test_figures_of_the_company_are_not_for_every_salesman(self):
        model = self._put_in_force()
        for attempt in (
            lambda: model.with_user(self.salesman).get_charts(),
            lambda: model.with_user(self.salesman).read(["customer_count"]),
            lambda: model.candidate_ids.with_user(self.salesman).search([]),
        ):
            with self.assertRaises(AccessError):
                attempt()
        in_force = self.Model.with_user(self.salesman)._get_in_force(self.company)
        self.assertEqual(in_force.kind, "mbg_nbd")

    def _run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_relationship.ir_cron_fit").method_direct_trigger()

    def test_the_job_fits_what_is_due(self):
        self._run_job()
        companies = self.env["res.company"].search([])
        self.assertEqual(self.Model.search([]).company_id, companies)
        count = self.Model.search_count([])
        self._run_job()
        self.assertEqual(self.Model.search_count([]), count)
        self.Model.search([]).date = fields.Date.subtract(self.today, months=2)
        self._run_job()
        self.assertEqual(self.Model.search_count([]), 2 * count)

    def test_the_first_refresh_asks_for_a_model(self):
        self.Profile._refresh_everybody(self.company)
        self.assertEqual(self.Model.search([]).mapped("state"), ["draft"])
        self.Profile._refresh_everybody(self.company)
        self.assertEqual(len(self.Model.search([])), 1)

    def test_of_very_many_customers_a_part_is_enough(self):
        self._simulate(500)
        self.patch(fit_module, "MOST_CUSTOMERS", 300)
        first = self._refresh_and_fit()
        self.assertEqual(first.customer_count, 500)
        self.assertTrue(200 < first.sample_count < 400)
        self.assertEqual(self._refresh_and_fit().sample_count, first.sample_count)

    def test_companies_have_their_own_models(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.manager.company_ids += other
        self._simulate(250, company=other)
        mine, theirs = self._refresh_and_fit(), self._refresh_and_fit(other)
        self.assertEqual(mine.customer_count, 0)
        self.assertEqual(theirs.customer_count, 250)
        self.assertEqual(self.Model._get_in_force(self.company).id, mine.id)
        self.assertEqual(self.Model._get_in_force(other).id, theirs.id)
        reader = self._create_user("all", "sales_team.group_sale_salesman_all_leads")
        seen = self.Model.with_user(reader).search([])
        self.assertEqual(seen, mine)

    def test_a_day_in_the_past_has_its_own_model(self):
        old = self._put_in_force(date=self.today - timedelta(100))
        new = self._put_in_force(date=self.today - timedelta(10))

        def in_force(days):
            model = self.Model._get_in_force(self.company, self.today - timedelta(days))
            return model and model.id

        self.assertEqual([in_force(0), in_force(10)], [new.id, new.id])
        self.assertEqual([in_force(11), in_force(100)], [old.id, old.id])
        self.assertIsNone(in_force(101))

    def test_cards_are_read_only(self):
        model = self._put_in_force()
        reader = model.with_user(self.manager)
        self.assertEqual(reader.kind, "mbg_nbd")
        for attempt in (
            lambda: reader.write({"kind": "recency"}),
            lambda: reader.unlink(),
            lambda: reader.create({"company_id": self.company.id, "date": self.today}),
            lambda: reader.candidate_ids.create({"model_id": model.id, "kind": "rfv"}),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_old_cards_go_but_for_the_one_in_force(self):
        days = (4000, 3000, 2000, 900)
        cards = {
            day: self._put_in_force(date=self.today - timedelta(day)) for day in days
        }
        self.Model._gc_models()
        self.assertEqual(
            [day for day, card in cards.items() if card.exists()], [2000, 900]
        )

    def test_tables_come_back_as_they_were(self):
        table = np.array([[1.0, np.nan], [0.1, 1e300]])
        packed = cutoffs.pack({"2026-01-01": table, "empty": table[:0]})
        again = cutoffs.unpack(packed)
        np.testing.assert_array_equal(again["2026-01-01"], table)
        self.assertEqual(again["empty"].shape, (0, 2))
        self.assertEqual(
            cutoffs.plain({"a": [np.float64("nan"), np.int64(2), (np.True_,)]}),
            {"a": [None, 2, [True]]},
        )

    def test_the_parts_of_a_card_are_not_vacuumed(self):
        """Odoo calls what is to be vacuumed on every model, abstract ones too."""
        for part in ("fit", "job", "text"):
            model = self.env[f"relationship.value.model.{part}"]
            self.assertFalse(hasattr(model, "_gc_models"), part)
        self.assertEqual(self.Model._gc_models(), (0, False))
