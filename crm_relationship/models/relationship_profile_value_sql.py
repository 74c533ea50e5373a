"""What customers are worth, as parts of the facts; see ``relationship_profile_facts``.

Revenue is net of what was credited. Amounts are untaxed and in company currency.
"""

from odoo.tools import SQL

from .relationship_profile_scope import Scope, in_company_currency

VALUE_COLUMNS = (
    "revenue",
    "refund_amount",
    "revenue_recent",
    "revenue_before",
    "revenue_trend",
)


def sums_of_windows(scope: Scope) -> SQL:
    """Sums of ``amount`` by ``day`` over the recent window and the one before."""
    return SQL(
        """
        SUM(amount) FILTER (WHERE day >= %(recent)s) AS recent_amount,
        SUM(amount) FILTER (WHERE day >= %(before)s AND day < %(recent)s)
            AS before_amount
        """,
        recent=scope.recent_since,
        before=scope.before_since,
    )


def values(scope: Scope) -> SQL:
    """``VALUE_COLUMNS`` over the order facts ``o`` and the refunds ``refund``.

    Who bought nothing has no revenue, whatever was credited.
    """
    return SQL(
        """
        COALESCE(
            ROUND(o.amount - COALESCE(refund.amount, 0), %(digits)s), 0
        ) AS revenue,
        CASE WHEN o.partner_id IS NULL THEN 0
             ELSE COALESCE(ROUND(refund.amount, %(digits)s), 0) END AS refund_amount,
        COALESCE(net.recent, 0) AS revenue_recent,
        COALESCE(net.before, 0) AS revenue_before,
        CASE WHEN net.before > 0 THEN (net.recent / net.before - 1)::float8 END
            AS revenue_trend
        """,
        digits=scope.digits,
    )


def net_of_windows(scope: Scope) -> SQL:
    """Revenue of both windows over the order facts ``o`` and the refunds ``refund``:
    recent, before; NULL without a purchase."""
    return SQL(
        """
        SELECT CASE WHEN o.partner_id IS NOT NULL THEN ROUND(
                   COALESCE(o.recent_amount, 0) - COALESCE(refund.recent_amount, 0),
                   %(digits)s
               ) END AS recent,
               CASE WHEN o.partner_id IS NOT NULL THEN ROUND(
                   COALESCE(o.before_amount, 0) - COALESCE(refund.before_amount, 0),
                   %(digits)s
               ) END AS before
        """,
        digits=scope.digits,
    )


def refunds(scope: Scope) -> SQL:
    """Per customer: what was credited, ever and in both windows."""
    return SQL(
        """
        SELECT partner_id, SUM(amount) AS amount, %(windows)s
          FROM (%(credited)s) credited
         GROUP BY partner_id
        """,
        windows=sums_of_windows(scope),
        credited=_credit_notes(scope)
        if scope.basis == "invoices"
        else _credited_orders(scope),
    )


def _credit_notes(scope: Scope) -> SQL:
    """Posted credit notes, rolled up: note_id, partner_id, day, amount."""
    return SQL(
        """
        SELECT contact.commercial_partner_id AS partner_id,
               note.id AS note_id,
               note.invoice_date AS day,
               -note.amount_untaxed_signed AS amount
          FROM res_partner contact
          JOIN account_move note ON note.partner_id = contact.id
         WHERE %(customers)s
           AND note.move_type = 'out_refund'
           AND note.state = 'posted'
           AND note.company_id = %(company_id)s
           AND note.invoice_date <= %(as_of)s
        """,
        customers=scope.customers.condition(
            SQL.identifier("contact", "commercial_partner_id")
        ),
        company_id=scope.company_id,
        as_of=scope.as_of,
    )


