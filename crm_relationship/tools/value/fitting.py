"""Maximum likelihood over positive parameters, on the logarithm of each of them.

The logarithm keeps every parameter above zero without constraints, and makes the steps
relative: a parameter of 0.01 and one of 100 are looked for alike.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

# What a fit says of itself.
OK = "ok"
TOO_FEW = "too_few"  # fewer customers than the least
NO_REPEAT = "no_repeat"  # nobody has come back
DEGENERATE = "degenerate"  # the data do not say anything about some parameter
NOT_FINITE = "not_finite"  # input that is negative, infinite, no number, or impossible
NOT_CONVERGED = "not_converged"  # the search has not come to an end

# Below so many customers the parameters say more about chance than about the customers.
MINIMUM = 200
_LIMIT = 14.0  # the logarithm of a parameter stays within +-14
_TOLERANCE = 1e-6  # of the gradient per customer


@dataclass(frozen=True)
class Fit:
    """What came out of a fit.

    :param parameters: {name: value}, or None unless there is something to use or show
    :param log_likelihood: at these parameters, without constants of the data
    :param status: "ok" or the code of what is wrong; only "ok" is to be used
    :param iterations: steps of the search that won
    :param count: customers that the fit rests on
    """

    parameters: dict | None
    log_likelihood: float | None
    status: str
    iterations: int = 0
    count: int = 0

    @property
    def ok(self):
        return self.status == OK


def refused(status, count=0):
    return Fit(None, None, status, 0, int(count))


def best(function, starts, maxiter=500):
    """Search from every start and return scipy's best result, or None.

    :param function: of the logarithms; (mean negative log-likelihood, its gradient)
    """
    found = [search(function, start, maxiter) for start in starts]
    found = [one for one in found if one is not None]
    return min(found, key=lambda one: one.fun, default=None)


def search(function, start, maxiter=500):
    """Search from one start.

    :return: scipy's result, or None where the function has no finite value
    """
    start = np.clip(start, -_LIMIT, _LIMIT)

    def guarded(point):
        value, gradient = function(point)
        if np.isfinite(value) and np.all(np.isfinite(gradient)):
            return value, gradient
        return 1e30, np.zeros_like(point)

    result = minimize(
        guarded,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-_LIMIT, _LIMIT)] * len(start),
        options={"maxiter": maxiter, "maxcor": 20, "ftol": 1e-13, "gtol": 1e-8},
    )
    return result if result.fun < 1e29 else None


def has_converged(result):
    """Tell whether the gradient is nought, but for parameters at their limit."""
    inside = np.abs(result.x) < _LIMIT - 1e-9
    return bool(np.all(np.abs(result.jac[inside]) < _TOLERANCE))
