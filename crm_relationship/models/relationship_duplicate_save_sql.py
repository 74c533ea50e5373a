"""The last steps of a scan for duplicates: pairs get a score and are stored."""

from odoo.tools import SQL

from .relationship_duplicate_score import VALUES, comparison, scored
from .relationship_duplicate_sql import create


def scored_pairs(trigram: bool) -> SQL:
    """The pairs with ``score`` and ``evidence``."""
    strengths = SQL(", ").join(
        SQL(
            "CASE WHEN x.family != y.family THEN 2 / %s END AS %s",
            SQL.identifier(kind, "n"),
            SQL.identifier(f"{kind}_strength"),
        )
        for kind in VALUES
    )
    joins = SQL(" ").join(
        SQL(
            "LEFT JOIN duplicate_shared %(kind)s ON %(kind)s.kind = %(name)s"
            " AND %(kind)s.value = %(x)s AND %(x)s = %(y)s",
            kind=SQL.identifier(kind),
            name=kind,
            x=SQL.identifier("x", kind),
            y=SQL.identifier("y", kind),
        )
        for kind in VALUES
    )
    crowd = SQL(
        """
        CASE WHEN x.family = y.family THEN 0
             WHEN x.zip = y.zip THEN GREATEST(cx.zip_crowd, cy.zip_crowd)
             WHEN x.city = y.city THEN GREATEST(cx.city_crowd, cy.city_crowd)
             ELSE GREATEST(cx.crowd, cy.crowd) END
        """
    )
    return scored(
        SQL(
            """
            SELECT x.id AS partner_id, y.id AS other_partner_id,
                   COALESCE(x.company_id, y.company_id) AS company_id,
                   pair.likeness, pair.rest_x, pair.rest_y,
                   COALESCE(%(crowd)s, 0)::float8 AS crowd,
                   %(strengths)s,
                   %(comparison)s
              FROM duplicate_pair pair
              JOIN duplicate_person x ON x.id = pair.x
              JOIN duplicate_person y ON y.id = pair.y
              LEFT JOIN duplicate_crowd cx ON cx.id = x.id
              LEFT JOIN duplicate_crowd cy ON cy.id = y.id
            %(joins)s
            """,
            crowd=crowd,
            strengths=strengths,
            comparison=comparison(),
            joins=joins,
        ),
        trigram,
    )


def save(trigram: bool, threshold: float, uid: int) -> list[SQL]:
    """Bring the stored pairs up to date: rows that stay equal are not written, pairs
    that no longer match go unless somebody dismissed them."""
    found = create(
        "duplicate_found",
        SQL(
            "SELECT partner_id, other_partner_id, company_id, score, evidence"
            " FROM (%s) scored WHERE score >= %s",
            scored_pairs(trigram),
            threshold,
        ),
    )
    gone = SQL(
        """
        DELETE FROM relationship_duplicate stored
         WHERE state = 'open'
           AND NOT EXISTS (
               SELECT FROM duplicate_found found
                WHERE found.partner_id = stored.partner_id
                  AND found.other_partner_id = stored.other_partner_id
           )
        """
    )
    upsert = SQL(
        """
        INSERT INTO relationship_duplicate AS stored (
            partner_id, other_partner_id, company_id, score, evidence, state,
            create_uid, write_uid, create_date, write_date
        )
        SELECT found.*, 'open', %(uid)s, %(uid)s, %(now)s, %(now)s
          FROM duplicate_found found
        ON CONFLICT (partner_id, other_partner_id) DO UPDATE
           SET company_id = EXCLUDED.company_id,
               score = EXCLUDED.score,
               evidence = EXCLUDED.evidence,
               write_uid = EXCLUDED.write_uid,
               write_date = EXCLUDED.write_date
         WHERE (stored.company_id, stored.score, stored.evidence) IS DISTINCT FROM
               (EXCLUDED.company_id, EXCLUDED.score, EXCLUDED.evidence)
        """,
        uid=uid,
        now=SQL("(NOW() AT TIME ZONE 'UTC')"),
    )
    return [*found, gone, upsert]