def _credited_orders(scope: Scope) -> SQL:
    """What credit notes take off the revenue of orders: partner_id, day, amount.

    A credit note of no order counts as a whole. One of an order counts only as far as
    it leaves the order billed below what was ordered: an invoice that is reversed and
    written again takes nothing off. What an order loses is spread over its credit
    notes. All of it is found from the credit notes, for few customers have any.
    """
    return SQL(
        """
        WITH note AS MATERIALIZED (%(notes)s),
        credited AS MATERIALIZED (
            SELECT note.note_id, note.partner_id, note.day, o.id AS order_id,
                   SUM(item.balance) AS balance,
                   SUM(%(item_amount)s) AS amount
              FROM note
              JOIN account_move_line item
                ON item.move_id = note.note_id
               AND item.display_type = 'product'
             CROSS JOIN LATERAL (
                   SELECT DISTINCT sold.order_id
                     FROM sale_order_line_invoice_rel link
                     JOIN sale_order_line sold ON sold.id = link.order_line_id
                    WHERE link.invoice_line_id = item.id
             ) sold
              JOIN sale_order o ON o.id = sold.order_id
             GROUP BY note.note_id, note.partner_id, note.day, o.id
        ),
        lost AS (
            SELECT o.id AS order_id, o.currency_rate,
                   CASE WHEN billed.credited > 0
                        THEN LEAST(
                            1,
                            GREATEST(0, %(ordered)s - billed.net) / billed.credited
                        )
                        ELSE 0 END AS part
              FROM (SELECT DISTINCT order_id FROM credited) touched
              JOIN sale_order o ON o.id = touched.order_id
             CROSS JOIN LATERAL (%(billed)s) billed
        )
        SELECT note.partner_id, note.day,
               GREATEST(0, note.amount - COALESCE(linked.balance, 0)) AS amount
          FROM note
          LEFT JOIN (
               SELECT note_id, SUM(balance) AS balance FROM credited GROUP BY note_id
          ) linked ON linked.note_id = note.note_id
         UNION ALL
        SELECT credited.partner_id, credited.day, %(lost_amount)s
          FROM credited
          JOIN lost ON lost.order_id = credited.order_id
        """,
        notes=_credit_notes(scope),
        item_amount=_ITEM_AMOUNT,
        ordered=_ordered(scope),
        billed=_billed(scope),
        lost_amount=in_company_currency(
            SQL("(credited.amount * lost.part)"),
            SQL.identifier("lost", "currency_rate"),
        ),
    )


# Amount of an item of an entry, in the currency of the order ``o``.
_ITEM_AMOUNT = SQL(
    "CASE WHEN item.currency_id = o.currency_id THEN item.amount_currency"
    " ELSE item.balance * o.currency_rate END"
)


def _ordered(scope: Scope) -> SQL:
    """What the order ``o`` counts for, in its own currency; see `confirmed_orders`."""
    return SQL(
        "CASE WHEN o.state = 'sale' AND o.company_id = %s AND o.date_order < %s"
        " THEN GREATEST(0, o.amount_untaxed) ELSE 0 END",
        scope.company_id,
        scope.until,
    )


def _billed(scope: Scope) -> SQL:
    """Of the order ``o``, in its currency: what its posted invoices and credit notes
    come to, and its credit notes alone."""
    return SQL(
        """
        SELECT -SUM(amount) AS net,
               SUM(amount) FILTER (WHERE move_type = 'out_refund') AS credited
          FROM (
               SELECT DISTINCT item.id, bill.move_type, %(item_amount)s AS amount
                 FROM sale_order_line sold
                 JOIN sale_order_line_invoice_rel link ON link.order_line_id = sold.id
                 JOIN account_move_line item ON item.id = link.invoice_line_id
                 JOIN account_move bill
                   ON bill.id = item.move_id
                  AND bill.state = 'posted'
                  AND bill.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
                  AND bill.invoice_date <= %(as_of)s
                WHERE sold.order_id = o.id
          ) item
        """,
        item_amount=_ITEM_AMOUNT,
        as_of=scope.as_of,
    )
