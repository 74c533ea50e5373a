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
    :param worth: value expected in the horizon; for rules that only rank
        (``is_rate``), to be multiplied by the probability
    :param orders: purchases expected in the horizon; None where the rule has no number
    """

    kind: str
    status: str
    parameters: dict
    raw: np.ndarray | None = None
    worth: np.ndarray | None = None
    is_rate: bool = False
    orders: np.ndarray | None = None

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
    scored = [_model(kind, data, horizon, minimum, per_order) for kind in MODELS]
    scored += [_RULES[kind](data, horizon, per_order) for kind in NAIVE]
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


def _model(kind, data, horizon, minimum, per_order):
    model = MODELS[kind]
    t_x, T = np.asarray(data.t_x) / _WEEK, np.asarray(data.T) / _WEEK
    fit = model.fit(data.x, t_x, T, minimum=minimum)
    scored = Scored(kind, fit.status, dict(fit.parameters or {}))
    if fit.parameters:
        weeks = horizon / _WEEK
        scored.raw = model.buy(fit.parameters, data.x, t_x, T, weeks)
        scored.orders = model.expected(fit.parameters, data.x, t_x, T, weeks)
        scored.worth = scored.orders * per_order
        scored.parameters["log_likelihood"] = fit.log_likelihood
    return scored


def _month_worth(data, horizon):
    month = np.nan_to_num(np.asarray(data.month_value, dtype=float))
    return naive.month_value_expected(month, 1.0, horizon)


def _worth(data, horizon, per_order):
    """What somebody spends in the horizon who buys in it."""
    rate = naive.order_rate(data.x, data.T)
    return per_order * naive.orders_of_buyer(data.x, data.T, rate, horizon)


def _recency(data, horizon, per_order):
    raw, worth = naive.recency(data.days_since), _worth(data, horizon, per_order)
    return Scored("recency", fitting.OK, {}, raw, worth, True)


def _rhythm(data, horizon, per_order):
    usual = naive.usual_interval(data.interval_median)
    raw = naive.rhythm(data.days_since, data.interval_median, usual)
    worth, status = _worth(data, horizon, per_order), fitting.OK
    if usual is None:
        status = fitting.NO_REPEAT
    return Scored("rhythm", status, {"interval": usual}, raw, worth, True)


def _rfv(data, horizon, per_order):
    raw = naive.rfv(data.recency_score, data.frequency_score, data.value_score)
    return Scored("rfv", fitting.OK, {}, raw, _worth(data, horizon, per_order), True)


def _windows(data, horizon, per_order):
    raw = naive.windows(data.count_halves)
    given = {"windows": [horizon * one for one in naive.WINDOWS]}
    return Scored("windows", fitting.OK, given, raw, raw * per_order, orders=raw)


def _month_rate(data, horizon, per_order):
    raw, worth = naive.month_rate(data.month_value), _month_worth(data, horizon)
    return Scored("month_rate", fitting.OK, {}, raw, worth)


_RULES = {
    "recency": _recency,
    "rhythm": _rhythm,
    "rfv": _rfv,
    "windows": _windows,
    "month_rate": _month_rate,
}
