"""The set-based statements that put ``relationship.profile`` into stages and segments.

Both are kinds of places, see ``relationship.placing.mixin``: of the kind ``stage`` a
profile has the columns ``stage_id``, ``stage_date`` and so on.
"""

from odoo.tools import SQL

from .relationship_profile_extra_sql import extra_evidence
from .relationship_profile_scope import NOW, Scope

# Figures kept with a move as its evidence: what the sentence about it says, and more.
EVIDENCE_COLUMNS = (
    "quotation_count",
    "order_count",
    "order_day_count",
    "revenue",
    "last_order_date",
    "days_since_order",
    "interval_median",
    "last_interval",
    "rhythm_ratio",
)
EVIDENCE = {
    "stage": EVIDENCE_COLUMNS,
    "segment": (
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
    ),
}
# Over the places ``origin`` and ``target`` of a move, either of which may be missing.
DIRECTION = SQL(
    """
    CASE WHEN origin.id IS NULL THEN 'in'
         WHEN target.id IS NULL THEN 'out'
         WHEN target.rank > origin.rank THEN 'up'
         WHEN target.rank < origin.rank THEN 'down'
         ELSE 'same' END
    """
)


def place(scope: Scope, kind: str, ladder: SQL, target: SQL, uid: int, change=None):
    """Put each profile of the scope into its place of a kind and log the moves.

    What the rules say is kept for everybody. Who was put somewhere by hand stays there
    until the end of that, unless the place is no longer in use. Rows that stay equal
    are not written.

    :param ladder: the ids of the places in use, as an array
    :param target: expression over ``relationship_profile`` giving the id of the place
    :param change: id of the change of the rules that this follows from
    :return: SQL of one row: the number of moves
    """
    evidence = SQL(", ").join(
        SQL("%s, %s", name, SQL.identifier("moved", name))
        for name in (*EVIDENCE[kind], *extra_evidence(scope))
    )
    return SQL(
        """
        WITH ruled AS (
            SELECT relationship_profile.id,
                   relationship_profile.%(place)s AS from_id,
                   relationship_profile.%(date)s AS from_date,
                   relationship_profile.%(until)s AS until,
                   relationship_profile.%(computed)s AS known_id,
                   %(target)s AS computed_id,
                   relationship_profile.%(until)s >= %(as_of)s
                   AND relationship_profile.%(place)s = ANY(%(ladder)s) IS TRUE
                   AS is_pinned
              FROM relationship_profile
             WHERE relationship_profile.company_id = %(company_id)s
               AND %(customers)s
        ),
        placed AS (
            SELECT *
              FROM (
                   SELECT *,
                          CASE WHEN is_pinned THEN from_id ELSE computed_id END AS to_id
                     FROM ruled
              ) ruled
             WHERE to_id IS DISTINCT FROM from_id
                OR computed_id IS DISTINCT FROM known_id
                OR (until IS NOT NULL AND is_pinned IS NOT TRUE)
        ),
        moved AS (
            UPDATE relationship_profile p
               SET %(place)s = placed.to_id,
                   %(computed)s = placed.computed_id,
                   %(date)s = CASE WHEN placed.to_id IS DISTINCT FROM placed.from_id
                                   THEN %(as_of)s ELSE p.%(date)s END,
                   %(until)s = CASE WHEN placed.is_pinned THEN p.%(until)s END,
                   %(pin_reason)s = CASE
                       WHEN placed.is_pinned THEN p.%(pin_reason)s END
              FROM placed
             WHERE p.id = placed.id
               -- The planner takes everybody for moved, and would read the whole table.
               AND p.id = ANY(ARRAY(SELECT id FROM placed))
            RETURNING p.*, placed.from_id, placed.to_id, placed.from_date
        ),
        logged AS (
            INSERT INTO %(log)s (
                partner_id, company_id, user_id, team_id, %(from)s, %(to)s,
                direction, days, cause, change_id, date, automatic, evidence,
                create_uid, write_uid, create_date, write_date
            )
            SELECT moved.partner_id, moved.company_id, moved.user_id, moved.team_id,
                   moved.from_id, moved.to_id, %(direction)s,
                   CASE WHEN origin.id IS NOT NULL
                        THEN %(as_of)s - moved.from_date END,
                   %(cause)s, %(change)s::int, %(as_of)s, TRUE,
                   JSONB_BUILD_OBJECT(%(evidence)s),
                   %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM moved
              LEFT JOIN %(places)s origin ON origin.id = moved.from_id
              LEFT JOIN %(places)s target ON target.id = moved.to_id
             WHERE moved.to_id IS DISTINCT FROM moved.from_id
            RETURNING id
        )
        SELECT COUNT(*) FROM logged
        """,
        **_names(kind),
        target=target,
        ladder=ladder,
        company_id=scope.company_id,
        customers=scope.customers.condition(
            SQL.identifier("relationship_profile", "partner_id")
        ),
        as_of=SQL("%s::date", scope.as_of),
        direction=DIRECTION,
        cause="rules" if change else "facts",
        change=change,
        evidence=evidence,
        uid=uid,
        now=NOW,
    )


