"""What a retention rule would do, before it does it. Plain Python, no ORM."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

TREAT = "treated"
WAITING = "waiting"
NO_RESPONSIBLE = "no_responsible"
ALREADY = "already"


@dataclass(frozen=True, eq=False)
class PlanItem:
    """One customer x occurrence and what becomes of it.

    :param occurrence: names the occurrence among those of the same customer and
        rule, e.g. the day on which a quiet spell began
    :param day: the day it was found on, in the company's time zone
    :param outcome: ``treated``, or the guard that stopped it
    :param evidence: the figures behind it, ready for JSON
    """

    partner_id: int
    company_id: int
    occurrence: str
    day: date
    outcome: str
    user_id: int | None
    evidence: dict


@dataclass
class Plan:
    """The result of ``evaluate``: who, which occurrence, why, which guard stopped whom.

    :param already: number of occurrences that the ledger shows as handled
    """

    rule_id: int
    as_of: date
    items: list[PlanItem] = field(default_factory=list)
    already: int = 0

    @property
    def to_treat(self) -> list[PlanItem]:
        return [item for item in self.items if item.outcome == TREAT]

    @property
    def counts(self) -> Counter:
        """Number of occurrences per outcome."""
        counts = Counter(item.outcome for item in self.items)
        counts[ALREADY] = self.already
        return counts
