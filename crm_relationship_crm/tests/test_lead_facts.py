from datetime import datetime

from odoo.tests import tagged

from .common import LeadCase


@tagged("post_install", "-at_install", "crm_relationship_crm")
class TestLeadFacts(LeadCase):
    """What the leads of a customer say in its profile."""

    def _as_of(self, day, *names):
        self._refresh_changed()
        self.Profile._refresh(self.company, self.customer.ids, self._days_ago(day))
        profile = self.Profile.search([("partner_id", "=", self.customer.id)])
        return tuple(profile[name] for name in names)

    def test_open_leads_and_opportunities_are_counted(self):
        self._create_lead(self.customer)
        self._create_opportunity(self.customer, expected_revenue=1500)
        self._create_opportunity(self.contact, expected_revenue=500.5)
        profile = self._get_profile(self.customer)
        self.assertEqual(profile.lead_count, 1)
        self.assertEqual(profile.opportunity_count, 2)
        self.assertEqual(profile.expected_revenue, 2000.5)
        self.assertFalse(profile.opportunity_won_count or profile.lead_lost_count)

    def test_a_lead_that_is_qualified_is_an_opportunity(self):
        lead = self._create_lead(self.customer)
        self.assertEqual(self._get_profile(self.customer).lead_count, 1)
        self._qualify(lead)
        profile = self._get_profile(self.customer)
        self.assertEqual((profile.lead_count, profile.opportunity_count), (0, 1))

    def test_what_is_won_or_lost_is_not_open(self):
        won, lost = (
            self._create_opportunity(self.customer, expected_revenue=100)
            for _number in range(2)
        )
        self._win(won)
        self._lose(lost)
        self._lose(self._create_lead(self.customer))
        profile = self._get_profile(self.customer)
        self.assertEqual((profile.lead_count, profile.opportunity_count), (0, 0))
        self.assertFalse(profile.expected_revenue)
        self.assertEqual(profile.opportunity_won_count, 1)
        self.assertEqual(profile.lead_lost_count, 2)
        self.assertEqual(profile.last_lead_won_date, self.today)
        self.assertEqual(profile.last_lead_lost_date, self.today)

    def test_the_reason_of_the_last_loss(self):
        other = self.env["crm.lost.reason"].create({"name": "Too late"})
        self._lose(self._create_lead(self.customer, 30), 10, other)
        self._lose(self._create_lead(self.customer, 30), 20)
        profile = self._get_profile(self.customer)
        self.assertEqual(profile.lead_lost_reason_id, other)
        self.assertEqual(profile.last_lead_lost_date, self._days_ago(10))

    def test_what_is_reopened_is_open(self):
        lead = self._create_opportunity(self.customer)
        self._lose(lead)
        self.assertEqual(self._get_profile(self.customer).opportunity_count, 0)
        lead.action_restore()
        profile = self._get_profile(self.customer)
        self.assertEqual((profile.opportunity_count, profile.lead_lost_count), (1, 0))

    def test_what_is_put_aside_is_neither_open_nor_lost(self):
        lead = self._create_opportunity(self.customer, probability=50)
        lead.action_archive()
        self.assertEqual(lead.won_status, "pending")
        profile = self._get_profile(self.customer)
        self.assertEqual((profile.opportunity_count, profile.lead_lost_count), (0, 0))
        self.assertEqual(profile.last_lead_date, self.today)

    def test_as_of_a_day_in_the_past(self):
        lead = self._create_lead(self.customer, 60)
        self._qualify(lead, 40)
        lead.expected_revenue = 700
        self._win(lead, 20)
        names = ("lead_count", "opportunity_count", "opportunity_won_count")
        for day, expected in (
            (61, (0, 0, 0)),
            (60, (1, 0, 0)),
            (41, (1, 0, 0)),
            (40, (0, 1, 0)),
            (21, (0, 1, 0)),
            (20, (0, 0, 1)),
            (0, (0, 0, 1)),
        ):
            self.assertEqual(self._as_of(day, *names), expected, day)
        self.assertEqual(self._as_of(30, "expected_revenue"), (700,))
        self.assertEqual(self._as_of(10, "expected_revenue"), (0,))

    def test_the_day_is_that_of_the_company(self):
        self.company.relationship_tz = "America/Sao_Paulo"
        lead = self._create_lead(self.customer)
        moment = datetime.combine(self._days_ago(10), datetime.min.time())
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = %s WHERE id = %s",
            (moment.replace(hour=1), lead.id),
        )
        profile = self._get_profile(self.customer)
        self.assertEqual(profile.first_lead_date, self._days_ago(11))

    def test_companies_are_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.salesman.company_ids += other
        self._create_lead(self.customer)
        self._create_opportunity(self.customer, company_id=other.id)
        self.assertEqual(self._get_profile(self.customer).opportunity_count, 0)
        there = self._get_profile(self.customer, other)
        self.assertEqual((there.lead_count, there.opportunity_count), (0, 1))

    def test_a_lead_of_no_company_counts_once(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.customer.company_id = False
        lead = self._create_lead(self.customer, user_id=False, team_id=False)
        lead.company_id = False
        self.env.flush_all()
        self.assertFalse(lead.company_id)
        self._refresh_changed()
        profiles = self.Profile.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(sum(profiles.mapped("lead_count")), 1)
        self.customer.company_id = other
        self.assertEqual(self._get_profile(self.customer, other).lead_count, 1)

    def test_a_lead_makes_a_prospect_of_a_vendor(self):
        vendor = self._create_customer("Vendor", supplier_rank=1)
        self.assertFalse(self._get_profile(vendor))
        lead = self._create_lead(vendor)
        self.assertTrue(self._get_profile(vendor))
        self._lose(lead)
        self.assertFalse(self._get_profile(vendor))

    def test_who_is_at_the_lead_serves_the_prospect(self):
        prospect = self._create_customer("Prospect", user_id=False)
        self._create_lead(prospect, 9)
        self._create_lead(prospect, 5, user_id=self.other_salesman.id)
        self._create_lead(prospect, 1, user_id=False)
        self.assertEqual(self._get_profile(prospect).user_id, self.other_salesman)
        order = self._create_order(prospect, user_id=self.salesman.id)
        self.assertEqual(order.user_id, self.salesman)
        self.assertEqual(self._get_profile(prospect).user_id, self.salesman)

    def test_a_lead_that_gets_another_contact_leaves_the_first(self):
        other = self._create_customer("Other")
        lead = self._create_lead(self.customer)
        self.assertEqual(self._get_profile(self.customer).lead_count, 1)
        lead.partner_id = other
        self.assertEqual(self._get_profile(self.customer).lead_count, 0)
        self.assertEqual(self._get_profile(other).lead_count, 1)

    def test_a_lead_that_is_deleted_does_not_count(self):
        lead = self._create_lead(self.customer)
        self.assertEqual(self._get_profile(self.customer).lead_count, 1)
        lead.unlink()
        self.assertEqual(self._get_profile(self.customer).lead_count, 0)

    def test_a_contact_that_comes_under_a_company_brings_its_leads(self):
        person = self._create_customer("Bia", is_company=False)
        self._create_lead(person)
        self.assertEqual(self._get_profile(person).lead_count, 1)
        person.parent_id = self.customer
        self.assertEqual(self._get_profile(self.customer).lead_count, 1)

    def test_merging_customers_adds_their_leads_up(self):
        gone = self._create_customer("Gone")
        self._create_lead(gone, 30)
        self._create_opportunity(self.customer, 10)
        self._refresh_changed()
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge([gone.id, self.customer.id], self.customer)
        profile = self._get_profile(self.customer)
        self.assertEqual((profile.lead_count, profile.opportunity_count), (1, 1))
        self.assertEqual(profile.first_lead_date, self._days_ago(30))

    def test_merging_opportunities_leaves_one(self):
        leads = self._create_opportunity(self.customer)
        leads += self._create_opportunity(self.customer)
        self._refresh_changed()
        leads.merge_opportunity()
        self.assertEqual(self._get_profile(self.customer).opportunity_count, 1)

    def test_the_profile_says_it_in_words(self):
        def said():
            return self._get_profile(self.customer).explanation

        self.assertEqual(said(), "No order and no quotation yet.")
        lead = self._create_lead(self.customer)
        self.assertEqual(said(), "No order yet; open leads: 1.")
        self._qualify(lead)
        self.assertEqual(said(), "No order yet; open opportunities: 1.")
        lead.expected_revenue = 1500
        self.assertIn("expected revenue: 1,500", said())
        self._win(lead)
        self.assertEqual(said(), "No order yet; opportunities won: 1.")
        lead.stage_id = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        self._lose(lead)
        self.assertEqual(said(), "No order yet; leads lost: 1.")
        self._create_order(self.customer, state="sent")
        self.assertEqual(said(), "No order yet; open quotations: 1.")

    def test_the_lead_says_where_its_customer_stands(self):
        lead = self._create_lead(self.contact)
        stage = self._get_profile(self.customer).stage_id
        self.assertTrue(stage)
        self.assertEqual(lead.with_user(self.salesman).relationship_stage_id, stage)
        self.assertIn("open leads", lead.relationship_explanation)
        self.assertFalse(self._create_lead().relationship_stage_id)

    def test_figures_that_stay_equal_are_not_written_again(self):
        self._create_lead(self.customer)
        self._create_opportunity(self.customer, expected_revenue=99.99)
        self._refresh_changed()
        self.assertEqual(self.Profile._refresh(self.company), 0)
