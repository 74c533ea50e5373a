"""How often customers may be contacted, and how much people can do. Plain Python."""

from collections import Counter
from dataclasses import dataclass, field

from .plan import CAPPED, COOLDOWN, WAITING


@dataclass
class Capacity:
    """Customers that people have got to contact on a day so far, by person.

    :param of_rule: by one rule
    :param of_all: by all rules
    """

    of_rule: Counter = field(default_factory=Counter)
    of_all: Counter = field(default_factory=Counter)


@dataclass
class Limits:
    """What a rule may do in a company on a day, and what it did so far.

    0 stands for no limit. Who is held out counts as if treated, so that the same
    occurrences are found of both; but takes nobody's time.

    :param per_customer: touches of a customer by all rules in the rolling days
    :param touched: the touches that there were, by customer
    :param is_cooling: whether a customer has to cool down after a touch
    :param per_person: customers of a person and day by the rule
    :param per_person_of_all: customers of a person and day by all rules
    :param capacity: what people have got so far that day
    """

    per_customer: int
    touched: Counter
    is_cooling: bool
    per_person: int
    per_person_of_all: int
    capacity: Capacity
    handled: set = field(default_factory=set)

    def of_customer(self, partner_id) -> str | None:
        """The outcome that stops a customer now, after what was planned."""
        if self.is_cooling and partner_id in self.handled:
            return COOLDOWN
        if self.per_customer and self.touched.get(partner_id, 0) >= self.per_customer:
            return CAPPED
        return None

    def of_person(self, user_id) -> str | None:
        """The outcome that stops what a person would have to do now."""
        if self.per_person and self.capacity.of_rule[user_id] >= self.per_person:
            return WAITING
        total = self.per_person_of_all
        if total and user_id and self.capacity.of_all[user_id] >= total:
            return WAITING
        return None

    def count(self, partner_id, user_id, is_held_out):
        """Note what was planned."""
        self.handled.add(partner_id)
        self.touched[partner_id] += 1
        if not is_held_out:
            self.capacity.of_rule[user_id] += 1
            self.capacity.of_all[user_id] += 1
