from odoo import models


class ResPartner(models.Model):
    """What an export tells of the cases of a person. When a person is forgotten, their
    cases stay, without what tells who it was: see `relationship.privacy.scrubber`.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _get_privacy_relationship_sections(self, people):
        return [
            *super()._get_privacy_relationship_sections(people),
            self._get_privacy_section(
                "case",
                self.env._("Complaints, suggestions, compliments and questions"),
                "relationship.case",
                [("partner_id", "in", people.ids)],
                [
                    "number",
                    "kind",
                    "name",
                    "date_open",
                    "date_closed",
                    "partner_email",
                    "partner_phone",
                    "order_id",
                    "product_id",
                    "description",
                    "resolution",
                    "rating_last_text",
                    "rating_last_feedback",
                    "company_id",
                ],
                as_cards=True,
            ),
        ]
