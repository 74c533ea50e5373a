from functools import partial

from odoo import models
from odoo.tools import SQL

from ..tools.privacy import PrivacyErasure
from .relationship_interaction_match_sql import WAYS


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
        unmatched_ids = self._get_privacy_unmatched_ids()
        return [
            *super()._get_privacy_erasures_changed(),
            PrivacyErasure(
                "interaction",
                "change",
                self.env._("Interactions"),
                len(interactions) + len(unmatched_ids),
                self.env._(
                    "Their texts and addresses are removed; that there was a contact, "
                    "when and by which channel, stays."
                ),
                partial(self._erase_privacy_interactions, unmatched_ids),
            ),
        ]

    def _get_privacy_unmatched_ids(self) -> list[int]:
        """Interactions that nobody was found for, from an address of these people."""
        self.flush_recordset()
        self.env["relationship.interaction"].flush_model()
        found = SQL(" UNION ").join(
            SQL(
                """
                SELECT i.id
                  FROM res_partner p
                  JOIN relationship_interaction i
                    ON i.external_contact @> JSONB_BUILD_OBJECT(%s, p.%s)
                   AND i.partner_id IS NULL
                 WHERE p.id = ANY(%s) AND p.%s != ''
                """,
                name,
                SQL.identifier(column),
                self.ids,
                SQL.identifier(column),
            )
            for name, (_way, column) in WAYS.items()
        )
        return [row[0] for row in self.env.execute_query(found)]

    def _erase_privacy_interactions(self, unmatched_ids):
        """In one statement, for there may be very many. What nobody was found for is
        not looked for any more.

        :param unmatched_ids: from `_get_privacy_unmatched_ids`, while there were
            addresses
        """
        interactions = self.env["relationship.interaction"]
        interactions.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE relationship_interaction
                   SET raw_subject = NULL, raw_preview = NULL, external_address = NULL,
                       external_contact = NULL,
                       is_ignored = is_ignored OR partner_id IS NULL
                 WHERE partner_id = ANY(%s) OR id = ANY(%s)
                """,
                self.ids,
                unmatched_ids,
            )
        )
        interactions.invalidate_model()
