from odoo import api, models
from odoo.tools import formatLang

from .relationship_profile_lead_sql import EVIDENCE, lead_facts


class RelationshipProfile(models.Model):
    _name = "relationship.profile"
    _inherit = ["relationship.profile", "relationship.profile.lead"]

    @api.depends(*EVIDENCE)
    def _compute_explanation(self):
        return super()._compute_explanation()

    def action_open_leads(self):
        """The leads and opportunities of the customer and its contacts, whatever has
        become of them."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm.crm_lead_all_leads"
            if self.lead_count and not self.opportunity_count
            else "crm.crm_lead_opportunities"
        )
        action["domain"] = [
            ("partner_id", "child_of", self.partner_id.id),
            ("company_id", "in", (False, self.company_id.id)),
        ]
        action["context"] = {
            "active_test": False,
            "default_partner_id": self.partner_id.id,
            "default_type": "opportunity",
        }
        return action

    @api.model
    def _get_extra_facts(self, scope):
        return [*super()._get_extra_facts(scope), lead_facts(scope)]

    @api.model
    def _flush_sources(self):
        self.env["crm.lead"].flush_model()
        return super()._flush_sources()

    @api.model
    def _get_described_fields(self):
        return [*super()._get_described_fields(), *EVIDENCE]

    @api.model
    def _describe(self, facts):
        """Where nobody has bought or got a quotation yet, leads say more than that."""
        if not facts.get("order_day_count") and not facts.get("quotation_count"):
            return self._describe_leads(facts) or super()._describe(facts)
        return super()._describe(facts)

    @api.model
    def _describe_leads(self, facts) -> str | None:
        """One sentence, or nothing if there are no leads."""
        if count := facts.get("opportunity_count"):
            expected = facts.get("expected_revenue")
            if not expected:
                return self.env._("No order yet; open opportunities: %s.", count)
            return self.env._(
                "No order yet; open opportunities: %(count)s, expected revenue: "
                "%(revenue)s.",
                count=count,
                revenue=formatLang(self.env, float(expected), digits=0),
            )
        if count := facts.get("lead_count"):
            return self.env._("No order yet; open leads: %s.", count)
        if count := facts.get("opportunity_won_count"):
            return self.env._("No order yet; opportunities won: %s.", count)
        if count := facts.get("lead_lost_count"):
            return self.env._("No order yet; leads lost: %s.", count)
        return None
