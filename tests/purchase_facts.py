"""The facts of customers, computed from a purchase history in plain Python.

The tests' own opinion of what a file says: it shares no code with the add-on or with
the loader, so that a mistake of theirs is not repeated here.
"""

import csv
import gzip
import statistics
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

PENNY = Decimal("0.01")


@dataclass
class Facts:
    """What a customer's profile has to say; intervals in days, revenue in money."""

    order_count: int
    order_day_count: int
    revenue: Decimal
    first_order_date: date
    last_order_date: date
    interval_mean: float | None
    interval_median: float | None


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


def orders_of(lines):
    """Return {customer: {invoice: (day, amount)}} of the purchases."""
    orders = defaultdict(dict)
    for line in filter(is_purchase, lines):
        amount = Decimal(line["qty"]) * Decimal(line["unit_price"])
        amount = amount.quantize(PENNY, ROUND_HALF_UP)
        day = date.fromisoformat(line["date"][:10])
        of_customer = orders[line["customer_id"]]
        known_day, known_amount = of_customer.get(line["invoice"], (day, 0))
        of_customer[line["invoice"]] = (min(day, known_day), known_amount + amount)
    return orders


def facts_of(lines):
    """Return {customer: Facts} of those with an order of more than nothing."""
    facts = {}
    for customer, orders in orders_of(lines).items():
        counted = [order for order in orders.values() if order[1] > 0]
        if counted:
            facts[customer] = _facts(counted)
    return facts


def _facts(orders):
    days = sorted({day for day, _amount in orders})
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    return Facts(
        order_count=len(orders),
        order_day_count=len(days),
        revenue=sum(amount for _day, amount in orders),
        first_order_date=days[0],
        last_order_date=days[-1],
        interval_mean=statistics.fmean(gaps) if gaps else None,
        interval_median=statistics.median(gaps) if gaps else None,
    )
