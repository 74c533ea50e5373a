from odoo.tests import HttpCase, tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestStageTours(RelationshipCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.manager.password = self.manager.login
        self.customer = self._create_customer("Twice")
        self._create_history(self.customer, (10, 40))
        self._refresh_changed()

    def test_an_administrator_sees_who_would_move_and_confirms(self):
        self.env.ref(
            "crm_relationship.stage_frequent"
        ).domain = "[('order_day_count', '>=', 2)]"
        second = self.env.ref("crm_relationship.stage_second")
        second.sequence = 55
        self.assertEqual(self._get_profile(self.customer).stage_id, second)
        self.start_tour(
            "/odoo/relationship-stages",
            "relationship_stage_change",
            login=self.manager.login,
        )
        profile = self._get_profile(self.customer)
        self.assertEqual(profile.stage_id.name, "Frequent buyer")
        self.assertEqual(profile.move_ids[0].create_uid, self.manager)

    def test_an_administrator_chooses_a_funnel(self):
        self.start_tour(
            "/odoo/relationship-stages",
            "relationship_funnel_choice",
            login=self.manager.login,
        )
        self.assertEqual(self._get_profile(self.customer).stage_id.funnel, "services")
