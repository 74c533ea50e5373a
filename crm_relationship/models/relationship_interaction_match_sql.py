"""The statement that finds whom an address belongs to."""

from odoo.tools import SQL

# Ways in which a contact is found; what comes first decides.
BY_REF, BY_EMAIL, BY_PHONE, BY_OTHER_PHONE = range(1, 5)
WAYS = {
    "ref": (BY_REF, "ref"),
    "email": (BY_EMAIL, "email_normalized"),
    "phone": (BY_PHONE, "phone_sanitized"),
    "other_phone": (BY_OTHER_PHONE, "phone_sanitized"),
}
MATCHED, AMBIGUOUS, INTERNAL, NOBODY = "matched", "ambiguous", "internal", "nobody"


def asked(rows) -> SQL:
    """The addresses to look for, one row for each.

    :param rows: (number of the question, company id, way, value)
    """
    numbers, companies, ways, values = zip(*rows, strict=True) if rows else [()] * 4
    return SQL(
        "SELECT * FROM UNNEST(%s::int[], %s::int[], %s::int[], %s::text[])"
        " asked (n, company_id, way, value)",
        list(numbers),
        list(companies),
        list(ways),
        list(values),
    )


def noted(condition: SQL) -> SQL:
    """The addresses of interactions that nobody was found for yet."""
    return SQL(
        """
        SELECT i.id AS n, i.company_id, ways.way, ways.value
          FROM relationship_interaction i
         CROSS JOIN LATERAL (VALUES %s) ways (way, value)
         WHERE i.partner_id IS NULL AND ways.value IS NOT NULL AND %s
        """,
        SQL(", ").join(
            SQL("(%s, i.external_contact->>%s)", way, name)
            for name, (way, column) in WAYS.items()
        ),
        condition,
    )


def candidates(asked: SQL) -> SQL:
    """Everybody who has one of the addresses; one look into an index for each."""
    found = SQL(" UNION ALL ").join(
        SQL(
            """
            SELECT asked.n, asked.way, p.id, p.commercial_partner_id AS customer_id,
                   NOT p.active AS is_archived,
                   COALESCE(NOT p.partner_share, FALSE) OR p.commercial_partner_id IN (
                       SELECT partner_id FROM res_company
                   ) AS is_internal,
                   ARRAY[
                       (p.company_id = asked.company_id) IS TRUE,
                       p.id != p.commercial_partner_id
                       AND COALESCE(p.type, 'contact') = 'contact'
                   ] AS closeness
              FROM asked
              JOIN res_partner p ON p.%(column)s = asked.value
             WHERE asked.way = %(way)s
               AND COALESCE(p.company_id, asked.company_id) = asked.company_id
            """,
            way=way,
            column=SQL.identifier(column),
        )
        for way, column in WAYS.values()
    )
    return SQL("WITH asked AS MATERIALIZED (%s) %s", asked, found)


def matches(asked: SQL) -> SQL:
    """Whom each question is about: n, status, partner_id, customer_id.

    Customers before our own people, who are found out only where nobody else has the
    address; who is active before who is archived; then the reference, the e-mail
    address, the phone number. Contacts of one customer: the one person who has it, or
    else the customer itself. Customers that have nothing to do with each other:
    nobody.
    """
    return SQL(
        """
        WITH candidate AS MATERIALIZED (%s),
        best AS (
            SELECT *,
                   RANK() OVER (
                       PARTITION BY n ORDER BY is_internal, is_archived, way
                   ) AS place
              FROM candidate
        ),
        closest AS (
            SELECT *,
                   RANK() OVER (
                       PARTITION BY n ORDER BY place, closeness DESC
                   ) AS nearness,
                   MIN(customer_id) OVER customer AS first_customer_id,
                   MAX(customer_id) OVER customer AS last_customer_id
              FROM best
             WHERE place = 1
            WINDOW customer AS (PARTITION BY n)
        )
        SELECT n,
               CASE WHEN BOOL_OR(is_internal) THEN %s
                    WHEN MIN(first_customer_id) != MAX(last_customer_id) THEN %s
                    ELSE %s
               END AS status,
               CASE WHEN COUNT(DISTINCT id) = 1 THEN MIN(id)
                    ELSE MIN(customer_id)
               END AS partner_id,
               MIN(customer_id) AS customer_id
          FROM closest
         WHERE nearness = 1
         GROUP BY n
        """,
        candidates(asked),
        INTERNAL,
        AMBIGUOUS,
        MATCHED,
    )
