"""The naive rules that a model has to beat: raw scores, more is more likely to buy.

None of them is a probability; :mod:`.calibration` makes steps of each. Recency, own
rhythm and the sum of the RFV scores are what marketers use, and hard to beat (Wuebben
and von Wangenheim 2008, Journal of Marketing 72:82-93). The best of halved windows and
the average month times the retention rate are baselines in the manner of Microsoft
Dynamics 365. All times in days; arrays with one entry per customer.
"""

import numpy as np

# Each window is half of the one before: so many horizons.
WINDOWS = (4, 2, 1)
DAYS_PER_MONTH = 365 / 12
# Below it, who buys buys once.
LEAST_MEAN = 1e-6


def recency(days_since):
    """Less the days since the last order."""
    return -np.asarray(days_since, dtype=float)


def usual_interval(interval_median):
    """The interval of customers who have none of their own: the median customer's."""
    known = np.asarray(interval_median, dtype=float)
    known = known[np.isfinite(known) & (known > 0)]
    return float(np.median(known)) if len(known) else None


def rhythm(days_since, interval_median, usual):
    """Less the days since the last order in units of the customer's own interval.

    :param usual: see :func:`usual_interval`; None counts as one day
    """
    own = np.asarray(interval_median, dtype=float)
    known = np.isfinite(own) & (own > 0)
    return -np.asarray(days_since, dtype=float) / np.where(known, own, usual or 1.0)


def order_rate(x, T):
    """Repeat purchases per day of all customers together; 0 without any.

    :param x: repeat purchase days; ``T``: days since the first purchase
    """
    days = np.sum(np.asarray(T, dtype=float))
    return float(np.sum(np.asarray(x, dtype=float)) / days) if days > 0 else 0.0


def orders_of_buyer(x, T, rate, horizon):
    """Purchases in the horizon of customers who make at least one in it.

    No rule of thumb says how much; this is the mean of a Poisson distribution without
    its zero, m / (1 - exp(-m)), at each customer's own rate, to which everybody's rate
    is added as if it had been seen for one horizon.

    :param rate: see :func:`order_rate`
    """
    x, T = np.asarray(x, dtype=float), np.asarray(T, dtype=float)
    mean = np.maximum((x + rate * horizon) / (T + horizon) * horizon, LEAST_MEAN)
    return mean / -np.expm1(-mean)


def rfv(recency_score, frequency_score, value_score):
    """The sum of the scores, 3..15."""
    scores = (recency_score, frequency_score, value_score)
    return sum(np.asarray(one, dtype=float) for one in scores)


def windows(count_halves):
    """Orders expected in the horizon if the best of the windows goes on.

    :param count_halves: order days in the last 4, 2 and 1 horizons; (customers, 3)
    """
    counts = np.asarray(count_halves, dtype=float).reshape(-1, len(WINDOWS))
    return (counts / np.array(WINDOWS, dtype=float)).max(axis=1)


def month_rate(month_value):
    """The average month's value; the retention rate is the same for everybody."""
    return np.asarray(month_value, dtype=float)
