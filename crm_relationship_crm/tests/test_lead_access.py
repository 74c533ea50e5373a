from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common import LeadCase


@tagged("post_install", "-at_install", "crm_relationship_crm")
class TestLeadAccess(LeadCase):
    def test_a_salesperson_sees_and_searches_the_figures_of_leads(self):
        self._create_opportunity(self.customer, expected_revenue=10)
        self._refresh_changed()
        profile = self.Profile.with_user(self.salesman).search(
            [("opportunity_count", ">", 0), ("expected_revenue", "=", 10)]
        )
        self.assertEqual(profile.partner_id, self.customer)

    def test_the_customers_of_others_stay_theirs(self):
        self._create_opportunity(self.customer)
        self._refresh_changed()
        found = self.Profile.with_user(self.other_salesman).search(
            [("opportunity_count", ">", 0)]
        )
        self.assertFalse(found)

    def test_the_button_of_the_profile_opens_the_leads(self):
        lead = self._create_lead(self.contact)
        lost = self._create_opportunity(self.customer)
        self._lose(lost)
        profile = self._get_profile(self.customer).with_user(self.salesman)
        action = profile.action_open_leads()
        leads = self.Lead.with_user(self.salesman).with_context(**action["context"])
        self.assertEqual(leads.search(action["domain"]), lead + lost)

    def test_a_salesperson_opens_the_form_of_a_lead(self):
        lead = self._create_lead(self.customer)
        self._refresh_changed()
        with Form(lead.with_user(self.salesman)) as form:
            self.assertTrue(form.relationship_stage_id)
            form.name = "Truffles for two weddings"
        action = lead.with_user(self.salesman).action_open_relationship()
        self.assertTrue(action)

    def test_who_may_not_write_a_lead_finds_no_contact_for_it(self):
        lead = self._create_lead(email_from="rosa@example.com")
        stranger = new_test_user(
            self.env, "relationship_nobody", groups="base.group_user"
        )
        with self.assertRaises(AccessError):
            lead.with_user(stranger).action_relationship_link()
        with self.assertRaises(AccessError):
            lead.with_user(self.other_salesman).action_relationship_link()
        lead.with_user(self.salesman).action_relationship_link()
        self.assertEqual(lead.partner_id, self.contact)

    def test_people_without_the_right_learn_nothing(self):
        lead = self._create_lead(self.customer)
        self._refresh_changed()
        for number, group in enumerate(("base.group_user", "base.group_portal")):
            user = new_test_user(
                self.env, f"relationship_stranger_{number}", groups=group
            )
            with self.assertRaises(AccessError):
                self.Profile.with_user(user).search([("lead_count", ">", 0)])
            for method in ("action_relationship_link", "action_open_relationship"):
                with self.assertRaises(AccessError):
                    getattr(lead.with_user(user), method)()
            known = self.Lead.with_user(user).fields_get()
            self.assertNotIn("relationship_stage_id", known)

    def test_switches_are_settings_of_the_company(self):
        settings = self.env["res.config.settings"].create(
            {"relationship_link_leads": False, "relationship_capture_lead": False}
        )
        settings.execute()
        self.assertFalse(self.company.relationship_link_leads)
        self.assertFalse(self.company.relationship_capture_lead)
