"""The forecast of customers, as expressions of SQL over their facts.

The counterpart of ``tools.value``, whose modules explain the formulas and name their
sources: a million customers are scored where they are. What no expression can say, the
purchases of twelve months per probability of buying, depends on the number of order
days and the first of them only; it is computed outside and looked up by this pair.

No expression raises: powers are kept within what a float can hold, days within what a
date can hold. What is not known is NULL; mind that LEAST and GREATEST pass over NULL.
"""

from datetime import timedelta
from typing import NamedTuple

from odoo.tools import SQL

from ..tools.value import naive
from .relationship_profile_scope import columns, orders

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
# Exponents: far from the limits of a float, so that products stay within them too.
HIGHEST = 300
# As in `tools.value.calibration`.
EDGE = 1e-6
# So many intervals have quarters; of fewer each would stand for one of them.
QUARTILE_INTERVALS = 3
# The kinds of models that know when a customer has left; the others are naive rules.
PROBABILISTIC = ("mbg_nbd", "bg_nbd")


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
        buy=_calibrated(scope, SQL.identifier("fact", "raw")),
        order_value=_value_per_order(scope),
        raw=_raw_score(scope),
        facts=facts,
        recent=_recent_orders(scope),
        pairs=_pairs(scope),
    )


def _values(scope) -> SQL:
    buy = SQL.identifier("fact", "buy")
    orders = SQL("%s * %s", buy, _orders_per_buy(scope))
    value = SQL.identifier("fact", "order_value")
    lifetime = SQL(
        "%s * %s * %s * %s::float8",
        buy,
        _lifetime_per_buy(scope),
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


def _has_forecast(scope) -> bool:
    return bool(scope.forecast and scope.forecast.kind)


def _pairs(scope) -> SQL:
    """The lookup, as ``pair``."""
    if not _has_forecast(scope) or scope.forecast.kind not in PROBABILISTIC:
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


def _raw_score(scope) -> SQL:
    """What the chosen model says before it is calibrated."""
    if not _has_forecast(scope):
        return SQL("NULL::float8")
    is_model = scope.forecast.kind in PROBABILISTIC
    score = _buy(scope) if is_model else _naive_score(scope)
    return SQL("CASE WHEN fact.order_day_count > 0 THEN %s END", score)


def _naive_score(scope) -> SQL:
    """The score of a rule, ``tools.value.naive``; more is more likely to buy."""
    parameters = scope.forecast.parameters
    since = SQL("(%s - fact.last_order_date)", scope.as_of)
    if scope.forecast.kind == "recency":
        return SQL("-%s::float8", since)
    if scope.forecast.kind == "rhythm":
        return SQL(
            "-%s / COALESCE(NULLIF(fact.interval_median, 0), %s::float8)",
            since,
            parameters["model"]["interval"],
        )
    if scope.forecast.kind == "rfv":
        return _score_sum(parameters["cuts"], since)
    if scope.forecast.kind == "month_rate":
        age = SQL("(%s - fact.first_order_date)", scope.as_of)
        return SQL(
            "fact.revenue::float8 / GREATEST(1, %s / %s::float8)",
            age,
            naive.DAYS_PER_MONTH,
        )
    best = SQL(", ").join(
        SQL("%s / %s::float8", SQL.identifier("recent", f"count_{number}"), number)
        for number in naive.WINDOWS
    )
    return SQL("GREATEST(%s)", best)


def _score_sum(cuts, since: SQL) -> SQL:
    """Sum of the scores by the cut values that the rule was judged with."""
    scored = {
        "recency": SQL("-%s", since),
        "frequency": SQL("fact.order_day_count"),
        "value": SQL("fact.revenue"),
    }
    places = [
        _place(column, [cut for cut in cuts[name] if cut is not None])
        for name, column in scored.items()
    ]
    return SQL("(3 + %s)::float8", SQL(" + ").join(places))


def _recent_orders(scope) -> SQL:
    """Order days of the last horizons, for the rule that needs them."""
    if not _has_forecast(scope) or scope.forecast.kind != "windows":
        return SQL("")
    counts = SQL(", ").join(
        SQL(
            "COUNT(DISTINCT day) FILTER (WHERE day > %s) AS %s",
            scope.as_of - timedelta(number * scope.forecast.horizon_days),
            SQL.identifier(f"count_{number}"),
        )
        for number in naive.WINDOWS
    )
    return SQL(
        """
        LEFT JOIN (
            SELECT partner_id, %s FROM (%s) counted WHERE amount > 0 GROUP BY partner_id
        ) recent ON recent.partner_id = fact.partner_id
        """,
        counts,
        orders(scope),
    )


def _buy(scope) -> SQL:
    """P(at least one purchase within the horizon), ``tools.value.mbgnbd.buy``."""
    names = ("r", "alpha", "a", "b")
    r, alpha, a, b = (
        SQL("%s::float8", scope.forecast.parameters["model"][name]) for name in names
    )
    late = scope.forecast.kind == "bg_nbd"
    x = SQL("(fact.order_day_count - 1)")
    age = SQL("(%s + (%s - fact.first_order_date) / 7::float8)", alpha, scope.as_of)
    active = SQL(
        "(%s + (fact.last_order_date - fact.first_order_date) / 7::float8)", alpha
    )
    shape = SQL("(%s + %s)", r, x)
    left = SQL(
        "EXP(GREATEST(-%(high)s, LEAST(%(high)s, "
        "LN(%(a)s / GREATEST(%(b)s + %(x)s, 1e-300)) + "
        "%(shape)s * (LN(%(age)s) - LN(%(active)s)))))",
        high=HIGHEST,
        a=a,
        b=SQL("(%s - 1)", b) if late else b,
        x=x,
        shape=shape,
        age=age,
        active=active,
    )
    if late:  # nobody leaves before the second purchase
        left = SQL("CASE WHEN fact.order_day_count > 1 THEN %s ELSE 0 END", left)
    return SQL(
        "(1 - EXP(-LEAST(%s, %s * LN(1 + %s::float8 / %s)))) / (1 + %s)",
        HIGHEST,
        shape,
        scope.forecast.horizon_days / 7,
        age,
        left,
    )


def _calibrated(scope, raw: SQL) -> SQL:
    """``tools.value.calibration.apply``."""
    calibration = scope.forecast.calibration if _has_forecast(scope) else {}
    kind = calibration.get("kind", "none")
    if kind == "logistic":
        inside = SQL("LEAST(%s, GREATEST(%s, %s))", 1 - EDGE, EDGE, raw)
        return SQL(
            "CASE WHEN %(raw)s IS NOT NULL THEN "
            "1 / (1 + EXP(GREATEST(-%(high)s, LEAST(%(high)s, "
            "-(%(c0)s::float8 + %(c1)s::float8 * LN(%(p)s / (1 - %(p)s))))))) END",
            raw=raw,
            high=HIGHEST,
            c0=calibration["c0"],
            c1=calibration["c1"],
            p=inside,
        )
    if kind == "steps":
        return SQL(
            "CASE WHEN %(raw)s IS NOT NULL THEN "
            "(%(values)s::float8[])[1 + %(place)s] END",
            raw=raw,
            values=list(calibration["values"]),
            place=_place(raw, calibration["thresholds"]),
        )
    return raw


def _place(raw: SQL, thresholds) -> SQL:
    """Number of thresholds that a value has reached."""
    if not thresholds:  # WIDTH_BUCKET takes no empty array
        return SQL("0")
    return SQL("WIDTH_BUCKET((%s)::float8, %s::float8[])", raw, list(thresholds))


def _orders_per_buy(scope) -> SQL:
    """Order days of twelve months per probability of buying within the horizon."""
    if not _has_forecast(scope):
        return SQL("NULL::float8")
    if scope.forecast.kind in PROBABILISTIC:
        return SQL("pair.orders")
    return _orders_of_buyer(scope)


def _lifetime_per_buy(scope) -> SQL:
    """The same of a lifetime, each order discounted by its month."""
    if not _has_forecast(scope):
        return SQL("NULL::float8")
    if scope.forecast.kind in PROBABILISTIC:
        return SQL("pair.lifetime")
    years = scope.forecast.parameters["years"]
    return SQL("%s * %s::float8", _orders_of_buyer(scope), years)


def _orders_of_buyer(scope) -> SQL:
    """``tools.value.naive.orders_of_buyer``, carried on for a year."""
    horizon = scope.forecast.horizon_days
    mean = SQL(
        "GREATEST((fact.order_day_count - 1 + %(before)s::float8)"
        " / (%(as_of)s - fact.first_order_date + %(horizon)s) * %(horizon)s,"
        " %(least)s)",
        before=scope.forecast.parameters["order_rate"] * horizon,
        as_of=scope.as_of,
        horizon=horizon,
        least=naive.LEAST_MEAN,
    )
    return SQL(
        "(%(mean)s / (1 - EXP(-LEAST(%(high)s, %(mean)s))) * %(times)s::float8)",
        mean=mean,
        high=HIGHEST,
        times=365 / horizon,
    )


def _value_per_order(scope) -> SQL:
    """Revenue to expect of an order day, ``tools.value.candidates.value_per_order``.

    The mean value of a customer is that of all order days, net of what was credited:
    the profile does not know the first order day apart. Without parameters it is what
    is expected, and for customers with one order day the mean of all others.
    """
    parameters = scope.forecast.parameters if scope.forecast else {}
    mean = SQL("(GREATEST(fact.revenue, 0)::float8 / NULLIF(fact.order_day_count, 0))")
    x = SQL("(fact.order_day_count - 1)")
    if not parameters.get("value"):
        return SQL(
            "CASE WHEN %s > 0 AND fact.revenue > 0 THEN %s ELSE %s::float8 END",
            x,
            mean,
            parameters.get("value_mean"),
        )
    return SQL(
        "(%(p)s::float8 * (%(gamma)s::float8 + %(x)s * %(mean)s) "
        "/ (%(p)s::float8 * %(x)s + %(q)s::float8 - 1))",
        x=x,
        mean=mean,
        **parameters["value"],
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
