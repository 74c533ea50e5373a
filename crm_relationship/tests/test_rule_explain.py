from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.relationship_rule_explain import GUARDS, OUTCOMES
from ..tools import plan
from .quiet_case import QuietCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestRuleExplain(QuietCase):
    """Why a rule would act for a customer, or would not."""

    def _explain(self, customer, rule=None):
        return (rule or self.rule).with_user(self.manager).explain_for(customer.id)

    def _get_failed(self, customer):
        """The first step that is in the way: (step, detail)."""
        failed = (s for s in self._explain(customer) if s["ok"] is False)
        return next(((s["step"], s["detail"]) for s in failed), None)

    def test_where_it_would_act_every_step_is_fine(self):
        steps = self._explain(self._create_quiet_customer())
        self.assertEqual({step["ok"] for step in steps}, {True})
        self.assertTrue(all(step["label"] for step in steps))
        self.assertEqual(
            list(dict.fromkeys(step["step"] for step in steps)),
            ["trigger", "domain", "ledger", "guard", "holdout", "action"],
        )
        self.assertIn("Last order 25 days ago", steps[2]["detail"])

    def test_the_first_step_in_the_way_says_why_and_the_rest_is_not_asked(self):
        busy = self._create_customer()
        self._create_history(busy, (30, 20, 10))
        self._refresh_changed()
        steps = self._explain(busy)
        self.assertEqual(steps[0]["ok"], False)
        self.assertEqual({step["ok"] for step in steps[1:]}, {None})
        self.assertIn("Last order 10 days ago", steps[0]["detail"])

    def test_each_kind_of_reason(self):
        customer = self._create_quiet_customer()
        self.rule.domain = "[('revenue', '>', 9000)]"
        self.assertEqual(self._get_failed(customer)[0], "domain")
        self.rule.domain = "[]"
        self.env["relationship.case"].create(
            {"name": "Crushed", "kind": "complaint", "partner_id": customer.id}
        )
        self.assertEqual(self._get_failed(customer), ("guard", "A complaint is open."))
        self.rule.skip_complaint = False
        self.rule.holdout_share = 50
        self.rule.holdout_seed = "1"
        for seed in range(100):
            self.rule.holdout_seed = str(seed)
            if self._get_outcomes(customer) == ["held_out"]:
                break
        self.assertEqual(
            self._get_failed(customer),
            ("holdout", "Drawn to be left alone by this rule."),
        )
        self.rule.holdout_share = 0
        self.assertIsNone(self._get_failed(customer))
        self.rule._run()
        self.assertEqual(self._get_failed(customer)[0], "ledger")
        self.assertIn("Treated", self._get_failed(customer)[1])
        customer.active = False
        self.assertEqual(
            self._get_failed(customer), ("trigger", "The customer is archived.")
        )

    def test_it_says_what_the_plan_says_also_of_capacity(self):
        self.rule.daily_capacity = 1
        customers = [self._create_quiet_customer(amount=a) for a in (900, 100)]
        for customer, expected in zip(customers, (None, "guard"), strict=True):
            failed = self._get_failed(customer)
            self.assertEqual(failed and failed[0], expected)
        self.assertEqual(
            self._get_failed(customers[1])[1], "Nobody has time for it today."
        )

    def test_a_person_of_the_customer_is_explained_as_the_customer(self):
        customer = self._create_quiet_customer()
        person = self.env["res.partner"].create(
            {"name": "Ana", "parent_id": customer.id}
        )
        self.assertIsNone(self._get_failed(person))

    def test_only_administrators_ask(self):
        customer = self._create_quiet_customer()
        with self.assertRaises(AccessError):
            self.rule.with_user(self.salesman).explain_for(customer.id)

    def test_every_outcome_has_a_label_and_a_count_in_the_log(self):
        outcomes = {
            value
            for name, value in vars(plan).items()
            if name.isupper() and isinstance(value, str)
        }
        self.assertEqual(outcomes, set(OUTCOMES))
        self.assertEqual(outcomes, set(self.rule._get_outcome_labels()))
        self.assertEqual(set(GUARDS), set(self.rule._get_guard_labels()))
        self.assertEqual(set(GUARDS), set(self.rule._get_guard_details()))
        run = self.env["relationship.rule.run"]
        for outcome in outcomes:
            self.assertIn(f"{outcome}_count", run._fields)

    def test_the_runs_of_a_rule_say_why_it_did_nothing(self):
        self.rule.skip_complaint = True
        customer = self._create_quiet_customer()
        self.env["relationship.case"].create(
            {"name": "Crushed", "kind": "complaint", "partner_id": customer.id}
        )
        run = self.rule._run()
        self.assertTrue(run.summary)
        arch = self.rule.get_view(view_type="form")["arch"]
        for name in ("summary", *(f"{outcome}_count" for outcome in OUTCOMES)):
            self.assertIn(f'name="{name}"', arch)

    def test_the_summary_of_a_plan_counts_what_there_is(self):
        customer = self._create_quiet_customer()
        self._create_quiet_customer()
        self.env["relationship.consent"].create(
            {
                "partner_id": customer.id,
                "purpose": "service",
                "channel_id": self.rule.channel_id.id,
                "state": "withdrawn",
            }
        )
        self.assertEqual(
            self.rule._get_outcomes_summary(self.rule.evaluate()),
            [
                {"outcome": "treated", "label": "Would be treated", "count": 1},
                {"outcome": "refused", "label": "May not be contacted", "count": 1},
            ],
        )
