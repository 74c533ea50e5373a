from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .capture_case import CaptureCase

SALE = "relationship.capture.sale"


@tagged("post_install", "-at_install", "crm_relationship")
class TestBackfill(CaptureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Backfill = cls.env["relationship.backfill"]
        cls.Backfill.search([]).unlink()
        cls.orders = cls.env["sale.order"].concat(
            *cls._create_history(cls.contact, range(1, 11))
        )
        cls.env.flush_all()
        cls.env.cr.flush()
        cls.Queue.search([]).unlink()
        cls.Interaction.search([]).unlink()

    def setUp(self):
        super().setUp()
        self.patch(type(self.env[SALE]), "_batch", 3)

    def _start(self, company=None):
        """Start all histories; returns that of the orders, which is the first."""
        histories = self.Backfill._start(company)
        return histories.filtered(lambda history: history.source == SALE)

    def _run(self):
        while self.Backfill._step_in_turn():
            pass

    def _orders_found(self):
        return self.Interaction.search([("kind", "=", "order")])

    def test_the_history_becomes_interactions(self):
        history = self._start()
        self.assertEqual(history.state, "waiting")
        self.assertEqual(history.name, "Sales Order")
        self._run()
        self.assertEqual(history.state, "done")
        self.assertEqual(history.progress, 100)
        self.assertEqual(history.found_count, 10)
        self.assertGreaterEqual(history.looked_count, 10)
        self.assertTrue(history.date_start)
        self.assertTrue(history.date_end)
        found = self._orders_found()
        self.assertEqual(len(found), 10)
        self.assertEqual(
            set(found.mapped("date")), set(self.orders.mapped("date_order"))
        )

    def test_a_second_run_adds_nothing(self):
        history = self._start()
        self._run()
        before = self._orders_found()
        history.with_user(self.manager).action_restart()
        self.assertEqual(history.state, "waiting")
        self._run()
        self.assertEqual(self._orders_found(), before)
        self.assertEqual(history.found_count, 0)
        self.assertGreaterEqual(history.looked_count, 10)

    def test_progress_and_stop_and_resume(self):
        history = self._start()
        for _batch in range(2):
            self.Backfill._step_in_turn()
        self.assertEqual(history.state, "running")
        self.assertTrue(0 < history.progress < 100)
        history.with_user(self.manager).action_stop()
        self._run()
        self.assertEqual(history.state, "stopped")
        self.assertLess(len(self._orders_found()), 10)
        history.with_user(self.manager).action_resume()
        self._run()
        self.assertEqual(history.state, "done")
        self.assertEqual(len(self._orders_found()), 10)
        self.assertEqual(history.found_count, 10)

    def test_what_comes_meanwhile_is_not_lost_and_not_doubled(self):
        history = self._start()
        self.Backfill._step_in_turn()
        self._create_order(self.contact, 0)
        self._capture_changed()
        self._run()
        self.assertEqual(len(self._orders_found()), 11)
        self.assertEqual(history.found_count, 10)

    @mute_logger("odoo.addons.crm_relationship.models.relationship_capture")
    def test_one_document_that_fails_stops_nothing(self):
        source = type(self.env[SALE])
        get_selects = source._get_selects
        poison = self.orders[4].id

        def poisoned(self, documents):
            return [
                SQL("%s AND 1 / CASE o.id WHEN %s THEN 0 ELSE 1 END > 0", part, poison)
                for part in get_selects(self, documents)
            ]

        with patch.object(source, "_get_selects", poisoned):
            history = self._start()
            self._run()
        self.assertEqual(history.state, "done")
        self.assertEqual(history.failed_count, 1)
        self.assertEqual(len(self._orders_found()), 9)
        failure = self.env["relationship.capture.failure"].search([])
        self.assertEqual(failure.document_ids, [poison])
        failure._retry()
        self.assertEqual(len(self._orders_found()), 10)

    @mute_logger("odoo.addons.crm_relationship.models.relationship_backfill")
    def test_a_history_that_cannot_go_on_says_why_and_stops_no_other(self):
        def broken(self):
            if self.source == SALE:
                raise ValueError("no table")
            return 0, 0

        with patch.object(type(self.Backfill), "_get_next_batch", broken):
            history = self._start()
            self._run()
        self.assertEqual(history.state, "failed")
        self.assertIn("no table", history.error)
        others = self.Backfill.search([("id", "!=", history.id)])
        self.assertEqual(set(others.mapped("state")), {"done"})
        history.with_user(self.manager).action_resume()
        self._run()
        self.assertEqual(history.state, "done")
        self.assertFalse(history.error)

    def test_profiles_are_computed_at_the_end(self):
        self.Profile._refresh_everybody(self.company)
        refresh = self.env["relationship.refresh"]
        self.assertTrue(refresh._is_done(self.company))
        self._start()
        self.Backfill._step_in_turn()
        self.assertTrue(refresh._is_done(self.company), "not yet")
        self._run()
        self.assertFalse(refresh._is_done(self.company))

    def test_switches_are_obeyed(self):
        self.company.relationship_capture_sale = False
        self._start()
        self._run()
        self.assertFalse(self._orders_found())

    def test_of_one_company_only(self):
        other = self.env["res.company"].create({"name": "Branch"})
        self._start(other)
        self._run()
        self.assertFalse(self._orders_found())
        self._start(self.company)
        self._run()
        self.assertEqual(len(self._orders_found()), 10)

    def test_nobody_but_an_administrator_starts_or_stops(self):
        history = self._start()
        for action in ("action_stop", "action_resume", "action_restart"):
            with self.subTest(action), self.assertRaises(AccessError):
                getattr(history.with_user(self.salesman), action)()
        with self.assertRaises(AccessError):
            self.Backfill.with_user(self.salesman)._request(self.company)
        histories = self.Backfill.with_user(self.manager)._request(self.company)
        self.assertTrue(histories.mapped("name"))

    def test_the_settings_say_where_it_stands(self):
        settings = self.env["res.config.settings"].create({})
        self.assertIn("not been loaded", settings.relationship_history_summary)
        self._start()
        settings.invalidate_recordset()
        self.assertIn("Loading", settings.relationship_history_summary)
        self._run()
        settings.invalidate_recordset()
        self.assertIn("10 new interactions", settings.relationship_history_summary)
        action = settings.action_relationship_load_history()
        self.assertEqual(action["res_model"], "relationship.backfill")
        self.assertEqual(set(self.Backfill.search([]).mapped("state")), {"waiting"})

    def test_the_job_runs_to_the_end(self):
        self._start()
        with self.enter_registry_test_mode():
            self.env.ref("crm_relationship.ir_cron_backfill").method_direct_trigger()
        self.assertEqual(set(self.Backfill.search([]).mapped("state")), {"done"})
        self.assertEqual(len(self._orders_found()), 10)

    def test_merged_customers_lose_nothing_and_gain_nothing_twice(self):
        other = self._create_customer("Central Cafe")
        self._create_history(other, [3, 4])
        meeting = self.env["calendar.event"].create(
            {
                "name": "Tasting",
                "start": "2024-05-04 10:00:00",
                "stop": "2024-05-04 11:00:00",
                "partner_ids": (self.customer + other).ids,
            }
        )
        self._start()
        self._run()
        self.assertEqual(len(self._captured(meeting)), 2)
        before = self._all()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer + other).ids, self.customer, extra_checks=False
        )
        self.assertEqual(self._all(), before)
        self.assertEqual(before.customer_id, self.customer)
        self.assertEqual(before.partner_id, self.customer + self.contact)
        self._start()
        self._run()
        self.assertEqual(self._all(), before)

    def test_a_merged_contact_takes_its_interactions_to_the_other_customer(self):
        other = self._create_customer("Bakery")
        rosa = self.env["res.partner"].create(
            {"name": "Rosa S.", "parent_id": other.id, "email": "rosa@example.com"}
        )
        self._start()
        self._run()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.contact + rosa).ids, rosa, extra_checks=False
        )
        self.env.flush_all()
        self.assertEqual(self._orders_found().partner_id, rosa)
        self.assertEqual(self._orders_found().customer_id, other)
