"""Discounted customer lifetime value.

Sum over the months to come of the purchases expected in each, discounted by month, as
in Fader and Hardie's notes and in the libraries after them; times the expected value of
an order and the margin, which are the caller's:

    CLV = P(alive) * discounted_factor * expected value * margin
"""

import numpy as np

from . import beta_geometric, counts

# As the published figures have it: 365 days are 12 months of 4.345 weeks.
WEEKS_PER_MONTH = 4.345
_LATE = {"mbg_nbd": 0, "bg_nbd": 1}


def discounted_factor(params, x, T, months, monthly_rate, kind="mbg_nbd"):
    """Return sum over m = 1..months of (E[m] - E[m-1]) / P(alive) / (1 + rate)^m.

    :param T: weeks
    :param monthly_rate: 0.01 is one per cent a month
    :param kind: "mbg_nbd" or "bg_nbd"
    """
    late = _LATE[kind]

    def of_pairs(x, T):
        total, before = np.zeros(len(x)), np.zeros(len(x))
        for month in range(1, int(months) + 1):
            horizon = month * WEEKS_PER_MONTH
            now = beta_geometric.expected_factor(params, x, T, horizon, late)
            total += (now - before) / (1 + monthly_rate) ** month
            before = now
        return total

    return counts.per_distinct(x, T, of_pairs)


def monthly_rate(yearly_rate):
    """Return the rate per month of a rate per year (0.10 is ten per cent)."""
    return (1 + yearly_rate) ** (1 / 12) - 1
