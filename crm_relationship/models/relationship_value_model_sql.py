"""What the models of customer value are fitted to, as queries over the orders.

See ``tools.value.candidates.CutoffData`` for what the columns mean.
"""

from datetime import timedelta

from odoo.tools import SQL

from ..tools.days import end_of_day
from ..tools.value import naive
from .relationship_profile_credit_sql import credits, refunds
from .relationship_profile_scope import orders


def order_span(company_id) -> SQL:
    """One row: customers with an order, their order days, first and last day."""
    return SQL(
        """
        SELECT COUNT(*), COALESCE(SUM(order_day_count), 0),
               MIN(first_order_date), MAX(last_order_date)
          FROM relationship_profile
         WHERE company_id = %s
           AND order_day_count > 0
        """,
        company_id,
    )


def customers_at(scope, cut, horizon) -> SQL:
    """One row per customer with an order up to the day ``cut``: the columns of
    ``tools.cutoffs``.

    What came after is seen up to the day of the scope. Times are days. The order is
    that of the figures, so that equal data give equal results to the last digit.

    Value is net of what was credited up to the cut, as the facts are: a model is
    applied to what it was learned from. What came after the cut is what was ordered;
    that ranks customers, and nothing is computed from its level.

    :param cut: the last day that the models may know
    :param horizon: days; the windows of orders are four, two and one of it long
    """
    names = [SQL.identifier(f"window_{number}") for number in naive.WINDOWS]
    known = scope._replace(as_of=cut, until=end_of_day(cut, scope.tz))
    return SQL(
        """
        WITH %(credits)s,
        refund AS (%(refunds)s),
        order_day AS (
            SELECT partner_id, day, SUM(amount)::float8 AS amount
              FROM (%(orders)s) counted
             WHERE amount > 0
             GROUP BY partner_id, day
        ),
        spaced AS (
            SELECT *,
                   day - LAG(day) OVER (PARTITION BY partner_id ORDER BY day) AS gap,
                   day <= %(cut)s AS known
              FROM order_day
        ),
        customer AS (
            SELECT partner_id,
                   COUNT(*) FILTER (WHERE known) AS days,
                   MIN(day) AS first_day,
                   MAX(day) FILTER (WHERE known) AS last_day,
                   PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY gap)
                       FILTER (WHERE known) AS interval_median,
                   SUM(amount) FILTER (WHERE known) AS ordered,
                   %(windows)s,
                   (COUNT(*) FILTER (WHERE NOT known))::float8 AS orders_after,
                   COALESCE(SUM(amount) FILTER (WHERE NOT known), 0) AS value_after
              FROM spaced
             GROUP BY partner_id
            HAVING BOOL_OR(known)
        )
        SELECT (days - 1)::float8 AS x,
               (last_day - first_day)::float8 AS t_x,
               (%(cut)s - first_day)::float8 AS "T",
               net.value / days AS z,
               interval_median,
               net.value,
               %(window_names)s,
               orders_after,
               value_after
          FROM customer
          LEFT JOIN refund ON refund.partner_id = customer.partner_id
         CROSS JOIN LATERAL (
               SELECT ordered - COALESCE(refund.amount, 0)::float8 AS value
          ) net
         ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        """,
        orders=orders(scope),
        cut=cut,
        credits=credits(known),
        refunds=refunds(known),
        windows=SQL(", ").join(
            SQL(
                "(COUNT(*) FILTER (WHERE known AND day > %s))::float8 AS %s",
                cut - timedelta(number * horizon),
                name,
            )
            for number, name in zip(naive.WINDOWS, names, strict=True)
        ),
        window_names=SQL(", ").join(names),
    )


def known_margin(company_id) -> SQL:
    """One row: margin and revenue of what has a known cost, of all customers."""
    return SQL(
        """
        SELECT SUM(margin), SUM(margin_revenue)
          FROM relationship_profile
         WHERE company_id = %s
        """,
        company_id,
    )


def cut_dates(first, today, horizon, most) -> list:
    """The days to look back from, the oldest first.

    The outcome of the latest is complete today; each is a third of the horizon, and a
    month at least, before the next. Before the first of them there is as long a
    history as the horizon.

    :param first: day of the first order
    :param horizon: days
    :param most: of them
    """
    step = timedelta(max(30, horizon // 3))
    latest = today - timedelta(horizon)
    dates = [latest - number * step for number in range(most)]
    return [day for day in reversed(dates) if day - first >= timedelta(horizon)]
