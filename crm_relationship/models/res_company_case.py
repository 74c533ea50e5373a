from odoo import api, models

from .relationship_case_number import SEQUENCE


class ResCompany(models.Model):
    _inherit = "res.company"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._create_relationship_case_sequences()
        return companies

    @api.model
    def _create_all_relationship_case_sequences(self):
        """At install: every company counts its cases by itself."""
        self.sudo().search([])._create_relationship_case_sequences()

    def _create_relationship_case_sequences(self):
        # A sequence is part of the company; who creates the one gets the other.
        Sequence = self.env["ir.sequence"].sudo()
        have = Sequence.search(
            [("code", "=", SEQUENCE), ("company_id", "in", self.ids)]
        ).company_id
        Sequence.create(
            [
                {
                    "name": self.env._("Cases"),
                    "code": SEQUENCE,
                    "prefix": "C",
                    "padding": 5,
                    "company_id": company.id,
                }
                for company in self - have
            ]
        )
