"""The forecast of customers, as expressions of SQL over their facts.

The counterpart of ``tools.value``, whose modules explain the formulas and name their
sources: a million customers are scored where they are. What no expression can say, the
purchases of twelve months per probability of buying, depends on the number of order
days and the first of them only; it is computed outside and looked up by this pair.

No expression raises: powers are kept within what a float can hold, days within what a
date can hold. What is not known is NULL; mind that LEAST and GREATEST pass over NULL.
"""

from typing import NamedTuple

from odoo.tools import SQL

from .relationship_profile_forecast_model_sql import (
    PROBABILISTIC,
    calibrated,
    has_forecast,
    lifetime_per_buy,
    orders_per_buy,
    raw_score,
    recent_orders,
    value_per_order,
)
from .relationship_profile_scope import columns

FORECAST_COLUMNS = (
    "buy_probability",
    "churn_risk",
    "expected_orders",
    "expected_value",
    "lifetime_value",
    "value_at_risk",
    "next_order_date",
    "next_order_from",
    "next_order_to",
)
# The facts that it follows from.
NEEDED_COLUMNS = (
    "partner_id",
    "order_day_count",
    "first_order_date",
    "last_order_date",
    "interval_median",
    "interval_low",
    "interval_high",
    "revenue",
    "revenue_recent",
)
# So many intervals have quarters; of fewer each would stand for one of them.
QUARTILE_INTERVALS = 3


class Forecast(NamedTuple):
    """The model in force, as the statements need it.

    :param kind: of the chosen model; None where there is no forecast
    :param horizon_days: days that the probability of buying is about
    :param parameters: see ``relationship.value.model``
    :param margin: 0..1, what is left of revenue
    :param pairs: (order days, first days, orders, lifetimes), arrays of equal length:
        purchases of twelve months, and discounted ones of a lifetime, per probability
        of buying within the horizon
    """

    kind: str | None = None
    horizon_days: int = 90
    parameters: dict = {}
    calibration: dict = {}
    margin: float = 1.0
    pairs: tuple = ((), (), (), ())


def forecast(scope, facts: SQL) -> SQL:
    """The rows of a query, and what follows from them: ``FORECAST_COLUMNS``.

    :param facts: with ``NEEDED_COLUMNS`` at least
    """
    # Without OFFSET, PostgreSQL would evaluate the formula wherever it is used; a
    # lateral join would do, too, at ten times the cost.
    return SQL(
        """
        SELECT fact.*, %(values)s
          FROM (
               SELECT fact.*,
                      %(buy)s AS buy,
                      %(order_value)s AS order_value
                 FROM (
                      SELECT fact.*, %(raw)s AS raw
                        FROM (%(facts)s) fact
                        %(recent)s
                      OFFSET 0
                 ) fact
               OFFSET 0
          ) fact
          %(pairs)s
        """,
        values=_values(scope),
        buy=calibrated(scope, SQL.identifier("fact", "raw")),
        order_value=value_per_order(scope),
        raw=raw_score(scope),
        facts=facts,
        recent=recent_orders(scope),
        pairs=_pairs(scope),
    )


def _values(scope) -> SQL:
    buy = SQL.identifier("fact", "buy")
    orders = SQL("%s * %s", buy, orders_per_buy(scope))
    value = SQL.identifier("fact", "order_value")
    lifetime = SQL(
        "%s * %s * %s * %s::float8",
        buy,
        lifetime_per_buy(scope),
        value,
        scope.forecast.margin if scope.forecast else 1,
    )
    risk = SQL("(1 - %s) * GREATEST(fact.revenue_recent, 0)::float8", buy)
    return SQL(
        """
        %(buy)s AS buy_probability,
        1 - %(buy)s AS churn_risk,
        %(orders)s AS expected_orders,
        %(expected_value)s AS expected_value,
        %(lifetime_value)s AS lifetime_value,
        %(value_at_risk)s AS value_at_risk,
        %(next)s AS next_order_date,
        %(low)s AS next_order_from,
        %(high)s AS next_order_to
        """,
        buy=buy,
        orders=orders,
        expected_value=_money(scope, SQL("%s * %s", orders, value)),
        lifetime_value=_money(scope, lifetime),
        value_at_risk=_money(scope, risk),
        next=_after_last_order("interval_median"),
        low=_where_quartiles(_after_last_order("interval_low")),
        high=_where_quartiles(_after_last_order("interval_high")),
    )


