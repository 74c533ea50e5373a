import secrets

from odoo import fields, models

from ..tools.draws import is_held_out


class RelationshipRuleGuardHoldout(models.AbstractModel):
    """Customers who are left alone, to see what they do by themselves. A part of
    ``relationship.rule``.
    """

    _name = "relationship.rule.guard.holdout"
    _description = "Rule that Leaves Customers Alone"

    holdout_seed = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: secrets.token_hex(8),
        export_string_translation=False,
        groups="crm_relationship.group_relationship_manager",
        help="What the customers to leave alone are drawn from: the same as long as it "
        "stays, and others for every rule.",
    )

    def _get_holdout_shares(self, company) -> tuple:
        """Of how many in 100 customers this rule, and all rules of the company, draw
        who is left alone; 0: nobody is drawn.

        A step goes on with whom its rule has treated; those who were held out there
        don't get that far.
        """
        if self._is_step():
            return 0, 0
        return self.holdout_share, company.sudo().relationship_holdout_share

    def _get_holdout_draw(self, company):
        """Who is to be left alone: first by all rules, then by this one.

        :return: function from a customer's id to ``company``, ``rule`` or None
        """
        rule_share, company_share = self._get_holdout_shares(company)
        draws = [
            ("company", company.sudo().relationship_holdout_seed, company_share),
            ("rule", self.holdout_seed, rule_share),
        ]
        draws = [draw for draw in draws if draw[2]]

        def get_holdout(partner_id):
            for holdout, seed, share in draws:
                if is_held_out(seed, partner_id, share):
                    return holdout
            return None

        return get_holdout
