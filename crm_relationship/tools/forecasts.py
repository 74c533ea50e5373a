"""What is to be expected of customers once it is known how likely they buy. No ORM.

Both P(buy within the horizon) and the expected purchases of MBG/NBD and BG/NBD are
P(alive) times something that depends on the number of order days and the first of them
only. Their ratio does, too, and P(alive) is not in it: so the purchases of a customer
are the probability of buying, calibrated as it is, times this ratio; a customer who is
said to be half as likely to buy is said to buy half as much.
"""

from datetime import date
from typing import NamedTuple

import numpy as np

from .value import bgnbd, lifetime, mbgnbd

MODELS = {"mbg_nbd": mbgnbd, "bg_nbd": bgnbd}
WEEK = 7.0
YEAR = 365 / WEEK
# A lifetime is three years: the first month by month, the others as a whole in their
# middle. What a customer buys after that is worth little and known less.
YEARS = 3
# Decimals kept, so that the same pair has the same figures in whichever company.
DIGITS = 9
# Nobody buys more often than that; only nonsense has higher figures.
MOST = 1e6


class InForce(NamedTuple):
    """The model that forecasts of a company rest on; plain values, to be cached.

    :param date: the day whose data it was fitted to
    :param reason: code of why it was chosen, or why there is no forecast
    :param figures: behind the reason, by name
    """

    id: int
    date: date
    state: str
    kind: str | None
    horizon_days: int
    parameters: dict
    calibration: dict
    reason: str
    figures: dict

    @property
    def forecasts(self) -> bool:
        return self.state == "done" and bool(self.kind)


def per_buy(kind, params, order_days, age, horizon, yearly_rate):
    """Return the purchases expected per probability of buying, for arrays of pairs.

    :param order_days: number of order days, 1 or more
    :param age: days since the first of them
    :param horizon: days that the probability is about
    :param yearly_rate: 0.10 is ten per cent a year
    :return: (purchases of a year, discounted ones of a lifetime); NaN where unknown
    """
    model = MODELS[kind]
    x = np.asarray(order_days, dtype=float) - 1
    T = np.asarray(age, dtype=float) / WEEK
    with np.errstate(all="ignore"):
        buys = model.buy(params, x, T, T, horizon / WEEK)
        buys = buys / model.alive(params, x, T, T)
        buys = np.where(buys > 0, buys, np.nan)
        year = model.expected_factor(params, x, T, YEAR)
        worth = lifetime.discounted_factor(
            params, x, T, 12, lifetime.monthly_rate(yearly_rate), kind
        )
        before = year
        for number in range(2, YEARS + 1):
            upto = model.expected_factor(params, x, T, number * YEAR)
            worth = worth + (upto - before) / (1 + yearly_rate) ** (number - 0.5)
            before = upto
        return _kept(year / buys), _kept(worth / buys)


def years_of_rule(retention, yearly_rate):
    """What a lifetime is worth, discounted, in years like the next one, where a naive
    rule was chosen: it knows nothing of the years to come.

    :param retention: share of the customers of a year who buy in the next
    """
    return sum(
        retention**number / (1 + yearly_rate) ** (number + 0.5)
        for number in range(YEARS)
    )


def _kept(values):
    known = np.isfinite(values)
    return np.round(np.where(known, np.minimum(values, MOST), np.nan), DIGITS)
