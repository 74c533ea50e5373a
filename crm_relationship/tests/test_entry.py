from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .entry_case import EntryCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestEntry(EntryCase):
    """The trigger: a customer enters a stage."""

    def test_who_enters_the_stage_gets_one_activity_with_the_reason(self):
        rule = self._create_rule()
        customer = self._create_prospect()
        move = self._enter(customer)
        run = rule._run()
        self.assertEqual(run.treated_count, 1)
        activity = self._get_activities(customer)
        self.assertEqual(activity.user_id, self.salesman)
        self.assertIn("Entered “Invited” on", activity.note)
        touch = self._get_touches(customer)
        self.assertEqual(touch.occurrence, str(move.id))
        self.assertEqual(touch.activity_id, activity)
        self.assertIn("Entered “Invited” on", touch.reason)
        for _again in range(2):
            rule._run()
        self.assertEqual(self._get_activities(customer), activity)

    def test_who_is_elsewhere_is_left_alone(self):
        rule = self._create_rule()
        customer = self._create_prospect()
        self.assertEqual(self._get_outcomes(rule, customer), [])

    def test_entering_again_on_another_day_is_a_new_occurrence(self):
        rule = self._create_rule(start_date=self._days_ago(30))
        customer = self._create_invited()
        self._put_back(customer, 9)
        rule._run()
        self._enter(customer, self.contact_stage)
        rule._run()
        self._enter(customer)
        rule._run()
        self.assertEqual(len(self._get_activities(customer)), 2)

    def test_back_and_forth_in_one_day_is_one_occurrence(self):
        rule = self._create_rule()
        customer = self._create_invited()
        first = self._get_moves(customer)[:1]
        rule._run()
        for _number in range(3):
            self._enter(customer, self.contact_stage)
            rule._run()
            self._enter(customer)
            rule._run()
        self.assertEqual(self._get_touches(customer).occurrence, str(first.id))
        other = self._create_invited()
        self._enter(other, self.contact_stage)
        self._enter(other)
        rule._run()
        self.assertEqual(len(self._get_activities(other)), 1)

    def test_who_has_gone_on_before_the_rule_runs_is_left_alone(self):
        rule = self._create_rule()
        customer = self._create_invited()
        self._enter(customer, self.contact_stage)
        self.assertEqual(self._get_outcomes(rule, customer), [])

    def test_automatic_moves_are_entries_too(self):
        rule = self._create_rule(
            stage_ids=self.env.ref("crm_relationship.stage_first").ids
        )
        customer = self._create_prospect()
        self._create_order(customer)
        self._refresh_changed()
        self.assertEqual(self._get_outcomes(rule, customer), ["treated"])

    def test_an_undone_entry_does_nothing(self):
        rule = self._create_rule()
        customer = self._create_prospect()
        self._undo(self._enter(customer))
        self.assertEqual(self._get_outcomes(rule, customer), [])
        # not even where the stage is entered as of a day before the undoing
        self._enter(customer)
        self.assertEqual(self._get_outcomes(rule, customer), ["treated"])

    def test_to_be_put_back_is_no_new_entry(self):
        rule = self._create_rule()
        customer = self._create_invited()
        rule._run()
        self._put_back(customer, 5)
        self._undo(self._enter(customer, self.contact_stage))
        self.assertEqual(self._get_profile(customer).stage_id, self.stage)
        self.assertEqual(self._get_outcomes(rule, customer), [])
        rule._run()
        self.assertEqual(len(self._get_touches(customer)), 1)

    def test_only_entries_since_the_rule_was_switched_on_count(self):
        customer = self._create_invited()
        self._put_back(customer, 1)
        rule = self._create_rule()
        self.assertEqual(rule.start_date, self.today)
        self.assertEqual(self._get_outcomes(rule, customer), [])
        rule.start_date = self._days_ago(1)
        self.assertEqual(self._get_outcomes(rule, customer), ["treated"])

    def test_what_happened_while_a_rule_was_off_floods_nobody(self):
        rule = self._create_rule(start_date=self._days_ago(60))
        rule.active = False
        customer = self._create_invited()
        self._put_back(customer, 9)
        rule.active = True
        self.assertEqual(rule.start_date, self.today)
        self.assertEqual(self._get_outcomes(rule, customer), [])
        self.assertEqual(self._get_outcomes(rule, self._create_invited()), ["treated"])

    def test_a_further_stage_or_a_wider_condition_floods_nobody(self):
        long_ago = self._days_ago(60)
        for wider in (
            {"stage_ids": [Command.link(self.contact_stage.id)]},
            {"domain": "[('order_count', '=', 0)]"},
            {"with_rule_changes": True},
            {"company_id": False},
            {"company_id": self.env["res.company"].create({"name": "Other"}).id},
        ):
            rule = self._create_rule(start_date=long_ago, company_id=self.company.id)
            rule.write(wider)
            self.assertEqual(rule.start_date, self.today, wider)
        for same in (
            {"name": "Other"},
            {"stage_ids": [Command.set(self.stage.ids)]},
            {"company_id": self.company.id},
        ):
            rule = self._create_rule(start_date=long_ago)
            rule.write(same)
            self.assertEqual(rule.start_date, long_ago, same)
        rule.write({"with_rule_changes": True, "start_date": long_ago})
        self.assertEqual(rule.start_date, long_ago)

    def test_a_change_of_the_funnel_is_no_entry_unless_wanted(self):
        rule = self._create_rule()
        customer = self._create_prospect()
        self._enter(customer)
        self.env.cr.execute(
            "UPDATE relationship_stage_move SET cause = 'rules' WHERE partner_id = %s",
            [customer.id],
        )
        self.assertEqual(self._get_outcomes(rule, customer), [])
        rule.with_rule_changes = True
        self.assertEqual(self._get_outcomes(rule, customer), ["treated"])

    def test_the_past_is_read_from_the_log(self):
        rule = self._create_rule(start_date=self._days_ago(60))
        customer = self._create_invited()
        self._put_back(customer, 20)
        self._enter(customer, self.contact_stage)
        self._put_back(customer, 10)
        found = {
            days: self._get_outcomes(rule, customer, self._days_ago(days))
            for days in (31, 30, 29, 11, 10, 0)
        }
        self.assertEqual(
            found,
            {31: [], 30: ["treated"], 29: ["treated"], 11: ["treated"], 10: [], 0: []},
        )

    def test_an_entry_was_there_until_it_was_undone(self):
        rule = self._create_rule(start_date=self._days_ago(60))
        customer = self._create_invited()
        self._put_back(customer, 9)
        self._undo(self._get_moves(customer)[:1])
        for days, expected in ((9, ["treated"]), (1, ["treated"]), (0, [])):
            outcomes = self._get_outcomes(rule, customer, self._days_ago(days))
            self.assertEqual(outcomes, expected, days)

    def test_the_look_back_counts_entries_of_the_window(self):
        rule = self._create_rule()
        for days in (0, 3, 40):
            self._put_back(self._create_invited(), days)
        undone = self._create_prospect()
        self._undo(self._enter(undone))
        rule = rule.with_user(self.manager)
        self.assertEqual(
            rule.get_past(), {"7": 2, "30": 2, "90": 3} | self._get_looked_at()
        )
        self.assertEqual(rule.get_preview()["count"], 1)
        self.assertIn("enters “Invited”, from", Form(rule).sentence)
        rule.domain = "[('order_count', '>', 0)]"
        self.assertEqual(rule.get_past()["90"], 0)

    def _get_looked_at(self):
        profiles = self.Profile.search_count([("company_id", "=", self.company.id)])
        return {"sampled": False, "customers": profiles}

    def test_guards_hold(self):
        rule = self._create_rule()
        refused, complaining, fine = (self._create_invited() for _i in range(3))
        self.env["relationship.consent"].create(
            {
                "partner_id": refused.id,
                "purpose": "service",
                "channel_id": rule.channel_id.id,
                "state": "withdrawn",
            }
        )
        self.env["relationship.case"].create(
            {"name": "Crushed", "kind": "complaint", "partner_id": complaining.id}
        )
        self.assertEqual(self._get_outcomes(rule, refused), ["refused"])
        self.assertEqual(self._get_outcomes(rule, complaining), ["complaint"])
        rule.daily_capacity = 1
        self.assertEqual(self._get_outcomes(rule, fine), ["treated"])
        rule._run()
        late = self._create_invited()
        self.assertEqual(self._get_outcomes(rule, late), ["waiting"])
        self.assertEqual(self._get_outcomes(rule, late, self._in_days(1)), ["treated"])

    def test_capacity_holds_for_customers_of_nobody_too(self):
        self.team.user_id = False
        rule = self._create_rule("tag", daily_capacity=1)
        self._create_invited(user_id=False)
        self.assertEqual(rule._run().treated_count, 1)
        late = self._create_invited(user_id=False)
        self.assertEqual(self._get_outcomes(rule, late), ["waiting"])

    def test_only_activities_have_a_capacity_by_default(self):
        for kind, capacity in (("activity", 20), ("email", 0), ("tag", 0)):
            values = self._create_rule(kind).copy_data()[0]
            values.pop("daily_capacity")
            self.assertEqual(self.Rule.create(values).daily_capacity, capacity, kind)

    def test_a_rule_needs_a_stage(self):
        with self.assertRaises(ValidationError):
            self._create_rule(stage_ids=[])

    def test_a_stage_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        stage = self.Stage.create(
            {"name": "Theirs", "sequence": 16, "company_id": other.id}
        )
        with self.assertRaises(UserError):
            self._create_rule(stage_ids=stage.ids, company_id=self.company.id)

    @mute_logger("odoo.addons.crm_relationship.models.relationship_rule_engine")
    def test_archived_stages_start_nothing_and_the_rule_says_so(self):
        rule = self._create_rule()
        customer = self._create_invited()
        self.stage.active = False
        rule.invalidate_recordset()
        self.assertIn("archived", rule.problem)
        with self.assertRaises(ValidationError):
            rule._run()
        self.assertFalse(self._get_touches(customer))

    def test_the_stage_shows_its_rules_and_adds_one(self):
        rule = self._create_rule()
        self._create_rule(stage_ids=self.contact_stage.ids)
        self.assertEqual(self.stage.entry_rule_ids, rule)
        action = self.stage.with_user(self.manager).action_add_entry_rule()
        form = Form(self.Rule.with_user(self.manager).with_context(**action["context"]))
        form.name = "Second"
        second = form.save()
        self.assertEqual(second.trigger, "stage")
        self.assertEqual(self.stage.entry_rule_ids, rule + second)

    def test_a_merged_customer_is_not_treated_twice(self):
        rule = self._create_rule()
        customer, twin = (self._create_invited() for _i in range(2))
        rule._run()
        self.assertEqual(len(self._get_touches(customer)), 1)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((customer + twin).ids, customer)
        self._refresh_changed()
        self.assertEqual(len(self._get_touches(customer)), 2)
        rule._run()
        self.assertEqual(len(self._get_touches(customer)), 2)

    def _merge(self, survivor, merged):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((survivor + merged).ids, survivor)
        self._refresh_changed()

    def _check_treated_once(self, rule, survivor):
        self.assertEqual(self._get_profile(survivor).stage_id, self.stage)
        rule._run()
        self.assertEqual(len(self._get_touches(survivor)), 1)
        self._enter(survivor, self.contact_stage)
        self._put_back(survivor, 9)
        self._enter(survivor)
        self.assertEqual(self._get_outcomes(rule, survivor), ["treated"], "Anew")

    def test_a_later_entry_of_a_merged_customer_is_none_of_the_survivor(self):
        rule = self._create_rule("email", start_date=self._days_ago(30))
        customer = self._create_invited(email="lia@choco.test")
        rule._run()
        self._put_back(customer, 5)
        twin = self._create_invited()
        rule._run()
        self.assertFalse(self._get_touches(twin))
        self._merge(customer, twin)
        self._check_treated_once(rule, customer)

    def test_who_was_treated_before_the_merge_is_not_treated_after_it(self):
        rule = self._create_rule("email", start_date=self._days_ago(30))
        customer = self._create_invited()
        self._put_back(customer, 5)
        twin = self._create_invited(email="lia@choco.test")
        rule._run()
        self.assertFalse(self._get_touches(customer))
        self._merge(customer, twin)
        customer.email = "lia@choco.test"
        self._check_treated_once(rule, customer)

    def test_a_second_merge_frees_no_entry_that_is_known(self):
        rule = self._create_rule("email", start_date=self._days_ago(30))
        customer = self._create_invited()
        self._put_back(customer, 5)
        twin = self._create_invited(email="lia@choco.test")
        rule._run()
        self._merge(customer, twin)
        self._merge(customer, self._create_prospect())
        customer.email = "lia@choco.test"
        self._check_treated_once(rule, customer)

    def test_a_stage_set_by_hand_that_a_merge_restores_is_no_new_entry(self):
        rule = self._create_rule()
        customer, twin = self._create_prospect(), self._create_invited()
        rule._run()
        self._merge(customer, twin)
        self._check_treated_once(rule, customer)

    def test_who_was_not_treated_before_the_merge_is_treated_after_it(self):
        rule = self._create_rule()
        customer, twin = self._create_prospect(), self._create_invited()
        self._merge(customer, twin)
        self.assertEqual(self._get_outcomes(rule, customer), ["treated"])

    def test_a_merged_customer_who_had_left_says_nothing_of_a_new_entry(self):
        rule = self._create_rule()
        customer, twin = self._create_prospect(), self._create_invited()
        rule._run()
        self._enter(twin, self.contact_stage)
        self._put_back(twin, 5)
        self._enter(customer)
        self._merge(customer, twin)
        self.assertEqual(self._get_outcomes(rule, customer), ["treated"])

    def test_a_survivor_without_a_way_goes_that_of_the_merged_one(self):
        rule = self._create_rule()
        company = self._create_prospect()
        person = self.env["res.partner"].create(
            {"name": "Lia", "parent_id": company.id}
        )
        twin = self._create_invited()
        self.assertFalse(self._get_moves(person))
        self._merge(person, twin)
        person.parent_id = False
        self._refresh_changed()
        moves = self._get_moves(person)
        self.env.cr.execute(
            "DELETE FROM relationship_stage_move"
            " WHERE partner_id = %s AND COALESCE(merged_partner_ref, 0) = 0",
            [person.id],
        )
        self.env.invalidate_all()
        self.assertTrue(moves.exists())
        profile = self._get_profile(person)
        self.env.cr.execute(
            "UPDATE relationship_profile SET stage_id = %s WHERE id = %s",
            [self.stage.id, profile.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self._get_outcomes(rule, person), ["treated"])

    def test_queries_do_not_grow_with_the_customers(self):
        rule = self._create_rule("email")
        counts = []
        for size in (1, 10):
            for _i in range(size):
                self._create_invited(email="a@b.test")
            self.env.flush_all()
            rule.evaluate()
            start = self.env.cr.sql_log_count
            rule.evaluate()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install", "crm_relationship")
class TestEntryJob(EntryCase):
    """It happens soon after the entry."""

    def setUp(self):
        super().setUp()
        self.cron = self.env.ref("crm_relationship.ir_cron_run_entry_rules")

    def _count_triggers(self):
        self.env.flush_all()
        return self.env["ir.cron.trigger"].search_count(
            [("cron_id", "=", self.cron.id)]
        )

    def test_a_move_by_hand_asks_for_the_job_once(self):
        self._create_rule()
        customers = [self._create_prospect() for _i in range(3)]
        self.env.cr.precommit.clear()
        before = self._count_triggers()
        for customer in customers:
            self._enter(customer)
        self.assertEqual(self._count_triggers(), before + 1)

    def test_an_automatic_move_asks_for_the_job(self):
        self._create_rule()
        self.env.cr.precommit.clear()
        before = self._count_triggers()
        self._create_prospect()
        self.assertEqual(self._count_triggers(), before + 1)

    def test_without_such_a_rule_nobody_asks(self):
        self.Rule.search([("trigger", "=", "stage")]).unlink()
        before = self._count_triggers()
        self._create_invited()
        self.assertEqual(self._count_triggers(), before)

    def test_the_job_runs_only_rules_about_stages(self):
        self._create_rule()
        self.rule.active = True
        before = self.rule.run_ids
        customer = self._create_invited()
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
            self.cron.method_direct_trigger()
        self.assertEqual(len(self._get_activities(customer)), 1)
        self.assertEqual(self.rule.run_ids, before)

    def test_a_run_with_nothing_to_do_leaves_no_trace(self):
        rule = self._create_rule()
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.assertFalse(rule.run_ids)

    def test_a_run_in_which_all_are_stopped_leaves_no_trace(self):
        rule = self._create_rule("email")
        customer = self._create_invited()
        self.assertEqual(self._get_outcomes(rule, customer), ["no_address"])
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.assertFalse(rule.run_ids)
        self.assertEqual(rule._run().no_address_count, 1)  # the daily one

    @mute_logger("odoo.addons.crm_relationship.models.relationship_rule_job")
    def test_a_rule_that_can_not_act_says_so_once_a_day(self):
        rule = self._create_rule("email")
        self._create_invited(email="a@b.test")
        self.template.active = False
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
            self.cron.method_direct_trigger()
        self.assertEqual(len(rule.run_ids), 1)
        self.assertIn("archived", rule.run_ids.error)

    def test_the_day_of_the_company_counts(self):
        self.company.relationship_tz = "Pacific/Kiritimati"  # UTC+14: often tomorrow
        rule = self._create_rule()
        self.assertEqual(rule.start_date, self.company._relationship_today())
        customer = self._create_invited()
        self.assertEqual(self._get_outcomes(rule, customer), ["treated"])
        self.assertEqual(
            self._get_moves(customer)[:1].date, self.company._relationship_today()
        )
        self.assertEqual(
            self._get_outcomes(rule, customer, rule.start_date - timedelta(days=1)), []
        )
