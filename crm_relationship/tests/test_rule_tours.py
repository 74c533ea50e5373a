from odoo.tests import HttpCase, tagged

from .common import RelationshipCase


class RuleTours(RelationshipCase):
    """A rule that is ready to be switched on, two customers for whom it would act, and
    one who complains."""

    def setUp(self):
        super().setUp()
        self.manager.password = self.manager.login
        self.rule.active = False
        self.ready = self.env["relationship.rule"].create(
            {
                "name": "Call good customers",
                "trigger": "rhythm",
                "daily_capacity": 0,
                "contact_days": 0,
                "cooldown_days": 0,
            }
        )
        self._create_quiet_customer("Bar Azul", (55, 45, 35))
        self._create_quiet_customer("Bar Verde", (45, 35, 25))
        self.env["relationship.case"].create(
            {
                "name": "Crushed",
                "kind": "complaint",
                "partner_id": self._create_quiet_customer("Bar Rosa", (55, 45, 35)).id,
            }
        )
        self._refresh_changed()

    def _create_quiet_customer(self, name, days):
        customer = self._create_customer(name)
        self._create_history(customer, days)
        return customer

    def _check_is_on(self):
        self.assertEqual(self.ready.state, "on")
        self.assertEqual(self.ready.rhythm_factor, 3)
        self.assertEqual(self.ready.holdout_share, 10)


@tagged("post_install", "-at_install", "crm_relationship")
class TestRuleTours(RuleTours, HttpCase):
    browser_size = "1366x768"

    def test_an_administrator_looks_at_a_rule_and_switches_it_on(self):
        self.start_tour(
            "/odoo/relationship-rules",
            "relationship_rule_build",
            login=self.manager.login,
        )
        self._check_is_on()


@tagged("post_install", "-at_install", "crm_relationship")
class TestRuleToursPhone(RuleTours, HttpCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_a_rule_is_switched_on_from_a_phone(self):
        self.start_tour(
            "/odoo/relationship-rules",
            "relationship_rule_phone",
            login=self.manager.login,
        )
        self._check_is_on()
