from odoo.tests import tagged

from .test_case import CaseCommon


@tagged("post_install", "-at_install")
class TestCasePrivacy(CaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls._create_user(
            "officer",
            "sales_team.group_sale_manager,base.group_partner_manager,"
            "crm_relationship.group_relationship_privacy",
        )
        cls.case = cls._create_case(
            description="<p>Lia Prado here: the box came crushed</p>",
            resolution="<p>Sent Lia Prado a new one</p>",
        )

    def test_an_export_has_the_cases_of_the_person(self):
        sections = self.contact.sudo()._get_privacy_sections()
        [section] = [
            section
            for section in sections
            if section.records._name == "relationship.case"
        ]
        self.assertEqual(section.key, "case")
        self.assertEqual(section.records, self.case.sudo())
        self.assertIn("description", section.columns)

    def test_a_person_who_is_forgotten_leaves_cases_without_a_name(self):
        self.env["relationship.privacy.eraser"].with_user(self.officer)._anonymize(
            self.contact.with_user(self.officer)
        )

        self.env.invalidate_all()
        self.assertTrue(self.case.exists())
        self.assertFalse(self.case.partner_email)
        for text in (self.case.description, self.case.resolution):
            self.assertNotIn("Lia", text)
        self.assertIn("crushed", self.case.description)
