from odoo import models
from odoo.tools import SQL

from ..tools.privacy import PrivacyErasure


class ResPartner(models.Model):
    """What is told of a person's interactions, and what stays of them."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _get_privacy_relationship_sections(self, people):
        return [
            *super()._get_privacy_relationship_sections(people),
            self._get_privacy_section(
                "interaction",
                self.env._("Interactions"),
                "relationship.interaction",
                [("partner_id", "in", people.ids)],
                [
                    "date",
                    "channel_id",
                    "direction",
                    "kind",
                    "subject",
                    "preview",
                    "duration",
                    "outcome",
                    "sentiment",
                    "external_address",
                    "user_id",
                    "company_id",
                ],
            ),
        ]

    def _get_privacy_erasures_changed(self):
        interactions = self._search_all(
            "relationship.interaction", [("partner_id", "in", self.ids)]
        )
        return [
            *super()._get_privacy_erasures_changed(),
            PrivacyErasure(
                "interaction",
                "change",
                self.env._("Interactions"),
                len(interactions),
                self.env._(
                    "Their texts and addresses are removed; that there was a contact, "
                    "when and by which channel, stays."
                ),
                self._erase_privacy_interactions,
            ),
        ]

    def _erase_privacy_interactions(self):
        """In one statement, for there may be very many."""
        interactions = self.env["relationship.interaction"]
        interactions.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE relationship_interaction
                   SET raw_subject = NULL, raw_preview = NULL, external_address = NULL
                 WHERE partner_id = ANY(%s)
                """,
                self.ids,
            )
        )
        interactions.invalidate_model()
