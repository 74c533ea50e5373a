"""What a retention rule would do, before it does it. Plain Python, no ORM."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

# What is entered in the ledger
TREAT = "treated"
HELD_OUT = "held_out"
PAST = "past"
# What is asked again with the next run
WAITING = "waiting"
NO_RESPONSIBLE = "no_responsible"
REFUSED = "refused"
COMPLAINT = "complaint"
NO_ADDRESS = "no_address"
CONTACTED = "contacted"
COOLDOWN = "cooldown"
CAPPED = "capped"
QUIET = "quiet"
SPREAD = "spread"
# What only the run finds out, or the ledger knows
GONE = "gone"
FAILED = "failed"
ALREADY = "already"


class Occurrence(NamedTuple):
    """Something that a rule looks for has happened to a customer.

    :param user_id: who serves the customer
    :param stage_id: where the customer is
    :param value_at_risk: in company currency; None where there is no forecast
    :param key: names the occurrence among those of the same customer and rule, e.g.
        the day on which a quiet spell began
    :param names: names of the figures behind it
    :param figures: the figures, in the order of their names
    """

    partner_id: int
    user_id: int | None
    team_id: int | None
    stage_id: int | None
    segment_id: int | None
    value_at_risk: float | None
    key: str
    names: tuple
    figures: tuple


class PlanItem(NamedTuple):
    """One customer x occurrence and what becomes of it.

    :param day: the day it was found on, in the company's time zone
    :param outcome: ``treated``, or the guard that stopped it
    :param user_id: who is to act
    :param holdout: ``rule`` or ``company`` where the customer is held out
    :param rule_share: of how many in 100 the rule draws who is left alone; 0: no draw
    :param company_share: likewise of all rules
    """

    found: Occurrence
    company_id: int
    day: date
    outcome: str
    user_id: int | None
    holdout: str | None = None
    rule_share: float = 0
    company_share: float = 0

    @property
    def partner_id(self) -> int:
        return self.found.partner_id

    @property
    def occurrence(self) -> str:
        return self.found.key

    @property
    def evidence(self) -> dict:
        """The figures behind the occurrence, by name."""
        return dict(zip(self.found.names, self.found.figures, strict=True))


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
    def to_enter(self) -> list[PlanItem]:
        """What is entered in the ledger: who is treated, and who is held out."""
        return [item for item in self.items if item.outcome in (TREAT, HELD_OUT)]

    @property
    def counts(self) -> Counter:
        """Number of occurrences per outcome."""
        counts = Counter(item.outcome for item in self.items)
        counts[ALREADY] = self.already
        return counts
