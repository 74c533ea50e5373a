"""The facts of customers, computed from a purchase history in plain Python.

The tests' own opinion of what a file says: it shares no code with the add-on or with
the loader, so that a mistake of theirs is not repeated here.
"""

import csv
import gzip
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import pandas

PENNY = Decimal("0.01")
# A habit needs so many order days, and this share of them.
HABIT_DAYS = 3
HABIT_SHARE = 0.4
WEEKDAYS = "1234567"  # of ISO: Monday is 1
DAY_PARTS = ("morning", "afternoon", "evening", "night")


@dataclass
class Facts:
    """What a customer's profile has to say; intervals in days, amounts in money,
    shares 0..1."""

    order_count: int
    order_day_count: int
    revenue: Decimal  # less what was credited
    refund_amount: Decimal
    first_order_date: date
    last_order_date: date
    interval_mean: float | None
    interval_median: float | None
    basket_mean: Decimal
    usual_weekday: str | None
    usual_weekday_share: float | None
    usual_day_part: str | None
    usual_day_part_share: float | None


@dataclass
class ProductFacts:
    """What is known of a customer and a product."""

    order_day_count: int
    later_order_day_count: int
    first_date: date
    last_date: date
    amount: Decimal
    share: float
    state: str


def read(path):
    """Return the lines of a file, packed or not, as dictionaries."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", newline="") as stream:
        return list(csv.DictReader(stream))


def is_purchase(line):
    """Tell whether a line is a purchase by somebody who is known.

    Enough for the files used here, whose dates and numbers are all well-formed.
    """
    return (
        line["customer_id"]
        and not line["invoice"].startswith("C")
        and Decimal(line["qty"]) > 0
        and Decimal(line["unit_price"]) >= 0
    )


def is_cancellation(line):
    """Tell whether a line takes something back from somebody who is known."""
    return (
        line["customer_id"]
        and line["invoice"].startswith("C")
        and Decimal(line["qty"]) < 0
        and Decimal(line["unit_price"]) >= 0
    )


def amount_of(line):
    """Return what a line comes to, whichever way the goods went."""
    amount = abs(Decimal(line["qty"])) * Decimal(line["unit_price"])
    return amount.quantize(PENNY, ROUND_HALF_UP)


@dataclass
class Order:
    """An invoice of the file: the time of its first line, its amount, and {product:
    amount} of what was paid for."""

    at: datetime
    amount: Decimal
    products: dict


def orders_of(lines):
    """Return {customer: {invoice: Order}} of the purchases."""
    orders = defaultdict(dict)
    for line in filter(is_purchase, lines):
        amount = amount_of(line)
        at = datetime.fromisoformat(line["date"])
        order = orders[line["customer_id"]].setdefault(
            line["invoice"], Order(at, Decimal(0), defaultdict(Decimal))
        )
        order.at = min(order.at, at)
        order.amount += amount
        if amount > 0:
            order.products[line["product"]] += amount
    return orders


def _counted_orders(lines):
    """Yield (customer, orders) of those with an order of more than nothing."""
    for customer, orders in orders_of(lines).items():
        counted = [order for order in orders.values() if order.amount > 0]
        if counted:
            yield customer, counted


def credits_of(lines):
    """Return {customer: {invoice: [day, amount]}} of the cancellations."""
    credits = defaultdict(dict)
    for line in filter(is_cancellation, lines):
        day = datetime.fromisoformat(line["date"]).date()
        credit = credits[line["customer_id"]].setdefault(
            line["invoice"], [day, Decimal(0)]
        )
        credit[0] = min(credit[0], day)
        credit[1] += amount_of(line)
    return credits


def facts_of(lines):
    """Return {customer: Facts} of those with an order of more than nothing."""
    credits = credits_of(lines)
    return {
        customer: _facts(
            orders, sum(amount for _day, amount in credits[customer].values())
        )
        for customer, orders in _counted_orders(lines)
    }


def _facts(orders, credited):
    first_of_day = {}
    for order in sorted(orders, key=lambda order: order.at):
        first_of_day.setdefault(order.at.date(), order.at)
    days = sorted(first_of_day)
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    ordered = sum(order.amount for order in orders)
    return Facts(
        len(orders),
        len(days),
        ordered - credited,
        Decimal(credited),
        days[0],
        days[-1],
        statistics.fmean(gaps) if gaps else None,
        statistics.median(gaps) if gaps else None,
        (ordered / len(orders)).quantize(PENNY, ROUND_HALF_UP),
        *_habit([str(day.isoweekday()) for day in days], WEEKDAYS),
        *_habit([_day_part(at.hour) for at in first_of_day.values()], DAY_PARTS),
    )


def _day_part(hour):
    if 5 <= hour < 12:
        return "morning"
    if 12 <= hour < 18:
        return "afternoon"
    return "evening" if 18 <= hour < 23 else "night"


def _habit(found, order):
    """Return the most frequent value and its share, or twice None where it is no
    habit. Of two that are equally frequent the earlier in the order wins."""
    if len(found) < HABIT_DAYS:
        return None, None
    counts = Counter(found)
    usual = max(order, key=lambda value: (counts[value], -order.index(value)))
    share = counts[usual] / len(found)
    return (usual, share) if share >= HABIT_SHARE else (None, None)


def product_facts_of(lines):
    """Return {(customer, product): ProductFacts} of what was bought and paid for."""
    facts = {}
    for customer, orders in _counted_orders(lines):
        days = {order.at.date() for order in orders}
        spent = sum(sum(order.products.values()) for order in orders)
        bought = defaultdict(list)
        for order in orders:
            for product, amount in order.products.items():
                bought[product].append((order.at.date(), amount))
        for product, purchases in bought.items():
            facts[customer, product] = _product_facts(purchases, days, spent)
    return facts


def _product_facts(purchases, days, spent):
    with_it = {day for day, _amount in purchases}
    later = sum(day > max(with_it) for day in days)
    amount = sum(amount for _day, amount in purchases)
    state = "occasional"
    if len(with_it) >= 2 and len(with_it) / len(days) >= 0.25:
        state = "usual"
    elif len(with_it) == 1 and later >= 2:
        state = "once"
    return ProductFacts(
        order_day_count=len(with_it),
        later_order_day_count=later,
        first_date=min(with_it),
        last_date=max(with_it),
        amount=amount,
        share=float(amount / spent),
        state=state,
    )


def scores_of(facts):
    """Return {customer: [recency, frequency, value]}, each 1..5, of {customer: Facts}.

    The rank rule, said with pandas: equal values share the lowest of their ranks.
    """
    table = pandas.DataFrame(
        {
            "recency": [
                of_one.last_order_date.toordinal() for of_one in facts.values()
            ],
            "frequency": [of_one.order_day_count for of_one in facts.values()],
            "value": [int(100 * of_one.revenue) for of_one in facts.values()],
        },
        index=list(facts),
    )
    others = max(len(table) - 1, 1)
    below = table.rank(method="min").astype(int) - 1
    scores = (1 + 5 * below // others).clip(upper=5)
    return {customer: list(row) for customer, *row in scores.itertuples()}
