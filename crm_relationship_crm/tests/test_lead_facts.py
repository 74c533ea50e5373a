from odoo.tests import tagged

from .common import LeadCase


@tagged("post_install", "-at_install", "crm_relationship_crm")
class TestLeadFacts(LeadCase):
    def test_open_leads_and_opportunities_are_counted(self):
        self._create_lead(self.customer)
        self._create_opportunity(self.customer, expected_revenue=1500)
        self._create_opportunity(self.contact, expected_revenue=500.5)
        profile = self._get_profile(self.customer)
        self.assertEqual(profile.lead_count, 1)
        self.assertEqual(profile.opportunity_count, 2)
        self.assertEqual(profile.expected_revenue, 2000.5)
