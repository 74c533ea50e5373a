import json
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import json_default

from .quiet_case import QuietCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestRuleSwitch(QuietCase):
    """What becomes of what holds already when a rule is switched on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.state = "off"

    def _switch_on(self, backlog="ignore", **values):
        action = self.rule.with_user(self.manager).action_open_activation()
        wizard = Form(
            self.env["relationship.rule.activation"]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        if wizard.due_count:
            wizard.backlog = backlog
        for name, value in values.items():
            wizard[name] = value
        record = wizard.save()
        record.action_switch_on()
        return record

    def test_the_wizard_says_how_many_are_due_and_leaves_ten_percent_alone(self):
        for _i in range(3):
            self._create_quiet_customer()
        wizard = self._switch_on("all")
        self.assertEqual(wizard.due_count, 3)
        self.assertEqual(wizard.holdout_share, 10)
        self.assertEqual((self.rule.state, self.rule.holdout_share), ("on", 10))

    def test_the_wizard_counts_in_all_companies_as_the_rule_acts_in_all(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.rule.company_id = False
        customer = self._create_customer()
        for days in (45, 35, 25):
            self._create_order(customer, days, company_id=other.id)
        self._refresh_changed()
        self.Profile._refresh(other, customer.ids)
        rule = self.rule.with_user(self.manager).with_context(
            allowed_company_ids=self.company.ids
        )
        self.assertEqual(rule._count_backlog(), 1)
        self.assertEqual(rule._skip_backlog().past_count, 1)

    def test_only_a_rule_that_has_paused_goes_on(self):
        self._create_quiet_customer()
        with self.assertRaisesRegex(ValidationError, "has paused can go on"):
            self._switch_on("resume")
        self.assertEqual(self.rule.state, "off")
        self.rule.state = "paused"
        self._switch_on("resume")
        self.assertEqual(self.rule.state, "on")

    def test_grouped_by_state_rules_that_are_on_come_first(self):
        rules = self.rule | self.rule.copy() | self.rule.copy()
        for rule, state in zip(rules, ("paused", "off", "on"), strict=True):
            rule.state = state
        groups = rules.with_context(read_group_expand=True).web_read_group(
            [("id", "in", rules.ids)], ["state"], auto_unfold=True
        )["groups"]
        states = [group["state"] for group in groups]
        self.assertEqual(states, ["on", "off", "paused"])

    def test_what_is_past_is_left_alone_and_what_is_new_is_not(self):
        old = self._create_quiet_customer()
        self._switch_on("ignore", holdout_share=0)
        self.assertEqual(self._get_states(old), ["skipped"])
        touch = self._get_touches(old)
        self.assertEqual(touch.skip_reason, "past")
        self.assertEqual(touch.run_id.past_count, 1)
        self.assertIn("Left alone as past: 1.", touch.run_id._get_summary())
        new = self._create_quiet_customer()
        self.rule._run()
        self.assertFalse(self._get_activities(old))
        self.assertEqual(len(self._get_activities(new)), 1)
        self._create_order(old, 24)  # a spell of its own
        self._refresh_changed()
        self.rule._run()
        self.assertEqual(self._get_states(old), ["skipped", "treated"])

    def test_what_is_past_is_counted_and_entered_by_the_database(self):
        customer = self._create_quiet_customer()
        [item] = self.rule.evaluate().items
        with patch.object(type(self.rule), "_get_occurrences", None):
            self.assertEqual(self.rule._count_backlog(), 1)
            self._switch_on("ignore", holdout_share=0)
            self.assertEqual(self.rule._count_backlog(), 1, "they could be freed")
            self.assertEqual(self.rule._skip_backlog().past_count, 0)
        touch = self._get_touches(customer)
        self.assertEqual(touch.reason, self.Touch._describe(item.evidence))
        evidence = json.loads(json.dumps(item.evidence, default=json_default))
        self.assertEqual(touch.evidence, evidence)
        self.assertEqual(touch.occurrence, item.occurrence)
        self.assertEqual(touch.stage_id.id, item.found.stage_id)

    def test_all_are_treated_if_wanted(self):
        customer = self._create_quiet_customer()
        self._switch_on("all", holdout_share=0)
        self.rule._run()
        self.assertEqual(self._get_states(customer), ["treated"])

    def test_they_are_spread_over_the_days_and_each_is_treated_once(self):
        customers = [self._create_quiet_customer() for _i in range(24)]
        self._switch_on("spread", spread_days=4, holdout_share=0)
        self.assertEqual(self.rule.spread_start, self.today)
        treated = []
        for days in range(6):
            as_of = self.today + timedelta(days=days)
            plan = self.rule.evaluate(as_of)
            treated.append(self.rule.apply(plan)["treated"])
            self.assertEqual(plan.counts["spread"], 24 - sum(treated))
        self.assertEqual(sum(treated[:4]), 24)
        self.assertGreater(min(treated[:4]), 0)
        self.assertEqual(treated[4:], [0, 0])
        for customer in customers:
            self.assertEqual(len(self._get_activities(customer)), 1)

    def test_a_part_of_the_days_without_a_run_loses_nobody(self):
        customers = [self._create_quiet_customer() for _i in range(8)]
        self._switch_on("spread", spread_days=4, holdout_share=0)
        self._run_on(self.today + timedelta(days=9))
        self.assertEqual([len(self._get_activities(c)) for c in customers], [1] * 8)

    def test_the_day_of_a_customer_has_nothing_to_do_with_the_holdout(self):
        self.rule.write({"spread_days": 2, "spread_start": self.today})
        self.rule.holdout_share = 50
        for _i in range(40):
            self._create_quiet_customer()
        first = [item.outcome for item in self.rule.evaluate().to_enter]
        self.assertIn("held_out", first)
        self.assertIn("treated", first)

    def test_switched_on_again_it_may_act_on_what_was_past(self):
        customer = self._create_quiet_customer()
        self._switch_on("ignore", holdout_share=0)
        self.rule._run()
        self.assertFalse(self._get_activities(customer))
        wizard = self._switch_on("all", holdout_share=0)
        self.assertEqual(wizard.due_count, 1)
        for _again in range(2):
            self.rule._run()
        self.assertEqual(self._get_states(customer), ["skipped", "treated"])
        self.assertTrue(self._get_touches(customer)[0].is_released)
        self.assertEqual(len(self._get_activities(customer)), 1)

    def test_what_was_treated_is_not_treated_again_when_it_is_switched_on_again(self):
        customer = self._create_quiet_customer()
        self._switch_on("all", holdout_share=0)
        self.rule._run()
        self.rule.action_switch_off()
        wizard = self._switch_on("all", holdout_share=0)
        self.assertEqual(wizard.due_count, 0)
        self.rule._run()
        self.assertEqual(len(self._get_activities(customer)), 1)

    def test_switched_off_at_once_it_has_done_nothing(self):
        customer = self._create_quiet_customer()
        self._switch_on("ignore", holdout_share=0)
        self.rule.with_user(self.manager).action_switch_off()
        self.assertEqual(self.rule.state, "off")
        self.assertTrue(self._get_touches(customer).is_released)
        self.assertEqual(self._get_outcomes(customer), ["treated"])

    def test_switched_off_after_it_acted_what_was_past_stays_past(self):
        customer = self._create_quiet_customer()
        self._switch_on("ignore", holdout_share=0)
        self._create_quiet_customer()
        self.rule._run()
        self.rule.action_switch_off()
        self.assertFalse(self._get_touches(customer).is_released)
        self.assertEqual(self._get_outcomes(customer), [])

    def test_the_job_runs_no_rule_that_is_off(self):
        customer = self._create_quiet_customer()
        cron = self.env.ref("crm_relationship.ir_cron_run_rules")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertFalse(self._get_activities(customer))
        self._switch_on("all", holdout_share=0)
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(len(self._get_activities(customer)), 1)

    def test_a_rule_with_a_problem_is_not_switched_on_and_the_message_says_why(self):
        tag = self.env["res.partner.category"].create({"name": "Quiet"})
        self.rule.write({"action_kind": "tag", "tag_id": tag.id})
        tag.active = False
        with self.assertRaisesRegex(ValidationError, "archived"):
            self.rule.action_open_activation()
        with self.assertRaisesRegex(ValidationError, "archived"):
            self.rule._switch_on("all")
        tag.active = True
        self.rule.active = False
        with self.assertRaisesRegex(ValidationError, "archived rule"):
            self.rule._switch_on("all")

    def test_only_who_configures_rules_switches_them(self):
        salesman = self.rule.with_user(self.salesman)
        for switch in (salesman.action_open_activation, salesman.action_switch_off):
            with self.assertRaises(AccessError):
                switch()
        with self.assertRaises(AccessError):
            self.env["relationship.rule.activation"].with_user(self.salesman).create(
                {"rule_id": self.rule.id}
            )

    def test_days_to_spread_have_to_make_sense(self):
        for days in (0, 1, 400):
            with self.assertRaises(ValidationError):
                self.env["relationship.rule.activation"].create(
                    {
                        "rule_id": self.rule.id,
                        "backlog": "spread",
                        "spread_days": days,
                    }
                )

    def test_merged_customers_keep_what_was_left_alone_as_past(self):
        one, two = (self._create_quiet_customer() for _i in range(2))
        self._switch_on("ignore", holdout_share=0)
        self._merge(two, one)
        self.rule._run()
        self.assertFalse(self._get_activities(one))

    def test_merged_customers_keep_what_was_set_free(self):
        one, two = (self._create_quiet_customer() for _i in range(2))
        self._switch_on("ignore", holdout_share=0)
        self._switch_on("all", holdout_share=0)
        self._merge(two, one)
        self.assertEqual(self._get_outcomes(one), ["treated"])

    def _merge(self, source, target):
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard.create({})._merge((source | target).ids, target)
        self.env.invalidate_all()
        self._refresh_changed()

    def test_a_rule_created_below_the_heading_of_those_that_are_on_is_off(self):
        Rule = self.env["relationship.rule"].with_user(self.manager)
        for state in ("on", "paused"):
            rule_id, _name = Rule.with_context(default_state=state).name_create("Test")
            self.assertEqual(Rule.browse(rule_id).state, "off")

    def test_a_rule_that_is_not_on_does_not_run_by_button_either(self):
        customer = self._create_quiet_customer()
        rule = self.rule.with_user(self.manager)
        for state in ("off", "paused"):
            self.rule.state = state
            with self.assertRaises(UserError):
                rule.action_run()
        self.assertFalse(self._get_touches(customer))
        self._switch_on("all", holdout_share=0)
        rule.action_run()
        self.assertEqual(self._get_states(customer), ["treated"])
