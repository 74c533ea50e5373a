from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..models import relationship_rule_trigger_past as past
from .trigger_case import TriggerCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestTriggerPast(TriggerCase):
    """Would have acted in the last days."""

    def test_what_began_in_the_window_is_counted_once(self):
        for days in ((240, 230, 220), (80, 70, 60), (45, 35, 25), (36, 33, 30)):
            self._create_history(self._create_customer(), days)
        rule = self._create_rule("rhythm")  # late since 200, 40, 5 and 23 days
        self._refresh_changed()
        found = rule.with_user(self.manager).get_past()
        self.assertEqual((found["7"], found["30"], found["90"]), (1, 2, 3))
        self.assertFalse(found["sampled"])

    def test_it_is_what_a_run_on_each_day_would_have_found(self):
        product = self._create_product()
        for days in ((70, 50, 30), (95, 64, 33), (60, 44, 28, 12), (9, 8, 7)):
            customer = self._create_customer()
            for day in days:
                self._buy(customer, day, product)
        self._contact(customer, 50)
        self._refresh_changed()
        for trigger in ("rhythm", "after_order", "silence", "consent", "probability"):
            rule = self._create_rule(trigger, trigger_days=20)
            days = rule._get_days_to_look_at(self.company, 30)
            held = {}
            for ago in range(30, -1, -1):
                items = rule.evaluate(self._days_ago(ago)).items
                for item in items:
                    held.setdefault((item.partner_id, item.occurrence), ago)
            expected = sum(ago < 30 for ago in held.values())
            self.assertEqual(rule.get_past([30])["30"], expected, trigger)
            self.assertEqual(len(days), 31 if trigger != "probability" else 16, trigger)

    def test_of_many_customers_a_sample_is_looked_at(self):
        for _number in range(6):
            self._create_history(self._create_customer(), (50, 40, 30))
        self._refresh_changed()
        rule = self._create_rule("rhythm")
        total = self.Profile.search_count([("company_id", "=", self.company.id)])
        with patch.object(past, "SAMPLE", total // 2):
            first, second = rule.get_past([30]), rule.get_past([30])
        self.assertEqual(first, second)
        self.assertEqual(first["sampled"], total // 2)
        self.assertEqual(first["customers"], total)

    def test_only_administrators_look_back(self):
        rule = self._create_rule("rhythm")
        with self.assertRaises(AccessError):
            rule.with_user(self.salesman).get_past()

    def test_windows_that_are_none_are_refused(self):
        rule = self._create_rule("rhythm")
        for days in ([], [0], ["7"], [400], 7, [True]):
            with self.assertRaises(ValidationError, msg=days):
                rule.get_past(days)

    def test_a_rule_that_is_being_written_can_look_back(self):
        self._create_history(self._create_customer(), (45, 35, 25))
        self._refresh_changed()
        rule = self.Rule.new({"name": "New", "trigger": "rhythm"})
        self.assertEqual(rule.get_past([7])["7"], 1)
