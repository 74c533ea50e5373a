import random
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestProfileIncremental(RelationshipCase):
    """Changes reach the profiles; the result is the same as a full refresh."""

    def assertSameAsFullRefresh(self):
        self._refresh_changed()
        incremental = self._snapshot()
        self.Profile._refresh(self.company)
        self.assertEqual(incremental, self._snapshot())

    def test_confirming_through_the_button_reaches_the_profile(self):
        customer = self._create_customer()
        order = self._create_order(customer, state="draft")
        self.assertEqual(self._get_profile(customer).stage_id.name, "Quotation")
        order.action_confirm()
        profile = self._get_profile(customer)
        self.assertEqual(profile.stage_id.name, "First purchase")
        order._action_cancel()
        self.assertEqual(self._get_profile(customer).stage_id.name, "New contact")

    def test_changing_a_line_of_a_confirmed_order_reaches_the_profile(self):
        customer = self._create_customer()
        order = self._create_order(customer, 5, amount=100)
        self._refresh_changed()
        order.order_line.price_unit = 250
        self.assertEqual(self._get_profile(customer).revenue, 250)
        order.order_line.product_uom_qty = 2
        self.assertEqual(self._get_profile(customer).revenue, 500)

    def test_deleting_an_order_reaches_the_profile(self):
        customer = self._create_customer()
        self._create_order(customer, 5)
        order = self._create_order(customer, 3)
        self._refresh_changed()
        order.state = "cancel"
        order.unlink()
        self.assertEqual(self._get_profile(customer).order_count, 1)

    def test_an_order_that_changes_hands_leaves_the_former_customer(self):
        before, after = self._create_customer("A"), self._create_customer("B")
        order = self._create_order(before, 5)
        self._refresh_changed()
        order.partner_id = after
        self.assertEqual(self._get_profile(before).order_count, 0)
        self.assertEqual(self._get_profile(after).order_count, 1)

    def test_a_contact_that_moves_takes_its_orders_along(self):
        old, new = self._create_customer("Old"), self._create_customer("New")
        contact = self._create_customer("Bia", is_company=False, parent_id=old.id)
        self._create_order(contact, 5)
        self.assertEqual(self._get_profile(old).order_count, 1)
        contact.parent_id = new
        self.assertEqual(self._get_profile(old).order_count, 0)
        self.assertEqual(self._get_profile(new).order_count, 1)

    def test_a_customer_who_becomes_a_contact_leaves_the_funnel(self):
        alone, company = self._create_customer("Alone"), self._create_customer("Inc")
        alone.is_company = False
        self._create_order(alone, 5)
        self.assertTrue(self._get_profile(alone))
        alone.parent_id = company
        self.assertFalse(self._get_profile(alone))
        self.assertEqual(self._get_profile(company).order_count, 1)
        last_move = self.Move.search([("partner_id", "=", alone.id)], limit=1)
        self.assertFalse(last_move.to_stage_id)
        self.assertIn("No longer", last_move.reason)

    def test_a_prospect_of_two_companies_becomes_the_customer_of_one(self):
        other = self.env["res.company"].create({"name": "Other"})
        prospect = self._create_customer()
        self.assertTrue(self._get_profile(prospect, other))
        order = self._create_order(prospect, 5)
        self.assertFalse(self._get_profile(prospect, other))
        order.state = "cancel"
        self.assertTrue(self._get_profile(prospect, other))
        self.assertSameAsFullRefresh()

    def test_a_salesperson_who_changes_the_team_takes_the_customers_along(self):
        customer = self._create_customer(user_id=self.other_salesman.id)
        self._create_order(customer, 5)
        before = self._get_profile(customer).team_id
        self.team.member_ids += self.other_salesman
        self.assertNotEqual(self._get_profile(customer).team_id, before)
        self.assertEqual(self._get_profile(customer).team_id, self.team)

    def test_a_change_of_the_time_zone_asks_for_a_pass(self):
        self.company.relationship_tz = "Asia/Tokyo"
        self.assertFalse(self.env["relationship.refresh"]._is_done(self.company))

    def test_a_rolled_back_change_notes_nothing(self):
        customer = self._create_customer()
        self._refresh_changed()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._create_order(customer, 5).with_user(self.salesman).unlink()
        self.env.cr.flush()
        self.assertFalse(self.Queue.search_count([]))

    def test_a_change_that_matters_to_no_profile_notes_nobody(self):
        customer = self._create_customer()
        order = self._create_order(customer, 5)
        self._refresh_changed()
        order.note = "<p>Without nuts</p>"
        order.client_order_ref = "PO 7"
        customer.website = "https://cafe.example"
        self.env.cr.flush()
        self.assertFalse(self.Queue.search_count([]))

    def test_a_rank_notes_its_customer_only_when_it_leaves_zero(self):
        """Every posted invoice raises it."""
        customer = self._create_customer(customer_rank=0)
        self._refresh_changed()
        for rank, noted in ((1, True), (2, False), (5, False), (0, True)):
            customer.customer_rank = rank
            self.env.cr.flush()
            self.assertEqual(bool(self.Queue.search_count([])), noted, rank)
            self._refresh_changed()

    def test_one_statement_notes_a_whole_transaction(self):
        customers = [self._create_customer(f"C{i}") for i in range(10)]
        self.env.cr.flush()
        self._create_order(customers[0], 5)  # fills the caches
        self._refresh_changed()
        for customer in customers:
            self._create_order(customer, 5)
        self.env.flush_all()
        start = self.env.cr.sql_log_count
        self.env.cr.precommit.run()
        self.assertEqual(self.env.cr.sql_log_count - start, 1)
        waiting = self.Queue.search([])
        self.assertEqual(len(waiting.partner_id), 10)
        self.assertEqual(len(waiting.filtered("source")), 10)

    def test_the_scheduled_job_empties_the_queue(self):
        customer = self._create_customer()
        self._create_order(customer, 5)
        self.env.cr.flush()
        cron = self.env.ref("crm_relationship.ir_cron_refresh_queued")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertFalse(self.Queue.search_count([]))
        self.assertEqual(self._get_profile(customer).order_count, 1)

    def test_random_histories_end_like_a_full_refresh(self):
        rng = random.Random(20260301)
        people = [self._create_customer(f"P{i}") for i in range(12)]
        contacts = [
            self._create_customer(f"c{i}", is_company=False, parent_id=people[i].id)
            for i in range(6)
        ]
        orders = []
        for step in range(120):
            self._change_something(rng, people, contacts, orders)
            if step % 30 == 29:
                self.assertSameAsFullRefresh()

    def _log_contact(self, rng, partner):
        self.env["relationship.interaction"].create(
            {
                "partner_id": partner.id,
                "channel_id": self.env.ref("crm_relationship.channel_email").id,
                "direction": rng.choice(("in", "out", "both")),
                "date": self._days_ago(rng.randrange(400)),
                "rating": rng.choice((0, 0, 3, 5)),
            }
        )

    def _change_something(self, rng, people, contacts, orders):
        change = rng.choice(
            ("order", "order", "order", "quotation", "confirm", "cancel", "amount")
            + ("date", "owner", "delete", "move", "archive", "salesperson")
            + ("contact", "contact", "forget")
        )
        order = rng.choice(orders) if orders else None
        if change in ("order", "quotation") or not order:
            state = "sale" if change == "order" else "draft"
            day = rng.randrange(0, 500)
            amount = rng.choice((0, 19.9, 100, 333.33))
            partner = rng.choice(people + contacts)
            orders.append(self._create_order(partner, day, amount, state))
        elif change == "confirm" and order.state == "draft":
            order.action_confirm()
        elif change == "contact":
            self._log_contact(rng, rng.choice(people + contacts))
        elif change == "forget":
            self.env["relationship.interaction"].search(
                [("source", "=", "manual")], limit=1
            ).unlink()
        elif change == "cancel":
            order.state = "cancel"
        elif change == "amount":
            order.order_line.price_unit = rng.choice((0, 5, 77.7))
        elif change == "date":
            order.date_order -= timedelta(days=rng.randrange(100))
        elif change == "owner":
            order.partner_id = rng.choice(people + contacts)
        elif change == "delete" and order.state in ("draft", "cancel"):
            orders.remove(order)
            order.unlink()
        elif change == "move":
            rng.choice(contacts).parent_id = rng.choice(people)
        elif change == "archive":
            partner = rng.choice(people)
            partner.active = not partner.active
        elif change == "salesperson":
            rng.choice(people).user_id = rng.choice(
                (self.salesman, self.other_salesman, self.env["res.users"])
            )


