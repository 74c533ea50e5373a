"""What BG/NBD and MBG/NBD have in common.

Both: purchases come at a rate of the customer's own, Gamma(r, alpha) over the
customers; after each purchase the customer leaves with a chance of the customer's own,
Beta(a, b). In BG/NBD (Fader, Hardie and Lee 2005, Marketing Science 24:275-284) nobody
leaves after the first purchase; in MBG/NBD (Batislam, Denizel and Filiztekin 2007,
International Journal of Research in Marketing 24:201-209) one may. With

    c = b + x (MBG/NBD) or b + x - 1 (BG/NBD),   s = r + x

a customer's likelihood is, up to constants of the data,

    G(r+x) alpha^r / (G(r) (alpha+T)^s) * B(a, c+1) / B(a, b) * (1 + q),
    q = a / c * ((alpha+T) / (alpha+t_x))^s   (0 for x = 0 in BG/NBD)

and P(alive) = 1 / (1 + q). ``late`` is 1 for BG/NBD, 0 for MBG/NBD.
"""

import numpy as np
from scipy.special import expit, gammaln, psi

from . import counts, fitting, horizon

NAMES = ("r", "alpha", "a", "b")
# r, alpha in units of the mean T, a, b
_STARTS = ((0.5, 0.2, 0.9, 2.0), (1.0, 0.5, 0.5, 5.0), (0.3, 0.05, 2.0, 2.0))
_MANY = 50_000
# A fit is worth nothing where nobody seems to leave, or all leave alike.
LEAST_LEAVING = 0.005
LARGEST = 500.0


class Likelihood:
    """The mean negative log-likelihood and its gradient over log parameters."""

    def __init__(self, x, t_x, T, weight, late):
        self.x, self.t_x, self.T, self.late = x, t_x, T, late
        self.share = weight / weight.sum()
        # Gamma functions only of the distinct x, of which there are few.
        self.distinct, self.place = np.unique(x, return_inverse=True)
        self.place = self.place.reshape(-1)
        self.per_x = np.bincount(self.place, self.share)
        self.may_leave = (x > 0) if late else np.ones(len(x), dtype=bool)

    def __call__(self, logs):
        with np.errstate(all="ignore"):
            return self._evaluate(*np.exp(logs))

    def _evaluate(self, r, alpha, a, b):
        x, share = self.distinct, self.share
        c = b + x - self.late
        log_T, log_t = np.log(alpha + self.T), np.log(alpha + self.t_x)
        s = r + self.x
        safe_c = np.where(c > 0, c, 1.0)
        log_q = (np.log(a) - np.log(safe_c))[self.place] + s * (log_T - log_t)
        log_q = np.where(self.may_leave, log_q, -np.inf)
        left = expit(log_q) * share
        of_x = gammaln(r + x) - gammaln(r) + gammaln(c + 1) - gammaln(a + c + 1)
        of_x += r * np.log(alpha) + gammaln(a + b) - gammaln(b)
        value = self.per_x @ of_x + share @ (np.logaddexp(0.0, log_q) - s * log_T)
        left_x = np.bincount(self.place, left)
        psi_ac = psi(a + c + 1)
        gradient = np.array(
            [
                self.per_x @ (psi(r + x) - psi(r) + np.log(alpha))
                - share @ log_T
                + left @ (log_T - log_t),
                r / alpha
                - share @ (s / (alpha + self.T))
                + left @ (s / (alpha + self.T) - s / (alpha + self.t_x)),
                psi(a + b) - self.per_x @ psi_ac + left.sum() / a,
                self.per_x @ (psi(c + 1) - psi_ac)
                + psi(a + b)
                - psi(b)
                - left_x @ (1 / safe_c),
            ]
        )
        return -value, -gradient * np.array([r, alpha, a, b])


