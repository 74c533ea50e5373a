"""The facts of customers as one query: see ``relationship_profile_sql``."""

from odoo.tools import SQL

from .relationship_key_date_sql import nearest
from .relationship_profile_contact_sql import CONTACT_COLUMNS, cases, contacts, ratings
from .relationship_profile_credit_sql import credits, refunds
from .relationship_profile_extra_sql import (
    extra_columns,
    extra_joins,
    extra_sellers,
    extra_values,
    makes_customer,
)
from .relationship_profile_forecast_sql import FORECAST_COLUMNS, forecast
from .relationship_profile_habits import (
    ACQUISITION_COLUMNS,
    ORDER_HABIT_COLUMNS,
    PAYMENT_COLUMNS,
    acquisition,
    day_habit_counts,
    order_habits,
    payment_habits,
)
from .relationship_profile_margin_sql import margins
from .relationship_profile_scope import Scope, columns, latest_seller, orders
from .relationship_profile_score_sql import SCORE_COLUMNS, scores
from .relationship_profile_value_sql import (
    VALUE_COLUMNS,
    net_of_windows,
    sums_of_windows,
    values,
)

# Columns of the profile that follow from the facts, in the order of `facts`.
FACT_COLUMNS = (
    "active",
    "user_id",
    "team_id",
    "quotation_count",
    "order_count",
    "order_day_count",
    *VALUE_COLUMNS,
    "first_order_date",
    "last_order_date",
    "days_since_order",
    "interval_mean",
    "interval_median",
    "interval_low",
    "interval_high",
    "last_interval",
    "last_interval_ratio",
    "rhythm_ratio",
    "rhythm_state",
    *ORDER_HABIT_COLUMNS,
    *ACQUISITION_COLUMNS,
    *PAYMENT_COLUMNS,
    *CONTACT_COLUMNS,
    "next_key_date",
    "completeness",
    "completeness_gap",
)
# All that is computed together: the facts, and what follows from them row by row.
PROFILE_COLUMNS = (*FACT_COLUMNS, *SCORE_COLUMNS, *FORECAST_COLUMNS)


def profile_columns(scope: Scope) -> tuple[str, ...]:
    """``PROFILE_COLUMNS``, and those that other add-ons compute."""
    return (*PROFILE_COLUMNS, *extra_columns(scope))


# Equal aggregates are computed once, and all three need one sort.
QUARTILES = SQL("PERCENTILE_CONT(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY gap)")


