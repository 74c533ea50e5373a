"""The set-based statements behind ``relationship.profile``.

Each function returns one :class:`odoo.tools.SQL` over a set of customers of one
company, as of one day. They hold no state and read no setting.
"""

from datetime import date, datetime
from typing import NamedTuple

from odoo.tools import SQL

from ..tools.customers import Customers

# Columns of the profile that follow from the facts, in the order of `facts`.
FACT_COLUMNS = (
    "active",
    "user_id",
    "team_id",
    "quotation_count",
    "order_count",
    "order_day_count",
    "revenue",
    "first_order_date",
    "last_order_date",
    "days_since_order",
    "interval_mean",
    "interval_median",
    "last_interval",
    "last_interval_ratio",
    "rhythm_ratio",
    "rhythm_state",
)

# Figures kept with a stage move as its evidence.
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


class Scope(NamedTuple):
    """Which customers, of which company, seen from the end of which day.

    :param until: naive UTC, first instant after ``as_of`` in the company's time zone
    :param digits: decimal places of the company's currency
    :param shared: whether other companies share this database's contacts
    """

    company_id: int
    customers: Customers
    as_of: date
    until: datetime
    tz: str
    digits: int
    shared: bool


def _columns(names, table=None):
    return SQL(", ").join(
        SQL.identifier(table, name) if table else SQL.identifier(name) for name in names
    )


def _orders(scope: Scope) -> SQL:
    """Orders that count: confirmed, of positive untaxed amount, rolled up."""
    return SQL(
        """
        SELECT contact.commercial_partner_id AS partner_id,
               o.date_order,
               (o.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day,
               o.amount_untaxed / COALESCE(NULLIF(o.currency_rate, 0), 1) AS amount
          FROM res_partner contact
          JOIN sale_order o ON o.partner_id = contact.id
         WHERE %(customers)s
           AND o.state = 'sale'
           AND o.amount_untaxed > 0
           AND o.company_id = %(company_id)s
           AND o.date_order < %(until)s
        """,
        customers=scope.customers.condition(
            SQL.identifier("contact", "commercial_partner_id")
        ),
        company_id=scope.company_id,
        tz=scope.tz,
        until=scope.until,
    )


def _order_facts(scope: Scope) -> SQL:
    """Per customer: counts, revenue, first and last day, intervals of order days."""
    return SQL(
        """
        SELECT partner_id,
               SUM(orders)::int AS order_count,
               COUNT(*)::int AS order_day_count,
               ROUND(SUM(amount), %(digits)s) AS revenue,
               MIN(day) AS first_order_date,
               MAX(day) AS last_order_date,
               MAX(last_order) AS last_order,
               AVG(gap)::float8 AS interval_mean,
               PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY gap) AS interval_median,
               MAX(gap) FILTER (WHERE is_last) AS last_interval
          FROM (
               SELECT *,
                      day - LAG(day) OVER by_day AS gap,
                      LEAD(day) OVER by_day IS NULL AS is_last
                 FROM (
                      SELECT partner_id,
                             day,
                             COUNT(*) AS orders,
                             SUM(amount) AS amount,
                             MAX(date_order) AS last_order
                        FROM (%(orders)s) counted
                       GROUP BY partner_id, day
                 ) order_day
               WINDOW by_day AS (PARTITION BY partner_id ORDER BY day)
          ) spaced
         GROUP BY partner_id
        """,
        orders=_orders(scope),
        digits=scope.digits,
    )


def _quotations(scope: Scope) -> SQL:
    """Per customer: open quotations and who made the latest of them."""
    return SQL(
        """
        SELECT contact.commercial_partner_id AS partner_id,
               COUNT(*)::int AS quotation_count,
               (ARRAY_AGG(o.user_id ORDER BY o.date_order DESC, o.id DESC))[1]
                   AS user_id,
               (ARRAY_AGG(o.team_id ORDER BY o.date_order DESC, o.id DESC))[1]
                   AS team_id
          FROM res_partner contact
          JOIN sale_order o ON o.partner_id = contact.id
         WHERE %(customers)s
           AND o.state IN ('draft', 'sent')
           AND o.company_id = %(company_id)s
           AND o.date_order < %(until)s
         GROUP BY 1
        """,
        customers=scope.customers.condition(
            SQL.identifier("contact", "commercial_partner_id")
        ),
        company_id=scope.company_id,
        until=scope.until,
    )


def _is_prospect(scope: Scope) -> SQL:
    """Condition on ``customer``: nobody has sold to it yet, but this company could.

    Employees, the companies of this database and pure vendors are no prospects. A
    contact shared by several companies is a prospect of each until one sells to it.
    """
    elsewhere = SQL(
        """
        NOT EXISTS (
            SELECT FROM res_partner contact
              JOIN sale_order o ON o.partner_id = contact.id
             WHERE contact.commercial_partner_id = customer.id
               AND o.company_id != %s
               AND o.state != 'cancel'
        )
        """,
        scope.company_id,
    )
    return SQL(
        """
        customer.active
        AND customer.partner_share
        AND (COALESCE(customer.supplier_rank, 0) = 0 OR customer.customer_rank > 0)
        AND NOT EXISTS (
            SELECT FROM res_company own WHERE own.partner_id = customer.id
        )
        AND (
            customer.company_id = %(company_id)s
            OR (customer.company_id IS NULL AND %(elsewhere)s)
        )
        """,
        company_id=scope.company_id,
        elsewhere=elsewhere if scope.shared else SQL("TRUE"),
    )


