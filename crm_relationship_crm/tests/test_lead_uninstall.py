from odoo.tests import tagged

from ..hooks import _archive_asking
from .common import LeadCase


@tagged("post_install", "-at_install", "crm_relationship_crm")
class TestLeadUninstall(LeadCase):
    """What is left when the bridge goes; the rest is in the black-box tests."""

    def test_whoever_wrote_a_condition_that_asks_for_leads_it_is_archived(self):
        own, far, text = (
            '[("expected_revenue", ">", 1000)]',
            '[("company_id.relationship_link_leads", "=", True)]',
            '[("partner_id.name", "=", "lead_count")]',
        )
        stages = self.Stage.create(
            [
                {"name": name, "domain": domain}
                for name, domain in (("Own", own), ("Far", far), ("Text", text))
            ]
        )
        segment = self.env["relationship.segment"].create(
            {"name": "Segment", "mode": "domain", "domain": own}
        )
        rule = self.env["relationship.rule"].create({"name": "Rule", "domain": far})
        level = self.env["relationship.case.level"].create(
            {"name": "Level", "domain": own}
        )
        lead_stages = self.env.ref("crm_relationship_crm.stage_lead") | self.env.ref(
            "crm_relationship_crm.stage_opportunity"
        )
        shipped = self.Stage.search([]) - stages - lead_stages
        _archive_asking(self.env)
        self.assertEqual(stages.filtered("active"), stages[2])
        for records in (lead_stages, segment, rule, level):
            self.assertFalse(records.filtered("active"), records)
        self.assertEqual(shipped.filtered("active"), shipped)
