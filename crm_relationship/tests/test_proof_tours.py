from odoo.tests import HttpCase, tagged

from .test_proof import ProofCase


class ProofTourCase(ProofCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.call.relationship_cost = 2
        cls.product.standard_price = 60
        cls.early, cls.nobody = cls.env["relationship.rule"].create(
            [{"name": "Thank for the first order"}, {"name": "Birthday wishes"}]
        )

    def _fill_rules(self):
        """One rule that works, one with few customers, one that leaves nobody alone."""
        for rule, treated, alone in (
            (self.rule, (40, 36), (30, 3)),
            (self.early, (6, 1), (2, 0)),
            (self.nobody, (5, 2), (0, 0)),
        ):
            groups = zip(("treated", "held_out"), (treated, alone), strict=True)
            for state, (number, buyers) in groups:
                customers = self._create_customers(number)
                for customer in customers:
                    self._touch(customer, state, rule=rule, days=45)
                for customer in customers[:buyers]:
                    self._create_order(customer, 40)
        self._do_calls()


@tagged("post_install", "-at_install", "crm_relationship")
class TestProofTours(ProofTourCase):
    def test_the_proof_is_read_and_its_numbers_open_lists(self):
        self._fill_rules()
        self.start_tour("/odoo/relationship-proof", "relationship_proof", login="admin")

    def test_the_types_of_activities_without_a_cost_are_a_click_away(self):
        self.call.relationship_cost = 0
        self._fill_rules()
        self.start_tour(
            "/odoo/relationship-proof", "relationship_proof_costs", login="admin"
        )


@tagged("post_install", "-at_install", "crm_relationship")
class TestProofTourPhone(ProofTourCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_the_proof_is_read_on_a_phone(self):
        self._fill_rules()
        self.start_tour(
            "/odoo/relationship-proof", "relationship_proof_phone", login="admin"
        )
