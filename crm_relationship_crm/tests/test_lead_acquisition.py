from odoo.tests import tagged

from .common import LeadCase


@tagged("post_install", "-at_install", "crm_relationship_crm")
class TestLeadAcquisition(LeadCase):
    """Where a customer came from, if the first that was known of it was a lead."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Source = cls.env["utm.source"]
        cls.fair = Source.create({"name": "Chocolate Fair"})
        cls.letter = Source.create({"name": "Letter of the Tests"})
        cls.campaign = cls.env["utm.campaign"].create({"name": "Easter of the Tests"})
        cls.banner = cls.env["utm.medium"].create({"name": "Banner of the Tests"})

    def _get(self):
        profile = self._get_profile(self.customer)
        return (
            profile.source_id,
            profile.campaign_id,
            profile.medium_id,
            profile.acquisition_date,
        )

    def test_source_campaign_and_medium_of_the_first_lead(self):
        self._create_lead(
            self.customer,
            30,
            source_id=self.fair.id,
            campaign_id=self.campaign.id,
            medium_id=self.banner.id,
        )
        self._create_lead(self.customer, 20, source_id=self.letter.id)
        self.assertEqual(
            self._get(), (self.fair, self.campaign, self.banner, self._days_ago(30))
        )

    def test_a_lead_before_the_first_order_wins(self):
        self._create_order(self.customer, 20, source_id=self.letter.id)
        self.assertEqual(self._get()[0], self.letter)
        self._create_lead(self.customer, 30, source_id=self.fair.id)
        self.assertEqual(self._get()[0], self.fair)

    def test_a_lead_after_the_first_order_says_nothing(self):
        self._create_order(self.customer, 30)
        self._create_lead(self.customer, 20, source_id=self.fair.id)
        self.assertFalse(self._get()[0])

    def test_a_lead_that_is_lost_has_brought_the_customer_all_the_same(self):
        lead = self._create_lead(self.customer, 30, source_id=self.fair.id)
        self._lose(lead)
        self.assertEqual(self._get()[0], self.fair)

    def test_a_medium_alone_is_better_than_nothing(self):
        self._create_lead(self.customer, 30, medium_id=self.banner.id)
        found = self._get()
        self.assertFalse(found[0])
        self.assertEqual(found[2:], (self.banner, self._days_ago(30)))
        self._create_lead(self.customer, 20, source_id=self.fair.id)
        found = self._get()
        self.assertEqual(found[0], self.fair)
        self.assertFalse(found[2], "the medium is that of the same lead")

    def test_what_somebody_has_noted_wins(self):
        self._create_lead(
            self.customer, 30, source_id=self.fair.id, medium_id=self.banner.id
        )
        self.customer.relationship_source_id = self.letter
        found = self._get()
        self.assertEqual(found[0], self.letter)
        self.assertFalse(found[2], "nobody noted a medium")