def preview(scope: Scope, kind: str, ladder: SQL, target: SQL) -> SQL:
    """Where `place` would move how many profiles; writes nothing.

    :return: SQL of rows (id of the place before, id of the place after, customers,
        recent revenue), most customers first
    """
    return SQL(
        """
        SELECT from_id, to_id, COUNT(*), SUM(revenue_recent)
          FROM (
               SELECT relationship_profile.%(place)s AS from_id,
                      relationship_profile.revenue_recent,
                      %(target)s AS to_id
                 FROM relationship_profile
                WHERE relationship_profile.company_id = %(company_id)s
                  AND %(customers)s
                  AND (
                      relationship_profile.%(until)s >= %(as_of)s
                      AND relationship_profile.%(place)s = ANY(%(ladder)s)
                  ) IS NOT TRUE
          ) placed
         WHERE from_id IS DISTINCT FROM to_id
         GROUP BY from_id, to_id
         ORDER BY COUNT(*) DESC, from_id, to_id
        """,
        **_names(kind),
        target=target,
        ladder=ladder,
        company_id=scope.company_id,
        customers=scope.customers.condition(
            SQL.identifier("relationship_profile", "partner_id")
        ),
        as_of=scope.as_of,
    )


def gone_moves(scope: Scope, kind: str, uid: int) -> SQL:
    """Log that the profiles of the common table ``gone`` have left their places."""
    return SQL(
        """
        INSERT INTO %(log)s (
            partner_id, company_id, user_id, team_id, %(from)s, direction, days, cause,
            date, automatic, create_uid, write_uid, create_date, write_date
        )
        SELECT partner_id, company_id, user_id, team_id, %(place)s, 'out',
               %(as_of)s - %(date)s, 'facts', %(as_of)s, TRUE,
               %(uid)s, %(uid)s, %(now)s, %(now)s
          FROM gone
         WHERE %(place)s IS NOT NULL
        """,
        **_names(kind),
        as_of=SQL("%s::date", scope.as_of),
        uid=uid,
        now=NOW,
    )


def _names(kind: str) -> dict[str, SQL]:
    """The tables and columns of a kind of places."""
    return {
        "place": SQL.identifier(f"{kind}_id"),
        "computed": SQL.identifier(f"computed_{kind}_id"),
        "date": SQL.identifier(f"{kind}_date"),
        "until": SQL.identifier(f"{kind}_pinned_until"),
        "pin_reason": SQL.identifier(f"{kind}_pin_reason"),
        "places": SQL.identifier(f"relationship_{kind}"),
        "log": SQL.identifier(f"relationship_{kind}_move"),
        "from": SQL.identifier(f"from_{kind}_id"),
        "to": SQL.identifier(f"to_{kind}_id"),
    }
