"""Purchase counts as the models need them: few distinct rows with weights.

x = repeat purchase days, t_x = last - first, T = cut - first. Customers with the same
three numbers have the same likelihood (Fader, Hardie and Lee 2005, Marketing Science
24:275-284: x, t_x and T suffice), so a million customers are some ten thousand rows.
"""

import numpy as np

_DAYS = 7.0
_TINY = 1e-6
_MAX_KEY = 2.0**62


def columns(*arrays):
    """Return arrays of floats of one dimension; what is no number becomes NaN."""
    try:
        flat = [np.atleast_1d(np.asarray(one, dtype=float)).ravel() for one in arrays]
    except (TypeError, ValueError):
        return [np.full(1, np.nan)] * len(arrays)
    if len({len(one) for one in flat}) > 1:
        return [np.full(1, np.nan)] * len(arrays)
    return flat


def are_possible(x, t_x, T, weight):
    """Tell whether all counts are such as customers can have."""
    if not all(_are_natural(one) for one in (x, t_x, T, weight)):
        return False
    return bool(np.all(t_x <= T + _TINY) and np.all(t_x[x == 0] == 0))


def group(x, t_x, T, weight=None, weeks=False):
    """Return the distinct rows with their weights: (x, t_x, T, weight).

    :param t_x: and T, in weeks
    :param weeks: whether the days of a week count as the same. The rows then have the
        mean times of their group, so that the error is of second order
    """
    x, t_x, T = columns(x, t_x, T)
    weight = np.ones(len(x)) if weight is None else columns(weight)[0]
    per_week = 1.0 if weeks else _DAYS
    if not weeks and not all(_are_days(one) for one in (t_x, T)):
        return x, t_x, T, weight
    return merge_alike(
        (x, t_x * per_week + _TINY, T * per_week + _TINY), (x, t_x, T), weight
    )


def group_coarsely(x, t_x, T, weight, step=0.05):
    """Return groups of rows that are alike: times within 5 %, for a first search."""
    rough_x = np.where(x <= 20, x, 20 + 20 * np.log(np.maximum(x, 20) / 20))
    # Once and never again are different things, however small the time between.
    places = (rough_x, np.log1p(t_x) / step + (x > 0), np.log1p(T) / step)
    return merge_alike(places, (x, t_x, T), weight)


def merge_alike(places, arrays, weight):
    """Merge the rows whose places, rounded down, are the same.

    :return: the means of ``arrays`` over each group, and the sums of ``weight``; as
        given where the places are too many to be numbered
    """
    key = _key(*places)
    if key is None:
        return (*arrays, weight)
    order = np.argsort(key, kind="stable")
    key, ordered = key[order], weight[order]
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    total = np.add.reduceat(ordered, starts)
    safe = np.where(total > 0, total, 1.0)
    means = (np.add.reduceat(one[order] * ordered, starts) / safe for one in arrays)
    return (*means, total)


def per_distinct(x, T, function):
    """Return ``function(x, T)``, computed once for every distinct pair.

    :param T: in weeks; pairs are looked for only among whole days
    """
    x, T = np.broadcast_arrays(np.asarray(x, float), np.asarray(T, float))
    shape, x, T = x.shape, x.ravel(), T.ravel()
    key = _key(x, T * _DAYS + _TINY) if len(x) > 1 and _are_days(T) else None
    if key is None:
        return function(x, T).reshape(shape)
    _keys, first, place = np.unique(key, return_index=True, return_inverse=True)
    return function(x[first], T[first])[place.reshape(-1)].reshape(shape)


def _are_natural(values):
    """Tell whether all are numbers from zero on."""
    return bool(np.all((values >= 0) & (values < np.inf)))


def _are_days(weeks):
    """Tell whether all times are whole days."""
    if not _are_natural(weeks):
        return False
    days = weeks * _DAYS
    return bool(np.all(np.abs(days - np.rint(days)) < _TINY * 10))


def _key(*places):
    """Return one integer per row for its places, or None where that is impossible."""
    if not len(places[0]) or not all(_are_natural(one) for one in places):
        return None
    sizes = [float(np.floor(one.max())) + 1 for one in places]
    if np.prod(sizes) >= _MAX_KEY:
        return None
    key = np.zeros(len(places[0]), dtype=np.int64)
    for place, size in zip(places, sizes, strict=True):
        key = key * int(size) + place.astype(np.int64)
    return key