@tagged("post_install", "-at_install", "crm_relationship")
class TestRefreshJob(RelationshipCase):
    def _run_job(self):
        cron = self.env.ref("crm_relationship.ir_cron_refresh")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()

    def test_an_interrupted_pass_goes_on_behind_the_last_slice(self):
        self.patch(type(self.Profile), "_get_next_slice", self._get_slice_of_two())
        customers = [self._create_customer(f"C{i}") for i in range(7)]
        refresh = self.env["relationship.refresh"]._start(self.company)
        self.assertTrue(refresh._step())
        done = refresh.last_partner_id
        resumed = self.env["relationship.refresh"]._start(self.company)
        self.assertEqual(resumed, refresh)
        self.assertTrue(resumed._step())
        self.assertGreater(resumed.last_partner_id, done)
        while resumed._step():
            pass
        self.assertEqual(resumed.state, "done")
        found = self.Profile.search([("partner_id", "in", [c.id for c in customers])])
        self.assertEqual(len(found), 7)

    def _get_slice_of_two(self):
        def get_next_slice(Profile, after):
            ids = (
                Profile.env["res.partner"]
                .with_context(active_test=False)
                .search([("id", ">", after)], order="id", limit=2)
                .ids
            )
            return (ids[-1], 2) if len(ids) == 2 else (2**31 - 1, len(ids))

        return get_next_slice

    def test_second_run_on_the_same_day_looks_at_nobody(self):
        Refresh = self.env["relationship.refresh"]
        self._run_job()
        count = Refresh.search_count([])
        self._run_job()
        self.assertEqual(Refresh.search_count([]), count)
        self.assertTrue(Refresh._is_done(self.company))

    def test_a_requested_pass_runs_even_if_todays_is_done(self):
        self._run_job()
        settings = self.env["res.config.settings"].create({})
        settings.action_relationship_refresh()
        self.assertFalse(self.env["relationship.refresh"]._is_done(self.company))
        self._run_job()
        self.assertTrue(self.env["relationship.refresh"]._is_done(self.company))
        self.assertIn("customers", settings.relationship_refresh_summary)
