"""The set-based statements about the segments of ``relationship.profile``."""

from odoo.tools import SQL

from .relationship_profile_scope import NOW, Scope

# Figures kept with a move as its evidence: what the sentence about it says, and scores.
EVIDENCE_COLUMNS = (
    "quotation_count",
    "order_day_count",
    "last_order_date",
    "days_since_order",
    "interval_median",
    "last_interval",
    "recency_score",
    "frequency_score",
    "value_score",
    "fv_score",
    "abc_class",
    "churn_risk",
    "revenue_recent",
)
# Over the segments ``origin`` and ``target`` of a move, either of which may be missing.
DIRECTION = SQL(
    """
    CASE WHEN origin.id IS NULL THEN 'in'
         WHEN target.id IS NULL THEN 'out'
         WHEN target.rank > origin.rank THEN 'up'
         WHEN target.rank < origin.rank THEN 'down'
         ELSE 'same' END
    """
)


def place_segments(scope: Scope, segment: SQL, uid: int) -> SQL:
    """Put each profile of the scope into its segment and log the moves.

    What the rules say is kept for everybody. Who was put into a segment by hand stays
    there until the end of that, unless the segment is no longer in use. Rows that stay
    equal are not written. Returns one row: the number of moves.

    :param segment: expression over ``relationship_profile`` giving the segment's id
    """
    evidence = SQL(", ").join(
        SQL("%s, %s", name, SQL.identifier("moved", name)) for name in EVIDENCE_COLUMNS
    )
    return SQL(
        """
        WITH ruled AS (
            SELECT relationship_profile.id,
                   relationship_profile.segment_id AS from_segment_id,
                   relationship_profile.segment_pinned_until,
                   %(segment)s AS computed_segment_id,
                   relationship_profile.segment_pinned_until >= %(as_of)s
                   AND relationship_profile.segment_id IN (
                       SELECT id FROM relationship_segment
                        WHERE active
                          AND COALESCE(company_id, %(company_id)s) = %(company_id)s
                   ) IS TRUE AS is_pinned
              FROM relationship_profile
             WHERE relationship_profile.company_id = %(company_id)s
               AND %(customers)s
        ),
        placed AS (
            SELECT *,
                   CASE WHEN is_pinned THEN from_segment_id
                        ELSE computed_segment_id END AS segment_id
              FROM ruled
        ),
        moved AS (
            UPDATE relationship_profile p
               SET segment_id = placed.segment_id,
                   computed_segment_id = placed.computed_segment_id,
                   segment_date = CASE
                       WHEN placed.segment_id IS DISTINCT FROM placed.from_segment_id
                       THEN %(as_of)s ELSE p.segment_date END,
                   segment_pinned_until = CASE
                       WHEN placed.is_pinned THEN p.segment_pinned_until END,
                   segment_pin_reason = CASE
                       WHEN placed.is_pinned THEN p.segment_pin_reason END
              FROM placed
             WHERE p.id = placed.id
               AND (
                   placed.segment_id IS DISTINCT FROM placed.from_segment_id
                   OR placed.computed_segment_id
                      IS DISTINCT FROM p.computed_segment_id
                   OR (
                       placed.segment_pinned_until IS NOT NULL
                       AND placed.is_pinned IS NOT TRUE
                   )
               )
            RETURNING p.*, placed.from_segment_id
        ),
        logged AS (
            INSERT INTO relationship_segment_move (
                partner_id, company_id, user_id, team_id,
                from_segment_id, to_segment_id, direction, date, automatic, evidence,
                create_uid, write_uid, create_date, write_date
            )
            SELECT moved.partner_id, moved.company_id, moved.user_id, moved.team_id,
                   origin.id, target.id, %(direction)s, %(as_of)s, TRUE,
                   JSONB_BUILD_OBJECT(%(evidence)s),
                   %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM moved
              LEFT JOIN relationship_segment origin ON origin.id = moved.from_segment_id
              LEFT JOIN relationship_segment target ON target.id = moved.segment_id
             WHERE moved.segment_id IS DISTINCT FROM moved.from_segment_id
            RETURNING id
        )
        SELECT COUNT(*) FROM logged
        """,
        segment=segment,
        company_id=scope.company_id,
        customers=scope.customers.condition(
            SQL.identifier("relationship_profile", "partner_id")
        ),
        as_of=scope.as_of,
        direction=DIRECTION,
        evidence=evidence,
        uid=uid,
        now=NOW,
    )


def gone_segment_moves(scope: Scope, uid: int) -> SQL:
    """Log that the profiles of the common table ``gone`` have left their segments."""
    return SQL(
        """
        INSERT INTO relationship_segment_move (
            partner_id, company_id, user_id, team_id, from_segment_id, direction,
            date, automatic, create_uid, write_uid, create_date, write_date
        )
        SELECT partner_id, company_id, user_id, team_id, segment_id, 'out',
               %(as_of)s, TRUE, %(uid)s, %(uid)s, %(now)s, %(now)s
          FROM gone
         WHERE segment_id IS NOT NULL
        """,
        as_of=scope.as_of,
        uid=uid,
        now=NOW,
    )
