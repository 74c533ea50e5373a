"""What the model in force says of a customer, as expressions over the facts ``fact``.

Counterparts of ``tools.value``, whose modules explain the formulas.
"""

from datetime import timedelta

from odoo.tools import SQL

from ..tools.value import naive
from .relationship_profile_scope import orders

# Exponents: far from the limits of a float, so that products stay within them too.
HIGHEST = 300
# As in `tools.value.calibration`.
EDGE = 1e-6
# The kinds of models that know when a customer has left; the others are naive rules.
PROBABILISTIC = ("mbg_nbd", "bg_nbd")


def has_forecast(scope) -> bool:
    return bool(scope.forecast and scope.forecast.kind)


def raw_score(scope) -> SQL:
    """What the chosen model says before it is calibrated."""
    if not has_forecast(scope):
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


def recent_orders(scope) -> SQL:
    """Order days of the last horizons, for the rule that needs them."""
    if not has_forecast(scope) or scope.forecast.kind != "windows":
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


def calibrated(scope, raw: SQL) -> SQL:
    """``tools.value.calibration.apply``."""
    calibration = scope.forecast.calibration if has_forecast(scope) else {}
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


def orders_per_buy(scope) -> SQL:
    """Order days of twelve months per probability of buying within the horizon."""
    if not has_forecast(scope):
        return SQL("NULL::float8")
    if scope.forecast.kind in PROBABILISTIC:
        return SQL("pair.orders")
    return _orders_of_buyer(scope)


def lifetime_per_buy(scope) -> SQL:
    """The same of a lifetime, each order discounted by its month."""
    if not has_forecast(scope):
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


def value_per_order(scope) -> SQL:
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
