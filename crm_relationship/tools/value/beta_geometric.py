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
from .fitting import dot

NAMES = ("r", "alpha", "a", "b")
# r, alpha in units of the mean T, a, b
_STARTS = ((0.5, 0.2, 0.9, 2.0), (1.0, 0.5, 0.5, 5.0), (0.3, 0.05, 2.0, 2.0))
# More rows than these are searched on coarse groups first, or grouped finely before:
# times within 2 % move the parameters by less than 0.1 %.
_SOME, _MANY = 2_000, 50_000
_FINE, _COARSE = 0.02, 0.1
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
        # log(1 + q) and q / (1 + q) with one exponential, whichever side q is on.
        less = np.exp(-np.abs(log_q))
        left = np.where(log_q > 0, 1.0, less) / (1 + less) * share
        log_sum = np.maximum(log_q, 0.0) + np.log1p(less)
        of_x = gammaln(r + x) - gammaln(r) + gammaln(c + 1) - gammaln(a + c + 1)
        of_x += r * np.log(alpha) + gammaln(a + b) - gammaln(b)
        value = dot(self.per_x, of_x) + dot(share, log_sum - s * log_T)
        left_x = np.bincount(self.place, left)
        psi_ac = psi(a + c + 1)
        of_r = psi(r + x) - psi(r) + np.log(alpha)
        later, earlier = s / (alpha + self.T), s / (alpha + self.t_x)
        gradient = np.array(
            [
                dot(self.per_x, of_r) + (left * (log_T - log_t) - share * log_T).sum(),
                r / alpha + (left * (later - earlier) - share * later).sum(),
                psi(a + b) - dot(self.per_x, psi_ac) + left.sum() / a,
                dot(self.per_x, psi(c + 1) - psi_ac)
                + psi(a + b)
                - psi(b)
                - dot(left_x, 1 / safe_c),
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
    rows = (x, np.minimum(t_x, T), T, weight)
    if len(x) > _MANY:
        rows = counts.group_coarsely(*rows, _FINE)
    else:
        rows = counts.group(*rows)
    unit = float(np.average(rows[2], weights=rows[3]))
    result = _search(rows, unit, late)
    return _judged(result, unit, dot(weight, x), count)


def _unusable(x, T, weight, minimum):
    if weight.sum() < max(minimum, 1):
        return fitting.TOO_FEW
    if not np.any(weight[x > 0] > 0):
        return fitting.NO_REPEAT
    return None if np.any(weight[T > 0] > 0) else fitting.DEGENERATE


def _search(rows, unit, late):
    """Search from several starts, or from the best point of coarse groups."""
    starts = [np.log(start) for start in _STARTS]
    if len(rows[0]) > _SOME:
        coarse = counts.group_coarsely(*rows, _COARSE)
        result = fitting.best(_scaled(coarse, unit, late), starts)
        starts = [result.x] if result else starts
    return fitting.best(_scaled(rows, unit, late), starts)


def _scaled(rows, unit, late):
    """The likelihood with times in a unit that makes alpha about one."""
    x, t_x, T, weight = rows
    return Likelihood(x, t_x / unit, T / unit, weight, late)


def _judged(result, unit, purchases, count):
    """Return the fit with its figures in weeks: the density of a time has a unit."""
    if result is None:
        return fitting.refused(fitting.NOT_CONVERGED, count)
    found = dict(zip(NAMES, np.exp(result.x).tolist(), strict=True))
    found["alpha"] *= unit
    status = fitting.OK if fitting.has_converged(result) else fitting.NOT_CONVERGED
    if is_degenerate(found):
        status = fitting.DEGENERATE
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
