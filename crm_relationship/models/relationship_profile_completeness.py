from odoo import api, fields, models


class RelationshipProfileCompleteness(models.AbstractModel):
    """How much of what matters is known of a customer. A part of
    ``relationship.profile``.
    """

    _name = "relationship.profile.completeness"
    _description = "Completeness of a Customer Profile"

    currency_id = fields.Many2one("res.currency")
    completeness = fields.Integer(
        readonly=True,
        aggregator="avg",
        help="Weighted share of the facts that matter which are known, 0 to 100.",
    )
    completeness_gap = fields.Monetary(
        string="Worth Asking",
        readonly=True,
        help="Revenue times the share of the profile that is unknown: the most "
        "valuable customers with the emptiest profiles first.",
    )
    missing_facts = fields.Char(string="Missing", compute="_compute_missing_facts")
    next_question = fields.Char(
        compute="_compute_missing_facts",
        help="What to ask the customer next: of what is missing, what matters most.",
    )

    @api.depends("partner_id", "company_id")
    @api.depends_context("lang")
    def _compute_missing_facts(self):
        """One query for each company."""
        for company, profiles in self.grouped("company_id").items():
            missing = self.env["relationship.profile.fact"]._get_missing(
                company, profiles.partner_id.ids
            )
            for profile in profiles:
                facts = missing.get(profile.partner_id.id)
                if not facts:
                    profile.missing_facts = profile.next_question = False
                    continue
                profile.missing_facts = ", ".join(fact.name for fact in facts)
                profile.next_question = facts[0].question
