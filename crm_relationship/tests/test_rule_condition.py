from odoo.tests import tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestRuleCondition(RelationshipCase):
    def _say(self, domain):
        self.rule.domain = domain
        return self.rule._say_condition()

    def test_a_condition_is_said_in_words(self):
        for domain, said in (
            ("[('order_count', '>=', 3)]", "Orders is at least 3"),
            ("[('abc_class', '=', 'a')]", "ABC Class is A"),
            ("[('stage_pin_reason', 'ilike', 'fair')]", "contains “fair”"),
            ("[('user_id', '=', False)]", "is not set"),
            ("[('open_case_count', '=', 0), ('revenue', '<', 50)]", " and "),
        ):
            self.assertIn(said, self._say(domain), domain)

    def test_records_are_said_by_name(self):
        stage = self.env.ref("crm_relationship.stage_lost")
        said = self._say(f"[('stage_id', 'in', [{stage.id}])]")
        self.assertIn(stage.name, said)
        stages = self.Stage.search([], limit=4)
        self.assertIn("one of 4", self._say(f"[('stage_id', 'in', {stages.ids})]"))

    def test_what_is_too_much_for_a_sentence_is_counted(self):
        said = self._say("['|', ('order_count', '>', 3), ('revenue', '>', 9)]")
        self.assertIn("2 parts", said)
        self.assertIn(
            "a condition holds", self._say("[('partner_id.name', '=', 'Bar')]")
        )

    def test_everybody_is_not_said(self):
        self.assertEqual(self._say("[]"), "")
        self.assertEqual(self._say(False), "")

    def test_the_sentence_of_a_rule_has_it(self):
        self.rule.domain = "[('order_count', '>=', 3)]"
        self.assertIn(
            "interval, and Orders is at least 3, schedule", self.rule.sentence
        )

    def test_a_trigger_by_a_condition_says_it(self):
        rule = self.env["relationship.rule"].create(
            {
                "name": "Big",
                "trigger": "domain",
                "trigger_domain": "[('revenue', '>', 1000)]",
            }
        )
        self.assertIn("more than 1,000", rule.sentence)
