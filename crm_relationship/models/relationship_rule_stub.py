"""What other parts bring; deleted when they are there."""

from odoo import fields, models


class RelationshipRuleStub(models.AbstractModel):
    _name = "relationship.rule.stub"
    _description = "Stub"

    pause_reason = fields.Char(readonly=True, copy=False)

    def _get_outcomes_summary(self, plan):
        return [
            {"outcome": outcome, "label": outcome, "count": count}
            for outcome, count in plan.counts.items()
            if count
        ]

    def explain_for(self, partner_id):
        return [
            {
                "step": "trigger",
                "label": "When",
                "ok": True,
                "detail": self._say_trigger(),
            },
            {"step": "domain", "label": "Only if", "ok": True, "detail": ""},
            {"step": "guard", "label": "May be contacted", "ok": False, "detail": "No"},
            {"step": "action", "label": "Then", "ok": None, "detail": ""},
        ]

    def get_past(self, days=(7, 30, 90)):
        return {str(d): self._count_past(d) for d in days} | {
            "sampled": False,
            "customers": 0,
        }

    def action_open_activation(self):
        self.write({"state": "on"})

    def action_switch_off(self):
        self.write({"state": "off"})