def order_facts(scope: Scope) -> SQL:
    """Per customer: counts, amount before credit notes, first and last day, intervals
    of order days."""
    return SQL(
        """
        SELECT partner_id,
               SUM(orders)::int AS order_count,
               COUNT(*)::int AS order_day_count,
               SUM(amount) AS amount,
               %(windows)s,
               MIN(day) AS first_order_date,
               MAX(day) AS last_order_date,
               MAX(last_order) AS last_order,
               AVG(gap)::float8 AS interval_mean,
               (%(quartiles)s)[1] AS interval_low,
               (%(quartiles)s)[2] AS interval_median,
               (%(quartiles)s)[3] AS interval_high,
               MAX(gap) FILTER (WHERE is_last) AS last_interval,
               %(habit_counts)s
          FROM (
               SELECT *,
                      day - LAG(day) OVER by_day AS gap,
                      LEAD(day) OVER by_day IS NULL AS is_last
                 FROM (
                      SELECT partner_id,
                             day,
                             COUNT(*) AS orders,
                             SUM(amount) AS amount,
                             MAX(date_order) AS last_order,
                             EXTRACT(
                                 HOUR FROM
                                 MIN(date_order) AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s
                             ) AS hour
                        FROM (%(orders)s) counted
                       GROUP BY partner_id, day
                 ) order_day
               WINDOW by_day AS (PARTITION BY partner_id ORDER BY day)
          ) spaced
         GROUP BY partner_id
        """,
        orders=orders(scope),
        tz=scope.tz,
        windows=sums_of_windows(scope),
        quartiles=QUARTILES,
        habit_counts=day_habit_counts(),
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
    order, else of the latest open quotation; the team is that person's. Where a
    customer came from is what somebody has noted, else the source of the first order or
    of a quotation before it.
    """
    # Without the OFFSET, PostgreSQL would merge the two levels and evaluate the
    # completeness, with all its subqueries, wherever it is used.
    query = SQL(
        """
        SELECT fact.*,
               ROUND(
                   GREATEST(revenue, 0) * (100 - COALESCE(completeness, 100)) / 100,
                   %(digits)s
               ) AS completeness_gap,
               score.*
          FROM (%(facts)s OFFSET 0) fact
         CROSS JOIN LATERAL (SELECT %(scores)s) score (%(score_columns)s)
        """,
        digits=scope.digits,
        facts=_joined_facts(scope),
        scores=scores(scope.scale, "fact"),
        score_columns=columns(SCORE_COLUMNS),
    )
    return forecast(scope, query)


def _joined_facts(scope: Scope) -> SQL:
    """The facts, but for what is computed from several of them."""
    return SQL(
        """
        WITH order_facts AS (%(order_facts)s),
        quotation AS (%(quotations)s),
        acquired AS (%(acquisition)s),
        payment AS (%(payment_habits)s),
        %(credits)s,
        refund AS (%(refunds)s),
        margin AS (%(margins)s),
        contacted AS (%(contacts)s),
        rated AS (%(ratings)s),
        open_case AS (%(cases)s),
        key_date AS (%(key_dates)s)
        SELECT customer.id AS partner_id,
               %(company_id)s AS company_id,
               customer.active,
               who.user_id,
               COALESCE(
                   team.id, latest.team_id, quotation.team_id, %(extra_teams)s
               ) AS team_id,
               COALESCE(quotation.quotation_count, 0) AS quotation_count,
               COALESCE(o.order_count, 0) AS order_count,
               COALESCE(o.order_day_count, 0) AS order_day_count,
               %(values)s,
               o.first_order_date,
               o.last_order_date,
               %(as_of)s - o.last_order_date AS days_since_order,
               o.interval_mean,
               o.interval_median,
               o.interval_low,
               o.interval_high,
               o.last_interval,
               o.last_interval / o.interval_median AS last_interval_ratio,
               ratio.rhythm_ratio,
               CASE WHEN ratio.rhythm_ratio IS NULL THEN 'none'
                    WHEN ratio.rhythm_ratio < 1 THEN 'on_time'
                    WHEN ratio.rhythm_ratio < 2 THEN 'due'
                    ELSE 'late'
               END AS rhythm_state,
               %(order_habits)s,
               CASE WHEN customer.relationship_source_id IS NOT NULL
                    THEN customer.relationship_source_id
                    ELSE acquired.source_id END AS source_id,
               CASE WHEN customer.relationship_source_id IS NOT NULL
                    THEN customer.relationship_campaign_id
                    ELSE acquired.campaign_id END AS campaign_id,
               CASE WHEN customer.relationship_source_id IS NULL
                    THEN acquired.medium_id END AS medium_id,
               COALESCE(
                   customer.relationship_acquisition_date, acquired.day
               ) AS acquisition_date,
               COALESCE(payment.paid_invoice_count, 0) AS paid_invoice_count,
               payment.payment_on_time_share,
               payment.payment_days_late,
               payment.payment_days_late_trend,
               payment.payment_journal_id,
               payment.payment_method_line_id,
               payment.payment_method_share,
               COALESCE(payment.overdue_amount, 0) AS overdue_amount,
               contacted.last_interaction_date,
               %(as_of)s - contacted.last_interaction_date AS days_since_interaction,
               contacted.last_in_date,
               contacted.last_in_channel_id,
               contacted.last_in_user_id,
               contacted.last_out_date,
               contacted.last_out_channel_id,
               contacted.last_out_user_id,
               COALESCE(contacted.interaction_count_90, 0) AS interaction_count_90,
               COALESCE(contacted.answerable_count, 0) AS answerable_count,
               contacted.answered_share,
               COALESCE(rated.rating_count, 0) AS rating_count,
               rated.rating_mean,
               COALESCE(open_case.open_case_count, 0) AS open_case_count,
               COALESCE(open_case.open_complaint_count, 0) AS open_complaint_count,
               key_date.next_key_date,
               %(completeness)s AS completeness
               %(extra_values)s
          FROM res_partner customer
          LEFT JOIN order_facts o ON o.partner_id = customer.id
          LEFT JOIN quotation ON quotation.partner_id = customer.id
          LEFT JOIN acquired
                 ON acquired.partner_id = customer.id
                AND (o.first_order_date IS NULL OR acquired.day <= o.first_order_date)
          LEFT JOIN payment ON payment.partner_id = customer.id
          LEFT JOIN refund ON refund.partner_id = customer.id
          LEFT JOIN margin ON margin.partner_id = customer.id
          LEFT JOIN contacted ON contacted.partner_id = customer.id
          LEFT JOIN rated ON rated.partner_id = customer.id
          LEFT JOIN open_case ON open_case.partner_id = customer.id
          LEFT JOIN key_date ON key_date.partner_id = customer.id
          %(extra_joins)s
          LEFT JOIN LATERAL (%(latest_seller)s) latest ON TRUE
         CROSS JOIN LATERAL (
               SELECT COALESCE(
                   customer.user_id, latest.user_id, quotation.user_id,
                   %(extra_users)s
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
         CROSS JOIN LATERAL (%(net_of_windows)s) net
         -- The planner takes such a comparison for rare and would join by nested loops,
         -- for hours; in a CASE it can't see it. In truth most contacts pass.
         WHERE CASE WHEN customer.commercial_partner_id = customer.id THEN TRUE END
           AND %(customers)s
           AND (
               o.partner_id IS NOT NULL
               OR quotation.partner_id IS NOT NULL
               OR %(makes_customer)s
               OR (%(is_prospect)s)
           )
        """,
        order_facts=order_facts(scope),
        quotations=_quotations(scope),
        acquisition=acquisition(scope),
        payment_habits=payment_habits(scope),
        credits=credits(scope),
        refunds=refunds(scope),
        margins=margins(scope),
        values=values(scope),
        net_of_windows=net_of_windows(scope),
        latest_seller=latest_seller(scope),
        contacts=contacts(scope),
        ratings=ratings(scope),
        cases=cases(scope),
        key_dates=nearest(scope),
        order_habits=order_habits(scope),
        completeness=scope.completeness,
        company_id=scope.company_id,
        as_of=scope.as_of,
        customers=scope.customers.condition(SQL.identifier("customer", "id")),
        is_prospect=_is_prospect(scope),
        extra_values=extra_values(scope),
        extra_joins=extra_joins(scope),
        extra_users=extra_sellers(scope, "user_id"),
        extra_teams=extra_sellers(scope, "team_id"),
        makes_customer=makes_customer(scope),
    )
