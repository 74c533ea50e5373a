"""What the set-based statements of ``relationship.profile`` are about."""

from datetime import date, datetime
from typing import NamedTuple

from odoo.tools import SQL

from ..tools.customers import Customers


class Scope(NamedTuple):
    """Which customers, of which company, seen from the end of which day.

    :param until: naive UTC, first instant after ``as_of`` in the company's time zone
    :param digits: decimal places of the company's currency
    :param shared: whether other companies share this database's contacts
    :param is_product: condition over the ``line`` of an order: what somebody chose to
        buy, as opposed to e.g. its delivery
    :param completeness: expression over the partner ``customer``, 0 to 100: how much of
        what matters to the company is known
    :param forecast: a ``Forecast`` of ``relationship_profile_forecast_sql``
    """

    company_id: int
    customers: Customers
    as_of: date
    until: datetime
    tz: str
    digits: int
    shared: bool
    is_product: SQL = SQL("TRUE")
    completeness: SQL = SQL("NULL::int")
    forecast: tuple | None = None


def columns(names, table=None) -> SQL:
    """A list of columns, of a table if one is named."""
    return SQL(", ").join(
        SQL.identifier(table, name) if table else SQL.identifier(name) for name in names
    )


def orders(scope: Scope) -> SQL:
    """Orders that count: confirmed, of positive untaxed amount, rolled up."""
    return SQL(
        """
        SELECT contact.commercial_partner_id AS partner_id,
               o.id AS order_id,
               o.date_order,
               (o.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day,
               o.currency_rate,
               %(amount)s AS amount
          FROM res_partner contact
          JOIN sale_order o ON o.partner_id = contact.id
         WHERE %(customers)s
           AND o.state = 'sale'
           AND o.amount_untaxed > 0
           AND o.company_id = %(company_id)s
           AND o.date_order < %(until)s
        """,
        customers=scope.customers.condition(
            SQL.identifier("contact", "commercial_partner_id")
        ),
        company_id=scope.company_id,
        tz=scope.tz,
        until=scope.until,
        amount=in_company_currency(
            SQL("o.amount_untaxed"), SQL.identifier("o", "currency_rate")
        ),
    )


def in_company_currency(amount: SQL, rate: SQL) -> SQL:
    """An amount divided by a rate, unless there is none to divide by.

    Most orders are in the company's currency. A division by one costs as much as any
    other, and leaves sixteen digits that all sums would carry along.
    """
    return SQL(
        "CASE WHEN %(rate)s = 1 OR COALESCE(%(rate)s, 0) = 0 THEN %(amount)s"
        " ELSE %(amount)s / %(rate)s END",
        amount=amount,
        rate=rate,
    )