def _pairs(scope) -> SQL:
    """The lookup, as ``pair``."""
    if not has_forecast(scope) or scope.forecast.kind not in PROBABILISTIC:
        return SQL("")
    return SQL(
        """
        LEFT JOIN UNNEST(%s::int[], %s::date[], %s::float8[], %s::float8[])
               AS pair (order_day_count, first_order_date, orders, lifetime)
               ON pair.order_day_count = fact.order_day_count
              AND pair.first_order_date = fact.first_order_date
        """,
        *map(_array, scope.forecast.pairs),
    )


def _array(values) -> str:
    """An array as PostgreSQL reads it fastest: one string, not thousands of values."""
    inside = ",".join("NULL" if one is None else str(one) for one in values)
    return f"{{{inside}}}"


def distinct_pairs(scope, query=None) -> SQL:
    """Distinct (order days, first day) of customers, as the profiles have them.

    :param query: in their place; rows with order_day_count and first_order_date
    """
    return SQL(
        """
        SELECT DISTINCT order_day_count, first_order_date
          FROM %s fact
         WHERE order_day_count > 0
           AND first_order_date IS NOT NULL
        """,
        SQL("(%s)", query) if query else _profiles(scope),
    )


def missing_pairs(scope) -> SQL:
    """Distinct pairs of the profiles that were not in the lookup of their refresh."""
    return SQL(
        "%s AND buy_probability IS NOT NULL AND expected_orders IS NULL",
        distinct_pairs(scope),
    )


def pairs_as_of(scope, orders: SQL) -> SQL:
    """Distinct pairs of the customers of a scope as of its day, from their orders.

    :param orders: rows with partner_id and day
    """
    return distinct_pairs(
        scope,
        SQL(
            """
            SELECT COUNT(DISTINCT day)::int AS order_day_count,
                   MIN(day) AS first_order_date
              FROM (%s) counted
             GROUP BY partner_id
            """,
            orders,
        ),
    )


def update_forecast(scope) -> SQL:
    """Compute the forecast of profiles whose pair is in the lookup now.

    The facts are those stored; returns the ids of the profiles written.
    """
    missing = SQL(
        """
        SELECT id, %s
          FROM %s fact
         WHERE buy_probability IS NOT NULL
           AND expected_orders IS NULL
        """,
        columns(NEEDED_COLUMNS),
        _profiles(scope),
    )
    return SQL(
        """
        UPDATE relationship_profile p
           SET (%(columns)s) = ROW(%(computed)s)
          FROM (
               SELECT fact.id AS profile_id, %(values)s
                 FROM (%(forecast)s) fact
                WHERE fact.expected_orders IS NOT NULL
          ) computed
         WHERE p.id = computed.profile_id
        RETURNING p.id
        """,
        columns=columns(FORECAST_COLUMNS),
        values=columns(FORECAST_COLUMNS, "fact"),
        computed=columns(FORECAST_COLUMNS, "computed"),
        forecast=forecast(scope, missing),
    )


def _profiles(scope) -> SQL:
    return SQL(
        "(SELECT * FROM relationship_profile p WHERE p.company_id = %s AND %s)",
        scope.company_id,
        scope.customers.condition(SQL.identifier("p", "partner_id")),
    )


def _money(scope, amount: SQL) -> SQL:
    return SQL("ROUND((%s)::numeric, %s)", amount, scope.digits)


def _after_last_order(interval) -> SQL:
    """The last order day plus an interval, unless that is beyond all calendars."""
    days = SQL("ROUND(%s)", SQL.identifier("fact", interval))
    return SQL(
        "CASE WHEN %(days)s <= DATE '9999-12-31' - fact.last_order_date "
        "THEN fact.last_order_date + %(days)s::int END",
        days=days,
    )


def _where_quartiles(day: SQL) -> SQL:
    """What follows from the quarters of the intervals: one or two have none."""
    return SQL(
        "CASE WHEN fact.order_day_count > %s THEN %s END", QUARTILE_INTERVALS, day
    )
