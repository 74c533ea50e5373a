"""Which candidate would have been right about this company's own customers.

At each cut-off day every candidate says how likely each customer is to buy within the
horizon, knowing nothing later. What it says is calibrated on cut-offs whose horizon was
over by that day, and on no others (rolling origin, Tashman 2000). Whether a model's own
probability is better left as it is, is decided in the same way: by what each way has
said before of cut-offs that were over by that day. A rule's score is no probability, so
it always gets steps.

A model is chosen if its Brier score is lower than the best naive rule's and its AUC is
not lower by more than two standard errors. Otherwise the best naive rule is.
"""

from dataclasses import dataclass, field

import numpy as np

from . import calibration, candidates, fitting, metrics
from .candidates import CutoffData

__all__ = ["Candidate", "CutoffData", "Gates", "Result", "run"]

# Why a result is what it is.
MODEL_WINS = "model_wins"  # a model beats the best naive rule
NAIVE_WINS = "naive_wins"  # a naive rule has the lower Brier score
NAIVE_RANKS = "naive_ranks"  # a model has the lower Brier score, but ranks worse
MODELS_REFUSED = "models_refused"  # no model fits these data; a naive rule is chosen
TOO_FEW = fitting.TOO_FEW  # customers
TOO_SHORT = "too_short"  # history for one cut-off to learn from and one to judge
ONE_OUTCOME = "one_outcome"  # everybody bought or nobody did: nothing to judge by
NOT_FINITE = fitting.NOT_FINITE

_MODEL_WAYS = ("none", "logistic", "steps")
_RULE_WAYS = ("steps",)


@dataclass(frozen=True)
class Gates:
    """What the data must have.

    :param minimum: least customers on a day
    :param horizon: days that are forecast
    :param least_history: days of data before a cut-off, in horizons
    :param least_learned: cut-offs that must be over before one is judged
    """

    minimum: int = fitting.MINIMUM
    horizon: int = 90
    least_history: float = 1.0
    least_learned: int = 2


@dataclass
class Candidate:
    """A candidate's figures over all cut-offs that were judged.

    :param status: "ok" or why it cannot be chosen
    :param calibration: to be applied from now on, learned on all cut-offs
    :param parameters: as of the latest day
    :param calibration_error: points, 0..100
    :param lift: of the tenth with the highest expected value
    :param count: customers judged, summed over the cut-offs
    :param figures: "auc_error", "rows" (calibration by tenths), "ways" (calibration used
        at each cut-off), "days" (figures per cut-off), "orders_said" / "orders_seen"
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


@dataclass
class Result:
    """What a backtest has found.

    :param status: "done", or "refused": there is no forecast
    :param reason: one of the codes above
    :param chosen: kind of the candidate in force, or None
    :param figures: what the reason's sentence needs
    :param value_parameters: Gamma-Gamma as of the latest day, or None
    :param learned: and ``judged``: numbers of the days
    """

    status: str
    reason: str
    chosen: str | None = None
    candidates: list = field(default_factory=list)
    figures: dict = field(default_factory=dict)
    value_parameters: dict | None = None
    learned: list = field(default_factory=list)
    judged: list = field(default_factory=list)
    lorenz: list = field(default_factory=list)


@dataclass
class _Day:
    """A cut-off once it has been scored; the rest of its data are let go."""

    day: int
    bought: np.ndarray
    orders: np.ndarray
    value: np.ndarray
    scored: dict


def run(cutoffs, gates=None, now=None, progress=None):
    """Judge all candidates and choose one.

    :param cutoffs: iterable of :class:`CutoffData`, read once; any order
    :param gates: :class:`Gates`
    :param now: :class:`CutoffData` of today without an outcome: the parameters in force
        are fitted on it. By default on the latest cut-off
    :param progress: called with a share 0..1 after each cut-off, if given
    :return: :class:`Result`
    """
    gates = gates or Gates()
    days, latest, largest = _scored_days(cutoffs, gates, progress)
    latest = now or latest
    if latest is None:
        return _refused(TOO_SHORT, largest, gates)
    if latest.count < gates.minimum:
        return _refused(TOO_FEW, latest.count, gates)
    plan = _plan(days, gates)
    if not any(judged for _day, _finished, judged in plan):
        return _refused(TOO_SHORT, latest.count, gates)
    seen = np.concatenate([day.bought for day, _finished, judged in plan if judged])
    if seen.min() == seen.max():
        return _refused(ONE_OUTCOME, latest.count, gates)
    return _judge(plan, candidates.score(latest, gates.horizon, gates.minimum), latest)


def _scored_days(cutoffs, gates, progress):
    """Return the usable cut-offs, scored, the latest data, the most customers."""
    days, latest, largest = [], None, 0
    for place, data in enumerate(cutoffs):
        largest = max(largest, data.count)
        if latest is None or data.day > latest.day:
            latest = data
        old = data.history >= gates.least_history * gates.horizon
        if old and data.count >= gates.minimum and data.bought is not None:
            scored = candidates.score(data, gates.horizon, gates.minimum)
            outcome = (data.bought, data.orders_after, data.value_after)
            outcome = [np.nan_to_num(np.asarray(one, dtype=float)) for one in outcome]
            by_kind = {one.kind: one for one in scored}
            days.append(_Day(int(data.day), *outcome, by_kind))
        if progress:
            progress(place)
    return sorted(days, key=lambda day: day.day), latest, largest


def _plan(days, gates):
    """Return (day, days that were over by then, whether it is judged) of each day."""
    plan = []
    for day in days:
        over = [one for one in days if one.day + gates.horizon <= day.day]
        plan.append((day, over, len(over) >= gates.least_learned))
    return plan


def _judge(plan, current, latest):
    """Return the result: every candidate's figures, and the one that is chosen."""
    found = [_judged_candidate(one, plan) for one in current]
    chosen, reason, figures = _choose(found)
    if chosen is None:
        return _refused(reason, latest.count, None, found)
    chosen.is_chosen = True
    last = plan[-1][0]
    return Result(
        "done",
        reason,
        chosen.kind,
        found,
        {**figures, "customers": latest.count},
        candidates.value_parameters(latest)[0],
        sorted({over.day for _day, finished, judged in plan if judged for over in finished}),
        [day.day for day, _finished, judged in plan if judged],
        metrics.lorenz(last.value),
    )


