from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .entry_case import EntryCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestRuleTemplate(EntryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        known = cls.env["ir.model.data"].search(
            [
                ("module", "=", "crm_relationship"),
                ("model", "=", "relationship.rule"),
                ("name", "=like", "rule\\_template\\_%"),
            ]
        )
        rules = cls.Rule.browse(known.mapped("res_id"))
        cls.templates = rules.filtered(lambda rule: not rule.parent_id)

    def test_ten_rules_are_ready_to_be_switched_on(self):
        self.assertEqual(len(self.templates), 10)
        for rule in self.templates | self.templates.step_ids:
            self.assertEqual(rule.state, "off", rule.name)
            self.assertFalse(rule.problem, rule.name)
            self.assertFalse(rule.user_id)
            self.assertFalse(rule.company_id)
        self.assertEqual(set(self.templates.mapped("holdout_share")), {10.0})
        self.assertEqual(len(set(self.templates.mapped("sentence"))), 10)

    def test_each_can_be_switched_on_and_run(self):
        customer = self._create_customer(email="lia@choco.test")
        self._create_history(customer, (90, 60, 35))
        self._refresh_changed()
        for rule in self.templates:
            rule._switch_on("all", holdout_share=0)
            rule._run()
            self.assertEqual((rule | rule.step_ids).mapped("state")[0], "on")

    def test_the_win_back_writes_and_then_calls(self):
        rule = self.env.ref("crm_relationship.rule_template_lost")
        lost = self.env.ref("crm_relationship.stage_lost")
        customer = self._create_prospect(email="lia@choco.test")
        self.env["relationship.consent"].create(
            {
                "partner_id": customer.id,
                "purpose": "offers",
                "channel_id": rule.channel_id.id,
                "state": "granted",
            }
        )
        rule._switch_on("ignore", holdout_share=0)
        self._enter(customer, lost)
        rule._run()
        mail = self._get_mails(customer)
        self.assertIn("not heard from you", mail.subject)
        self.assertIn("/relationship/unsubscribe/", mail.body_html)
        step = rule.step_ids
        plan = step.evaluate(self._in_days(14))
        self.assertEqual([item.outcome for item in plan.items], ["treated"])
        step.apply(plan)
        activity = self._get_activities(customer)
        self.assertEqual(activity.user_id, self.salesman)
        self.assertIn("Goes on with “Win back lost customers”", activity.note)


@tagged("post_install", "-at_install", "crm_relationship")
class TestBadRules(EntryCase):
    def test_a_template_that_can_not_be_written_is_not_switched_on(self):
        # Odoo tries what it can when a template is saved, with some contact.
        self.template.subject = "{{ 1 / (object.ref != 'bad') }}"
        rule = self._create_rule("email", state="off")
        customer = self._create_invited(email="lia@choco.test", ref="bad")
        with self.assertRaisesRegex(ValidationError, "“Welcome” can't be written"):
            rule._switch_on("ignore")
        self.assertEqual(rule.state, "off")
        customer.ref = "good"
        rule._switch_on("ignore")
        self.assertEqual(rule.state, "on")

    def test_the_trial_leaves_no_email(self):
        rule = self._create_rule("email", state="off")
        customer = self._create_invited(email="lia@choco.test")
        rule._switch_on("all")
        self.assertFalse(self._get_mails(customer))

    def test_a_condition_on_a_field_that_is_gone_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "no_such_field"):
            self._create_rule(domain="[('no_such_field', '=', 1)]")
        rule = self._create_rule()
        self.env.cr.execute(
            "UPDATE relationship_rule SET domain = %s WHERE id = %s",
            ["[('no_such_field', '=', 1)]", rule.id],
        )
        rule.invalidate_recordset()
        self.assertIn("no_such_field", rule.problem)
        with self.assertRaisesRegex(ValidationError, "no_such_field"):
            rule._run()

    def test_a_person_who_was_deleted_stops_the_rule_with_a_reason(self):
        person = self._create_user("gone")
        rule = self._create_rule(assign_to="user", user_id=person.id)
        person.unlink()
        self.assertIn("Choose the person", rule.problem)

    def test_an_archived_activity_stops_the_rule_with_a_reason(self):
        kind = self.env["mail.activity.type"].create({"name": "Visit"})
        rule = self._create_rule(activity_type_id=kind.id)
        kind.active = False
        self.assertIn("“Visit” is archived", rule.problem)

    def test_an_empty_action_is_refused(self):
        for kind in ("email", "tag", "pricelist", "server"):
            with self.assertRaises(ValidationError):
                self.Rule.create(
                    {
                        "name": "Empty",
                        "trigger": "stage",
                        "stage_ids": self.stage.ids,
                        "action_kind": kind,
                    }
                )
