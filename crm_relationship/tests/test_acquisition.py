from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import tagged

from ..models import res_partner_acquisition
from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestAcquisition(RelationshipCase):
    """Where a customer came from, and when."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Source = cls.env["utm.source"]
        cls.fair = cls.Source.create({"name": "Chocolate Fair"})
        cls.letter = cls.Source.create({"name": "Letter of the Tests"})
        cls.campaign = cls.env["utm.campaign"].create({"name": "Easter of the Tests"})
        cls.customer = cls._create_customer()
        cls.public = cls.env.ref("base.public_user")

    def _get(self, partner=None, *names):
        profile = self._get_profile(partner or self.customer)
        names = names or ("source_id", "campaign_id", "acquisition_date")
        return tuple(profile[name] for name in names)

    def _order(self, day, source=None, campaign=None, **values):
        return self._create_order(
            values.pop("partner", self.customer),
            day,
            source_id=source and source.id,
            campaign_id=campaign and campaign.id,
            **values,
        )

    def _visit(self, user=None, vals=None, **cookies):
        """A contact that is created while a visitor's request is answered."""
        request = SimpleNamespace(
            cookies={f"odoo_utm_{name}": value for name, value in cookies.items()}
        )
        partners = self.env["res.partner"].with_user(user or self.public).sudo()
        with patch.object(res_partner_acquisition, "request", request):
            return partners.create({"name": "Visitor"} | (vals or {})).sudo()

    def test_the_source_of_the_first_order(self):
        self._order(30, self.fair, self.campaign)
        self.assertEqual(self._get(), (self.fair, self.campaign, self._days_ago(30)))

    def test_a_later_source_does_not_count(self):
        self._order(30)
        self._order(20, self.letter, self.campaign)
        profile = self._get_profile(self.customer)
        self.assertFalse(profile.source_id or profile.campaign_id)
        self.assertFalse(profile.acquisition_date)

    def test_of_two_sources_the_first_counts(self):
        self._order(20, self.letter, self.campaign)
        self._order(30, self.fair)
        found = self._get()
        self.assertEqual(found[0], self.fair)
        self.assertFalse(found[1], "the campaign is that of the same order")
        self.assertEqual(found[2], self._days_ago(30))

    def test_the_quotation_before_the_first_order(self):
        quotation = self._order(30, self.fair, state="sent")
        self.assertEqual(self._get()[0], self.fair)
        self._order(20, self.letter)
        self.assertEqual(self._get()[0], self.fair)
        quotation._action_cancel()
        self.assertEqual(self._get()[0], self.letter)

    def test_another_order_of_the_first_day(self):
        self._order(30)
        self._order(30, self.fair)
        self.assertEqual(self._get()[0], self.fair)

    def test_what_a_contact_orders_brings_the_company(self):
        contact = self._create_customer(
            "Bia", is_company=False, parent_id=self.customer.id
        )
        self._order(30, self.fair, partner=contact)
        self.assertEqual(self._get()[0], self.fair)

    def test_a_source_that_is_filled_in_later_reaches_the_profile(self):
        order = self._order(30)
        self.assertFalse(self._get()[0])
        order.source_id = self.fair
        self.assertEqual(self._get()[0], self.fair)

    def test_what_somebody_has_noted_wins(self):
        self._order(30, self.fair, self.campaign)
        self._refresh_changed()
        self.customer.relationship_source_id = self.letter
        self.assertEqual(self._get()[0], self.letter)
        self.assertFalse(self._get()[1], "nobody noted a campaign")
        self.assertEqual(self._get()[2], self._days_ago(30))
        self.customer.relationship_acquisition_date = self._days_ago(99)
        self.assertEqual(self._get()[2], self._days_ago(99))
        self.customer.relationship_source_id = False
        self.assertEqual(self._get()[:2], (self.fair, self.campaign))

    def test_a_prospect_has_a_source_too(self):
        prospect = self._create_customer(
            "Prospect", relationship_source_id=self.fair.id
        )
        self.assertEqual(self._get(prospect)[0], self.fair)

    def test_companies_are_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._order(30, self.fair, company_id=other.id)
        self._order(20, self.letter)
        self._refresh_changed()
        self.assertEqual(self._get()[0], self.letter)
        profile = self._get_profile(self.customer, other)
        self.assertEqual(profile.source_id, self.fair)

    def test_the_day_is_that_of_the_company(self):
        self.company.relationship_tz = "America/Sao_Paulo"
        order = self._order(30, self.fair)
        order.date_order = order.date_order.replace(hour=1)
        self.assertEqual(self._get()[2], self._days_ago(31))

    def test_as_of_a_day_in_the_past(self):
        self._order(30, self.fair)
        self._order(60, state="draft")
        self.Profile._refresh(self.company, self.customer.ids, self._days_ago(40))
        profile = self.Profile.search([("partner_id", "=", self.customer.id)])
        self.assertFalse(profile.source_id)

    def test_a_visitor_brings_the_source_of_the_cookie(self):
        partner = self._visit(source="chocolate fair ", campaign="Easter of the Tests")
        self.assertEqual(partner.relationship_source_id, self.fair)
        self.assertEqual(partner.relationship_campaign_id, self.campaign)
        self.assertEqual(partner.relationship_acquisition_date, self.today)
        self.assertEqual(self._get(partner)[0], self.fair)

    def test_a_source_that_is_new_is_added(self):
        partner = self._visit(source="Never Heard Of")
        self.assertEqual(partner.relationship_source_id.name, "Never Heard Of")
        self.assertFalse(partner.relationship_campaign_id)

    def test_a_visitor_without_a_source_brings_none(self):
        for cookies in ({}, {"source": "  "}, {"campaign": "Easter of the Tests"}):
            partner = self._visit(**cookies)
            self.assertFalse(partner.relationship_source_id)
            self.assertFalse(partner.relationship_acquisition_date)

    def test_a_source_that_a_form_has_said_wins_over_the_cookie(self):
        partner = self._visit(
            vals={"relationship_source_id": self.letter.id}, source="Chocolate Fair"
        )
        self.assertEqual(partner.relationship_source_id, self.letter)
        self.assertFalse(partner.relationship_campaign_id)

    def test_employees_bring_no_source_of_their_own(self):
        partner = self._visit(user=self.salesman, source="Chocolate Fair")
        self.assertFalse(partner.relationship_source_id)

    def test_without_a_request_nothing_is_looked_for(self):
        partner = (
            self.env["res.partner"]
            .with_user(self.public)
            .sudo()
            .create({"name": "Visitor"})
        )
        self.assertFalse(partner.sudo().relationship_source_id)

    def test_a_customer_who_is_known_keeps_the_source(self):
        """An address that a portal user adds is no new customer."""
        self.customer.relationship_source_id = self.letter
        partner = self._visit(
            vals={"parent_id": self.customer.id}, source="Chocolate Fair"
        )
        self.assertEqual(partner.commercial_partner_id, self.customer)
        self.assertEqual(self._get()[0], self.letter)

    def test_a_merge_keeps_the_source(self):
        gone = self._create_customer("Gone", relationship_source_id=self.fair.id)
        self._order(10, partner=gone)
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge([gone.id, self.customer.id], self.customer)
        self.assertEqual(self._get()[0], self.fair)

    def test_the_profiles_of_a_source_can_be_found(self):
        self._order(30, self.fair)
        self._refresh_changed()
        later = self.today + timedelta(days=1)
        found = self.Profile.with_user(self.salesman).search(
            [("source_id", "=", self.fair.id), ("acquisition_date", "<", later)]
        )
        self.assertEqual(found.partner_id, self.customer)
