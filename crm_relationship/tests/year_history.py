"""What triggers of rules hold on which day, by a history in plain Python.

The tests' own opinion: it shares no code with the add-on, so that a mistake of a
statement is not repeated here. Customers are numbers, moments are naive UTC. Each
function yields the (customer, occurrence) that hold at the end of a day.
"""

import statistics
from calendar import isleap
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from math import exp, log

# A year with a 29 February.
FIRST, LAST = date(2023, 9, 1), date(2024, 8, 31)
YEAR = [FIRST + timedelta(number) for number in range((LAST - FIRST).days + 1)]
# In São Paulo it is three hours earlier, all the year round.
TZ, BEHIND = "America/Sao_Paulo", timedelta(hours=3)
# First and last instant of a day there, and something in between.
TIMES = (time(0), time(12), time(23, 59, 59))


def day_of(moment):
    """Return the day it is in São Paulo."""
    return (moment - BEHIND).date()


def moment_of(day, at):
    """Return the moment at which it is that time in São Paulo."""
    return datetime.combine(day, at) + BEHIND


def is_due(day, as_of, late):
    """Tell whether it was time on a day, and is not too late.

    :param late: days after which it is; 0: never
    """
    return day <= as_of and (not late or (as_of - day).days <= late)


def last_of(days, as_of):
    """Return the last of the days that have come; None where none has."""
    return max((day for day in days if day <= as_of), default=None)


def draw_days(dice, edges, first=FIRST - timedelta(60), last=LAST, most=60):
    """Return days of a year, often so many apart as matters.

    :param edges: numbers of days after which something begins or ends
    """
    day, days = first + timedelta(dice.randrange(most)), []
    near = [edge + step for edge in edges for step in (-1, 0, 1)]
    while day <= last:
        days.append(day)
        day += timedelta(dice.choice([*near, 0, 1, dice.randint(2, most)]))
    return days


# Habits
@dataclass
class Order:
    """An order; what counts is confirmed, and of more than nothing."""

    customer: int
    moment: datetime
    counts: bool
    products: frozenset  # those that are paid for


class Purchases:
    """What customers have bought: orders that count."""

    def __init__(self, orders):
        self.bought = defaultdict(set)
        self.with_product = defaultdict(set)
        for order in orders:
            if order.counts:
                day = day_of(order.moment)
                self.bought[order.customer].add(day)
                for product in order.products:
                    self.with_product[order.customer, product].add(day)

    def days(self, customer, as_of):
        """Return the days on which a customer has bought, in order."""
        return sorted(day for day in self.bought.get(customer, ()) if day <= as_of)

    def products(self, as_of):
        """Yield (customer, product, the last day)."""
        for (customer, product), days in self.with_product.items():
            if last := last_of(days, as_of):
                yield customer, product, last


def silent(purchases, contacts, acquired, days, as_of):
    """No contact for so many days; without any, since the last order, or since the
    customer was acquired."""
    for customer, contact_days in contacts.items():
        contact = last_of(contact_days, as_of)
        since = (
            contact
            or last_of(purchases.days(customer, as_of), as_of)
            or acquired.get(customer)
        )
        if since and (as_of - since).days >= days:
            yield customer, str(contact or "never")


def late(purchases, factor, min_days, min_order_days, as_of):
    """No order for so many times the usual interval."""
    for customer in purchases.bought:
        days = purchases.days(customer, as_of)
        if len(days) >= min_order_days:
            usual = statistics.median((b - a).days for a, b in pairwise(days))
            since = (as_of - days[-1]).days
            if since >= max(min_days, factor * usual):
                yield customer, str(days[-1])


def after_orders(orders, days, late, as_of):
    """An order was so many days ago.

    :param orders: {number: (customer, moment)}
    """
    for number, (customer, moment) in orders.items():
        if is_due(day_of(moment) + timedelta(days), as_of, late):
            yield customer, f"order/{number}"


