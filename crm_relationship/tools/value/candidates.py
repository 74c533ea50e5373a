"""The candidates of a backtest: what each of them makes of the customers of one day."""

from dataclasses import dataclass

import numpy as np

from . import bgnbd, fitting, gamma_gamma, mbgnbd, naive

MODELS = {"mbg_nbd": mbgnbd, "bg_nbd": bgnbd}
NAIVE = ("recency", "rhythm", "rfv", "windows", "month_rate")
KINDS = (*MODELS, *NAIVE)
_WEEK = 7.0


@dataclass
class CutoffData:
    """The customers as they were known at the end of a day, and what came after.

    Arrays have one entry per customer with at least one order up to the day.

    :param day: number of the day (``date.toordinal``)
    :param x: repeat purchase days; ``t_x``, ``T``: last - first, cut - first, in days
    :param z: mean value of the repeat purchase days, 0 or NaN without any
    :param days_since: days since the last order
    :param interval_median: median of the customer's own intervals in days, NaN without
    :param recency_score: and ``frequency_score``, ``value_score``: 1..5 as of the day
    :param count_halves: order days in the last 4, 2 and 1 horizons; (customers, 3)
    :param month_value: average value per month before the day
    :param bought: 1 who bought within the horizon after the day, else 0; ``None``, like
        the two after it, where that is not known yet
    :param orders_after: purchase days in the horizon
    :param value_after: value bought in the horizon
    """

    day: int
    x: np.ndarray
    t_x: np.ndarray
    T: np.ndarray
    z: np.ndarray
    days_since: np.ndarray
    interval_median: np.ndarray
    recency_score: np.ndarray
    frequency_score: np.ndarray
    value_score: np.ndarray
    count_halves: np.ndarray
    month_value: np.ndarray
    bought: np.ndarray | None = None
    orders_after: np.ndarray | None = None
    value_after: np.ndarray | None = None

    @property
    def count(self):
        return len(self.x)

    @property
    def history(self):
        """Days of the longest customer history: the age of the data."""
        return float(np.max(self.T, initial=0))


@dataclass
class Scored:
    """What a candidate says of the customers of one day.

    :param status: "ok" or why it is not to be used
    :param raw: its score; a probability for models; None if there is not any
    :param orders: purchases expected in the horizon of who makes at least one in it;
        times the probability of that, once it is calibrated, those of anybody
    :param worth: the same of their value
    """

    kind: str
    status: str
    parameters: dict
    raw: np.ndarray | None = None
    orders: np.ndarray | None = None
    worth: np.ndarray | None = None

    @property
    def is_probability(self):
        return self.kind in MODELS


def score(data, horizon, minimum=fitting.MINIMUM):
    """Return [:class:`Scored`] of all candidates.

    :param horizon: days
    :param minimum: least customers that a model is fitted on
    """
    value = gamma_gamma.fit(data.x, _repeat_value(data))
    per_order = value_per_order(data, value)
    scored = [_model(kind, data, horizon, minimum) for kind in MODELS]
    orders = naive.orders_of_buyer(
        data.x, data.T, naive.order_rate(data.x, data.T), horizon
    )
    for kind in NAIVE:
        rule = _RULES[kind](data, horizon)
        rule.orders = orders
        scored.append(rule)
    for one in scored:
        if one.orders is not None:
            one.worth = one.orders * per_order
    return [_without_nonsense(one) for one in scored]


def _without_nonsense(scored):
    """Refuse a score that is no number for some customer: others would be judged on
    more customers than this candidate."""
    said = [one for one in (scored.raw, scored.worth) if one is not None]
    if not all(np.all(np.isfinite(one)) for one in said):
        scored.status, scored.raw = fitting.NOT_FINITE, None
    return scored


def value_per_order(data, fit):
    """Return the value to be expected of an order, whether Gamma-Gamma fits or not."""
    z = _repeat_value(data)
    if fit.ok:
        return gamma_gamma.expected_value(fit.parameters, data.x, z)
    known = z > 0
    return np.where(known, z, z[known].mean() if known.any() else 0.0)


def value_parameters(data):
    """Return (p, q, gamma as a dictionary or None, status) of the values of orders."""
    fit = gamma_gamma.fit(data.x, _repeat_value(data))
    return (fit.parameters if fit.ok else None), fit.status


def _repeat_value(data):
    z = np.nan_to_num(np.asarray(data.z, dtype=float), nan=0.0, posinf=0, neginf=0)
    return np.where(np.asarray(data.x) > 0, np.maximum(z, 0.0), 0.0)


def _model(kind, data, horizon, minimum):
    model = MODELS[kind]
    t_x, T = np.asarray(data.t_x) / _WEEK, np.asarray(data.T) / _WEEK
    fit = model.fit(data.x, t_x, T, minimum=minimum)
    scored = Scored(kind, fit.status, dict(fit.parameters or {}))
    if fit.parameters:
        weeks = horizon / _WEEK
        scored.raw = model.buy(fit.parameters, data.x, t_x, T, weeks)
        scored.orders = _orders_of_buyer(model, fit.parameters, data.x, T, weeks)
        scored.parameters["log_likelihood"] = fit.log_likelihood
    return scored


def _orders_of_buyer(model, params, x, T, weeks):
    """Purchases per probability of one. P(still a customer) is in both and not in their
    ratio, so the customers may as well have bought today."""
    buy = model.buy(params, x, T, T, weeks)
    expected = model.expected(params, x, T, T, weeks)
    return np.divide(expected, buy, out=np.zeros_like(buy), where=buy > 0)


def _recency(data, horizon):
    return Scored("recency", fitting.OK, {}, naive.recency(data.days_since))


def _rhythm(data, horizon):
    usual = naive.usual_interval(data.interval_median)
    raw = naive.rhythm(data.days_since, data.interval_median, usual)
    status = fitting.NO_REPEAT if usual is None else fitting.OK
    return Scored("rhythm", status, {"interval": usual}, raw)


def _rfv(data, horizon):
    raw = naive.rfv(data.recency_score, data.frequency_score, data.value_score)
    return Scored("rfv", fitting.OK, {}, raw)


def _windows(data, horizon):
    given = {"windows": [horizon * one for one in naive.WINDOWS]}
    return Scored("windows", fitting.OK, given, naive.windows(data.count_halves))


def _month_rate(data, horizon):
    return Scored("month_rate", fitting.OK, {}, naive.month_rate(data.month_value))


_RULES = {
    "recency": _recency,
    "rhythm": _rhythm,
    "rfv": _rfv,
    "windows": _windows,
    "month_rate": _month_rate,
}