def facts(scope: Scope) -> SQL:
    """One row per customer who is to have a profile: partner_id, company_id, facts.

    Who serves a customer is the salesperson of the contact, else of the latest
    order, else of the latest open quotation; the team is that person's.
    """
    return SQL(
        """
        WITH order_facts AS (%(order_facts)s),
        quotation AS (%(quotations)s)
        SELECT customer.id AS partner_id,
               %(company_id)s AS company_id,
               customer.active,
               who.user_id,
               COALESCE(team.id, latest.team_id, quotation.team_id) AS team_id,
               COALESCE(quotation.quotation_count, 0) AS quotation_count,
               COALESCE(o.order_count, 0) AS order_count,
               COALESCE(o.order_day_count, 0) AS order_day_count,
               COALESCE(o.revenue, 0) AS revenue,
               o.first_order_date,
               o.last_order_date,
               %(as_of)s - o.last_order_date AS days_since_order,
               o.interval_mean,
               o.interval_median,
               o.last_interval,
               o.last_interval / o.interval_median AS last_interval_ratio,
               ratio.rhythm_ratio,
               CASE WHEN ratio.rhythm_ratio IS NULL THEN 'none'
                    WHEN ratio.rhythm_ratio < 1 THEN 'on_time'
                    WHEN ratio.rhythm_ratio < 2 THEN 'due'
                    ELSE 'late'
                END AS rhythm_state
          FROM res_partner customer
          LEFT JOIN order_facts o ON o.partner_id = customer.id
          LEFT JOIN quotation ON quotation.partner_id = customer.id
          LEFT JOIN LATERAL (
               SELECT l.user_id, l.team_id
                 FROM res_partner contact
                 JOIN sale_order l ON l.partner_id = contact.id
                WHERE contact.commercial_partner_id = customer.id
                  AND l.state = 'sale'
                  AND l.amount_untaxed > 0
                  AND l.company_id = %(company_id)s
                  AND l.date_order = o.last_order
                ORDER BY l.id DESC
                LIMIT 1
          ) latest ON customer.user_id IS NULL AND o.last_order IS NOT NULL
         CROSS JOIN LATERAL (
               SELECT COALESCE(
                   customer.user_id, latest.user_id, quotation.user_id
               ) AS user_id
          ) who
          LEFT JOIN res_users salesperson ON salesperson.id = who.user_id
          LEFT JOIN crm_team team
                 ON team.id = salesperson.sale_team_id
                AND team.active
                AND (team.company_id IS NULL OR team.company_id = %(company_id)s)
         CROSS JOIN LATERAL (
               SELECT (%(as_of)s - o.last_order_date) / o.interval_median
                   AS rhythm_ratio
          ) ratio
         WHERE customer.commercial_partner_id = customer.id
           AND %(customers)s
           AND (
               o.partner_id IS NOT NULL
               OR quotation.partner_id IS NOT NULL
               OR (%(is_prospect)s)
           )
        """,
        order_facts=_order_facts(scope),
        quotations=_quotations(scope),
        company_id=scope.company_id,
        as_of=scope.as_of,
        customers=scope.customers.condition(SQL.identifier("customer", "id")),
        is_prospect=_is_prospect(scope),
    )


def profiles_as_of(scope: Scope) -> SQL:
    """The table ``relationship_profile`` as it was, or will be, at the end of a day.

    Facts are computed as of that day, stages are those of the log. Meant as a common
    table expression in place of the table, so that the same condition reads both.
    """
    return SQL(
        """
        SELECT profile.id, %(facts)s, fact.partner_id, fact.company_id,
               move.to_stage_id AS stage_id, move.date AS stage_date,
               profile.stage_pinned_until, profile.stage_pin_reason,
               profile.create_uid, profile.create_date,
               profile.write_uid, profile.write_date
          FROM (%(query)s) fact
          LEFT JOIN relationship_profile profile
                 ON profile.partner_id = fact.partner_id
                AND profile.company_id = fact.company_id
          LEFT JOIN LATERAL (
               SELECT to_stage_id, date
                 FROM relationship_stage_move
                WHERE partner_id = fact.partner_id
                  AND company_id = fact.company_id
                  AND date <= %(as_of)s
                ORDER BY date DESC, id DESC
                LIMIT 1
          ) move ON TRUE
        """,
        facts=_columns(FACT_COLUMNS, "fact"),
        query=facts(scope),
        as_of=scope.as_of,
    )