def unlikely(purchases, probability, limit, min_days, as_of):
    """The probability of buying is below a limit.

    :param probability: function of (days of orders, day)
    """
    for customer in purchases.bought:
        days = purchases.days(customer, as_of)
        if (
            days
            and (as_of - days[-1]).days >= min_days
            and probability(days, as_of) < limit
        ):
            yield customer, str(days[-1])


def by_model(parameters, calibration, horizon):
    """Return the function of `unlikely` by the model MBG/NBD: who is still there, and
    buys within the horizon, as Batislam et al. (2007) write it."""
    r, alpha, a, b = (parameters[name] for name in ("r", "alpha", "a", "b"))

    def probability(days, as_of):
        x = len(days) - 1
        t_x, t = ((day - days[0]).days / 7 for day in (days[-1], as_of))
        there = 1 / (1 + a / (b + x) * ((alpha + t) / (alpha + t_x)) ** (r + x))
        none = ((alpha + t) / (alpha + t + horizon / 7)) ** (r + x)
        raw = there * (1 - none)
        logit = log(raw / (1 - raw))
        return 1 / (1 + exp(-calibration["c0"] - calibration["c1"] * logit))

    return probability


def beyond(purchases, days, runs, as_of):
    """The condition "more than so many days since the last order" has become true: on
    the first run of those on which it has been seen to hold since then.

    :param runs: days of runs, in order
    """

    def holds(customer, day):
        bought = purchases.days(customer, day)
        return bool(bought) and (day - bought[-1]).days > days

    for customer in purchases.bought:
        if holds(customer, as_of):
            since = as_of
            for run in sorted((run for run in runs if run <= as_of), reverse=True):
                if not holds(customer, run):
                    break
                since = run
            yield customer, str(since)


def in_service(purchases, intervals, late, as_of):
    """A product is due for service since it was last bought.

    :param intervals: {product: days}
    """
    for customer, product, last in purchases.products(as_of):
        interval = intervals.get(product)
        if interval and is_due(last + timedelta(interval), as_of, late):
            yield customer, f"{product}/{last}"


# Dates
@dataclass
class KeyDate:
    """A date that is kept every year, after that of birth."""

    customer: int
    number: int
    month: int
    day: int
    born: int  # year, or 0
    kinship: int

    def kept(self, year):
        """Return the day in a year; None where it is not kept."""
        if self.born and year <= self.born:
            return None
        if (self.month, self.day) == (2, 29) and not isleap(year):
            return date(year, 2, 28)
        return date(year, self.month, self.day)

    def between(self, first, last):
        """Yield (year, day) of those from a day to another."""
        for year in range(first.year - 1, last.year + 2):
            day = self.kept(year)
            if day and first <= day <= last:
                yield year, day


def coming(key_dates, days, late, as_of):
    """A key date is so many days away; without a limit, until it comes."""
    for one in key_dates:
        first = as_of + timedelta(days - (late or days))
        for year, _day in one.between(first, as_of + timedelta(days)):
            yield one.customer, f"{one.number}/{year}"


def unasked(purchases, key_dates, said, days, as_of):
    """Nobody asked, and an order or a key date is expected within so many days.

    :param said: {customer: moments at which they said something}
    """
    until = as_of + timedelta(days)
    for customer, moments in said.items():
        if last_of(map(day_of, moments), as_of):
            continue
        bought = purchases.days(customer, as_of)
        gaps = [(b - a).days for a, b in pairwise(bought)]
        if gaps:
            expected = bought[-1] + timedelta(round(statistics.median(gaps)))
            if as_of <= expected <= until:
                yield customer, f"order/{bought[-1]}"
        for one in key_dates:
            if one.customer == customer:
                for year, _day in one.between(as_of, until):
                    yield customer, f"date/{one.number}/{year}"


# Documents
@dataclass
class Document:
    """A quotation, sent and decided; or a complaint, open and closed."""

    customer: int
    number: int
    begun: datetime
    ended: datetime | None = None

    def stands(self, as_of):
        """Tell whether it has begun and not ended by the end of a day."""
        return day_of(self.begun) <= as_of and not (
            self.ended and day_of(self.ended) <= as_of
        )


