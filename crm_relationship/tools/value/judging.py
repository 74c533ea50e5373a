"""A candidate's figures over the cut-offs of a backtest.

A cut-off is judged by what was learned on those that were over by then; see
:mod:`.backtest` for the rules. Ranks (AUC, Spearman, lift) are compared within a
cut-off and averaged by customers; Brier score and calibration are taken over all.

AUC is that of the raw score: steps make equals of customers whom the score tells apart,
and only some candidates get steps. Spearman and lift are those of the expected value as
it is shipped: the calibrated probability times the value of who buys. They decide
nothing.
"""

from dataclasses import dataclass, field

import numpy as np

from . import calibration, candidates, metrics
from .comparison import judged

_MODEL_WAYS = ("none", "logistic", "steps")
_RULE_WAYS = ("steps",)


@dataclass
class Candidate:
    """A candidate's figures over all cut-offs that were judged.

    :param status: "ok" or why it cannot be chosen
    :param calibration: to be applied from now on, learned on all cut-offs
    :param parameters: as of the latest day
    :param calibration_error: points, 0..100
    :param lift: of the tenth with the highest expected value
    :param count: customers judged, summed over the cut-offs
    :param figures: "auc_error" (standard error), "rows" (calibration by tenths), "days"
        (figures per cut-off, with the "status" of that day), "constant_brier" (of the
        share of buyers, said of all), "orders_said" and "orders_seen" (of all)
    :param lorenz: of the latest day, by the value that was expected
    """

    kind: str
    is_naive: bool
    status: str
    parameters: dict
    calibration: dict = field(default_factory=dict)
    auc: float | None = None
    brier: float | None = None
    calibration_error: float | None = None
    spearman: float | None = None
    lift: float | None = None
    count: int = 0
    is_chosen: bool = False
    figures: dict = field(default_factory=dict)
    lorenz: list = field(default_factory=list)


def judge(current, status, plan):
    """Return a candidate's figures over the days that are judged.

    One that is refused has figures of the same days, for show, where it says anything.

    :param current: what the candidate is today, :class:`~.candidates.Scored`
    :param status: "ok" or why it is refused
    """
    kind = current.kind
    candidate = Candidate(kind, kind in candidates.NAIVE, status, current.parameters)
    days = [step.day for step in plan]
    if current.raw is None or any(day.scored[kind].raw is None for day in days):
        return candidate
    ways = _MODEL_WAYS if current.is_probability else _RULE_WAYS
    said, used = _say(kind, plan, ways)
    _set_figures(candidate, plan, said, used)
    way = _best_way(ways, said, days)
    candidate.calibration = _learn(kind, way, days)
    if kind == "month_rate":
        bought = np.concatenate([day.bought for day in days])
        candidate.parameters["retention"] = float(bought.mean())
    return candidate


def _say(kind, plan, ways):
    """Return ({day: {way: probabilities}}, {day: way}), each from earlier days only."""
    said, used = {}, {}
    for step in plan:
        if step.over:
            raw, day = step.day.scored[kind].raw, step.day.day
            learned = {way: _learn(kind, way, step.over) for way in ways}
            said[day] = {way: calibration.apply(learned[way], raw) for way in ways}
            used[day] = _best_way(ways, said, step.over)
    return said, used


def _learn(kind, way, days):
    raw = np.concatenate([day.scored[kind].raw for day in days])
    return calibration.fit(raw, np.concatenate([day.bought for day in days]), way)


def _best_way(ways, said, days):
    """Return the calibration with the least Brier score on days; the first without."""
    days = [day for day in days if day.day in said]
    if len(ways) == 1 or not days:
        return ways[0]
    bought = np.concatenate([day.bought for day in days])

    def brier(way):
        return metrics.brier(
            np.concatenate([said[day.day][way] for day in days]), bought
        )

    return min(ways, key=brier)


def _set_figures(candidate, plan, said, used):
    """Pool the days that are judged."""
    test = judged(plan)
    said = [said[day.day][used[day.day]] for day in test]
    scored = [day.scored[candidate.kind] for day in test]
    days = [
        _day_figures(*one, used[one[0].day])
        for one in zip(test, scored, said, strict=True)
    ]
    pooled, bought = np.concatenate(said), np.concatenate([d.bought for d in test])
    rows = metrics.calibration(pooled, bought)
    candidate.brier = metrics.brier(pooled, bought)
    candidate.calibration_error = metrics.calibration_error(rows)
    candidate.count = len(pooled)
    for name in ("auc", "spearman", "lift"):
        setattr(candidate, name, _mean(days, name))
    positive = int((bought > 0).sum())
    candidate.figures = {
        "rows": rows,
        "days": days,
        "auc_error": metrics.auc_error(candidate.auc, positive, len(bought) - positive),
        "constant_brier": float(bought.mean() * (1 - bought.mean())),
        "orders_said": float(
            sum((one.orders * p).sum() for one, p in zip(scored, said, strict=True))
        ),
        "orders_seen": float(sum(day.orders.sum() for day in test)),
    }
    candidate.lorenz = metrics.lorenz(test[-1].value, scored[-1].worth * said[-1])


def _day_figures(day, scored, said, way):
    worth = scored.worth * said
    rows = metrics.calibration(said, day.bought)
    return {
        "day": day.day,
        "count": len(said),
        "status": scored.status,
        "way": way,
        "auc": metrics.auc(scored.raw, day.bought),
        "brier": metrics.brier(said, day.bought),
        "calibration_error": metrics.calibration_error(rows),
        "said": float(said.mean()),
        "seen": float(day.bought.mean()),
        "spearman": metrics.spearman(worth, day.value),
        "lift": metrics.top_decile_lift(worth, day.value),
    }


def _mean(days, name):
    known = [day for day in days if day[name] is not None]
    if not known:
        return None
    total = sum(day["count"] for day in known)
    return sum(day[name] * day["count"] for day in known) / total
