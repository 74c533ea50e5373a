"""Purchases to be expected of a customer who is still one.

Given that the customer is active at T, the rate of purchases is Gamma(s, beta) and the
chance of leaving after each of them Beta(a, c + 1), and with both known the expected
purchases in H are (1 - exp(-rate * p * H)) / p. Fader, Hardie and Lee (2005), equation
10, integrate this to a Gauss hypergeometric function, which overflows from some 300
purchases on. Here instead:

- Euler's transform of it (Abramowitz and Stegun 15.3.3), with the pole at a = 1 taken
  out: about eight terms for usual customers;
- where that converges slowly (z = H / (beta + H) near 1, or large a), the integral over
  p itself, by the trapezoidal rule after a substitution of sinh type (Takahasi and Mori
  1974), which converges exponentially.
"""

import numpy as np

_SERIES_Z = 0.9
_SERIES_A = 8.0
_TERMS = 400
_RELATIVE = 1e-13
_NODES = np.linspace(-7.5, 7.5, 301)
_CHUNK = 4096


def expected_purchases(s, beta, a, c, H):
    """Return the expected purchases in H of active customers.

    :param s: r + x, shape of the rate; array
    :param beta: alpha + T, in weeks; array
    :param a: first parameter of the chance of leaving; number
    :param c: b + x for MBG/NBD, b + x - 1 for BG/NBD; array
    :param H: weeks; array or number
    """
    s, beta, c, H = np.broadcast_arrays(s, beta, c, H)
    shape = s.shape
    s, beta, c, H = (np.ravel(one).astype(float) for one in (s, beta, c, H))
    result = np.full(len(s), np.nan)
    with np.errstate(all="ignore"):
        z = H / (beta + H)
        # With a + c far below s the terms change their sign and cancel each other.
        fast = (z <= _SERIES_Z) & (a <= _SERIES_A) & (a + c - s > -_SERIES_A)
        slow = ~fast & np.isfinite(s + z + c)
        result[fast] = _by_series(s[fast], a, c[fast], z[fast])
        result[slow] = _by_integral(s[slow], beta[slow], a, c[slow], H[slow])
    return result.reshape(shape)


def _by_series(s, a, c, z):
    """C / e * (1 - (1 - z)^e * 2F1(A, e; C; z)) with e = a - 1, also for e = 0."""
    e, C = a - 1.0, a + c
    A = C - s
    log_rest = np.log1p(-z)
    total = np.zeros_like(z)
    active = np.arange(len(z))
    term, part, A, D, x = A / C * z, np.zeros_like(z), A, C, z
    for n in range(1, _TERMS):
        part = part + term
        term = term * (A + n) / (D + n) * ((e + n) / (n + 1)) * x
        if n % 4 == 0 or n < 3:
            going = np.abs(term) > _RELATIVE * np.maximum(np.abs(part), 1e-3 * x)
            if not going.all():
                total[active[~going]] = part[~going]
                active, term, part, A, D, x = (
                    one[going] for one in (active, term, part, A, D, x)
                )
            if not len(active):
                break
    total[active] = part
    first = -log_rest if e == 0 else -np.expm1(e * log_rest) / e
    return C * (first - total * np.exp(e * log_rest))


def _by_integral(s, beta, a, c, H):
    result = np.empty_like(s)
    for start in range(0, len(s), _CHUNK):
        some = slice(start, start + _CHUNK)
        result[some] = _integrate(s[some], beta[some], a, c[some], H[some])
    return result


def _integrate(s, beta, a, c, H):
    """Integrate over v = log(p / (1 - p)), the nodes around the density's mode."""
    b = (c + 1.0)[:, None]
    mode = np.log(a) - np.log(b)
    width = np.sqrt(1.0 / a + 1.0 / b)
    v = mode + width * np.sinh(_NODES)
    log_p, log_q = -np.logaddexp(0.0, -v), -np.logaddexp(0.0, v)
    log_density = a * log_p + b * log_q
    log_density -= a * -np.logaddexp(0.0, -mode) + b * -np.logaddexp(0.0, mode)
    weight = np.exp(log_density) * np.cosh(_NODES)
    p, ratio = np.exp(log_p), (H / beta)[:, None]
    bought = -np.expm1(-s[:, None] * np.log1p(p * ratio))
    # For p below the least number, the limit.
    value = np.where(p > 1e-290, bought / np.maximum(p, 1e-290), s[:, None] * ratio)
    return (weight * value).sum(axis=1) / weight.sum(axis=1)
