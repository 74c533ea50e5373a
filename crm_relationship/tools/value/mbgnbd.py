"""MBG/NBD (Batislam, Denizel and Filiztekin 2007): one may leave after any purchase.

x = repeat purchase days, t_x = last - first, T = cut - first, horizon: all in weeks but
x. Arrays or numbers. The formulas are in :mod:`.beta_geometric`.
"""

from . import beta_geometric, counts
from .fitting import MINIMUM

_LATE = 0


def fit(x, t_x, T, weight=None, minimum=MINIMUM):
    """Fit r, alpha (weeks), a and b by maximum likelihood.

    :param weight: customers per row, if the rows are groups
    :param minimum: least customers, else the status is "too_few"
    :return: :class:`~.fitting.Fit`
    """
    return beta_geometric.fit(x, t_x, T, weight, _LATE, minimum)


def alive(params, x, t_x, T):
    """Return P(still a customer at T)."""
    return beta_geometric.alive(params, x, t_x, T, _LATE)


def buy(params, x, t_x, T, horizon):
    """Return P(at least one purchase in the next horizon weeks)."""
    return beta_geometric.buy(params, x, t_x, T, horizon, _LATE)


def expected(params, x, t_x, T, horizon):
    """Return the purchases expected in the next ``horizon`` weeks."""
    return alive(params, x, t_x, T) * expected_factor(params, x, T, horizon)


def expected_factor(params, x, T, horizon):
    """Return expected purchases / P(alive), computed once per distinct (x, T)."""
    return counts.per_distinct(
        x,
        T,
        lambda x, T: beta_geometric.expected_factor(params, x, T, horizon, _LATE),
    )
