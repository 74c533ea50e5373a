"""From a raw score to a probability that has come true before.

- "logistic": a line on the logit of a probability (Platt 1999; Cox 1958), two numbers;
- "steps": the best monotone steps on any raw score (isotonic regression by pooling
  adjacent violators; Ayer et al. 1955, Zadrozny and Elkan 2002);
- "none": the raw score as it is.

A calibration is a dictionary that JSON can hold and SQL can evaluate:

    logistic    1 / (1 + exp(-(c0 + c1 * ln(p / (1 - p))))), p within EDGE..1 - EDGE
    steps       values[width_bucket(raw, thresholds)]: as many thresholds, ascending, as
                values less one; the bucket is the number of thresholds <= raw
"""

import numpy as np
from scipy.special import expit, logit

from . import fitting

EDGE = 1e-6
NONE = {"kind": "none"}
# Steps rest on tenths of tenths at most, and on so many customers each at least.
_STEPS = 100
_PER_STEP = 50
# What the line is drawn towards, as if so many customers had said c0 = 0, c1 = 1.
_PRIOR = 10.0


def fit(raw, seen, kind="logistic", weight=None):
    """Learn a calibration from raw scores and what was seen (0 / 1).

    :return: the dictionary; "none" for "logistic" where there is nothing to learn from,
        one step for "steps"
    """
    raw, seen, weight = _known(raw, seen, weight)
    if kind == "none":
        return dict(NONE)
    if kind == "steps":
        return _fit_steps(raw, seen, weight)
    bought = fitting.dot(weight, seen)
    if not len(raw) or bought <= 0 or bought >= weight.sum():
        return dict(NONE)
    return _fit_logistic(raw, seen, weight)


def apply(calibration, raw):
    """Return the probabilities of raw scores, as an array."""
    raw = np.asarray(raw, dtype=float)
    kind = (calibration or NONE)["kind"]
    if kind == "logistic":
        return expit(calibration["c0"] + calibration["c1"] * _logit(raw))
    if kind == "steps":
        place = np.searchsorted(calibration["thresholds"], raw, side="right")
        result = np.asarray(calibration["values"], dtype=float)[place]
        return np.where(np.isnan(raw), np.nan, result)
    return raw


def _known(raw, seen, weight):
    raw, seen = (np.asarray(one, dtype=float).ravel() for one in (raw, seen))
    weight = np.ones(len(raw)) if weight is None else np.asarray(weight, dtype=float)
    known = ~np.isnan(raw) & np.isfinite(seen) & (weight > 0)
    return raw[known], seen[known], weight[known]


def _logit(raw):
    return logit(np.clip(raw, EDGE, 1 - EDGE))


def _fit_logistic(raw, seen, weight):
    """Penalised likelihood; a line that would turn the order round stays flat."""
    at, total = _logit(raw), weight.sum()

    def loss(point):
        c0, c1 = point
        line = c0 + c1 * at
        gap = weight * (expit(line) - seen)
        penalty = _PRIOR * (c0**2 + (c1 - 1) ** 2) / 2
        less = np.log1p(np.exp(-np.abs(line))) + np.maximum(line, 0.0)
        value = fitting.dot(weight, less - seen * line) + penalty
        slope = fitting.dot(gap, at) + _PRIOR * (c1 - 1)
        gradient = np.array([gap.sum() + _PRIOR * c0, slope])
        return value / total, gradient / total

    result = fitting.search(loss, np.array([0.0, 1.0]))
    if result is None:
        return dict(NONE)
    c0, c1 = result.x.tolist()
    if c1 <= 0:
        mean = float(np.clip(fitting.dot(weight, seen) / total, EDGE, 1 - EDGE))
        c0, c1 = float(logit(mean)), 0.0
    return {"kind": "logistic", "c0": c0, "c1": c1}


def _fit_steps(raw, seen, weight):
    """Monotone steps over tenths of tenths of the customers; equal scores together."""
    if not len(raw):
        return {"kind": "steps", "thresholds": [], "values": [0.0]}
    order = np.argsort(raw, kind="stable")
    raw, seen, weight = raw[order], seen[order], weight[order]
    distinct = np.flatnonzero(np.r_[True, raw[1:] != raw[:-1]])
    size = max(len(raw) / _STEPS, min(_PER_STEP, len(raw) / 2))
    _bins, chosen = np.unique((distinct / size).astype(int), return_index=True)
    starts = distinct[chosen]
    # One customer more per step, who does as all do: no step is surely 0 or 1.
    total = np.add.reduceat(weight, starts) + 1.0
    overall = (fitting.dot(weight, seen) + 0.5) / (weight.sum() + 1.0)
    mean = (np.add.reduceat(weight * seen, starts) + overall) / total
    first, values = _pool(mean, total)
    thresholds = raw[starts[first[1:]]].tolist()
    return {"kind": "steps", "thresholds": thresholds, "values": values}


def _pool(mean, weight):
    """Pool adjacent violators: (first place of each step, its value)."""
    steps = []
    for place, (value, share) in enumerate(zip(mean, weight, strict=True)):
        steps.append((place, float(value), float(share)))
        while len(steps) > 1 and steps[-2][1] >= steps[-1][1]:
            _place, value, share = steps.pop()
            first, before, least = steps.pop()
            total = least + share
            pooled = (before * least + value * share) / total
            steps.append((first, pooled, total))
    return np.array([step[0] for step in steps]), [step[1] for step in steps]
