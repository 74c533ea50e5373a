"""The set-based statements behind ``relationship.profile``.

Each function returns one :class:`odoo.tools.SQL` over a set of customers of one
company, as of one day. They hold no state and read no setting.
"""

from odoo.tools import SQL

from .relationship_placing_sql import gone_moves
from .relationship_profile_facts import facts, profile_columns
from .relationship_profile_scope import Scope, columns


def profiles_as_of(scope: Scope, stage: SQL, segment: SQL) -> SQL:
    """The table ``relationship_profile`` as it was, or will be, at the end of a day.

    Facts are computed as of that day, and so is what the rules give; stages and
    segments are those of the log, before it segments are those of the rules. What
    was set by hand is known as far as it has been a move and holds still. Meant as a
    common table expression in place of the table, so that the same condition reads
    both.

    :param stage: expression over ``relationship_profile`` giving the id of the stage
    :param segment: the same of the segment; a condition that joins the table finds the
        one of the day, too
    """
    return SQL(
        """
        WITH relationship_profile AS (
            SELECT profile.id, %(facts)s, fact.partner_id, fact.company_id,
                   %(stage)s, %(logged_segment)s
              FROM (%(query)s) fact
              LEFT JOIN relationship_profile profile
                     ON profile.partner_id = fact.partner_id
                    AND profile.company_id = fact.company_id
              LEFT JOIN LATERAL (%(last_stage)s) stage_move ON TRUE
              LEFT JOIN LATERAL (%(last_segment)s) segment_move ON TRUE
        )
        SELECT placed.*,
               COALESCE(logged_segment_id, computed_segment_id) AS segment_id
          FROM (
               SELECT relationship_profile.*,
                      %(computed_stage)s AS computed_stage_id,
                      %(segment)s AS computed_segment_id
                 FROM relationship_profile
          ) placed
        """,
        facts=columns(profile_columns(scope), "fact"),
        stage=_placed_as_of(scope, "stage", SQL.identifier("stage_id")),
        logged_segment=_placed_as_of(
            scope, "segment", SQL.identifier("logged_segment_id")
        ),
        query=facts(scope),
        last_stage=last_move(scope, "stage"),
        last_segment=last_move(scope, "segment"),
        computed_stage=stage,
        segment=segment,
    )


def last_move(scope: Scope, kind: str, customer="fact") -> SQL:
    """The last move of a ``customer`` until the end of the day, from the log. Not of
    one that was merged into it, where it has a way of its own, which has a begin."""
    return SQL(
        """
        SELECT %(place)s AS place_id, date, automatic
          FROM %(log)s move
         WHERE partner_id = %(customer)s.partner_id
           AND company_id = %(customer)s.company_id
           AND date <= %(as_of)s
           AND (
               COALESCE(merged_partner_ref, 0) = 0 OR NOT EXISTS (
                   SELECT FROM %(log)s own
                    WHERE own.partner_id = move.partner_id
                      AND own.company_id = move.company_id
                      AND COALESCE(own.merged_partner_ref, 0) = 0
                      AND own.%(origin)s IS NULL
               )
           )
         ORDER BY date DESC, id DESC
         LIMIT 1
        """,
        customer=SQL.identifier(customer),
        origin=SQL.identifier(f"from_{kind}_id"),
        place=SQL.identifier(f"to_{kind}_id"),
        log=SQL.identifier(f"relationship_{kind}_move"),
        as_of=scope.as_of,
    )


def _placed_as_of(scope: Scope, kind: str, name: SQL) -> SQL:
    """The columns about a place: itself, as ``name``, since when, and by whose hand.

    The log does not say until when somebody set it; the profile does, if its last move
    is still that one.
    """
    move = f"{kind}_move"
    is_pinned = SQL(
        "%(automatic)s IS NOT TRUE AND %(date)s = %(own_date)s"
        " AND %(place)s = %(own_place)s AND %(until)s >= %(as_of)s",
        automatic=SQL.identifier(move, "automatic"),
        date=SQL.identifier(move, "date"),
        place=SQL.identifier(move, "place_id"),
        own_date=SQL.identifier("profile", f"{kind}_date"),
        own_place=SQL.identifier("profile", f"{kind}_id"),
        until=SQL.identifier("profile", f"{kind}_pinned_until"),
        as_of=scope.as_of,
    )
    pins = (f"{kind}_pinned_until", f"{kind}_pin_reason")
    return SQL(
        "%s AS %s, %s AS %s, %s",
        SQL.identifier(move, "place_id"),
        name,
        SQL.identifier(move, "date"),
        SQL.identifier(f"{kind}_date"),
        SQL(", ").join(
            SQL(
                "CASE WHEN %s THEN %s END AS %s",
                is_pinned,
                SQL.identifier("profile", pin),
                SQL.identifier(pin),
            )
            for pin in pins
        ),
    )


def upsert_facts(scope: Scope, uid: int) -> SQL:
    """Bring the profiles of the scope in line with the facts; rows that stay equal
    are not written. Returns one row: the number of profiles written.

    Existing rows are updated and missing ones inserted by separate parts: an upsert
    would draw a new id from the sequence for every row, every night. A row that another
    transaction inserts meanwhile makes this one fail and be tried again.
    A profile whose customer is none any more (merged, moved under a company) is
    deleted, and its leaving the funnel logged.
    """
    return SQL(
        """
        WITH fact AS MATERIALIZED (
            SELECT fact.*,
                   p.id AS profile_id,
                   (%(profile_columns)s) IS DISTINCT FROM (%(fact_columns)s) AS differs
              FROM (%(facts)s) fact
              LEFT JOIN relationship_profile p
                     ON p.partner_id = fact.partner_id
                    AND p.company_id = %(company_id)s
                    AND %(profile_customers)s
        ),
        gone AS (
            DELETE FROM relationship_profile p
             WHERE p.company_id = %(company_id)s
               AND %(profile_customers)s
               AND p.id NOT IN (
                   SELECT profile_id FROM fact WHERE profile_id IS NOT NULL
               )
            RETURNING p.*
        ),
        gone_stage_move AS (%(gone_stage_moves)s),
        gone_segment_move AS (%(gone_segment_moves)s),
        changed AS (
            UPDATE relationship_profile p
               SET (%(columns)s) = ROW(%(fact_columns)s)
              FROM fact
             WHERE p.id = fact.profile_id
               AND %(profile_customers)s
               AND fact.differs
            RETURNING p.id
        ),
        added AS (
            INSERT INTO relationship_profile (partner_id, company_id, %(columns)s)
            SELECT fact.partner_id, fact.company_id, %(fact_columns)s
              FROM fact
             WHERE fact.profile_id IS NULL
            ON CONFLICT (partner_id, company_id) DO NOTHING
            RETURNING id
        )
        SELECT (SELECT COUNT(*) FROM changed) + (SELECT COUNT(*) FROM added)
             + (SELECT COUNT(*) FROM gone)
        """,
        facts=facts(scope),
        company_id=scope.company_id,
        profile_customers=scope.customers.condition(SQL.identifier("p", "partner_id")),
        columns=columns(profile_columns(scope)),
        fact_columns=columns(profile_columns(scope), "fact"),
        profile_columns=columns(profile_columns(scope), "p"),
        gone_stage_moves=gone_moves(scope, "stage", uid),
        gone_segment_moves=gone_moves(scope, "segment", uid),
    )
