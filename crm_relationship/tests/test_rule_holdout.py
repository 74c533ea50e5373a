from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.draws import is_held_out
from ..tools.limits import Capacity
from ..tools.plan import Occurrence
from .quiet_case import QuietCase

FAILURE = "odoo.addons.crm_relationship.models.relationship_rule_failure"
ID_OF_NOBODY = 1_000_000_000


@tagged("post_install", "-at_install", "crm_relationship")
class TestRuleHoldout(QuietCase):
    """Customers who are left alone, to see what they do by themselves."""

    def _hold_out(self, customer, rule=None):
        """Let the draw of a rule fall on a customer."""
        rule = rule or self.rule
        rule.holdout_share = 50
        self._draw(rule, "holdout_seed", customer, True)

    def _draw(self, record, name, customer, wanted):
        record[name] = next(
            str(number)
            for number in range(1000)
            if is_held_out(str(number), customer.id, 50) == wanted
        )

    def test_who_is_held_out_is_in_the_ledger_and_nothing_is_done(self):
        customer = self._create_quiet_customer()
        self._hold_out(customer)
        run = self.rule._run()
        self.assertEqual((run.held_out_count, run.treated_count), (1, 0))
        self.assertIn("Left alone: 1.", run._get_summary())
        touch = self._get_touches(customer)
        self.assertEqual((touch.state, touch.holdout), ("held_out", "rule"))
        self.assertEqual((touch.rule_share, touch.company_share), (50, 0))
        self.assertEqual(touch.user_id, self.salesman)
        self.assertFalse(self._get_activities(customer))
        self.assertEqual(self._get_outcomes(customer), [], "handled once")

    def test_the_company_draws_first_and_for_all_rules(self):
        customer = self._create_quiet_customer()
        self.company.relationship_holdout_share = 50
        self._draw(self.company, "relationship_holdout_seed", customer, True)
        self._hold_out(customer)
        other = self._create_other_rule(holdout_share=0)
        for rule in (self.rule, other):
            rule._run()
        touches = self._get_touches(customer)
        self.assertEqual(touches.mapped("state"), ["held_out"] * 2)
        self.assertEqual(touches.mapped("holdout"), ["company"] * 2)

    def test_rules_leave_different_customers_alone(self):
        other = self._create_other_rule()
        self.assertNotEqual(other.holdout_seed, self.rule.holdout_seed)
        self.assertTrue(other.holdout_seed)

    def test_the_draw_stays_when_the_rule_pauses_or_is_switched_off_and_on(self):
        customers = [self._create_quiet_customer() for _i in range(12)]
        self.rule.holdout_share = 50

        def drawn():
            plan = self.rule.evaluate()
            return {i.partner_id: i.outcome for i in plan.items}

        before = drawn()
        self.assertEqual(set(before), {customer.id for customer in customers})
        with mute_logger(FAILURE):
            self.rule._pause("Broken")
        self.assertEqual(drawn(), before)
        self.rule._switch_on("all", holdout_share=50)
        self.assertEqual(drawn(), before)
        self.rule.action_switch_off()
        self.rule._switch_on("all", holdout_share=50)
        self.assertEqual(drawn(), before)

    def test_only_administrators_of_rules_read_who_will_be_drawn(self):
        rule = self.rule.with_user(self.salesman)
        self.assertNotIn("holdout_seed", rule.fields_get())

    def test_a_guard_comes_before_the_draw(self):
        customer = self._create_quiet_customer()
        self._hold_out(customer)
        self.env["relationship.consent"].create(
            {
                "partner_id": customer.id,
                "purpose": "service",
                "channel_id": self.rule.channel_id.id,
                "state": "withdrawn",
            }
        )
        self.assertEqual(self._get_outcomes(customer), ["refused"])
        self.rule._run()
        self.assertFalse(self._get_touches(customer))

    def test_who_is_held_out_takes_nobodys_time(self):
        self.rule.daily_capacity = 1
        large = self._create_quiet_customer(amount=900)
        small = self._create_quiet_customer(amount=100)
        self._hold_out(large)
        self.rule.holdout_seed = next(
            str(number)
            for number in range(1000)
            if is_held_out(str(number), large.id, 50)
            and not is_held_out(str(number), small.id, 50)
        )
        self.assertEqual(self._get_outcomes(large), ["held_out"])
        self.assertEqual(self._get_outcomes(small), ["treated"])

    def test_who_waits_is_not_held_out_either(self):
        self.rule.write({"daily_capacity": 1, "holdout_share": 50})
        large = self._create_quiet_customer(amount=900)
        small = self._create_quiet_customer(amount=100)
        self.rule.holdout_seed = next(
            str(number)
            for number in range(1000)
            if is_held_out(str(number), small.id, 50)
            and not is_held_out(str(number), large.id, 50)
        )
        self.rule._run()
        self.assertEqual(self._get_states(large), ["treated"])
        self.assertFalse(self._get_touches(small))
        self._run_on(self.today + timedelta(days=1))
        self.assertEqual(self._get_states(small), ["held_out"])

    def test_capacity_bends_no_draw(self):
        """Everybody is drawn alike, however long they had to wait: the share is right,
        at each rank, and nothing but the seed decides."""
        self.rule.write({"daily_capacity": 37, "holdout_share": 20})
        seed = self.rule.holdout_seed = "bends-no-draw"
        waiting = [
            Occurrence(
                ID_OF_NOBODY + number,
                self.salesman.id,
                None,
                None,
                None,
                10_000.0 - number,
                "x",
                (),
                (),
            )
            for number in range(3000)
        ]
        arms = {}
        for days in range(1000):
            items = self.rule._apply_guards(
                self.company, self.today + timedelta(days=days), waiting, Capacity()
            )
            outcomes = [item.outcome for item in items]
            stop = outcomes.index("waiting") if "waiting" in outcomes else len(items)
            if stop < len(items):
                self.assertEqual(outcomes.count("treated"), 37)
            self.assertLessEqual(set(outcomes[stop:]), {"waiting"})
            arms |= {item.partner_id: item.outcome for item in items[:stop]}
            waiting = [item.found for item in items[stop:]]
            if not waiting:
                break
        self.assertEqual(len(arms), 3000)
        for partner_id, outcome in arms.items():
            self.assertEqual(outcome == "held_out", is_held_out(seed, partner_id, 20))
        share = list(arms.values()).count("held_out") / len(arms)
        self.assertAlmostEqual(share, 0.2, delta=0.03)

    def test_who_is_held_out_counts_in_cool_down_and_cap_as_if_treated(self):
        self.rule.cooldown_days = 14
        self.company.relationship_touch_cap = 1
        customer = self._create_quiet_customer()
        self._hold_out(customer)
        self.rule._run()
        self._create_order(customer, 24)
        self._refresh_changed()
        self.assertEqual(self._get_outcomes(customer), ["cooldown"])
        other = self._create_other_rule(holdout_share=0)
        self.assertEqual(self._get_outcomes(customer, other), ["capped"])

    def test_more_than_half_can_not_be_left_alone(self):
        for record, name in (
            (self.rule, "holdout_share"),
            (self.company, "relationship_holdout_share"),
        ):
            with (
                self.subTest(name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                record[name] = 60
                self.env.flush_all()

    def test_the_dry_run_tells_the_next_run_to_the_customer(self):
        self.rule.write({"holdout_share": 40, "daily_capacity": 5})
        for number in range(14):
            self._create_quiet_customer(amount=100 + number)
        planned = {
            (item.partner_id, item.occurrence, item.outcome, item.user_id)
            for item in self.rule.evaluate().to_enter
        }
        self.rule._run()
        touches = self.Touch.search([("rule_id", "=", self.rule.id)])
        done = {
            (touch.partner_id.id, touch.occurrence, touch.state, touch.user_id.id)
            for touch in touches
        }
        self.assertEqual(done, planned)
