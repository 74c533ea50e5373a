"""What another part brings; deleted when it is there."""

from odoo import models


class RelationshipRuleStub(models.AbstractModel):
    _name = "relationship.rule.stub"
    _description = "Stub"

    def get_past(self, days=(7, 30, 90)):
        return {str(d): self._count_past(d) for d in days} | {
            "sampled": False,
            "customers": 0,
        }
