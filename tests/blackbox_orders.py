"""Customers with an order history, written by SQL, and what their profiles have to say.

The figures are computed here from scratch: no code is shared with the add-on.
"""

import statistics
from collections import defaultdict
from datetime import datetime, time, timedelta, timezone
from typing import NamedTuple

from psycopg2.extras import execute_values

NOON = time(12)


class Order(NamedTuple):
    """One order: whose, on which day, how much, in which state and company."""

    partner_id: int
    day: object
    amount: float
    state: str = "sale"
    company_id: int = 1
    user_id: int | None = None


class Facts(NamedTuple):
    """The figures of one customer that follow from the orders."""

    order_count: int
    order_day_count: int
    revenue: float
    first_order_date: object
    last_order_date: object
    days_since_order: int
    interval_mean: float | None
    interval_median: float | None
    last_interval: int | None


def today():
    """The day of a company without a time zone, as all are in these databases."""
    return datetime.now(timezone.utc).date()


def days_ago(days):
    return today() - timedelta(days=days)


def insert_customers(cursor, names, *, parents=None, company_id=None, user_ids=None):
    """Insert partners and return their ids.

    ``parents`` makes them contacts of these companies; ``user_ids`` are salespeople,
    taken in turn.
    """
    rows = [
        (
            name,
            parents[number] if parents else None,
            user_ids[number % len(user_ids)] if user_ids else None,
        )
        for number, name in enumerate(names)
    ]
    inserted = execute_values(
        cursor,
        f"""
        INSERT INTO res_partner (
            name, complete_name, parent_id, user_id, company_id, active, partner_share,
            is_company, type, lang, color, supplier_rank, customer_rank, autopost_bills,
            create_date, write_date
        )
        SELECT name, name, parent_id::int, user_id::int, {company_id or "NULL"}, TRUE,
               TRUE, parent_id IS NULL, 'contact', 'en_US', 0, 0, 0, 'ask', NOW(), NOW()
          FROM (VALUES %s) given (name, parent_id, user_id)
        RETURNING id
        """,
        rows,
        page_size=len(rows),
        fetch=True,
    )
    ids = [row[0] for row in inserted]
    cursor.execute(
        "UPDATE res_partner SET commercial_partner_id = COALESCE(parent_id, id)"
        " WHERE id = ANY(%s)",
        [ids],
    )
    return ids


def insert_orders(cursor, orders):
    """Insert orders as an import would: the add-on does not notice."""
    execute_values(
        cursor,
        """
        INSERT INTO sale_order (
            name, partner_id, partner_invoice_id, partner_shipping_id, company_id,
            user_id, currency_id, currency_rate, date_order, state, amount_untaxed,
            amount_tax, amount_total, create_date, write_date
        )
        SELECT 'H' || nextval('sale_order_id_seq'), given.partner_id, given.partner_id,
               given.partner_id, given.company_id, given.user_id::int,
               company.currency_id, 1, given.date_order::timestamp, given.state,
               given.amount, 0, given.amount, NOW(), NOW()
          FROM (VALUES %s)
            AS given (partner_id, date_order, amount, state, company_id, user_id)
          JOIN res_company company ON company.id = given.company_id
        """,
        [
            (
                order.partner_id,
                datetime.combine(order.day, NOON),
                order.amount,
                order.state,
                order.company_id,
                order.user_id,
            )
            for order in orders
        ],
        page_size=5000,
    )


def rhythm(partner_id, *, orders, interval, quiet_days, amount=100.0, **options):
    """Return a history of orders in equal intervals, the last so many days ago."""
    return [
        Order(partner_id, days_ago(quiet_days + interval * number), amount, **options)
        for number in range(orders)
    ]


def read_orders(cursor, company_id=1):
    """Return the orders of the database under their customers' commercial entities."""
    cursor.execute(
        """
        SELECT contact.commercial_partner_id, o.date_order, o.amount_untaxed, o.state,
               o.company_id, o.user_id
          FROM sale_order o
          JOIN res_partner contact ON contact.id = o.partner_id
         WHERE o.company_id = %s
        """,
        [company_id],
    )
    return [
        Order(partner_id, moment.date(), float(amount or 0), *rest)
        for partner_id, moment, amount, *rest in cursor.fetchall()
    ]


def compute_facts(orders):
    """Return {customer: Facts} of the orders that count, as of today."""
    history = defaultdict(list)
    for order in orders:
        if order.state == "sale" and order.amount > 0 and order.day <= today():
            history[order.partner_id].append(order)
    return {customer: _facts(counted) for customer, counted in history.items()}


def _facts(orders):
    days = sorted({order.day for order in orders})
    gaps = [
        (after - before).days for before, after in zip(days, days[1:], strict=False)
    ]
    return Facts(
        order_count=len(orders),
        order_day_count=len(days),
        revenue=round(sum(order.amount for order in orders), 2),
        first_order_date=days[0],
        last_order_date=days[-1],
        days_since_order=(today() - days[-1]).days,
        interval_mean=round(statistics.mean(gaps), 6) if gaps else None,
        interval_median=statistics.median(gaps) if gaps else None,
        last_interval=gaps[-1] if gaps else None,
    )


def read_profiles(cursor, company_id=1):
    """Return {customer: Facts} as the profiles have them."""
    cursor.execute(
        f"SELECT partner_id, {', '.join(Facts._fields)} FROM relationship_profile"
        " WHERE company_id = %s AND order_count > 0",
        [company_id],
    )
    profiles = {row[0]: Facts(*row[1:]) for row in cursor.fetchall()}
    return {
        customer: facts._replace(
            revenue=float(facts.revenue),
            interval_mean=facts.interval_mean and round(float(facts.interval_mean), 6),
        )
        for customer, facts in profiles.items()
    }


def quiet_spells(orders, *, factor=2.0, min_order_days=3, min_days=7):
    """Return {(customer, day the spell began)} of customers later than their rhythm."""
    return {
        (customer, facts.last_order_date)
        for customer, facts in compute_facts(orders).items()
        if facts.order_day_count >= min_order_days
        and facts.days_since_order >= min_days
        and facts.days_since_order >= factor * facts.interval_median
    }
