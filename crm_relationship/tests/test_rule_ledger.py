import itertools
import random
from datetime import date, timedelta

from odoo.tests import tagged

from .quiet_case import QuietCase

SEEDS = (1, 2, 3)
STEPS = 40


@tagged("post_install", "-at_install", "crm_relationship")
class TestRuleLedger(QuietCase):
    """One touch for each rule x customer x occurrence, whatever happens."""

    def _merge(self, source, target):
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard.create({})._merge((source | target).ids, target)
        self.env.invalidate_all()
        self._refresh_changed()

    # Failures of other systems
    def test_suitecrm_3806_a_run_every_hour_makes_no_new_call_each_time(self):
        """ "Last contact over 60 days ago: create a call" created one at each run."""
        customer = self._create_quiet_customer()
        for hours in range(48):
            self._run_on(self.today + timedelta(days=hours // 24))
        self.assertEqual(len(self._get_activities(customer)), 1)
        self._get_activities(customer).action_feedback("Nobody there")
        for days in range(30):
            self._run_on(self.today + timedelta(days=days))
        self.assertFalse(self._get_activities(customer))
        self.assertEqual(len(self._get_touches(customer)), 1)

    def test_odoo_288222_one_record_gets_one_mail_and_one_activity(self):
        """Two mails and four activities came of one record."""
        template = self.env["mail.template"].create(
            {
                "name": "Hello",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "Hello {{ object.name }}",
                "body_html": "<p>Hello</p>",
                "auto_delete": False,
            }
        )
        mail_rule = self.rule.create(
            {
                "name": "Write",
                "state": "on",
                "action_kind": "email",
                "template_id": template.id,
                "channel_id": self.env.ref("crm_relationship.channel_email").id,
            }
        )
        customer = self._create_quiet_customer(email="ana@cafe.test")
        for _time in range(3):
            for rule in (self.rule, mail_rule):
                rule._run()
            customer.write({"name": "Café Central da Praça", "phone": "+5511999990000"})
            self._refresh_changed()
        self.assertEqual(len(self._get_activities(customer)), 1)
        mails = self.env["mail.mail"].search([("recipient_ids", "in", customer.ids)])
        self.assertEqual(len(mails), 1)
        self.assertEqual(mails.state, "outgoing", "queued, not sent in the run")

    def test_civicrm_31600_many_runs_and_edits_make_no_thousands_of_reminders(self):
        """A reminder whose schedule was edited was sent again to everybody."""
        customers = [self._create_quiet_customer() for _i in range(5)]
        for number in range(12):
            self.rule.write(
                {
                    "name": f"Reminder {number}",
                    "rhythm_factor": 2 - number / 20,
                    "activity_days": number,
                    "domain": f"[('revenue', '>', {number})]",
                }
            )
            self.rule._run()
            self.rule.action_switch_off()
            self.rule._switch_on("all")
            self.rule._run()
        for customer in customers:
            self.assertEqual(len(self._get_activities(customer)), 1)
        touches = self.Touch.search([("partner_id", "in", [c.id for c in customers])])
        self.assertEqual(len(touches), 5)

    # Time
    def test_a_clock_that_is_put_back_repeats_nothing(self):
        self.rule.cooldown_days = 14
        customer = self._create_quiet_customer()
        self._run_on(self.today + timedelta(days=2))
        for days in (1, 0, -1, 2, 3):
            self._run_on(self.today + timedelta(days=days))
        self.assertEqual(len(self._get_activities(customer)), 1)
        self._create_order(customer, 24)
        self._refresh_changed()
        self.assertEqual(self._get_outcomes(customer), ["cooldown"])

    def test_days_without_a_run_lose_nobody_and_repeat_nothing(self):
        customers = [self._create_quiet_customer() for _i in range(3)]
        self._run_on(self.today + timedelta(days=60))
        for customer in customers:
            self.assertEqual(len(self._get_activities(customer)), 1)
        self._run_on(self.today)
        self._run_on(self.today + timedelta(days=61))
        for customer in customers:
            self.assertEqual(len(self._get_activities(customer)), 1)

    def test_29_february_is_a_day_like_any_other(self):
        """Orders of 29 February name a spell once, and days count over it."""
        leap, before = date(2028, 2, 29), date(2028, 2, 28)
        customer = self._create_customer()
        for days in (20, 10, 0):
            self._create_order(customer, leap - timedelta(days=days))
        self._refresh_changed()
        self.Profile._refresh(self.company, customer.ids, before + timedelta(days=25))
        for days in (20, 21, 366, 365 * 2):
            self._run_on(leap + timedelta(days=days))
        touches = self._get_touches(customer)
        self.assertEqual(touches.mapped("occurrence"), ["2028-02-29"])
        self.rule.cooldown_days = 14
        self._create_order(customer, leap + timedelta(days=1))
        self._refresh_changed()
        day = touches.date
        for days, expected in ((13, 1), (14, 0)):
            cooling = self.rule._get_cooling_customers(
                self.company, day + timedelta(days=days)
            )
            self.assertEqual(len(cooling & set(customer.ids)), expected)

    # Customers
    def test_a_rule_edited_after_it_fired_does_not_fire_again(self):
        customer = self._create_quiet_customer()
        self.rule._run()
        self.rule.write({"rhythm_factor": 1.5, "min_days_since_order": 1, "name": "B"})
        self.rule._run()
        self.assertEqual(len(self._get_activities(customer)), 1)

    def test_merged_customers_are_not_treated_again(self):
        one, two = (self._create_quiet_customer() for _i in range(2))
        self.rule._run()
        touches = self._get_touches(one) | self._get_touches(two)
        self._merge(two, one)
        self.rule._run()
        self.assertEqual(self._get_touches(one), touches, "no row is lost, none is new")
        self.assertEqual(len(set(touches.mapped("dedup_key"))), 2)

    def test_a_held_out_customer_that_is_merged_stays_handled(self):
        self.rule.holdout_share = 50
        customers = [self._create_quiet_customer() for _i in range(8)]
        self.rule._run()
        states = {
            state: [c for c in customers if self._get_states(c) == [state]]
            for state in ("held_out", "treated")
        }
        self.assertTrue(all(states.values()), "the draw fell on some")
        source, target = states["held_out"][0], states["treated"][0]
        self._merge(source, target)
        self.rule._run()
        self.assertEqual(sorted(self._get_states(target)), ["held_out", "treated"])

    def test_who_was_archived_since_the_plan_is_passed_over(self):
        gone, there = (self._create_quiet_customer() for _i in range(2))
        plan = self.rule.evaluate()
        gone.active = False
        done = self.rule.apply(plan)
        self.assertEqual((done["treated"], done["gone"]), (1, 1))
        self.assertFalse(self._get_touches(gone))
        self.assertEqual(len(self._get_activities(there)), 1)

    # Whatever happens
    def test_whatever_happens_each_occurrence_is_handled_once(self):
        for seed in SEEDS:
            with self.subTest(seed=seed), self.env.cr.savepoint():
                self._walk(random.Random(seed))

    def _walk(self, chance):
        """Runs on days to and fro, orders, edits, merges, switches and pauses in any
        order; after each step the ledger is as it has to be."""
        self.company.write({"relationship_touch_cap": 3})
        self.rule.write({"cooldown_days": 5, "holdout_share": 25, "daily_capacity": 3})
        rules = self.rule | self._create_other_rule(holdout_share=0, cooldown_days=0)
        customers = [self._create_quiet_customer() for _i in range(8)]
        seen = {}
        for _step in range(STEPS):
            self._take_step(chance, rules, customers)
            self._check_ledger(rules, seen)

    def _take_step(self, chance, rules, customers):
        rule = chance.choice(rules)
        day = self.today + timedelta(days=chance.randint(-3, 30))
        step = chance.randrange(12)
        if step < 6:
            self._run_on(day, rule)
        elif step == 6:
            self._create_order(chance.choice(customers), chance.randint(12, 24))
            self._refresh_changed()
        elif step == 7:
            rule.write({"rhythm_factor": chance.uniform(1, 2), "name": "Edited"})
        elif step == 8:
            rule.action_switch_off()
            backlog = chance.choice(("ignore", "spread", "all"))
            rule._switch_on(backlog, 4)
        elif step == 9 and len(customers) > 4:
            self._merge(customers.pop(), customers[0])
        elif step == 10:
            chance.choice(customers).active = chance.random() < 0.7
            self._refresh_changed()
        else:
            rule.write({"state": "paused"})
            rule._switch_on(chance.choice(("all", "resume")))

    def _check_ledger(self, rules, seen):
        self.env.flush_all()
        touches = self.Touch.search([("rule_id", "in", rules.ids)])
        self.assertLessEqual(set(seen), set(touches.ids), "a row of the ledger is gone")
        for touch in touches:
            facts = (touch.rule_id, touch.occurrence, touch.state, touch.date)
            self.assertEqual(seen.setdefault(touch.id, facts), facts, "it has changed")
        own = touches.filtered(lambda touch: touch.state != "skipped")
        # Two customers may have had the same spell before they were merged.
        whose = [
            (t.rule_id, t.merged_partner_ref or t.partner_id.id, t.occurrence)
            for t in own
        ]
        self.assertEqual(len(whose), len(set(whose)))
        self._check_limits(own, rules[0])
        treated = own.filtered(lambda touch: touch.state == "treated")
        self.assertTrue(all(touch.activity_id for touch in treated))
        self.assertFalse((own - treated).activity_id)
        self.assertEqual(len(treated.activity_id), len(treated))

    def _check_limits(self, touches, rule):
        """Of any days, to whichever the clock was set."""
        days, days_of_rule = {}, {}
        for touch in touches:
            customer = touch.merged_partner_ref or touch.partner_id.id
            days.setdefault(customer, []).append(touch.date)
            if touch.rule_id == rule:
                days_of_rule.setdefault(customer, []).append(touch.date)
        for dates in days.values():
            for last in dates:
                since = last - timedelta(days=30)
                self.assertLessEqual(sum(since < d <= last for d in dates), 3)
        for dates in map(sorted, days_of_rule.values()):
            for one, other in itertools.pairwise(dates):
                self.assertGreaterEqual((other - one).days, 5)