def _judged_candidate(current, plan):
    """Return a candidate's figures over the days that are judged."""
    kind = current.kind
    candidate = Candidate(
        kind, kind in candidates.NAIVE, current.status, current.parameters
    )
    raws = [day.scored[kind].raw for day, _finished, _judged in plan]
    if current.raw is None or any(raw is None for raw in raws):
        if candidate.status == fitting.OK:
            candidate.status = fitting.DEGENERATE
        return candidate
    ways = _MODEL_WAYS if current.is_probability else _RULE_WAYS
    said, used = _say(kind, plan, ways)
    _set_figures(candidate, plan, said, used)
    way = _best_way(ways, said, [day for day, _finished, _judged in plan])
    candidate.calibration = _learn(kind, way, [day for day, _over, _judged in plan])
    if kind == "month_rate":
        bought = np.concatenate([day.bought for day, _over, _judged in plan])
        candidate.parameters = {**candidate.parameters, "retention": bought.mean()}
    return candidate


def _say(kind, plan, ways):
    """Return ({day: {way: probabilities}}, {day: way}), each from earlier days only."""
    said, used = {}, {}
    for day, over, _judged in plan:
        if not over:
            continue
        raw = day.scored[kind].raw
        said[day.day] = {
            way: calibration.apply(_learn(kind, way, over), raw) for way in ways
        }
        used[day.day] = _best_way(ways, said, over)
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
        return metrics.brier(np.concatenate([said[day.day][way] for day in days]), bought)

    return min(ways, key=brier)


def _set_figures(candidate, plan, said, used):
    """Pool the days that are judged. Ranks are compared within a day, never across."""
    judged = [day for day, _finished, judged in plan if judged]
    said = [said[day.day][used[day.day]] for day in judged]
    scored = [day.scored[candidate.kind] for day in judged]
    days = [
        _day_figures(*one, used[one[0].day])
        for one in zip(judged, scored, said, strict=True)
    ]
    pooled, bought = np.concatenate(said), np.concatenate([d.bought for d in judged])
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
        "auc_error": metrics.auc_error(
            candidate.auc, positive, len(bought) - positive
        ),
        "constant_brier": float(bought.mean() * (1 - bought.mean())),
    }
    if scored[0].orders is not None:
        totals = [float(one.orders.sum()) for one in scored]
        candidate.figures["orders_said"] = sum(totals)
        candidate.figures["orders_seen"] = float(sum(d.orders.sum() for d in judged))


def _day_figures(day, scored, said, way):
    worth = scored.worth * said if scored.is_rate else scored.worth
    rows = metrics.calibration(said, day.bought)
    return {
        "day": day.day,
        "count": len(said),
        "way": way,
        "auc": metrics.auc(said, day.bought),
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


def _choose(found):
    """Return (candidate, reason, figures for the reason's sentence)."""
    usable = [one for one in found if one.status == fitting.OK and one.brier is not None]
    rules = [one for one in usable if one.is_naive]
    models = [one for one in usable if not one.is_naive]
    if not usable:
        return None, NOT_FINITE, {}
    rule = min(rules, key=lambda one: one.brier, default=None)
    model = min(models, key=lambda one: one.brier, default=None)
    figures = {"rule": rule and rule.kind, "model": model and model.kind}
    figures["statuses"] = {one.kind: one.status for one in found if not one.is_naive}
    for name in ("brier", "auc"):
        figures[f"rule_{name}"] = getattr(rule, name, None)
        figures[f"model_{name}"] = getattr(model, name, None)
    if model is None:
        return rule, MODELS_REFUSED, figures
    if rule is None:
        return model, MODEL_WINS, figures
    if model.brier >= rule.brier:
        return rule, NAIVE_WINS, figures
    if (model.auc or 0) < (rule.auc or 0) - 2 * (rule.figures["auc_error"] or 0):
        return rule, NAIVE_RANKS, figures
    return model, MODEL_WINS, figures


def _refused(reason, count, gates, found=()):
    figures = {"customers": int(count)}
    if gates:
        figures.update(minimum=gates.minimum, horizon=gates.horizon)
    return Result("refused", reason, candidates=list(found), figures=figures)
