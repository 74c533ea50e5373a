"""Which candidate would have been right about this company's own customers.

At each cut-off day every candidate says how likely each customer is to buy within the
horizon, knowing nothing later. What it says is calibrated on cut-offs whose horizon was
over by that day, and on no others (rolling origin, Tashman 2000). Whether a model's own
probability is better left as it is, is decided in the same way: by what each way has
said before of cut-offs that were over by that day. A rule's score is no probability, so
it always gets steps.

A day on which one of those compared could not be fitted counts for nobody; see
:mod:`.comparison`.

A model is chosen if its Brier score is lower than the best naive rule's and its AUC is
not lower by more than two standard errors. Otherwise the best naive rule is.
"""

from dataclasses import dataclass, field

import numpy as np

from . import candidates, comparison, fitting, judging, metrics
from .candidates import CutoffData
from .judging import Candidate

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


@dataclass(frozen=True)
class Gates:
    """What the data must have.

    :param minimum: least customers on a day
    :param horizon: days that are forecast
    :param least_history: days of data before a cut-off, in horizons
    :param least_learned: cut-offs that must be over before one is judged
    :param least_kept: share of the judged cut-offs that a candidate must leave to the
        others, where it could not be fitted on all
    """

    minimum: int = fitting.MINIMUM
    horizon: int = 90
    least_history: float = 1.0
    least_learned: int = 2
    least_kept: float = 0.5


@dataclass
class Result:
    """What a backtest has found.

    :param status: "done", or "refused": there is no forecast
    :param reason: one of the codes above
    :param chosen: kind of the candidate in force, or None
    :param figures: what the reason's sentence needs
    :param value_parameters: Gamma-Gamma as of the latest day, or None
    :param learned: and ``judged``: numbers of the days
    :param left_out: days on which not all that are compared could be fitted
    :param lorenz: share of the value that the customers brought of whom the chosen one
        expected most, on the latest day; ``foresight``: the same by what they brought
    """

    status: str
    reason: str
    chosen: str | None = None
    candidates: list = field(default_factory=list)
    figures: dict = field(default_factory=dict)
    value_parameters: dict | None = None
    learned: list = field(default_factory=list)
    judged: list = field(default_factory=list)
    left_out: list = field(default_factory=list)
    lorenz: list = field(default_factory=list)
    foresight: list = field(default_factory=list)


def run(cutoffs, gates=None, now=None, progress=None):
    """Judge all candidates and choose one.

    :param cutoffs: iterable of :class:`CutoffData`, read once; any order
    :param gates: :class:`Gates`
    :param now: :class:`CutoffData` of today without an outcome: the parameters in force
        are fitted on it. By default on the latest cut-off
    :param progress: called after each cut-off with how many are done
    :return: :class:`Result`
    """
    gates = gates or Gates()
    days, latest, largest = _scored_days(cutoffs, gates, progress)
    latest = now or latest
    if latest is None:
        return _refused(TOO_SHORT, largest, gates)
    if latest.count < gates.minimum:
        return _refused(TOO_FEW, latest.count, gates)
    if not comparison.judged(comparison.plan(days, gates)):
        return _refused(TOO_SHORT, latest.count, gates)
    current = candidates.score(latest, gates.horizon, gates.minimum)
    statuses, plan = comparison.compare(current, days, gates)
    seen = np.concatenate([day.bought for day in comparison.judged(plan)])
    if seen.min() == seen.max():
        return _refused(ONE_OUTCOME, latest.count, gates)
    found = [judging.judge(one, statuses[one.kind], plan) for one in current]
    return _result(found, plan, days, latest)


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
            days.append(comparison.Day(int(data.day), *outcome, by_kind))
        if progress:
            progress(place + 1)
    return sorted(days, key=lambda day: day.day), latest, largest


def _result(found, plan, days, latest):
    """Return the result: every candidate's figures, and the one that is chosen."""
    chosen, reason, figures = _choose(found)
    if chosen is None:
        return _refused(reason, latest.count, None, found)
    chosen.is_chosen = True
    planned = {step.day.day for step in plan}
    learned = [step.over for step in plan if step.is_judged]
    return Result(
        "done",
        reason,
        chosen.kind,
        found,
        {**figures, "customers": latest.count},
        candidates.value_parameters(latest)[0],
        learned=sorted({day.day for over in learned for day in over}),
        judged=[day.day for day in comparison.judged(plan)],
        left_out=[day.day for day in days if day.day not in planned],
        lorenz=chosen.lorenz,
        foresight=metrics.lorenz(comparison.judged(plan)[-1].value),
    )


def _choose(found):
    """Return (candidate, reason, figures for the reason's sentence)."""
    usable = [one for one in found if one.status == fitting.OK]
    usable = [one for one in usable if one.brier is not None]
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
