from odoo import api, models
from odoo.tools import SQL

from .relationship_rule_entry_sql import keep_stay

# The occurrence that a touch stands for: its own, unless a merge has moved it.
KNOWN = SQL("SUBSTRING(dedup_key FROM '^(?:[^|]*\\|){3}(.*)$')")


class RelationshipTouchMerge(models.AbstractModel):
    """What was done stays known when customers are merged. A part of
    ``relationship.touch``.
    """

    _name = "relationship.touch.merge"
    _description = "Touches of Merged Customers"

    @api.model
    def _rekey(self, partner):
        """After a merge: make the occurrences of the merged customers known under the
        one who is left. Of two equal ones the older gets the key; both rows stay.

        What the key says of the occurrence stays: an earlier merge may have moved it
        to another one, see `_keep_stay` and `_follow_key_date`.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE relationship_touch touch
                   SET dedup_key = moved.key
                  FROM (
                       SELECT DISTINCT ON (key) id, key
                         FROM (
                              SELECT id,
                                     CONCAT_WS(
                                         '|', rule_id, company_id, partner_id,
                                         %(known)s
                                     ) AS key
                                FROM relationship_touch
                               WHERE partner_id = %(partner_id)s
                                 AND SPLIT_PART(dedup_key, '|', 3)
                                     != %(partner_id)s::text
                                 AND is_released IS NOT TRUE
                         ) rekeyed
                        ORDER BY key, id
                  ) moved
                 WHERE touch.id = moved.id
                   AND NOT EXISTS (
                       SELECT FROM relationship_touch other
                        WHERE other.dedup_key = moved.key
                   )
                """,
                known=KNOWN,
                partner_id=partner.id,
            )
        )
        self.invalidate_model()

    @api.model
    def _keep_stay(self, partner, company, merged_ids):
        """After a merge: where the one who is left is in the stage in which a merged
        customer was, the stay goes on. What rules did when the merged one entered is
        known as done for the entry of the one who is left, before the merge or by it.

        :param merged_ids: the customers of this merge
        """
        profiles = self.env["relationship.profile"].sudo()  # whoever merges
        profile = profiles.with_context(active_test=False).search(
            [("partner_id", "=", partner.id), ("company_id", "=", company.id)]
        )
        if not profile.stage_id:
            return
        self.flush_model()
        self.env["relationship.stage.move"].flush_model()
        today = company._relationship_today()
        self.env.cr.execute(keep_stay(profile, merged_ids, today))
        self.invalidate_model()

    @api.model
    def _follow_key_date(self, gone, kept):
        """After a merge: what rules did for a key date that has become a part of
        another one is known as done for that one."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE relationship_touch touch
                   SET dedup_key = moved.key
                  FROM (
                       SELECT DISTINCT ON (key) id, key
                         FROM (
                              SELECT handled.id,
                                     CONCAT_WS(
                                         '|', rule_id, handled.company_id, partner_id,
                                         REGEXP_REPLACE(
                                             %(known)s, '^(date/)?[0-9]+/',
                                             '\\1' || %(kept_id)s || '/'
                                         )
                                     ) AS key
                                FROM relationship_touch handled
                                JOIN relationship_rule rule ON rule.id = rule_id
                               WHERE rule.trigger IN ('key_date', 'consent')
                                 AND partner_id = %(partner_id)s
                                 AND is_released IS NOT TRUE
                                 AND %(known)s
                                     ~ ('^(date/)?' || %(gone_id)s || '/')
                         ) renamed
                        ORDER BY key, id
                  ) moved
                 WHERE touch.id = moved.id
                   AND NOT EXISTS (
                       SELECT FROM relationship_touch other
                        WHERE other.dedup_key = moved.key
                   )
                """,
                known=KNOWN,
                kept_id=kept.id,
                gone_id=gone.id,
                partner_id=kept.partner_id.commercial_partner_id.id,
            )
        )
        self.invalidate_model()
