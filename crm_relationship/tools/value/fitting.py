"""Maximum likelihood over positive parameters, on the logarithm of each of them.

The logarithm keeps every parameter above zero without constraints, and makes the steps
relative: a parameter of 0.01 and one of 100 are looked for alike.
"""

from dataclasses import dataclass

import numpy as np

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
_NOWHERE = 1e30


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


def dot(one, other):
    """Sum of products. Not BLAS's: its threads wait for each other on a busy machine,
    and how they divide the sum changes its last digits."""
    return (one * other).sum()


def best(function, starts, maxiter=500):
    """Search from every start and return scipy's best result, or None.

    :param function: of the logarithms; (mean negative log-likelihood, its gradient)
    """
    found = [search(function, start, maxiter) for start in starts]
    found = [one for one in found if one is not None]
    return min(found, key=lambda one: one.fun, default=None)


def search(function, start, maxiter=500):
    """Search from one start.

    Beyond the limit a parameter is held back: where the likelihood only ever rises
    towards nought or infinity, the search still ends.

    :return: scipy's result, or None where the function has no finite value
    """

    # Every worker of a server imports this module, but hardly any ever fits.
    from scipy.optimize import minimize

    def guarded(point):
        inside = np.clip(point, -_LIMIT, _LIMIT)
        value, gradient = function(inside)
        if not (np.isfinite(value) and np.all(np.isfinite(gradient))):
            return _NOWHERE, np.zeros_like(point)
        beyond = point - inside
        return value + dot(beyond, beyond), np.where(beyond, 2 * beyond, gradient)

    # Of scipy's methods the one that needs no BLAS or LAPACK for few parameters.
    with np.errstate(all="ignore"):
        result = minimize(
            guarded,
            np.asarray(start, dtype=float),
            jac=True,
            method="BFGS",
            options={"maxiter": maxiter, "gtol": _TOLERANCE / 100},
        )
    result.x = np.clip(result.x, -_LIMIT, _LIMIT)
    return result if result.fun < _NOWHERE else None


def has_converged(result):
    """Tell whether the gradient is nought, but for parameters at their limit."""
    inside = np.abs(result.x) < _LIMIT - 1e-9
    return bool(np.all(np.abs(result.jac[inside]) < _TOLERANCE))
