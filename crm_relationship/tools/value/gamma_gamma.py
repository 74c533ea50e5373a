"""Gamma-Gamma, the value of an order (Fader and Hardie 2013, brucehardie.com note 025).

The values of a customer's orders vary as Gamma(p, v) around a mean of the customer's
own, and v varies over the customers as Gamma(q, gamma). x = repeat purchases, z = their
mean value. A customer without repeat purchases is expected to be like the average one.
"""

import numpy as np
from scipy.special import gammaln, psi

from . import counts, fitting
from .fitting import dot

NAMES = ("p", "q", "gamma")
# p, q, and gamma in units of the mean value
_STARTS = ((6.0, 4.0, 0.5), (1.5, 2.0, 1.0), (20.0, 2.5, 0.1))
_MANY = 20_000
# With q up to 1 the average customer's value would be infinite.
_LEAST_Q = 1.001
_LARGEST = 1e4


class Likelihood:
    """The mean negative log-likelihood and its gradient over log parameters."""

    def __init__(self, x, z, weight, log_z=None):
        self.share = weight / weight.sum()
        self.distinct, self.place = np.unique(x, return_inverse=True)
        self.place = self.place.reshape(-1)
        self.per_x = np.bincount(self.place, self.share)
        self.x, self.total = x, x * z
        log_z = np.log(z) if log_z is None else log_z
        self.log_z = dot(self.share, log_z)
        self.x_log = dot(self.share, x * (log_z + np.log(x)))

    def __call__(self, logs):
        with np.errstate(all="ignore"):
            return self._evaluate(*np.exp(logs))

    def _evaluate(self, p, q, gamma):
        x = self.distinct
        log_sum = np.log(gamma + self.total)
        shape = p * x + q
        full_shape = shape[self.place]
        of_x = gammaln(shape) - gammaln(p * x)
        value = dot(self.per_x, of_x) - gammaln(q) + q * np.log(gamma)
        value += p * self.x_log - self.log_z - dot(self.share, full_shape * log_sum)
        psi_shape = psi(shape)
        gradient = np.array(
            [
                dot(self.per_x, x * (psi_shape - psi(p * x)))
                + self.x_log
                - dot(self.share, self.x * log_sum),
                dot(self.per_x, psi_shape)
                - psi(q)
                + np.log(gamma)
                - dot(self.share, log_sum),
                q / gamma - dot(self.share, full_shape / (gamma + self.total)),
            ]
        )
        return -value, -gradient * np.array([p, q, gamma])


def fit(x, z, weight=None, minimum=1):
    """Fit p, q and gamma (money) on the customers with x > 0 and z > 0.

    :param minimum: least such customers, else the status is "too_few"
    :return: :class:`~.fitting.Fit`
    """
    x, z = counts.columns(x, z)
    weight = np.ones(len(x)) if weight is None else counts.columns(weight)[0]
    if len(weight) != len(x) or not _are_possible(x, z, weight):
        return fitting.refused(fitting.NOT_FINITE)
    used = (x > 0) & (z > 0) & (weight > 0)
    x, z, weight = x[used], z[used], weight[used]
    count = weight.sum()
    status = _unusable(z, used.any(), count, minimum)
    if status:
        return fitting.refused(status, count)
    unit = float(np.average(z, weights=weight))
    likelihood = Likelihood(*_grouped(x, z / unit, weight))
    result = fitting.best(likelihood, [np.log(start) for start in _STARTS])
    return _judged(result, unit, count)


def expected_value(params, x, z):
    """Return the value to be expected of an order.

    A mean value below zero (more refunded than bought) counts as zero.
    """
    names = params or dict.fromkeys(NAMES, np.nan)
    p, q, gamma = (float(names[name]) for name in NAMES)
    x, z = np.asarray(x, dtype=float), np.asarray(z, dtype=float)
    spent = np.where(x > 0, x * np.maximum(z, 0.0), 0.0)
    with np.errstate(all="ignore"):
        return p * (gamma + spent) / (p * x + q - 1)


def _are_possible(x, z, weight):
    return bool(
        np.all(np.isfinite(x) & (x >= 0))
        and np.all(np.isfinite(weight) & (weight >= 0))
        and np.all(np.isfinite(z[x > 0]))
    )


def _unusable(z, any_used, count, minimum):
    if not any_used:
        return fitting.NO_REPEAT
    if count < minimum:
        return fitting.TOO_FEW
    return fitting.DEGENERATE if z.min() == z.max() else None


def _grouped(x, z, weight):
    """Return (x, z, weight, mean of log z), as groups of 2 % if there are many."""
    log_z = np.log(z)
    if len(x) <= _MANY:
        return x, z, weight, log_z
    step = np.floor((log_z - log_z.min()) / 0.02)
    x, z, log_z, weight = counts.merge_alike((x, step), (x, z, log_z), weight)
    return x, z, weight, log_z


def _judged(result, unit, count):
    if result is None:
        return fitting.refused(fitting.NOT_CONVERGED, count)
    found = dict(zip(NAMES, np.exp(result.x).tolist(), strict=True))
    found["gamma"] *= unit
    status = fitting.OK
    if found["q"] < _LEAST_Q or max(found["p"], found["q"]) > _LARGEST:
        status = fitting.DEGENERATE
    elif not fitting.has_converged(result):
        status = fitting.NOT_CONVERGED
    log_likelihood = float(-result.fun * count - count * np.log(unit))
    return fitting.Fit(found, log_likelihood, status, int(result.nit), int(count))