def unanswered(quotations, contacts, days, late, as_of):
    """A quotation was sent, and there has been no contact for so many days."""
    for one in quotations:
        if not one.stands(as_of):
            continue
        contact = last_of(contacts.get(one.customer, ()), as_of)
        since = max(filter(None, [contact, day_of(one.begun)]))
        if is_due(since + timedelta(days), as_of, late):
            yield one.customer, str(one.number)


def unresolved(complaints, days, late, as_of):
    """A complaint has been open for so many days."""
    for one in complaints:
        if one.stands(as_of) and is_due(
            day_of(one.begun) + timedelta(days), as_of, late
        ):
            yield one.customer, f"open/{one.number}"


def resolved(complaints, days, late, as_of):
    """A complaint was resolved so many days ago."""
    for one in complaints:
        ended = one.ended and day_of(one.ended)
        if ended and is_due(ended + timedelta(days), as_of, late):
            yield one.customer, f"resolved/{one.number}/{ended}"


@dataclass
class Invoice:
    """An invoice, with what is due when, and what was paid when, in cents."""

    customer: int
    number: int
    day: date
    parts: list  # (day, amount)
    payments: list = field(default_factory=list)

    def open_days(self, as_of):
        """Return the days of which a part is open: what is paid is for the earliest."""
        paid = sum(amount for day, amount in self.payments if day <= as_of)
        days = set()
        for day, amount in sorted(self.parts):
            if paid < amount:
                days.add(day)
            paid = max(0, paid - amount)
        return days


def overdue(invoices, days, late, as_of):
    """A part of an invoice was due so many days ago, and is open."""
    for one in invoices:
        if one.day > as_of:
            continue
        for day in one.open_days(as_of):
            if day < as_of and is_due(day + timedelta(days), as_of, late):
                yield one.customer, f"{one.number}/{day}"


# Journey
@dataclass
class Move:
    """A move from a place to another."""

    customer: int
    number: int
    day: date
    origin: int | None
    target: int
    by_rules: bool = False
    undoes: "Move | None" = None


def by_customer(moves, as_of):
    """Return {customer: moves until the end of a day}, in order."""
    ways = defaultdict(list)
    for move in sorted(moves, key=lambda move: (move.day, move.number)):
        if move.day <= as_of:
            ways[move.customer].append(move)
    return ways


def stay_of(way):
    """Follow the way of a customer; return the stay in which it ends.

    What was taken back is no entry, and who is taken back goes on with the stay from
    before. The entries of one day into one place are one.

    :return: moves of the day with which it began
    """
    entries = []
    for move in way:
        if move.undoes:
            entries.remove(move.undoes)
        else:
            entries.append(move)
    place = way[-1].target
    began = max((one.day for one in entries if one.target == place), default=None)
    return [
        move
        for move in way
        if move.day == began and move.target == place and not move.undoes
    ]


def entered(moves, stages, start, with_rules, as_of):
    """A customer is in one of the stages, which it entered on a day or later."""
    for customer, way in by_customer(moves, as_of).items():
        began = stay_of(way)
        if (
            began
            and began[0].target in stages
            and began[0].day >= start
            and (with_rules or not all(move.by_rules for move in began))
        ):
            yield customer, str(began[0].number)


def stays(moves, limits, as_of):
    """A customer has been in a stage for longer than its limit.

    :param limits: {stage: days}
    """
    for customer, way in by_customer(moves, as_of).items():
        began = stay_of(way)
        limit = limits.get(way[-1].target)
        if began and limit is not None and (as_of - began[0].day).days > limit:
            yield customer, str(began[0].number)


def dropped(moves, ranks, targets, late, with_rules, as_of):
    """A customer is in a worse segment than before the day of its last move.

    :param targets: segments to which it drops
    """
    for customer, way in by_customer(moves, as_of).items():
        day = way[-1].day
        of_day = [move for move in way if move.day == day]
        origin, target = of_day[0].origin, of_day[-1].target
        if (
            origin
            and ranks[target] < ranks[origin]
            and target in targets
            and is_due(day, as_of, late)
            and (with_rules or not all(move.by_rules for move in of_day))
        ):
            yield customer, str(day)
