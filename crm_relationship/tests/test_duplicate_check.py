from odoo.tests import Form, tagged

from .test_duplicate import DuplicateCase

WARNING = "relationship_duplicate_warning"


@tagged("post_install", "-at_install", "crm_relationship")
class TestDuplicateCheck(DuplicateCase):
    """What a clerk is told while a contact is typed in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._create_user(
            "clerk", "sales_team.group_sale_salesman,base.group_partner_manager"
        )
        cls.known = cls._create_person(
            "Quirino Zabumba",
            email="zab@mail.test",
            phone="+55 11 98765-4321",
            vat="123.456.789-01",
        )
        cls.env.flush_all()

    def _type(self, partner=None, **values):
        """What the form of a contact warns of after somebody typed that."""
        Partner = self.env["res.partner"].with_user(self.clerk)
        partner = partner.with_user(self.clerk) if partner else Partner
        values.setdefault("country_id", self.country)
        form = Form(partner)
        for name, value in values.items():
            form[name] = value
        return str(form[WARNING] or "")

    def test_each_thing_that_matches_is_told(self):
        for values, reason in (
            ({"email": "ZAB@mail.test"}, "Same e-mail"),
            ({"name": "Quirino", "phone": "11 98765 4321"}, "Same phone"),
            ({"vat": "BR12345678901"}, "Same tax ID"),
            ({"name": "Zabumba Quirino"}, "Same name"),
            ({"name": "Quirino Zabunba"}, "Name 68 % alike"),
        ):
            with self.subTest(**values):
                warning = self._type(**values)
                self.assertIn(reason, warning)
                self.assertIn(f'href="/odoo/res.partner/{self.known.id}"', warning)

    def test_another_contact_is_no_reason_to_warn(self):
        self.assertFalse(self._type(name="Edwiges Xisto", email="ed@mail.test"))
        self.assertFalse(self._type(name="Qui"))

    def test_the_warning_does_not_keep_anybody_from_saving(self):
        form = Form(self.env["res.partner"].with_user(self.clerk))
        form.name = "Quirino Zabumba"
        self.assertTrue(form[WARNING])
        self.assertTrue(form.save())

    def test_a_contact_of_a_company_is_no_duplicate_of_it(self):
        company = self._create_customer("Xisto Ltda", email="xisto@mail.test")
        warning = self._type(parent_id=company, name="Edwiges", email="xisto@mail.test")
        self.assertFalse(warning)

    def test_an_archived_contact_is_found(self):
        self.known.active = False
        self.assertIn("Archived", self._type(email="zab@mail.test"))

    def test_contacts_of_another_company_are_not_told(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.known.company_id = other
        self.assertFalse(self._type(email="zab@mail.test"))

    def test_names_are_shown_as_text(self):
        self.known.name = "<b>Quirino</b> Zabumba"
        self.assertIn("&lt;b&gt;Quirino", self._type(email="zab@mail.test"))

    def test_a_saved_contact_shows_the_pairs_of_the_last_scan(self):
        again = self._create_person("Quirino Zabunba")
        self.assertFalse(self._type(again))
        self.Duplicate._scan()
        self.assertIn("Quirino Zabumba", self._type(again))
        self.assertIn("Quirino Zabunba", self._type(self.known))
        self._get_pair(self.known, again).action_dismiss()
        self.assertFalse(self._type(self.known))

    def test_a_saved_contact_that_is_changed_is_checked(self):
        other = self._create_person("Edwiges Xisto")
        self.assertFalse(self._type(other))
        self.assertIn("Same e-mail", self._type(other, email="zab@mail.test"))

    def test_opening_forms_costs_one_query(self):
        again = self._create_person("Quirino Zabunba")
        self.Duplicate._scan()
        for partners in (again, again + self.known):
            partners = partners.with_user(self.clerk)
            partners.env.invalidate_all()
            partners.mapped(WARNING)  # fill the caches of rules
            partners.invalidate_recordset([WARNING])
            with self.assertQueryCount(1):
                partners.mapped(WARNING)

    def test_a_check_costs_the_same_whoever_is_there(self):
        typed = {
            "id": 0,
            "parent_id": 0,
            "family": 0,
            "company_id": 0,
            "is_company": False,
            "name": "Quirino Zabumba",
            "email": "zab@mail.test",
            "phone": "",
            "vat": "",
            "registry": "",
            "city": "",
            "zip": "",
        }
        self.Duplicate._find(typed)
        with self.assertQueryCount(7):
            self.Duplicate._find(typed)
        for _number in range(10):
            self._create_person("Quirino Zabumba", email="zab@mail.test")
        self.env.flush_all()
        with self.assertQueryCount(7):
            self.Duplicate._find(typed)

    def test_the_checks_settings_do_not_stay(self):
        self._type(name="Quirino Zabumba")
        self.env.cr.execute("SELECT current_setting('enable_seqscan')")
        self.assertEqual(self.env.cr.fetchone()[0], "on")

    def test_without_trigrams_the_same_words_are_found(self):
        with self._without_trigram():
            self.assertIn("Same name", self._type(name="ZABUMBA, Quirino"))
            self.assertFalse(self._type(name="Quirino Zabunba"))
            self.assertIn("Same e-mail", self._type(email="zab@mail.test"))
