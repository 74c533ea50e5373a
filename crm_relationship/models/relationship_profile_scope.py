"""What the set-based statements of ``relationship.profile`` are about."""

from datetime import date, datetime
from typing import NamedTuple

from odoo.tools import SQL

from ..tools.customers import Customers

NOW = SQL("(NOW() AT TIME ZONE 'UTC')")


class Scale(NamedTuple):
    """The least value that reaches the scores 2, 3, 4 and 5; None where none does.

    :param recency: last order dates
    :param frequency: numbers of order days
    :param value: revenues
    :param abc: least recent revenue of the classes A and B
    :param revenue_total: recent revenue of all customers together
    """

    recency: tuple[date | None, ...] = (None,) * 4
    frequency: tuple[int | None, ...] = (None,) * 4
    value: tuple[float | None, ...] = (None,) * 4
    abc: tuple[float | None, float | None] = (None, None)
    revenue_total: float | None = None


class ExtraFacts(NamedTuple):
    """Facts of another add-on, joined to those of this one.

    :param name: alias of the query, in a statement of which it is a part
    :param query: one row per customer who has any: ``partner_id``, and what the
        expressions read; rows of later than the day of the scope are not seen
    :param columns: {column of the profile: expression over ``name`` and ``customer``}
    :param makes_customer: condition over ``name``: who has such facts has a profile,
        though nobody has sold or offered anything
    :param has_seller: whether the query has ``user_id`` and ``team_id``, who serve the
        customer where nobody has sold or offered anything
    :param acquisition: documents that a customer may have come by: ``partner_id``,
        ``source_id``, ``campaign_id``, ``medium_id``, ``date`` (naive UTC), ``id``
    :param evidence: which of the columns are kept with a stage move
    """

    name: str
    query: SQL
    columns: dict[str, SQL]
    makes_customer: SQL | None = None
    has_seller: bool = False
    acquisition: SQL | None = None
    evidence: tuple[str, ...] = ()


class Scope(NamedTuple):
    """Which customers, of which company, seen from the end of which day.

    :param until: naive UTC, first instant after ``as_of`` in the company's time zone
    :param digits: decimal places of the company's currency
    :param shared: whether other companies share this database's contacts
    :param is_product: condition over the ``line`` of an order: what somebody chose to
        buy, as opposed to e.g. its delivery
    :param completeness: expression over the partner ``customer``, 0 to 100: how much of
        what matters to the company is known
    :param basis: what a purchase is: ``orders`` or ``invoices``; see `orders`
    :param recent_since: first day of the recent window, which ends with ``as_of``
    :param before_since: first day of the window before it, of as many months
    :param keeps_cost: whether lines of orders have a cost of their own
    :param scale: what it takes to reach each score; None: nobody is scored
    :param forecast: a ``Forecast`` of ``relationship_profile_forecast_sql``
    :param extra: what other add-ons know; see `ExtraFacts`
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
    basis: str = "orders"
    recent_since: date | None = None
    before_since: date | None = None
    keeps_cost: bool = False
    scale: Scale | None = None
    forecast: tuple | None = None
    extra: tuple[ExtraFacts, ...] = ()


def columns(names, table=None) -> SQL:
    """A list of columns, of a table if one is named."""
    return SQL(", ").join(
        SQL.identifier(table, name) if table else SQL.identifier(name) for name in names
    )


def orders(scope: Scope) -> SQL:
    """What counts as a purchase, rolled up to the commercial partner.

    Confirmed orders, or the customer invoices where the company says so. This is the
    one place that knows: counts, days, rhythm and revenue follow from these rows.
    """
    return invoices(scope) if scope.basis == "invoices" else confirmed_orders(scope)


def confirmed_orders(scope: Scope) -> SQL:
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


def invoices(scope: Scope) -> SQL:
    """Posted customer invoices and receipts of positive untaxed amount, rolled up.

    They have a day, but no hour. Their amounts are in company currency already.
    """
    return SQL(
        """
        SELECT contact.commercial_partner_id AS partner_id,
               o.id AS order_id,
               NULL::timestamp AS date_order,
               o.invoice_date AS day,
               1 AS currency_rate,
               o.amount_untaxed_signed AS amount
          FROM res_partner contact
          JOIN account_move o ON o.partner_id = contact.id
         WHERE %(customers)s
           AND o.move_type IN ('out_invoice', 'out_receipt')
           AND o.state = 'posted'
           AND o.amount_untaxed_signed > 0
           AND o.company_id = %(company_id)s
           AND o.invoice_date <= %(as_of)s
        """,
        customers=scope.customers.condition(
            SQL.identifier("contact", "commercial_partner_id")
        ),
        company_id=scope.company_id,
        as_of=scope.as_of,
    )


def latest_seller(scope: Scope) -> SQL:
    """Who made the latest purchase of ``customer``, of those on the day of the order
    facts ``o``: user_id, team_id. None is looked for if the contact has a salesperson.
    """
    purchase = SQL(
        """
          JOIN sale_order l ON l.partner_id = contact.id
         WHERE l.state = 'sale'
           AND l.amount_untaxed > 0
           AND l.date_order = o.last_order
        """
    )
    seller = SQL.identifier("l", "user_id")
    if scope.basis == "invoices":
        seller = SQL.identifier("l", "invoice_user_id")
        purchase = SQL(
            """
              JOIN account_move l ON l.partner_id = contact.id
             WHERE l.move_type IN ('out_invoice', 'out_receipt')
               AND l.state = 'posted'
               AND l.amount_untaxed_signed > 0
               AND l.invoice_date = o.last_order_date
            """
        )
    return SQL(
        """
        SELECT %(seller)s AS user_id, l.team_id
          FROM res_partner contact
          %(purchase)s
           AND customer.user_id IS NULL
           AND contact.commercial_partner_id = customer.id
           AND l.company_id = %(company_id)s
         ORDER BY l.id DESC
         LIMIT 1
        """,
        seller=seller,
        purchase=purchase,
        company_id=scope.company_id,
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
