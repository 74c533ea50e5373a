"""How good a score or a probability was, once the horizon is over.

AUC: Mann and Whitney's statistic with ties counted half (Hanley and McNeil 1982).
Brier: mean squared error of a probability (Brier 1950). Calibration: said against seen
in tenths of the customers by what was said. None where there is nothing to measure.
"""

import numpy as np


def auc(score, seen):
    """Chance that a customer who bought had a higher score than one who did not.

    :param seen: 0 / 1
    """
    score, seen = _pair(score, seen)
    bought = seen > 0
    positive, negative = int(bought.sum()), int((~bought).sum())
    if not positive or not negative:
        return None
    area = ranks(score)[bought].sum() - positive * (positive + 1) / 2
    return float(area / (positive * negative))


def auc_error(area, positive, negative):
    """Standard error of an AUC (Hanley and McNeil 1982, equation 1)."""
    if area is None or not positive or not negative:
        return None
    both, twice = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area)
    variance += (positive - 1) * (both - area**2) + (negative - 1) * (twice - area**2)
    return float(np.sqrt(max(variance, 0.0) / (positive * negative)))


def brier(said, seen):
    """Mean squared difference of a probability and what was seen (0 / 1)."""
    said, seen = _pair(said, seen)
    return float(np.mean((said - seen) ** 2)) if len(said) else None


def calibration(said, seen, bins=10):
    """Return [{"said", "seen", "count"}] by tenths of the customers, lowest first.

    Customers of whom the same was said stay together, so a tenth may be missing.
    """
    said, seen = _pair(said, seen)
    if not len(said):
        return []
    middle = (ranks(said) - 0.5) / len(said)
    place = np.minimum((middle * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    sums = [np.bincount(place, one, minlength=bins) for one in (said, seen)]
    return [
        {
            "said": float(sums[0][one] / count[one]),
            "seen": float(sums[1][one] / count[one]),
            "count": int(count[one]),
        }
        for one in np.flatnonzero(count)
    ]


def calibration_error(rows):
    """Mean |said - seen| of calibration rows by their customers, in points 0..100."""
    count = sum(row["count"] for row in rows)
    if not count:
        return None
    error = sum(abs(row["said"] - row["seen"]) * row["count"] for row in rows)
    return 100 * error / count


def spearman(one, other):
    """Rank correlation, with mean ranks for ties."""
    one, other = _pair(one, other)
    if len(one) < 2 or np.all(one == one[0]) or np.all(other == other[0]):
        return None
    return float(np.corrcoef(ranks(one), ranks(other))[0, 1])


def top_decile_lift(score, value):
    """Mean value of the tenth with the highest scores / mean value of all.

    Where the limit of the tenth runs through equal scores, each of them counts in part.
    """
    score, value = _pair(score, value)
    if len(score) < 10 or value.sum() <= 0:
        return None
    wanted = len(score) / 10
    limit = np.sort(score)[-int(np.ceil(wanted))]
    above, at = score > limit, score == limit
    part = (wanted - above.sum()) / at.sum()
    taken = value[above].sum() + part * value[at].sum()
    return float(taken / wanted / value.mean())


def lorenz(value, by=None, points=50):
    """Return [[share of customers, share of value], ...], the best customers first.

    :param by: what to sort them by, e.g. the value that was expected, as opposed to the
        one that came; by default the value itself. Equal ones share what they brought
    """
    value, by = _pair(value, value if by is None else by)
    value = np.maximum(value, 0.0)
    total = value.sum()
    if not len(value) or total <= 0:
        return []
    _distinct, place, count = np.unique(-by, return_inverse=True, return_counts=True)
    place = place.reshape(-1)
    mean = np.bincount(place, value) / count
    shares = np.r_[0.0, np.cumsum(np.repeat(mean, count)) / total]
    places = np.unique(np.rint(np.linspace(0, len(value), points + 1)).astype(int))
    return [[float(at / len(value)), float(min(shares[at], 1.0))] for at in places]


def ranks(values):
    """Ranks from 1 on; equal values share the mean of theirs."""
    _distinct, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[place.reshape(-1)]


def _pair(one, other):
    """Return two columns of floats, without the rows in which either has no number."""
    one, other = (np.asarray(values, dtype=float).ravel() for values in (one, other))
    known = ~np.isnan(one) & np.isfinite(other)
    return one[known], other[known]
