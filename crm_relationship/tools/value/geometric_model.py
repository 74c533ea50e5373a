"""BG/NBD or MBG/NBD as one thing to call; see :mod:`.beta_geometric`.

x = repeat purchase days, t_x = last - first, T = cut - first, horizon: all in weeks but
x. Arrays or numbers.
"""

from dataclasses import dataclass

from . import beta_geometric, counts
from .fitting import MINIMUM


@dataclass(frozen=True)
class Model:
    """:param late: 1 if nobody leaves after the first purchase only, else 0"""

    late: int

    def fit(self, x, t_x, T, weight=None, minimum=MINIMUM):
        """Fit r, alpha (weeks), a and b by maximum likelihood.

        :param weight: customers per row, if the rows are groups
        :param minimum: least customers, else the status is "too_few"
        :return: :class:`~.fitting.Fit`
        """
        return beta_geometric.fit(x, t_x, T, weight, self.late, minimum)

    def alive(self, params, x, t_x, T):
        """Return P(still a customer at T)."""
        return beta_geometric.alive(params, x, t_x, T, self.late)

    def buy(self, params, x, t_x, T, horizon):
        """Return P(at least one purchase in the next horizon weeks)."""
        return beta_geometric.buy(params, x, t_x, T, horizon, self.late)

    def expected(self, params, x, t_x, T, horizon):
        """Return the purchases expected in the next ``horizon`` weeks."""
        factor = self.expected_factor(params, x, T, horizon)
        return self.alive(params, x, t_x, T) * factor

    def expected_factor(self, params, x, T, horizon):
        """Return expected purchases / P(alive), computed once per distinct (x, T)."""
        return counts.per_distinct(
            x,
            T,
            lambda x, T: beta_geometric.expected_factor(
                params, x, T, horizon, self.late
            ),
        )
