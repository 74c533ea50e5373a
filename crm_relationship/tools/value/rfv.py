"""Scores 1..5 for recency, frequency and value, by rank.

score = min(5, 1 + floor(5 * (rank - 1) / (count - 1))), where equal values share the
lower rank (after Hughes 1994, "Strategic Database Marketing", who cuts into fifths; the
rank rule is what keeps equal customers together). Values that are missing (NaN) have
score 0 and are not counted. More is better: give recency as a day number.
"""

import numpy as np

SCORES = (1, 2, 3, 4, 5)


def cuts(values):
    """Return [v2, v3, v4, v5]: the smallest value that has reached each score.

    None where no value has; then higher scores have not been reached either.
    """
    ordered = _known(values)
    count = len(ordered)
    return [_cut(ordered, count, score) for score in SCORES[1:]]


def scores(values):
    """Return the score of every value, as integers."""
    return score(values, cuts(values))


def score(values, cuts):
    """Return the scores of values by cut values found before; 0 for a missing one."""
    values = np.asarray(values, dtype=float)
    reached = [values >= cut for cut in cuts if cut is not None]
    result = np.where(np.isnan(values), 0, 1)
    for one in reached:
        result = result + one
    return result if result.ndim else int(result)


def _known(values):
    values = np.asarray(values, dtype=float).ravel()
    return np.sort(values[~np.isnan(values)])


def _cut(ordered, count, score):
    """The smallest value with at least (score - 1) / 5 of the others below it."""
    if count < 2:
        return None
    least_below = -(-(score - 1) * (count - 1) // 5)
    value = ordered[least_below]
    first = np.searchsorted(ordered, value, side="left")
    if first < least_below:
        place = np.searchsorted(ordered, value, side="right")
        if place == count:
            return None
        value = ordered[place]
    return float(value)
