from odoo.tests import HttpCase, tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestEntryTours(RelationshipCase, HttpCase):
    browser_size = "1366x768"

    def test_a_stage_starts_what_the_administrator_says(self):
        self.rule.active = False
        stage = self.env.ref("crm_relationship.stage_won_back")
        customer = self._create_customer("Padaria Aurora")
        self._create_history(customer, (75, 65, 55), amount=150)
        profile = self._get_profile(customer)
        self.env.ref("base.user_admin").tour_enabled = False  # nothing loads later
        self.start_tour(
            f"/odoo/relationship-stages/{stage.id}",
            "relationship_entry_rule",
            login="admin",
        )
        rule = stage.entry_rule_ids
        self.assertEqual((rule.trigger, rule.stage_ids), ("stage", stage))
        self.assertEqual(rule.activity_days, 5)
        self.assertEqual(rule.state, "on", "switched on in the tour")
        rule.holdout_share = 0  # this customer is not drawn
        url = f"/odoo/relationship-customers/{profile.id}"
        self.start_tour(url, "relationship_entry_move", login=self.salesman.login)
        cron = self.env.ref("crm_relationship.ir_cron_run_entry_rules")
        self.assertTrue(
            self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]),
            "the move has asked for the job",
        )
        cron.method_direct_trigger()
        cron.method_direct_trigger()
        activity = self._get_activities(customer)
        self.assertEqual(activity.summary, "Say thank you")
        self.assertEqual(activity.user_id, self.salesman)
        self.start_tour(url, "relationship_entry_done", login=self.salesman.login)
