"""On which days the candidates can be compared, and which of them.

A model that could not be fitted on a day has said nothing of its customers that it
would be held to, for or against it. Such a day is left out for all candidates, so that
all are judged on the same customers and learn from the same days. A candidate that
cannot be used today, or that would cost too many days, is refused instead.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from . import fitting


@dataclass
class Day:
    """A cut-off once it has been scored; the rest of its data are let go.

    :param scored: {kind: :class:`~.candidates.Scored`}
    """

    day: int
    bought: np.ndarray
    orders: np.ndarray
    value: np.ndarray
    scored: dict

    def is_fit(self, kind):
        """Tell whether a candidate could be used on this day."""
        return self.scored[kind].status == fitting.OK


@dataclass
class Step:
    """A cut-off in its place.

    :param over: days whose horizon was over by this one
    :param is_judged: whether these are enough to learn from
    """

    day: Day
    over: list
    is_judged: bool


def plan(days, gates):
    """Return the steps, in the order of their days."""
    steps = []
    for day in days:
        over = [one for one in days if one.day + gates.horizon <= day.day]
        steps.append(Step(day, over, len(over) >= gates.least_learned))
    return steps


def judged(steps):
    """Return the days that are judged."""
    return [step.day for step in steps if step.is_judged]


def compare(current, days, gates):
    """Leave out the days that cannot be compared, or those who cannot.

    :param current: what the candidates are today, [:class:`~.candidates.Scored`]
    :return: ({kind: "ok" or why it is refused}, steps)
    """
    statuses = {one.kind: one.status for one in current}
    least = gates.least_kept * len(judged(plan(days, gates)))
    while True:
        rivals = [kind for kind, status in statuses.items() if status == fitting.OK]
        common = [day for day in days if all(map(day.is_fit, rivals))]
        steps = plan(common, gates)
        if len(common) == len(days) or len(judged(steps)) >= max(least, 1):
            return statuses, steps
        failures = {kind: _failures(kind, days) for kind in rivals}
        worst = max(rivals, key=lambda kind: failures[kind].total())
        [(statuses[worst], _count)] = failures[worst].most_common(1)


def _failures(kind, days):
    """Count why a candidate could not be used on days."""
    statuses = (day.scored[kind].status for day in days)
    return Counter(status for status in statuses if status != fitting.OK)
