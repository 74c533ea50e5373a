"""The bare SQL that the add-on is measured against.

What a competent person would write who needs nothing but the figures: one statement,
the same indexes, no settings touched. It writes into a table made like the profiles.
"""

from odoo.tools import SQL

TABLE = "bench_profile"

_COLUMNS = (
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
    "quotation_count",
    "user_id",
)
_SCORES = ("recency_score", "frequency_score", "value_score")

_FACTS = """
    WITH day AS (
        SELECT c.commercial_partner_id AS partner_id,
               (o.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day,
               count(*) AS orders,
               sum(o.amount_untaxed / o.currency_rate) AS amount,
               max(o.date_order) AS last_order
          FROM sale_order o
          JOIN res_partner c ON c.id = o.partner_id
         WHERE o.state = 'sale'
           AND o.amount_untaxed > 0
           AND o.company_id = %(company_id)s
         GROUP BY 1, 2
    ), gap AS (
        SELECT *,
               day - lag(day) OVER by_day AS gap,
               lead(day) OVER by_day IS NULL AS is_last
          FROM day
        WINDOW by_day AS (PARTITION BY partner_id ORDER BY day)
    ), fact AS (
        SELECT partner_id,
               sum(orders) AS order_count,
               count(*) AS order_day_count,
               round(sum(amount)::numeric, 2) AS revenue,
               min(day) AS first_order_date,
               max(day) AS last_order_date,
               %(as_of)s - max(day) AS days_since_order,
               avg(gap) AS interval_mean,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS interval_median,
               max(gap) FILTER (WHERE is_last) AS last_interval,
               max(last_order) AS last_order
          FROM gap
         GROUP BY partner_id
    ), quotation AS (
        SELECT c.commercial_partner_id AS partner_id, count(*) AS quotation_count
          FROM sale_order o
          JOIN res_partner c ON c.id = o.partner_id
         WHERE o.state IN ('draft', 'sent') AND o.company_id = %(company_id)s
         GROUP BY 1
    ), latest AS (
        SELECT DISTINCT ON (c.commercial_partner_id)
               c.commercial_partner_id AS partner_id, o.user_id
          FROM fact f
          JOIN res_partner c ON c.commercial_partner_id = f.partner_id
          JOIN sale_order o
            ON o.partner_id = c.id AND o.date_order = f.last_order
           AND o.state = 'sale' AND o.company_id = %(company_id)s
         ORDER BY c.commercial_partner_id, o.id DESC
    ), complete AS (
        SELECT f.*,
               f.days_since_order / f.interval_median AS rhythm_ratio,
               f.last_interval / f.interval_median AS last_interval_ratio,
               coalesce(q.quotation_count, 0) AS quotation_count,
               coalesce(p.user_id, l.user_id) AS user_id
          FROM fact f
          JOIN res_partner p ON p.id = f.partner_id
          LEFT JOIN quotation q ON q.partner_id = f.partner_id
          LEFT JOIN latest l ON l.partner_id = f.partner_id
    )
"""
# Quintiles by rank, ties sharing the lower rank; see value-models.md.
_RANKED = """
    , ranked AS (
        SELECT *,
               rank() OVER (ORDER BY last_order_date) AS r,
               rank() OVER (ORDER BY order_day_count) AS f,
               rank() OVER (ORDER BY revenue) AS v,
               greatest(count(*) OVER () - 1, 1) AS others
          FROM complete
    ), scored AS (
        SELECT *,
               least(5, 1 + 5 * (r - 1) / others) AS recency_score,
               least(5, 1 + 5 * (f - 1) / others) AS frequency_score,
               least(5, 1 + 5 * (v - 1) / others) AS value_score
          FROM ranked
    )
"""


def create_table(cr):
    """Make a copy of the profiles: the same indexes and room in the pages, and three
    more columns for scores."""
    cr.execute(
        "SELECT array_to_string(reloptions, ', ') FROM pg_class "
        "WHERE oid = 'relationship_profile'::regclass"
    )
    [options] = cr.fetchone()
    scores = ", ".join(f"{score} int" for score in _SCORES)
    cr.execute(f"DROP TABLE IF EXISTS {TABLE}")
    cr.execute(
        f"CREATE TABLE {TABLE} (LIKE relationship_profile INCLUDING ALL, {scores}) "
        + (f"WITH ({options})" if options else "")
    )
    cr.execute(f"INSERT INTO {TABLE} SELECT * FROM relationship_profile")


def refresh(cr, company, as_of, *, scores):
    """Compute and update all profiles of a company in one statement.

    :param scores: whether to rank the customers too
    """
    columns = _COLUMNS + (_SCORES if scores else ())
    source = "scored" if scores else "complete"
    assignments = ", ".join(f"{column} = s.{column}" for column in columns)
    cr.execute(
        SQL(
            _FACTS
            + (_RANKED if scores else "")
            + f"UPDATE {TABLE} p SET {assignments} FROM {source} s "
            "WHERE p.partner_id = s.partner_id AND p.company_id = %(company_id)s",
            tz=company._relationship_tz(),
            company_id=company.id,
            as_of=as_of,
        )
    )


def differing_profiles(cr):
    """Return how many profiles of the add-on differ from the bare ones."""
    cr.execute(
        f"""
        SELECT count(*)
          FROM relationship_profile p JOIN {TABLE} b USING (partner_id, company_id)
         WHERE (p.order_count, p.order_day_count, p.revenue, p.first_order_date,
                p.last_order_date, p.days_since_order,
                round(p.interval_mean::numeric, 6), p.interval_median)
            IS DISTINCT FROM
               (b.order_count, b.order_day_count, b.revenue, b.first_order_date,
                b.last_order_date, b.days_since_order,
                round(b.interval_mean::numeric, 6), b.interval_median)
        """
    )
    return cr.fetchone()[0]


RULE = """
    SELECT p.partner_id, p.user_id, p.team_id, p.last_order_date::text AS occurrence,
           p.order_count, p.order_day_count, p.revenue, p.interval_median,
           %(as_of)s - p.last_order_date AS days,
           (%(as_of)s - p.last_order_date) / p.interval_median AS ratio
      FROM relationship_profile p
     WHERE p.active
       AND p.company_id = %(company_id)s
       AND p.order_day_count >= %(order_days)s
       AND %(as_of)s - p.last_order_date >= %(min_days)s
       AND %(as_of)s - p.last_order_date >= %(factor)s * p.interval_median
       AND NOT EXISTS (
           SELECT FROM relationship_touch t
            WHERE t.dedup_key = concat_ws(
                  '|', %(rule_id)s, p.company_id, p.partner_id, p.last_order_date
              )
       )
     ORDER BY p.revenue DESC, p.partner_id
"""


def due_customers(cr, rule, company, as_of):
    """Return the rows of the customers whom a rule of the own rhythm is about."""
    cr.execute(
        RULE,
        {
            "as_of": as_of,
            "company_id": company.id,
            "rule_id": rule.id,
            "order_days": rule.min_order_days,
            "min_days": rule.min_days_since_order,
            "factor": rule.rhythm_factor,
        },
    )
    return cr.fetchall()
