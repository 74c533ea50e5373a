from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestRule(RelationshipCase):
    def _create_quiet_customer(self, **values):
        """Orders every 10 days, the last one 25 days ago."""
        customer = self._create_customer(**values)
        self._create_history(customer, (45, 35, 25), amount=200)
        self._refresh_changed()
        return customer

    def _run(self, customer):
        """Run the rule; return what it says of this customer."""
        plan = self.rule.evaluate()
        self.rule._run()
        return [item.outcome for item in plan.items if item.partner_id == customer.id]

    def test_a_quiet_customer_gets_one_activity_with_the_reason(self):
        customer = self._create_quiet_customer()
        self.assertEqual(self._run(customer), ["treated"])
        activity = self._get_activities(customer)
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.salesman)
        self.assertEqual(
            activity.activity_type_id, self.env.ref("mail.mail_activity_data_call")
        )
        self.assertEqual(activity.date_deadline, self.today + timedelta(days=2))
        self.assertIn("Last order 25 days ago; usually every 10 days.", activity.note)
        self.assertIn("600", activity.note)
        touch = self.Touch.search([("partner_id", "=", customer.id)])
        self.assertEqual(touch.activity_id, activity)
        self.assertEqual(touch.occurrence, str(self._days_ago(25)))
        self.assertEqual(touch.reason, "Last order 25 days ago; usually every 10 days.")
        self.assertEqual(touch.run_id.rule_id, self.rule)

    def test_second_run_on_the_same_day_creates_nothing(self):
        customer = self._create_quiet_customer()
        self._run(customer)
        self.assertEqual(self._run(customer), [])
        self.assertEqual(len(self._get_activities(customer)), 1)

    def test_a_done_activity_is_not_scheduled_again_in_the_same_quiet_spell(self):
        customer = self._create_quiet_customer()
        self._run(customer)
        self._get_activities(customer).action_feedback("Will order on Monday")
        self._run(customer)
        self.assertFalse(self._get_activities(customer))

    def test_a_deleted_activity_is_not_scheduled_again(self):
        customer = self._create_quiet_customer()
        self._run(customer)
        self._get_activities(customer).unlink()
        self._run(customer)
        self.assertFalse(self._get_activities(customer))
        self.assertEqual(self.Touch.search_count([("partner_id", "=", customer.id)]), 1)

    def test_a_new_quiet_spell_is_a_new_occurrence(self):
        customer = self._create_quiet_customer()
        self._run(customer)
        self._create_order(customer, 24)
        self._refresh_changed()
        self.assertEqual(self._run(customer), ["treated"])
        self.assertEqual(len(self._get_activities(customer)), 2)

    def test_days_without_a_run_change_nothing(self):
        customer = self._create_quiet_customer()
        for days in (0, 1, 40):
            as_of = self.today + timedelta(days=days)
            self.rule.apply(self.rule.evaluate(as_of))
        self.assertEqual(len(self._get_activities(customer)), 1)

    def test_it_fires_on_the_day_the_multiple_is_reached(self):
        customer = self._create_customer()
        self._create_history(customer, (39, 29, 19))
        self._refresh_changed()

        def fires(as_of):
            items = self.rule.evaluate(as_of).items
            return customer.id in [item.partner_id for item in items]

        self.assertFalse(fires(self.today))
        self.assertTrue(fires(self.today + timedelta(days=1)))
        self.rule.rhythm_factor = 1.9
        self.assertTrue(fires(self.today))

    def test_evaluate_sees_the_customers_as_of_the_day(self):
        customer = self._create_customer()
        self._create_history(customer, (100, 80, 60, 5))
        self._refresh_changed()
        fired = {}
        for days in (61, 20, 6, 4, -200):
            for item in self.rule.evaluate(self._days_ago(days)).items:
                if item.partner_id == customer.id:
                    fired[days] = item.occurrence, item.evidence["order_count"]
        self.assertEqual(
            fired,
            {
                20: (str(self._days_ago(60)), 3),
                6: (str(self._days_ago(60)), 3),
                -200: (str(self._days_ago(5)), 4),
            },
        )

    def test_only_if_holds_as_of_the_day_too(self):
        customer = self._create_customer()
        self._create_history(customer, (100, 80, 60, 5))
        self.Profile._refresh(self.company, customer.ids, self._days_ago(20))
        self._refresh_changed()
        self.rule.domain = "[('stage_id.name', '=', 'At risk')]"
        for days, expected in ((20, 1), (0, 0)):
            items = self.rule.evaluate(self._days_ago(days)).items
            found = [item for item in items if item.partner_id == customer.id]
            self.assertEqual(len(found), expected)

    def test_few_orders_are_no_rhythm(self):
        customer = self._create_customer()
        self._create_history(customer, (60, 50))
        self._refresh_changed()
        self.assertEqual(self._run(customer), [])
        self.rule.min_order_days = 2
        self.assertEqual(self._run(customer), ["treated"])

    def test_only_if_narrows_it_down(self):
        customer = self._create_quiet_customer()
        self.rule.domain = "[('revenue', '>', 1000)]"
        self.assertEqual(self._run(customer), [])
        self.rule.domain = "[('revenue', '>', 500)]"
        self.assertEqual(self._run(customer), ["treated"])

    @mute_logger("odoo.sql_db")
    def test_a_broken_condition_is_refused_and_the_message_names_the_error(self):
        for domain in ("[('no_such_field', '=', 1)]", "[('revenue', '=',"):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.rule.domain = domain

    def test_evaluate_writes_nothing(self):
        self._create_quiet_customer()
        self.env.flush_all()
        before = self._get_row_versions()
        self.assertTrue(self.rule.evaluate().to_treat)
        self.env.flush_all()
        self.assertEqual(self._get_row_versions(), before)

    def _get_row_versions(self):
        self.env.cr.execute(
            """
            SELECT relname, n_tup_ins, n_tup_upd, n_tup_del
              FROM pg_stat_xact_user_tables
             ORDER BY relname
            """
        )
        return self.env.cr.fetchall()

    def test_salesperson_then_leader_then_configured_person(self):
        salesman, leader = self.salesman, self.leader
        configured = self._create_user("configured")
        settled = self._create_user("settled")
        customer = self._create_quiet_customer()

        def responsible():
            [item] = [
                item
                for item in self.rule.evaluate().items
                if item.partner_id == customer.id
            ]
            return self.env["res.users"].browse(item.user_id or [])

        self.assertEqual(responsible(), salesman)
        salesman.active = False
        self.assertEqual(responsible(), leader)
        self.team.user_id = False
        self.assertFalse(responsible())
        self.company.relationship_user_id = settled
        self.assertEqual(responsible(), settled)
        self.rule.user_id = configured
        self.assertEqual(responsible(), configured)

    def test_without_anybody_responsible_the_occurrence_waits(self):
        self.team.user_id = False
        customer = self._create_quiet_customer(user_id=False)
        self.env["sale.order"].search([("partner_id", "=", customer.id)]).write(
            {"user_id": False, "team_id": False}
        )
        self._refresh_changed()
        self.assertEqual(self._run(customer), ["no_responsible"])
        self.assertFalse(self.Touch.search([("partner_id", "=", customer.id)]))
        self.company.relationship_user_id = self.leader
        self.assertEqual(self._run(customer), ["treated"])

    def test_capacity_takes_the_most_valuable_first_and_the_rest_next_day(self):
        self.rule.daily_capacity = 1
        small = self._create_quiet_customer(name="Small")
        large = self._create_quiet_customer(name="Large")
        self._create_order(large, 35, amount=5000)
        self._refresh_changed()
        self.rule._run()
        self.assertTrue(self._get_activities(large))
        self.assertFalse(self._get_activities(small))
        self.rule._run()
        self.assertFalse(self._get_activities(small), "the day's capacity is used")
        self.rule.apply(self.rule.evaluate(self.today + timedelta(days=1)))
        self.assertTrue(self._get_activities(small))

    def test_capacity_is_of_the_day_in_the_time_zone_of_the_company(self):
        self.rule.daily_capacity = 1
        self.company.relationship_tz = "Pacific/Kiritimati"  # UTC+14: often tomorrow
        for _i in range(3):
            self._create_quiet_customer()
        for _i in range(3):
            self.rule._run()
        touches = self.Touch.search([("rule_id", "=", self.rule.id)])
        self.assertEqual(len(touches), 1)
        self.assertEqual(touches.date, self.company._relationship_today())

    def test_capacity_is_of_the_person_over_all_companies(self):
        self.rule.daily_capacity = 1
        other = self.env["res.company"].create({"name": "Other"})
        self.salesman.company_ids += other
        customer = self._create_quiet_customer()
        self._create_history(customer, (45, 35, 25), company_id=other.id)
        self._refresh_changed()
        self.assertEqual(sorted(self._run(customer)), ["treated", "waiting"])

    def _preview_excluded(self):
        """How many customers which guard holds back, as a manager's form says."""
        preview = self.rule.with_user(self.manager).get_preview()
        return {row["outcome"]: row["count"] for row in preview["excluded"]}

    def _withdraw(self, customer, purpose="service", **values):
        return self.env["relationship.consent"].create(
            {
                "partner_id": customer.id,
                "purpose": purpose,
                "channel_id": self.rule.channel_id.id,
                "state": "withdrawn",
            }
            | values
        )

    def test_who_may_not_be_contacted_is_left_out_and_counted(self):
        customer, other = self._create_quiet_customer(), self._create_quiet_customer()
        self._withdraw(customer)
        plan = self.rule.evaluate()
        outcomes = {item.partner_id: item.outcome for item in plan.items}
        self.assertEqual(outcomes[customer.id], "refused")
        self.assertEqual(outcomes[other.id], "treated")
        self.assertEqual(plan.counts["refused"], 1)
        run = self.rule._run()
        self.assertEqual(run.refused_count, 1)
        self.assertIn("May not be contacted: 1.", run._get_summary())
        self.assertFalse(self._get_activities(customer))
        self.assertFalse(self.Touch.search([("partner_id", "=", customer.id)]))

    def test_an_open_complaint_holds_the_rule_back_until_it_is_settled(self):
        customer, other = self._create_quiet_customer(), self._create_quiet_customer()
        person = self.env["res.partner"].create(
            {"name": "Ana", "parent_id": customer.id}
        )
        case = self.env["relationship.case"].create(
            {"name": "Crushed", "kind": "complaint", "partner_id": person.id}
        )
        self.env["relationship.case"].create(
            {"name": "Nice", "kind": "compliment", "partner_id": other.id}
        )
        plan = self.rule.evaluate()
        outcomes = {item.partner_id: item.outcome for item in plan.items}
        self.assertEqual(outcomes[customer.id], "complaint")
        self.assertEqual(outcomes[other.id], "treated")
        self.assertEqual(self._preview_excluded(), {"complaint": 1})
        run = self.rule._run()
        self.assertEqual(run.complaint_count, 1)
        self.assertIn("With an open complaint: 1.", run._get_summary())
        self.assertFalse(self._get_activities(customer))
        case._resolve(
            "<p>New box</p>", self.env.ref("crm_relationship.case_cause_damaged")
        )
        self.assertEqual(self._run(customer), ["treated"])

    def test_a_rule_can_go_on_in_spite_of_a_complaint(self):
        customer = self._create_quiet_customer()
        self.env["relationship.case"].create(
            {"name": "Crushed", "kind": "complaint", "partner_id": customer.id}
        )
        self.assertIn("complaint", self.rule.sentence)
        self.rule.skip_complaint = False
        self.assertNotIn("complaint", self.rule.sentence)
        self.assertEqual(self._run(customer), ["treated"])

    def test_once_consent_is_given_the_same_occurrence_is_treated(self):
        customer = self._create_quiet_customer()
        self._withdraw(customer)
        self.assertEqual(self._run(customer), ["refused"])
        self._withdraw(customer, state="granted")
        self.assertEqual(self._run(customer), ["treated"])

    def test_purpose_and_channel_of_the_rule_decide(self):
        customer = self._create_quiet_customer(phone="+32470123456")
        self._withdraw(customer, purpose="offers")
        self.assertEqual(self.rule.evaluate().counts["refused"], 0)
        self.rule.purpose = "offers"
        self.assertEqual(self.rule.evaluate().counts["refused"], 1)
        self.rule.purpose = "service"
        self.env["phone.blacklist"].create({"number": "+32470123456"})
        self.assertEqual(self.rule.evaluate().counts["refused"], 1)
        self.rule.channel_id = self.env.ref("crm_relationship.channel_email")
        self.assertEqual(self.rule.evaluate().counts["refused"], 0)

    def test_a_refused_customer_takes_nobodys_capacity(self):
        self.rule.daily_capacity = 1
        small = self._create_quiet_customer(name="Small")
        large = self._create_quiet_customer(name="Large")
        self._create_order(large, 35, amount=5000)
        self._refresh_changed()
        self._withdraw(large)
        self.rule._run()
        self.assertTrue(self._get_activities(small))
        self.assertFalse(self._get_activities(large))

    def test_the_customer_is_asked_not_the_person_to_ask_for(self):
        customer = self._create_quiet_customer()
        person = self.env["res.partner"].create(
            {"name": "Ana", "parent_id": customer.id}
        )
        customer.relationship_contact_id = person
        self._withdraw(person)
        self.assertEqual(self._run(customer), ["treated"])

    def test_the_form_says_whom_the_rule_may_not_contact(self):
        self._withdraw(self._create_quiet_customer())
        self.assertEqual(self._preview_excluded(), {"refused": 1})
        form = Form(self.rule.with_user(self.manager))
        self.assertIn("contacted for service by “Phone”", form.sentence)
        form.purpose = "offers"
        self.assertIn("contacted with offers by “Phone”", form.sentence)

    def test_a_new_rule_is_by_phone_for_service(self):
        rule = self.rule.create({"name": "New"})
        self.assertEqual(rule.purpose, "service")
        self.assertEqual(
            rule.channel_id, self.env.ref("crm_relationship.channel_phone")
        )

    def test_an_archived_rule_does_not_run(self):
        self.rule.active = False
        with self.assertRaises(UserError):
            self.rule.action_run()

    def test_an_archived_customer_is_left_alone(self):
        customer = self._create_quiet_customer()
        customer.active = False
        self._refresh_changed()
        self.assertEqual(self._run(customer), [])

    @mute_logger("odoo.addons.crm_relationship.models.relationship_rule_engine")
    def test_one_failing_customer_is_logged_and_the_others_are_treated(self):
        good, bad = self._create_quiet_customer(), self._create_quiet_customer()
        engine = type(self.rule)
        prepare = engine._prepare_activity_vals

        def fail(rule, item):
            if item.partner_id == bad.id:
                raise ValueError("No way")
            return prepare(rule, item)

        with patch.object(engine, "_prepare_activity_vals", fail):
            run = self.rule._run()
        self.assertTrue(self._get_activities(good))
        self.assertFalse(self._get_activities(bad))
        self.assertFalse(self.Touch.search([("partner_id", "=", bad.id)]))
        self.assertEqual((run.failed_count, run.error), (1, "No way"))
        self.assertEqual(run.error_partner_id, bad)
        self.rule._run()
        self.assertTrue(self._get_activities(bad), "tried again the next time")

    @mute_logger("odoo.addons.crm_relationship.models.relationship_rule_engine")
    def test_a_rule_that_breaks_later_stops_no_other_rule(self):
        self.env.cr.execute(
            "UPDATE relationship_rule SET domain = %s WHERE id = %s",
            ("[('gone_field', '=', 1)]", self.rule.id),
        )
        self.rule.invalidate_recordset()
        with self.assertRaises(ValidationError):
            self.rule.evaluate()
        self.assertIn("gone_field", self.rule.get_preview()["error"])

    def test_the_scheduled_job_runs_the_rules(self):
        customer = self._create_quiet_customer()
        cron = self.env.ref("crm_relationship.ir_cron_run_rules")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(len(self._get_activities(customer)), 1)

    def test_the_note_is_in_the_language_of_the_person_responsible(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        self.env["ir.module.module"]._load_module_terms(["crm_relationship"], ["pt_BR"])
        self.salesman.lang = "pt_BR"
        customer = self._create_quiet_customer()
        self._run(customer)
        self.assertIn("dias", self._get_activities(customer).note)

    def test_no_mail_for_each_activity(self):
        customer = self._create_quiet_customer()
        before = self.env["mail.mail"].search_count([])
        self._run(customer)
        self.assertEqual(self.env["mail.mail"].search_count([]), before)

    def test_the_form_previews_and_says_the_rule_in_one_sentence(self):
        self._create_quiet_customer()
        rule = self.rule.with_user(self.manager)
        self.assertGreaterEqual(rule.get_preview()["count"], 1)
        self.assertEqual(rule.get_preview({"rhythm_factor": 500})["count"], 0)
        form = Form(rule)
        form.rhythm_factor = 500
        self.assertIn("500 times their usual interval", form.sentence)

    def test_running_by_button_tells_what_happened(self):
        customer = self._create_quiet_customer()
        action = self.rule.with_user(self.manager).action_run()
        self.assertIn("Activities scheduled", action["params"]["message"])
        self.assertTrue(self._get_activities(customer))

    def test_a_rule_that_has_acted_can_not_be_deleted(self):
        self._run(self._create_quiet_customer())
        with self.assertRaises(UserError):
            self.rule.unlink()

    def test_queries_do_not_grow_with_the_customers(self):
        counts = []
        for size in (1, 10):
            for _i in range(size):
                self._create_quiet_customer()
            self.env.flush_all()
            self.rule.evaluate()
            start = self.env.cr.sql_log_count
            self.rule.evaluate()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[0], counts[1])