def upsert_facts(scope: Scope, uid: int) -> SQL:
    """Bring the profiles of the scope in line with the facts; rows that stay equal
    are not written. Returns one row: the number of profiles written.

    Existing rows are updated and missing ones inserted by separate parts: an
    ``ON CONFLICT`` would draw a new id from the sequence for every row, every night.
    A profile whose customer is none any more (merged, moved under a company) is
    deleted, and its leaving the funnel logged.
    """
    profile_customers = scope.customers.condition(SQL.identifier("p", "partner_id"))
    return SQL(
        """
        WITH fact AS MATERIALIZED (%(facts)s),
        gone AS (
            DELETE FROM relationship_profile p
             WHERE p.company_id = %(company_id)s
               AND %(profile_customers)s
               AND NOT EXISTS (SELECT FROM fact WHERE fact.partner_id = p.partner_id)
            RETURNING p.partner_id, p.company_id, p.user_id, p.team_id, p.stage_id
        ),
        gone_move AS (
            INSERT INTO relationship_stage_move (
                partner_id, company_id, user_id, team_id, from_stage_id, date,
                automatic, create_uid, write_uid, create_date, write_date
            )
            SELECT partner_id, company_id, user_id, team_id, stage_id, %(as_of)s,
                   TRUE, %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM gone
        ),
        changed AS (
            UPDATE relationship_profile p
               SET (%(columns)s, write_uid, write_date)
                 = ROW(%(fact_columns)s, %(uid)s, %(now)s)
              FROM fact
             WHERE p.partner_id = fact.partner_id
               AND p.company_id = fact.company_id
               AND (%(profile_columns)s) IS DISTINCT FROM (%(fact_columns)s)
            RETURNING p.id
        ),
        added AS (
            INSERT INTO relationship_profile (
                partner_id, company_id, %(columns)s,
                create_uid, write_uid, create_date, write_date
            )
            SELECT fact.partner_id, fact.company_id, %(fact_columns)s,
                   %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM fact
             WHERE NOT EXISTS (
                   SELECT FROM relationship_profile p
                    WHERE p.partner_id = fact.partner_id
                      AND p.company_id = fact.company_id
             )
            RETURNING id
        )
        SELECT (SELECT COUNT(*) FROM changed) + (SELECT COUNT(*) FROM added)
             + (SELECT COUNT(*) FROM gone)
        """,
        facts=facts(scope),
        company_id=scope.company_id,
        as_of=scope.as_of,
        profile_customers=profile_customers,
        columns=_columns(FACT_COLUMNS),
        fact_columns=_columns(FACT_COLUMNS, "fact"),
        profile_columns=_columns(FACT_COLUMNS, "p"),
        uid=uid,
        now=SQL("(NOW() AT TIME ZONE 'UTC')"),
    )


def place(scope: Scope, stage: SQL, uid: int) -> SQL:
    """Put each profile of the scope into its stage and log the moves.

    A profile pinned by hand stays until the end of its pin. Returns one row: the
    number of moves.

    :param stage: expression over ``relationship_profile`` giving the stage's id
    """
    evidence = SQL(", ").join(
        SQL("%s, %s", name, SQL.identifier("moved", name)) for name in EVIDENCE_COLUMNS
    )
    return SQL(
        """
        WITH placed AS (
            SELECT relationship_profile.id,
                   relationship_profile.stage_id AS from_stage_id,
                   %(stage)s AS stage_id
              FROM relationship_profile
             WHERE relationship_profile.company_id = %(company_id)s
               AND %(customers)s
               AND (
                   relationship_profile.stage_pinned_until IS NULL
                   OR relationship_profile.stage_pinned_until < %(as_of)s
                   OR relationship_profile.stage_id IS NULL
               )
        ),
        moved AS (
            UPDATE relationship_profile p
               SET stage_id = placed.stage_id,
                   stage_date = CASE
                       WHEN placed.stage_id IS DISTINCT FROM placed.from_stage_id
                       THEN %(as_of)s ELSE p.stage_date END,
                   stage_pinned_until = NULL,
                   stage_pin_reason = NULL,
                   write_uid = %(uid)s,
                   write_date = %(now)s
              FROM placed
             WHERE p.id = placed.id
               AND (
                   placed.stage_id IS DISTINCT FROM placed.from_stage_id
                   OR p.stage_pinned_until IS NOT NULL
               )
            RETURNING p.*, placed.from_stage_id
        ),
        logged AS (
            INSERT INTO relationship_stage_move (
                partner_id, company_id, user_id, team_id, from_stage_id, to_stage_id,
                date, automatic, evidence,
                create_uid, write_uid, create_date, write_date
            )
            SELECT partner_id, company_id, user_id, team_id, from_stage_id, stage_id,
                   %(as_of)s, TRUE, JSONB_BUILD_OBJECT(%(evidence)s),
                   %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM moved
             WHERE stage_id IS DISTINCT FROM from_stage_id
            RETURNING id
        )
        SELECT COUNT(*) FROM logged
        """,
        stage=stage,
        company_id=scope.company_id,
        customers=scope.customers.condition(
            SQL.identifier("relationship_profile", "partner_id")
        ),
        as_of=scope.as_of,
        evidence=evidence,
        uid=uid,
        now=SQL("(NOW() AT TIME ZONE 'UTC')"),
    )