def fit(x, t_x, T, weight, late, minimum):
    """Return the :class:`~.fitting.Fit` of one of the two models."""
    x, t_x, T = counts.columns(x, t_x, T)
    weight = np.ones(len(x)) if weight is None else counts.columns(weight)[0]
    if len(weight) != len(x) or not counts.are_possible(x, t_x, T, weight):
        return fitting.refused(fitting.NOT_FINITE)
    count = weight.sum()
    status = _unusable(x, T, weight, minimum)
    if status:
        return fitting.refused(status, count)
    x, t_x, T, weight = counts.group(x, np.minimum(t_x, T), T, weight, len(x) > _MANY)
    unit = float(np.average(T, weights=weight))
    data = (x, t_x / unit, T / unit, weight)
    result = _search(data, unit, late)
    return _judged(result, unit, weight @ x, count)


def _unusable(x, T, weight, minimum):
    if weight.sum() < max(minimum, 1):
        return fitting.TOO_FEW
    if not np.any(weight[x > 0] > 0):
        return fitting.NO_REPEAT
    return None if np.any(weight[T > 0] > 0) else fitting.DEGENERATE


def _search(data, unit, late):
    """Search from several starts, on coarse groups first if there are many rows."""
    starts = [np.log(start) for start in _STARTS]
    if len(data[0]) > _MANY:
        x, t_x, T, weight = data
        rough = counts.group_coarsely(x, t_x * unit, T * unit, weight)
        rough = (rough[0], rough[1] / unit, rough[2] / unit, rough[3])
        result = fitting.best(Likelihood(*rough, late), starts)
        starts = [result.x] if result else starts
    return fitting.best(Likelihood(*data, late), starts)


def _judged(result, unit, purchases, count):
    """Return the fit with its figures in weeks: the density of a time has a unit."""
    if result is None:
        return fitting.refused(fitting.NOT_CONVERGED, count)
    found = dict(zip(NAMES, np.exp(result.x).tolist(), strict=True))
    found["alpha"] *= unit
    if not fitting.has_converged(result):
        status = fitting.NOT_CONVERGED
    else:
        status = fitting.DEGENERATE if is_degenerate(found) else fitting.OK
    log_likelihood = float(-result.fun * count - purchases * np.log(unit))
    return fitting.Fit(found, log_likelihood, status, int(result.nit), int(count))


def is_degenerate(params):
    """Tell whether parameters say that the data know nothing about leaving."""
    a, b = params["a"], params["b"]
    return a / (a + b) < LEAST_LEAVING or a > LARGEST or b > LARGEST


def alive(params, x, t_x, T, late):
    """P(still a customer)."""
    r, alpha, a, b = values(params)
    x, t_x, T = (np.asarray(one, dtype=float) for one in (x, t_x, T))
    with np.errstate(all="ignore"):
        c = b + x - late
        log_q = np.log(a / np.where(c > 0, c, 1.0))
        log_q = log_q + (r + x) * (np.log(alpha + T) - np.log(alpha + t_x))
        if late:
            log_q = np.where(x > 0, log_q, -np.inf)
        return expit(-log_q)


def buy(params, x, t_x, T, H, late):
    """P(at least one purchase in H weeks)."""
    r, alpha, _a, _b = values(params)
    T = np.asarray(T, dtype=float)
    with np.errstate(all="ignore"):
        some = -np.expm1(-(r + np.asarray(x, float)) * np.log1p(H / (alpha + T)))
    return alive(params, x, t_x, T, late) * some


def expected_factor(params, x, T, H, late):
    """E[purchases in H weeks] / P(alive): depends on x and T only."""
    r, alpha, a, b = values(params)
    x, T = np.asarray(x, dtype=float), np.asarray(T, dtype=float)
    return horizon.expected_purchases(r + x, alpha + T, a, b + x - late, H)


def values(params):
    """The four parameters as numbers; NaN, and so are all scores, without a fit."""
    if not params:
        return (np.nan,) * len(NAMES)
    return tuple(float(params[name]) for name in NAMES)
