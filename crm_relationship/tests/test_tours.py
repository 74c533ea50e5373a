from odoo import Command
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

    def test_a_clerk_identifies_a_caller_and_notes_what_is_said(self):
        company = self.customer
        self.customer.user_id = self.salesman
        company.write(
            {
                "country_id": self.env.ref("base.br").id,
                "relationship_channel_id": self.env.ref(
                    "crm_relationship.channel_whatsapp"
                ).id,
                "relationship_contact_note": "Never on Mondays",
                "email": "aurora@example.com",
                "phone": "+55 11 3555-0100",
            }
        )
        caller = self._create_customer(
            "Beatriz",
            is_company=False,
            parent_id=company.id,
            phone="+55 11 98765-4321",
        )
        company.relationship_contact_id = caller
        cake = self.env["product.product"].create({"name": "Wedding cake"})
        self._create_order(
            company,
            70,
            order_line=[
                Command.create(
                    {"product_id": cake.id, "price_unit": 900, "tax_ids": False}
                )
            ],
        )
        phone = self.env.ref("crm_relationship.channel_phone")
        company.set_relationship_consent("offers", phone.id, "granted")
        self.env.flush_all()
        self.Profile._refresh(self.company)
        self.start_tour(
            "/odoo/relationship-customers",
            "relationship_identify",
            login=self.salesman.login,
        )
        date = self.env["relationship.key.date"].search(
            [("partner_id", "=", company.id)]
        )
        self.assertEqual((date.name, date.day, date.month), ("Clara", 29, "02"))
        self.assertEqual(date.create_uid, self.salesman)
        self.assertFalse(company._is_contact_allowed("offers", phone))
        withdrawn = self.env["relationship.consent"].search(
            [("partner_id", "=", company.id)], limit=1
        )
        self.assertEqual(
            (withdrawn.state, withdrawn.user_id), ("withdrawn", self.salesman)
        )
