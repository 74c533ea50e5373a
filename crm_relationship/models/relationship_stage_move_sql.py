"""Whose way a row of the log of stage moves tells, in SQL."""

from odoo.tools import SQL


def is_own(alias: str) -> SQL:
    """Condition on a row of the log: it tells of the customer who has it.

    A customer who was merged into another leaves its rows to that one. They are that
    one's where it had not been placed before: then they are the begin of its way.
    """
    return SQL(
        """
        (COALESCE(%(merged)s, 0) = 0 OR NOT EXISTS (
            SELECT FROM relationship_stage_move own
             WHERE own.partner_id = %(partner)s
               AND own.company_id = %(company)s
               AND COALESCE(own.merged_partner_ref, 0) = 0
               AND own.from_stage_id IS NULL
        ))
        """,
        merged=SQL.identifier(alias, "merged_partner_ref"),
        partner=SQL.identifier(alias, "partner_id"),
        company=SQL.identifier(alias, "company_id"),
    )
