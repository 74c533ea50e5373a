from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestRulePreview(RelationshipCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.managed = cls.rule.with_user(cls.manager)

    def _create_quiet_customer(self, name="Café Central", **values):
        """Orders every 10 days, the last one 25 days ago."""
        customer = self._create_customer(name, **values)
        self._create_history(customer, (45, 35, 25), amount=200)
        self._refresh_changed()
        return customer

    def _get_tables(self):
        """Rows and versions of what a rule could write."""
        self.env.flush_all()
        counts = {}
        for name in (
            "relationship_rule",
            "relationship_rule_run",
            "relationship_touch",
            "relationship_profile",
            "mail_activity",
            "mail_mail",
            "res_partner",
        ):
            self.env.cr.execute(
                f"SELECT COUNT(*), MAX(xmin::text::bigint) FROM {name}"  # pylint: disable=sql-injection
            )
            counts[name] = self.env.cr.fetchone()
        return counts

    def test_it_says_for_whom_and_why(self):
        customer = self._create_quiet_customer()
        preview = self.managed.get_preview()
        self.assertEqual(preview["count"], 1)
        [example] = preview["examples"]
        self.assertEqual(example["partner_id"], customer.id)
        self.assertEqual(example["name"], "Café Central")
        self.assertIn("usually every 10 days", example["reason"])
        self.assertEqual(example["user"], self.salesman.name)
        self.assertEqual((preview["problem"], preview["error"]), ("", ""))

    def test_nobody_asks_for_what_he_may_not_read(self):
        asked = "[('partner_id.signup_type', '=', 'reset')]"
        inner = "[('partner_id', 'any', [('signup_type', '=', 'reset')])]"
        rule = self.managed.browse()
        for condition in (asked, inner):
            for vals in (
                {"domain": condition},
                {"trigger": "domain", "trigger_domain": condition},
            ):
                vals |= {"name": "Curious"}
                for answer in (rule.get_preview(vals), rule.get_past_preview(vals)):
                    self.assertIn("may not read", answer["error"])
                with self.assertRaisesRegex(ValidationError, "may not read"):
                    rule.create(vals)
                self.env["relationship.rule"].create(vals)  # whoever may read all

    def test_at_most_ten_are_shown_by_name(self):
        for number in range(12):
            self._create_quiet_customer(f"Bar {number}")
        preview = self.managed.get_preview()
        self.assertEqual(preview["count"], 12)
        self.assertEqual(len(preview["examples"]), 10)

    def test_a_customer_with_several_reasons_is_one_customer(self):
        self._create_quiet_customer()
        plan = self.rule.evaluate()
        [item] = plan.items
        other = item._replace(found=item.found._replace(key="2026-01-01"))
        plan.items.append(other)
        with patch.object(type(self.rule), "evaluate", lambda rule, **options: plan):
            preview = self.managed.get_preview()
        self.assertEqual(preview["count"], 1)
        [example] = preview["examples"]
        self.assertTrue(example["key"].endswith(item.occurrence))

    def test_it_follows_what_is_typed_and_writes_nothing(self):
        self._create_quiet_customer()
        before = self._get_tables()
        preview = self.managed.get_preview({"rhythm_factor": 500, "name": "Other"})
        self.assertEqual(preview["count"], 0)
        self.assertEqual(self._get_tables(), before)
        self.assertEqual(self.rule.rhythm_factor, 2)
        self.assertEqual(self.managed.get_preview()["count"], 1)

    def test_it_equals_the_run_that_follows(self):
        for number in range(3):
            self._create_quiet_customer(f"Bar {number}")
        preview = self.managed.get_preview({})
        run = self.rule._run()
        self.assertEqual(run.treated_count, preview["count"])
        customers = {example["partner_id"] for example in preview["examples"]}
        touches = self.Touch.search([("run_id", "=", run.id)])
        self.assertEqual(set(touches.partner_id.ids), customers)

    def test_a_rule_that_is_not_saved_yet_has_a_preview(self):
        self._create_quiet_customer()
        empty = self.managed.browse()
        values = {"name": "New", "trigger": "rhythm", "rhythm_factor": 2}
        self.assertEqual(empty.get_preview(values)["count"], 1)
        values["domain"] = "[('order_count', '>', 100)]"
        self.assertEqual(empty.get_preview(values)["count"], 0)

    def test_who_is_left_out_is_counted_by_guard(self):
        self._create_quiet_customer()
        customer = self._create_quiet_customer("Bar")
        self.env["relationship.case"].create(
            {"name": "Crushed", "kind": "complaint", "partner_id": customer.id}
        )
        preview = self.managed.get_preview()
        self.assertEqual(preview["count"], 1)
        [row] = preview["excluded"]
        self.assertEqual((row["outcome"], row["count"]), ("complaint", 1))
        self.assertTrue(row["label"])

    def test_a_broken_condition_is_told_not_raised(self):
        self._create_quiet_customer()  # of nobody there is no past to look at
        for domain in ("[('no_such_field', '=', 1)]", "[("):
            preview = self.managed.get_preview({"domain": domain})
            self.assertTrue(preview["error"], domain)
            self.assertEqual(preview["count"], 0)
            self.assertTrue(self.managed.get_past_preview({"domain": domain})["error"])
        self.assertFalse(self.managed.get_preview()["error"])

    def test_a_rule_that_can_not_act_says_why(self):
        preview = self.managed.get_preview({"action_kind": "tag"})
        self.assertIn("tag", preview["problem"])

    def test_only_who_configures_rules_may_look(self):
        rule = self.rule.with_user(self.salesman)
        for method in (rule.get_preview, rule.get_past_preview):
            with self.assertRaises(AccessError):
                method()
            with self.assertRaises(AccessError):
                method({"rhythm_factor": 3})
        with self.assertRaises(AccessError):
            rule.browse().get_preview({"name": "New"})

    def test_queries_do_not_grow_with_the_customers(self):
        counts = {}
        for number in (1, 10):
            for name in range(number):
                self._create_quiet_customer(f"Bar {number} {name}")
            self.managed.get_preview()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.managed.get_preview()
            counts[number] = self.env.cr.sql_log_count - before
        self.assertLessEqual(counts[10], counts[1] + 1, counts)

    def test_the_past_is_asked_with_what_is_typed(self):
        with patch.object(
            type(self.rule),
            "get_past",
            lambda rule, days: {str(day): rule.rhythm_factor for day in days},
        ):
            past = self.managed.get_past_preview({"rhythm_factor": 4}, days=[7])
        self.assertEqual(past, {"7": 4, "error": ""})

    def test_the_schedule_is_said_in_words(self):
        self.assertIn("every hour", self.rule.schedule)
        self.assertIn("next", self.rule.schedule)
        self.rule._write_state({"state": "paused"})
        self.assertIn("Paused", self.rule.schedule)
        self.rule._write_state({"state": "off"})
        self.assertIn("Off", self.rule.schedule)
        self.rule.active = False
        self.assertIn("Archived", self.rule.schedule)

    def test_the_list_says_what_a_rule_did_lately(self):
        self._create_quiet_customer()
        self.rule._run()
        self.managed.invalidate_recordset()
        self.assertEqual(self.managed.recent_touch_count, 1)
        self.assertTrue(self.managed.last_run_date)
        self.assertIn("1", self.managed.last_result)

    def test_a_rule_that_customers_do_not_notice_says_nothing_of_contact(self):
        self.assertIn("may be contacted", self.managed.sentence)
        tag = self.env["res.partner.category"].create({"name": "Quiet"})
        self.managed.write({"action_kind": "tag", "tag_id": tag.id})
        for said in (self.managed.sentence, self.managed.unless_text):
            self.assertNotIn("contact", said)
            self.assertNotIn("complaint", said)

    def test_the_parts_of_the_sentence_follow_the_form(self):
        form = Form(self.managed)
        self.assertIn("2 times their usual interval", form.when_text)
        self.assertIn("complaint", form.unless_text)
        self.assertIn("due in 2 ", form.then_text)
        form.rhythm_factor = 3
        form.skip_complaint = False
        form.cooldown_days = 9
        form.activity_days = 5
        self.assertIn("3 times", form.when_text)
        self.assertNotIn("complaint", form.unless_text)
        self.assertIn("9 days", form.unless_text)
        self.assertIn("due in 5 ", form.then_text)
