from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .quiet_case import QuietCase

ENGINE = "odoo.addons.crm_relationship.models.relationship_rule_engine"
FAILURE = "odoo.addons.crm_relationship.models.relationship_rule_failure"


@tagged("post_install", "-at_install", "crm_relationship")
class TestRuleFailure(QuietCase):
    """A rule that fails five times in a row pauses and tells the administrators."""

    def _run_broken(self, times=1, bad=None):
        """Run as the job does, where scheduling fails (for one customer)."""
        engine = type(self.rule)
        prepare = engine._prepare_activity_vals

        def fail(rule, item):
            if bad is None or item.partner_id == bad.id:
                raise ValueError("The printer is on fire")
            return prepare(rule, item)

        with (
            patch.object(engine, "_prepare_activity_vals", fail),
            mute_logger(ENGINE, FAILURE),
        ):
            for _time in range(times):
                self.rule._note_run(self.rule._run())

    def test_five_failed_runs_in_a_row_pause_the_rule(self):
        for _i in range(2):
            self._create_quiet_customer()
        self._run_broken(4)
        self.assertEqual((self.rule.state, self.rule.failure_count), ("on", 4))
        self._run_broken()
        self.assertEqual((self.rule.state, self.rule.failure_count), ("paused", 5))
        self.assertIn("The printer is on fire", self.rule.pause_reason)

    def test_a_run_that_works_starts_the_count_anew(self):
        for _i in range(2):
            self._create_quiet_customer()
        self._run_broken(4)
        self.rule._note_run(self.rule._run())
        self.assertEqual((self.rule.state, self.rule.failure_count), ("on", 0))

    def test_one_customer_who_fails_again_and_again_stops_nobody_else(self):
        self._create_quiet_customer()
        bad = self._create_quiet_customer()
        self._run_broken(7, bad)
        self.assertEqual(self.rule.state, "on")
        run = self.rule.run_ids[0]
        self.assertEqual(run.error_partner_id, bad)

    def test_a_new_rule_that_can_not_act_for_its_only_customer_pauses(self):
        self._create_quiet_customer()
        self._run_broken(5)
        self.assertEqual(self.rule.state, "paused")

    @mute_logger(FAILURE)
    def test_errors_before_it_can_act_count_too_and_are_logged_once_a_day(self):
        for _time in range(5):
            self.rule._note_failed_run(ValueError("Unknown field"))
        self.assertEqual(self.rule.state, "paused")
        self.assertEqual(self.rule.pause_reason, "Unknown field")
        failed = self.rule.run_ids.filtered("error")
        self.assertEqual(failed.mapped("error"), ["Unknown field"])

    @mute_logger(FAILURE)
    def test_administrators_are_told_in_their_language(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        self.manager.write({"lang": "pt_BR", "notification_type": "inbox"})
        other = self._create_user(
            "other_manager",
            "crm_relationship.group_relationship_manager",
            notification_type="inbox",
        )
        self.rule._pause("Unknown field")
        for user in (self.manager, other):
            message = self.env["mail.message"].search(
                [("notified_partner_ids", "in", user.partner_id.ids)], limit=1
            )
            self.assertIn("Unknown field", message.body)
            self.assertIn(self.rule.name, message.body)
            self.assertEqual(message.res_id, self.rule.id)
        self.assertFalse(
            self.env["mail.message"].search(
                [("notified_partner_ids", "in", self.salesman.partner_id.ids)]
            )
        )

    @mute_logger(FAILURE)
    def test_the_wizard_switches_it_on_again_and_nothing_is_lost(self):
        customer = self._create_quiet_customer()
        self.rule._pause("Broken")
        context = self.rule.action_open_activation()["context"]
        Wizard = self.env["relationship.rule.activation"].with_context(**context)
        wizard = Wizard.create({})
        self.assertEqual(wizard.backlog, "resume", "it goes on where it stopped")
        wizard.holdout_share = 0
        wizard.action_switch_on()
        self.assertEqual((self.rule.state, self.rule.failure_count), ("on", 0))
        self.assertFalse(self.rule.pause_reason)
        self.rule._run()
        self.assertEqual(len(self._get_activities(customer)), 1)

    @mute_logger(FAILURE)
    def test_to_go_on_after_a_pause_acts_only_for_what_came_after_the_past(self):
        past = self._create_quiet_customer()
        self.rule._switch_on("ignore")
        self.rule._pause("Broken")
        new = self._create_quiet_customer()
        self._resume()
        self.rule._run()
        self.assertEqual(self._get_states(past), ["skipped"])
        self.assertFalse(self._get_touches(past).is_released)
        self.assertEqual(self._get_states(new), ["treated"])

    @mute_logger(FAILURE)
    def test_to_go_on_after_a_pause_keeps_the_days_over_which_it_is_spread(self):
        self.rule._switch_on("spread", 7)
        start = self.rule.start_date = self._days_ago(3)
        self.rule._pause("Broken")
        self._resume()
        self.assertEqual(self.rule.spread_days, 7)
        self.assertEqual(self.rule.spread_start, self.today)
        self.assertEqual(self.rule.start_date, start)

    def _resume(self):
        """Accept what the wizard proposes."""
        context = self.rule.action_open_activation()["context"]
        Wizard = self.env["relationship.rule.activation"].with_context(**context)
        Wizard.create({}).action_switch_on()

    @mute_logger(FAILURE)
    def test_a_paused_rule_does_not_run_by_itself(self):
        customer = self._create_quiet_customer()
        self.rule._pause("Broken")
        with self.enter_registry_test_mode():
            self.env.ref("crm_relationship.ir_cron_run_rules").method_direct_trigger()
        self.assertFalse(self._get_activities(customer))

    def test_the_log_says_how_long_it_took_and_what_became_of_whom(self):
        self._create_quiet_customer()
        run = self.rule._run()
        self.assertGreater(run.duration, 0)
        self.assertEqual(run.summary, "Activities scheduled: 1.")
