from odoo.tests import HttpCase, tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestTours(RelationshipCase, HttpCase):
    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer("Padaria Aurora")
        cls._create_history(cls.customer, (75, 65, 55), amount=150)
        cls._create_order(cls._create_customer("Café Norte"), 4, amount=80)
        cls.env.flush_all()
        cls.Profile._refresh(cls.company)
        cls.rule._run()

    def test_from_the_funnel_to_the_customer(self):
        self.start_tour(
            "/odoo/relationship-funnel", "relationship_funnel", login="admin"
        )

    def test_stage_by_hand_and_back(self):
        profile = self._get_profile(self.customer)
        self.start_tour(
            f"/odoo/relationship-customers/{profile.id}",
            "relationship_stage_by_hand",
            login="admin",
        )
        self.assertEqual(len(profile.move_ids), 3)

    def test_a_broken_rule_is_refused_in_the_client(self):
        self.start_tour(
            "/odoo/relationship-stages", "relationship_rules", login="admin"
        )
