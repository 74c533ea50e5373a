from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from .trigger_case import TriggerCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestTriggerDomain(TriggerCase):
    """A condition becomes true: noted by runs, never by looking."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Match = cls.env["relationship.rule.match"]

    def _create_domain_rule(self, **values):
        return self._create_rule(
            "domain", trigger_domain="[('order_count', '>', 1)]", **values
        )

    def _get_matches(self, rule):
        rows = self.Match.search([("rule_id", "=", rule.id)])
        return {(row.partner_id, row.since) for row in rows}

    def _on(self, ago):
        """As if today were so many days ago."""
        day = self.today - timedelta(ago)
        return patch.object(
            type(self.company), "_relationship_today", lambda company: day
        )

    def _create_buyer(self):
        customer = self._create_customer()
        self._create_history(customer, (40, 20))
        self._refresh_changed()
        return customer

    def test_who_begins_to_meet_the_condition_is_acted_for_once(self):
        rule = self._create_domain_rule()
        customer = self._create_customer()
        self._create_history(customer, (40,))
        self.assertEqual(len(self._act_twice(rule, customer)), 0)
        self._create_order(customer)
        self.assertEqual(self._get_keys(rule, customer), [str(self.today)])
        self.assertIn("has become true", self._get_reason(rule, customer))
        self.assertEqual(len(self._act_twice(rule, customer)), 1)
        self.assertEqual(self._get_matches(rule), {(customer, self.today)})

    def test_to_look_writes_nothing_and_equals_the_next_run(self):
        rule = self._create_domain_rule()
        customer = self._create_buyer()
        for _again in range(2):
            planned = rule.evaluate().to_treat
            self.assertEqual([item.partner_id for item in planned], customer.ids)
        self.assertFalse(self._get_matches(rule))
        rule._run()
        touch = self.Touch.search([("rule_id", "=", rule.id)])
        self.assertEqual(touch.occurrence, planned[0].occurrence)

    def test_the_spell_keeps_its_day_and_a_new_spell_is_a_new_occurrence(self):
        rule = self._create_domain_rule()
        customer = self._create_buyer()
        with self._on(10):
            rule._run()
        for ago in (9, 3, 0):  # every day, or after days without a run
            with self._on(ago):
                self.assertEqual(rule._run().treated_count, 0)
        self.assertEqual(self._get_matches(rule), {(customer, self._days_ago(10))})
        rule_orders = self.env["sale.order"].search([("partner_id", "=", customer.id)])
        rule_orders[0]._action_cancel()
        self._refresh_changed()
        rule._run()
        self.assertFalse(self._get_matches(rule))
        self._create_order(customer)
        touches = self._act_twice(rule, customer)
        self.assertEqual(
            set(touches.mapped("occurrence")),
            {str(self._days_ago(10)), str(self.today)},
        )

    def test_a_changed_condition_calls_nobody_who_meets_it_at_once(self):
        rule = self._create_domain_rule()
        old, new = self._create_buyer(), self._create_customer()
        self._create_history(new, (30,))
        self._refresh_changed()
        rule._run()
        rule.trigger_domain = "[('order_count', '>', 0)]"
        self.assertEqual(rule._run().treated_count, 0)
        self.assertEqual({row[0] for row in self._get_matches(rule)}, {old, new})
        self.assertEqual(self._get_keys(rule, new), [])
        fresh = self._create_customer()
        self._create_history(fresh, (1,))
        self.assertEqual(len(self._act_twice(rule, fresh)), 1)

    def test_a_paused_rule_goes_on_with_who_began_to_meet_what_it_said(self):
        early, late, other = (self._create_customer() for _n in range(3))
        self._create_history(early, (40, 20))
        self._create_history(other, (40,))
        self._refresh_changed()
        rule = self._create_domain_rule()
        rule._run()
        rule.write({"state": "paused"})
        self._create_history(late, (30, 10, 5))
        self._refresh_changed()
        # Of those who meet this one, the first did before the pause, another does
        # at once; only the second began to while the rule was paused.
        rule.trigger_domain = "[('order_count', '>', 0)]"
        rule._switch_on("resume")
        rule._run()
        acted = self.Touch.search([("rule_id", "=", rule.id)]).partner_id
        self.assertEqual(acted, early + late)
        self.assertEqual(len(self._get_matches(rule)), 3)

    def test_a_changed_condition_calls_nobody_in_companies_that_are_not_ticked(self):
        other = self.env["res.company"].create({"name": "Other"})
        rule = self._create_domain_rule(company_id=False)
        customer = self._create_customer()
        self.Profile._refresh(other, customer.ids)
        rule.with_context(allowed_company_ids=self.company.ids).with_user(
            self.manager
        ).trigger_domain = "[('order_count', '<', 1)]"
        rows = self.Match.search(
            [("rule_id", "=", rule.id), ("company_id", "=", other.id)]
        )
        self.assertIn(customer, rows.partner_id)
        self.assertNotIn(True, rows.mapped("is_new"))

    def test_switching_on_begins_with_who_meets_the_condition_then(self):
        rule = self._create_domain_rule(state="off")
        customer = self._create_buyer()
        self.assertEqual(self._get_keys(rule, customer), [str(self.today)])
        self.assertFalse(self._get_matches(rule))
        rule.state = "on"
        self.assertEqual(self._get_matches(rule), {(customer, self.today)})
        self.assertEqual(self._get_keys(rule, customer), [str(self.today)])
        # what was answered when it was switched on holds on the next days, too
        tomorrow = self.today + timedelta(1)
        self.assertEqual(self._get_keys(rule, customer, -1), [str(self.today)])
        self.assertTrue(rule.evaluate(tomorrow).items)

    def test_customers_who_are_merged_are_acted_for_once(self):
        rule = self._create_domain_rule()
        kept, gone = self._create_buyer(), self._create_buyer()
        with self._on(5):
            rule._note_matches(as_of=self._days_ago(5))
            rule._run()
        self.assertEqual(len(self._get_matches(rule)), 2)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([kept.id, gone.id], kept)
        self.assertEqual(rule._run().treated_count, 0)
        self.assertEqual(self._get_matches(rule), {(kept, self._days_ago(5))})

    def test_who_is_archived_is_forgotten(self):
        rule = self._create_domain_rule()
        customer = self._create_buyer()
        rule._run()
        customer.active = False
        self._refresh_changed()
        rule._run()
        self.assertFalse(self._get_matches(rule))

    def test_only_if_does_not_change_since_when_the_condition_holds(self):
        rule = self._create_domain_rule(domain="[('revenue', '>', 250)]")
        customer = self._create_buyer()
        with self._on(5):
            rule._run()
        self._create_order(customer)
        self.assertEqual(self._get_keys(rule, customer), [str(self._days_ago(5))])

    def test_a_condition_on_a_field_that_is_gone_stops_the_rule_with_a_message(self):
        rule = self._create_domain_rule()
        self.env.cr.execute(
            "UPDATE relationship_rule SET trigger_domain = %s WHERE id = %s",
            ["[('x_gone', '=', 1)]", rule.id],
        )
        self.env.invalidate_all()
        self.assertIn("x_gone", rule.problem)
        self.assertIn(rule.name, rule.problem)

    def test_the_look_back_counts_spells(self):
        rule = self._create_domain_rule(state="off")
        for days in ((200, 100), (60, 50), (40, 5)):
            self._create_history(self._create_customer(), days)
        self._refresh_changed()
        past = rule.with_user(self.manager).get_past()
        self.assertEqual((past["7"], past["30"], past["90"]), (1, 1, 2))
