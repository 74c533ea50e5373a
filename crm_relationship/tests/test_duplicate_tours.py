from odoo.tests import HttpCase, tagged

from .test_duplicate import DuplicateCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestDuplicateTours(DuplicateCase, HttpCase):
    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner"].search([("user_ids", "=", False)]).active = False
        cls.env.company.country_id = cls.country
        cls.known = cls._create_person("Quirino Zabumba", phone="+55 11 98765-4321")
        cls._create_history(cls.known, (9,))

    def test_a_clerk_is_warned(self):
        self._create_user(
            "clerk",
            "sales_team.group_sale_salesman,base.group_partner_manager",
            password="relationship_clerk",
        )
        self.start_tour(
            "/odoo/action-base.action_partner_form/new",
            "relationship_duplicates",
            login="relationship_clerk",
        )
        again = self.env["res.partner"].search([("name", "=", "Quirino Zabunba")])
        self.assertTrue(self._scan_pair(self.known, again))

    def test_one_pair_is_dismissed_and_the_other_merged(self):
        self._create_person("Quirino Zabunba", phone="11987654321")
        edwiges = [self._create_person("Edwiges Xisto") for _number in range(2)]
        pair = self._scan_pair(*edwiges)
        self.start_tour(
            "/odoo/relationship-duplicates",
            "relationship_duplicates_review",
            login="admin",
        )
        self.assertEqual(pair.state, "dismissed")
        self.assertTrue(self.known.exists())
        self.assertFalse(
            self.env["res.partner"].search([("name", "=", "Quirino Zabunba")])
        )
