from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models import relationship_duplicate_sql as statements
from .common import RelationshipCase


class DuplicateCase(RelationshipCase):
    """Customers whose names nobody else has, and pairs among them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Duplicate = cls.env["relationship.duplicate"]
        cls.country = cls.env.ref("base.br")

    @classmethod
    def _create_person(cls, name, **values):
        values = {"is_company": False, "country_id": cls.country.id} | values
        return cls._create_customer(name, **values)

    def _without_trigram(self):
        return patch.object(self.env.registry, "has_trigram", False)

    def _get_pair(self, *partners):
        first, second = sorted(partner.id for partner in partners)
        return self.Duplicate.search(
            [("partner_id", "=", first), ("other_partner_id", "=", second)]
        )

    def _scan_pair(self, *partners):
        """The pair of two customers after a scan."""
        self.Duplicate._scan()
        return self._get_pair(*partners)


@tagged("post_install", "-at_install", "crm_relationship")
class TestDuplicateMatches(DuplicateCase):
    def test_the_same_email_in_other_letters(self):
        pair = self._scan_pair(
            self._create_person("Quirino Zabumba", email="zab@mail.test"),
            self._create_person("Dona Wanda", email="Wanda <ZAB@mail.test>"),
        )
        self.assertIn("email", pair.evidence["same"])
        self.assertEqual(pair.reason, "Same e-mail; other name")

    def test_the_same_phone_in_another_format(self):
        pair = self._scan_pair(
            self._create_person("Quirino Zabumba", phone="+55 11 98765-4321"),
            self._create_person("Quirino", phone="(11) 98765 4321"),
        )
        self.assertIn("phone", pair.evidence["same"])

    def test_the_phone_of_a_household_proves_nothing(self):
        pair = self._scan_pair(
            self._create_person("Quirino Zabumba", phone="+55 11 98765-4321"),
            self._create_person("Edwiges Zabumba", phone="+55 11 98765-4321"),
        )
        self.assertFalse(pair)

    def test_the_same_tax_id_with_and_without_prefix(self):
        pair = self._scan_pair(
            self._create_customer("Zabumba Ltda", vat="BR 12.345.678/0001-95"),
            self._create_customer("Comercial Quirino", vat="12345678000195"),
        )
        self.assertIn("vat", pair.evidence["same"])
        self.assertIn("Same tax ID", pair.reason)

    def test_the_same_company_id(self):
        pair = self._scan_pair(
            self._create_customer("Zabumba Ltda", company_registry="nire-123.456"),
            self._create_customer("Comercial Quirino", company_registry="NIRE 123456"),
        )
        self.assertIn("registry", pair.evidence["same"])

    def test_alike_names(self):
        for name, other in (
            ("Quirino Zabumba", "Quirino Zabunba"),
            ("Quirino Zabumba", "ZABUMBA, Quirino"),
            ("Açaí Zabumbão Ltda.", "ACAI ZABUMBAO S/A"),
            ("Quirino Zabumba Xisto", "Quirino Z. Xisto"),
            ("Zabumbatronic", "Zabumbatronik"),
        ):
            with self.subTest(name=name, other=other):
                first, second = map(self._create_person, (name, other))
                self.assertTrue(self._scan_pair(first, second))
                (first + second).active = False

    def test_names_with_words_of_their_own_are_two(self):
        pair = self._scan_pair(
            self._create_person("Quirino Wenceslau Zabumba"),
            self._create_person("Quirino Leopoldo Zabumba"),
        )
        self.assertFalse(pair)

    def test_a_name_that_many_bear_needs_another_proof(self):
        crowd = [self._create_person("Maria Silva") for _number in range(12)]
        phone = "+55 11 98765-4321"
        crowd[0].phone = crowd[1].phone = phone
        self.assertTrue(self._scan_pair(*crowd[:2]))
        self.assertFalse(self._get_pair(*crowd[1:3]))

    def test_a_number_that_many_have_is_no_proof(self):
        people = [
            self._create_person(name, phone="+55 11 3333-4444")
            for name in (
                "Abelardo Xu",
                "Bonifácio Yo",
                "Clodoaldo Zé",
                "Dagoberto Wu",
                "Eustáquio Li",
                "Filomena Ho",
                "Genoveva Su",
                "Hermengarda To",
                "Iolanda Vy",
                "Jandira Ko",
                "Leocádia Mi",
            )
        ]
        self.Duplicate._scan()
        ids = [partner.id for partner in people]
        self.assertFalse(self.Duplicate.search([("partner_id", "in", ids)]))

    def test_contradictions_lower_the_score(self):
        first = self._create_person("Quirino Zabumba", city="Recife")
        second = self._create_person("Quirino Zabumba")
        alone = self._scan_pair(first, second).score
        second.city = "Natal"
        elsewhere = self._scan_pair(first, second)
        self.assertLess(elsewhere.score, alone)
        self.assertIn("other city", elsewhere.reason)
        first.vat, second.vat = "12345678901", "98765432109"
        self.assertFalse(self._scan_pair(first, second))

    def test_what_two_have_in_common_raises_the_score(self):
        first = self._create_person("Quirino Zabumba")
        second = self._create_person("Quirino Zabumba")
        alone = self._scan_pair(first, second).score
        first.email = second.email = "zab@mail.test"
        self.assertGreater(self._scan_pair(first, second).score, alone)

    def test_a_company_and_its_contacts_share_everything_but_the_name(self):
        company = self._create_customer("Zabumba Ltda", email="zab@mail.test")
        people = [
            self._create_person(name, parent_id=company.id, email="zab@mail.test")
            for name in ("Zabumba", "Edwiges Xisto", "Edwigis Xisto")
        ]
        self.Duplicate._scan()
        self.assertFalse(self._get_pair(company, people[0]), "cannot be merged")
        self.assertFalse(self._get_pair(people[0], people[1]))
        pair = self._get_pair(people[1], people[2])
        self.assertNotIn("email", pair.evidence["same"])
        self.assertIn("Same company", pair.reason)

    def test_archived_staff_and_own_companies_are_left_out(self):
        customer = self._create_person("Quirino Zabumba")
        archived = self._create_person("Quirino Zabumba", active=False)
        colleague = self._create_user("quirino", name="Quirino Zabumba").partner_id
        company = self.env["res.company"].create({"name": "Quirino Zabumba"})
        self.Duplicate._scan()
        for other in (archived, colleague, company.partner_id):
            self.assertFalse(self._get_pair(customer, other))

    def test_addresses_are_left_out(self):
        first, second = (
            self._create_customer(name) for name in ("Zabumba Ltda", "Xisto e Filhos")
        )
        stores = [
            self._create_person("Armazém Wenceslau", parent_id=p.id, type="delivery")
            for p in (first, second)
        ]
        self.assertFalse(self._scan_pair(*stores))


@tagged("post_install", "-at_install", "crm_relationship")
class TestDuplicateScan(DuplicateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls._create_person("Quirino Zabumba", email="zab@mail.test")
        cls.second = cls._create_person("Quirino Zabunba", email="zab@mail.test")

    def test_a_second_scan_writes_nothing(self):
        self.assertGreater(self.Duplicate._scan(), 0)
        self.assertEqual(self.Duplicate._scan(), 0)

    def test_a_pair_that_no_longer_matches_goes(self):
        self.assertTrue(self._scan_pair(self.first, self.second))
        self.second.write({"name": "Edwiges Xisto", "email": False})
        self.assertFalse(self._scan_pair(self.first, self.second))

    def test_a_changed_pair_keeps_its_row(self):
        pair = self._scan_pair(self.first, self.second)
        before = pair.score
        self.second.email = False
        self.assertEqual(self._scan_pair(self.first, self.second), pair)
        self.assertLess(pair.score, before)

    def test_a_dismissal_is_remembered_until_it_is_taken_back(self):
        pair = self._scan_pair(self.first, self.second)
        pair.with_user(self.salesman).action_dismiss()
        self.assertEqual(pair.dismissed_by_id, self.salesman)
        self.second.phone = self.first.phone = "+55 11 98765-4321"
        self.assertEqual(self._scan_pair(self.first, self.second).state, "dismissed")
        self.second.write({"name": "Edwiges Xisto", "email": False, "phone": False})
        self.assertEqual(self._scan_pair(self.first, self.second), pair)
        pair.with_user(self.salesman).action_reopen()
        self.assertEqual((pair.state, pair.dismissed_by_id.id), ("open", False))
        self.assertFalse(self._scan_pair(self.first, self.second))

    def test_the_threshold_decides_what_is_shown(self):
        pair = self._scan_pair(self.first, self.second)
        settings = self.env["res.config.settings"].create({})
        self.assertAlmostEqual(settings.relationship_duplicate_threshold, 0.6)
        settings.relationship_duplicate_threshold = 0.99
        settings.execute()
        self.assertLess(pair.score, 0.99)
        self.assertFalse(self._scan_pair(self.first, self.second))

    def test_without_trigrams_names_have_to_be_the_same(self):
        swapped = self._create_person("Zabumba, Quirino")
        with self._without_trigram():
            self.Duplicate._scan()
            self.assertTrue(self._get_pair(self.first, swapped))
            self.assertFalse(self._get_pair(self.second, swapped))
            self.assertIn(
                "email", self._get_pair(self.first, self.second).evidence["same"]
            )
            self.assertIn("pg_trgm", self.Duplicate.get_empty_list_help(""))
            settings = self.env["res.config.settings"].create({})
            self.assertFalse(settings.relationship_has_trigram)
        self.assertNotIn("pg_trgm", self.Duplicate.get_empty_list_help(""))

    def test_two_scans_at_once_do_not_meet(self):
        with self.env.registry.cursor() as other:
            other.execute("SELECT pg_advisory_xact_lock(%s)", [0x445550])
            self.assertFalse(self.Duplicate._scan_in_turn())
            self.assertFalse(self._get_pair(self.first, self.second))
        self.assertTrue(self.Duplicate._scan_in_turn())
        self.assertTrue(self._get_pair(self.first, self.second))

    def test_the_job_scans_and_says_so(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "crm_relationship.ir_cron_scan_duplicates"
            ).method_direct_trigger()
        self.assertTrue(self._get_pair(self.first, self.second))
        self.assertIn("Last search on", self.Duplicate._get_summary())

    def test_the_number_of_statements_does_not_grow(self):
        counts = []
        for _round in range(2):
            start = self.env.cr.sql_log_count
            self.Duplicate._scan()
            counts.append(self.env.cr.sql_log_count - start)
            for number in range(10):
                self._create_person("Edwiges Xisto", email=f"ed{number // 2}@mail.test")
            self.env.flush_all()
        self.assertLessEqual(counts[1], counts[0])

    def test_temporary_tables_are_gone(self):
        self.Duplicate._scan()
        self.env.cr.execute(
            "SELECT 1 FROM pg_class WHERE relname = ANY(%s)", [list(statements.TABLES)]
        )
        self.assertFalse(self.env.cr.fetchall())


@tagged("post_install", "-at_install", "crm_relationship")
class TestDuplicateReview(DuplicateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls._create_person("Quirino Zabumba", city="Recife")
        cls.second = cls._create_person("Quirino Zabunba", city="Recife")
        cls.Duplicate._scan()

    def test_users_review_but_do_not_write(self):
        pair = self._get_pair(self.first, self.second).with_user(self.salesman)
        self.assertTrue(pair.reason)
        with self.assertRaises(AccessError):
            pair.write({"score": 1})
        with self.assertRaises(AccessError):
            pair.unlink()
        with self.assertRaises(AccessError):
            self.Duplicate.with_user(self.manager).create({})

    def test_only_administrators_scan(self):
        with self.assertRaises(AccessError):
            self.Duplicate.with_user(self.salesman).action_scan()
        self.Duplicate.with_user(self.manager).action_scan()

    def test_outsiders_see_and_decide_nothing(self):
        pair = self._get_pair(self.first, self.second)
        for groups in ("base.group_user", "base.group_portal"):
            outsider = self._create_user(groups.replace(".", "_"), groups)
            with self.assertRaises(AccessError):
                pair.with_user(outsider).read(["score"])
            with self.assertRaises(AccessError):
                pair.with_user(outsider).action_dismiss()

    def test_pairs_of_another_company_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Other"})
        user = self._create_user(
            "elsewhere", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        pair = self._get_pair(self.first, self.second)
        self.assertFalse(pair.company_id)
        self.assertEqual(pair.with_user(user).search([("id", "=", pair.id)]), pair)
        self.first.company_id = self.company
        self.assertFalse(pair.with_user(user).search([("id", "=", pair.id)]))
        with self.assertRaises(AccessError):
            pair.with_user(user).action_dismiss()
        self.assertEqual(
            self._scan_pair(self.first, self.second).company_id, self.company
        )

    def test_customers_of_two_companies_are_two(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.first.company_id = self.company
        self.second.company_id = other
        self.assertFalse(self._scan_pair(self.first, self.second))

    def test_the_comparison_shows_what_differs_and_the_history(self):
        self._create_history(self.second, (3, 2))
        pair = self._get_pair(self.first, self.second)
        rows = {row["label"]: row for row in pair._get_comparison()}
        self.assertTrue(rows["Name"]["differs"])
        self.assertFalse(rows["City"]["differs"])
        self.assertEqual(rows["Orders"]["values"], ["0", "2"])
        self.assertIn("table-warning", pair.with_user(self.salesman).comparison)

    def test_the_reason_is_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        pair = self._get_pair(self.first, self.second)
        self.assertEqual(pair.reason, "Same city; name 68 % alike")
