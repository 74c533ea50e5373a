from odoo.tests import tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestIdentify(RelationshipCase):
    """Who is calling? One search, whatever the caller or the phone tells."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer(
            "Padaria Aurora",
            ref="C-0042",
            email="aurora@example.com",
            phone="+55 11 3555-0100",
            country_id=cls.env.ref("base.br").id,
        )
        cls.contact = cls._create_customer(
            "Beatriz",
            is_company=False,
            parent_id=cls.customer.id,
            phone="+55 (11) 98765-4321",
            email="bia@example.com",
            country_id=cls.env.ref("base.br").id,
        )
        cls.other = cls._create_customer("Café Norte", phone="+55 21 3222-9999")
        cls.env.flush_all()
        cls.Profile._refresh(cls.company)

    def _find(self, text, user=None):
        profiles = self.Profile.with_user(user or self.salesman)
        return profiles.search([("contact_search", "ilike", text)]).partner_id

    def test_a_number_is_found_however_it_is_written(self):
        for text in (
            "+5511987654321",
            "+55 11 98765-4321",
            "(11) 98765-4321",
            "011 98765 4321",
            "987654321",
            "98765.4321",
            "98765/4321",
        ):
            with self.subTest(text=text):
                self.assertEqual(self._find(text), self.customer)

    def test_a_number_stored_without_its_country_is_found(self):
        self.contact.phone = "(11) 98765-4321"
        self.assertEqual(self.contact.phone_sanitized, "+5511987654321")
        for text in ("+55 11 98765-4321", "11987654321"):
            with self.subTest(text=text):
                self.assertEqual(self._find(text), self.customer)

    def test_name_reference_and_e_mail_of_any_contact(self):
        for text in ("aurora", "Beatriz", "bia@", "C-0042", "c-0042"):
            with self.subTest(text=text):
                self.assertEqual(self._find(text), self.customer)

    def test_a_reference_of_digits_is_found_too(self):
        self.other.ref = "1234567"
        self.assertEqual(self._find("1234567"), self.other)

    def test_few_digits_are_no_number(self):
        self.assertFalse(self._find("555"))

    def test_nobody_finds_customers_of_others(self):
        self.assertFalse(self._find("98765-4321", self.other_salesman))

    def test_what_is_no_number_is_found_nowhere(self):
        for text in ("'; --", "+++++", "(((((", "99 99 99"):
            with self.subTest(text=text):
                self.assertNotIn(self.other, self._find(text))
