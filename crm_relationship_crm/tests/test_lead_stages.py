from odoo.tests import tagged

from .common import LeadCase


@tagged("post_install", "-at_install", "crm_relationship_crm")
class TestLeadStages(LeadCase):
    """One funnel from the first inquiry to the frequent buyer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead_stage = cls.env.ref("crm_relationship_crm.stage_lead")
        cls.opportunity_stage = cls.env.ref("crm_relationship_crm.stage_opportunity")

    def _get_stage(self):
        return self._get_profile(self.customer).stage_id

    def _stage(self, name):
        return self.env.ref(f"crm_relationship.stage_{name}")

    def test_the_stages_stand_between_contact_and_quotation(self):
        order = [
            self._stage("contact"),
            self.lead_stage,
            self.opportunity_stage,
            self._stage("quotation"),
        ]
        self.assertEqual([stage.sequence for stage in order], [10, 12, 15, 20])
        self.assertEqual(
            [stage.rank for stage in order], sorted(stage.rank for stage in order)
        )
        self.assertEqual({stage.phase for stage in order}, {"acquisition"})

    def test_from_stranger_to_buyer(self):
        self.assertEqual(self._get_stage(), self._stage("contact"))
        lead = self._create_lead(self.customer)
        self.assertEqual(self._get_stage(), self.lead_stage)
        self._qualify(lead)
        self.assertEqual(self._get_stage(), self.opportunity_stage)
        order = self._create_order(self.customer, state="sent")
        self.assertEqual(self._get_stage(), self._stage("quotation"))
        self._win(lead)
        order.action_confirm()
        self.assertEqual(self._get_stage(), self._stage("first"))

    def test_a_lead_that_is_lost_goes_back(self):
        lead = self._create_lead(self.customer)
        self.assertEqual(self._get_stage(), self.lead_stage)
        self._lose(lead)
        self.assertEqual(self._get_stage(), self._stage("contact"))
        move = self.Move.search([("partner_id", "=", self.customer.id)], limit=1)
        self.assertEqual(move.from_stage_id, self.lead_stage)
        self.assertEqual(move.evidence["lead_lost_count"], 1)
        self.assertIn("leads lost: 1", move.reason)

    def test_who_has_won_but_not_ordered_yet_stays(self):
        lead = self._create_opportunity(self.customer)
        self._win(lead)
        self.assertEqual(self._get_stage(), self.opportunity_stage)

    def test_a_buyer_with_an_opportunity_stays_a_buyer(self):
        self._create_order(self.customer)
        self._create_opportunity(self.customer)
        self._create_lead(self.customer)
        self.assertEqual(self._get_stage(), self._stage("first"))
