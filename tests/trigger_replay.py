"""What triggers of rules hold on which day, by a purchase history in plain Python.

As ``purchase_facts``, it shares no code with the add-on.
"""

import statistics
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil

import purchase_facts

FACTOR, MIN_DAYS, MIN_ORDER_DAYS, LATE_DAYS, DAYS = 2, 7, 3, 14, 30

# Walks through a year day by day, and looks at everybody on some of the days as a rule
# does that runs. Nothing is saved.
WALK = f"""
import json
from datetime import date, timedelta
from odoo.addons.crm_relationship.tools.customers import Customers
company = env.company
Rule = env["relationship.rule"]
refs = dict(env["res.partner"].search([("ref", "!=", False)]).mapped(
    lambda partner: (partner.id, partner.ref)
))
orders = dict(env.execute_query(env["sale.order"]._search([]).select(
    "'order/' || id", "client_order_ref"
)))
codes = dict(env.execute_query(env["product.product"]._search([]).select(
    "id::text", "default_code"
)))
def name(key):
    if key in orders:
        return orders[key]
    product, slash, day = key.partition("/")
    return codes[product] + "/" + day if slash and product in codes else key
told = {{}}
for trigger, values in {{
    "rhythm": {{}},
    "first": {{"trigger": "after_order"}},
    "every": {{"trigger": "after_order", "order_which": "every"}},
    "reorder": {{}},
    "single": {{}},
}}.items():
    rule = Rule.create({{
        "name": trigger, "trigger": trigger, "trigger_days": {DAYS},
        "late_days": {LATE_DAYS},
    }} | values)
    some = Customers(ids=rule._get_sample(company)[:SOME])
    days = {{}}
    day = date.fromisoformat("FIRST")
    while day <= date.fromisoformat("LAST"):
        days[day.isoformat()] = [
            [refs[partner_id], name(key)]
            for partner_id, key in rule._get_held(company, day, some)
        ]
        day += timedelta(1)
    whole = {{}}
    for day in WHOLE_DAYS:
        found, already = rule._get_occurrences(company, date.fromisoformat(day))
        whole[day] = [[refs[one.partner_id], name(one.key)] for one in found]
    told[trigger] = {{
        "some": [refs[one] for one in some.ids if one in refs],
        "days": days, "whole": whole,
    }}
print(json.dumps(told))
"""


def script(first, last, whole, some):
    """Return the script of the walk.

    :param whole: days on which everybody is looked at
    :param some: how many customers are looked at on every day
    """
    return (
        WALK.replace("FIRST", first.isoformat())
        .replace("LAST", last.isoformat())
        .replace("WHOLE_DAYS", repr([day.isoformat() for day in whole]))
        .replace("SOME", str(some))
    )


class History:
    """Purchases of each customer: {customer: [(day, invoice, products)]}."""

    def __init__(self, lines):
        self.orders = {
            customer: sorted(
                (order.at.date(), invoice, frozenset(order.products))
                for invoice, order in orders.items()
                if order.amount > 0
            )
            for customer, orders in purchase_facts.orders_of(lines).items()
        }

    def held(self, trigger, as_of, customers=None):
        """Return {(customer, occurrence)} that hold at the end of a day."""
        holds = getattr(self, f"_hold_{trigger}")
        return {
            (customer, key)
            for customer, orders in self.orders.items()
            if customers is None or customer in customers
            for key in holds([one for one in orders if one[0] <= as_of], as_of)
        }

    def _hold_rhythm(self, orders, as_of):
        days = sorted({day for day, _invoice, _products in orders})
        if len(days) < MIN_ORDER_DAYS:
            return
        since = (as_of - days[-1]).days
        usual = statistics.median((b - a).days for a, b in pairwise(days))
        if since >= MIN_DAYS and since >= FACTOR * usual:
            yield days[-1].isoformat()

    def _hold_first(self, orders, as_of):
        if orders and is_due(orders[0][0] + timedelta(DAYS), as_of):
            yield "first"

    def _hold_every(self, orders, as_of):
        for day, invoice, _products in orders:
            if is_due(day + timedelta(DAYS), as_of):
                yield invoice

    def _hold_reorder(self, orders, as_of):
        for product, days in bought(orders).items():
            if len(days) < MIN_ORDER_DAYS:
                continue
            span = (max(days) - min(days)).days
            interval = ceil(Fraction(span, len(days) - 1))
            if is_due(max(days) + timedelta(interval), as_of):
                yield f"{product}/{max(days)}"

    def _hold_single(self, orders, as_of):
        for product, days in bought(orders).items():
            [*others, day] = sorted(days)
            if not others and is_due(day + timedelta(DAYS), as_of):
                yield f"{product}/{day}"


def bought(orders):
    """Return {product: days}."""
    days = defaultdict(set)
    for day, _invoice, products in orders:
        for product in products:
            days[product].add(day)
    return days


def is_due(day, as_of):
    return day <= as_of <= day + timedelta(LATE_DAYS)


def check(told, lines):
    """Compare what the walk tells with the history, day by day; return the number of
    occurrences by trigger."""
    history = History(lines)
    counts = {}
    for trigger, walk in told.items():
        some = set(walk["some"])
        spells = defaultdict(list)
        for text, found in walk["days"].items():
            day = date.fromisoformat(text)
            pairs = set(map(tuple, found))
            # A name is that of one occurrence.
            assert len(pairs) == len(found)
            assert pairs == history.held(trigger, day, some), (trigger, day)
            for pair in pairs:
                spells[pair].append(day)
        for text, found in walk["whole"].items():
            day = date.fromisoformat(text)
            pairs = set(map(tuple, found))
            assert len(pairs) == len(found)
            assert pairs == history.held(trigger, day), (trigger, day)
        check_gaps(spells)
        counts[trigger] = len(spells)
    return counts


def check_gaps(spells):
    """An occurrence holds without a break and does not come back: whoever looks every
    day, or often a day, acts for the same ones. Whoever looks every few days misses
    those alone that began and ended in between."""
    for days in spells.values():
        assert (days[-1] - days[0]).days + 1 == len(days)
    for gap in (3, 10):
        seen = {
            one
            for one, days in spells.items()
            if any(day.toordinal() % gap == 0 for day in days)
        }
        missed = spells.keys() - seen
        assert all(len(spells[one]) < gap for one in missed)
