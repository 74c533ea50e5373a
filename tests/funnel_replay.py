"""What the reports of the funnel should say, in plain Python and pandas.

The tests' own opinion: it reads the log of moves and the purchase history, and shares
no code with the add-on.
"""

import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

import pandas
import purchase_facts


@dataclass
class Move:
    """A row of the log; stages by their ids, None for no stage."""

    customer: str
    day: date
    origin: int | None
    target: int | None


def ways_of(moves):
    """Return {customer: its moves in their order}, and check that nothing is missing:
    each begins where the one before ended, not before its day."""
    ways = defaultdict(list)
    for move in moves:
        way = ways[move.customer]
        assert move.origin == (way[-1].target if way else None), move
        assert not way or way[-1].day <= move.day, move
        way.append(move)
    return ways


def place_of(way, day):
    """Return where a customer was at the end of a day."""
    seen = [move.target for move in way if move.day <= day]
    return seen[-1] if seen else None


def funnel_of(ways, ranks, revenues, since, until):
    """Return {stage: Counter of the figures}.

    :param ranks: {stage: how good it is}
    :param revenues: {customer: revenue of the period}
    """
    found = defaultdict(Counter)
    for customer, way in ways.items():
        moves = [move for move in way if since <= move.day <= until]
        came = {move.target for move in moves}
        went = defaultdict(set)
        for move in moves:
            if move.origin and move.target:
                step = ranks[move.target] - ranks[move.origin]
                went[(step > 0) - (step < 0)].add(move.origin)
        start = place_of(way, since - timedelta(1))
        end = place_of(way, until)
        found[end]["count"] += 1
        found[end]["value"] += revenues.get(customer, 0)
        for name, stages in (
            ("present", came | {start}),
            ("came", came),
            ("went_up", went[1]),
            ("went_down", went[-1]),
        ):
            for stage in stages:
                found[stage][name] += 1
    found.pop(None, None)
    return found


def flow_of(ways, since, until):
    """Return {(from, to): days in the stage before, of each move}."""
    flows = defaultdict(list)
    for way in ways.values():
        for before, move in zip([None, *way], way, strict=False):
            if since <= move.day <= until:
                days = (move.day - before.day).days if before else None
                flows[move.origin, move.target].append(days)
    return flows


def quantiles_of(days):
    """Return how many days half of them took at most, and nine of ten."""
    return statistics.median(days), pandas.Series(days).quantile(0.9)


def revenues_of(lines, since, until):
    """Return {customer: revenue of a period, net of what was taken back in it}.

    Whoever had bought nothing by its end has none.
    """

    def is_in(day):
        return since <= day <= until

    revenues = {}
    for customer, orders in purchase_facts.orders_of(lines).items():
        counted = [
            order
            for order in orders.values()
            if order.amount > 0 and order.at.date() <= until
        ]
        if counted:
            revenues[customer] = sum(
                order.amount for order in counted if is_in(order.at.date())
            )
    for customer, credits in purchase_facts.credits_of(lines).items():
        if customer in revenues:
            revenues[customer] -= sum(
                amount for day, amount in credits.values() if is_in(day)
            )
    return revenues


def cohorts_of(lines):
    """Return {(month of the first order, months since): customers who bought}."""
    orders = pandas.DataFrame(
        [
            (customer, order.at)
            for customer, orders in purchase_facts.orders_of(lines).items()
            for order in orders.values()
            if order.amount > 0
        ],
        columns=["customer", "at"],
    )
    month = orders["at"].dt.year * 12 + orders["at"].dt.month - 1
    first = month.groupby(orders["customer"]).transform("min")
    counts = orders["customer"].groupby([first, month - first]).nunique()
    return {
        (f"{cohort // 12}-{cohort % 12 + 1:02}", since): count
        for (cohort, since), count in counts.items()
    }
