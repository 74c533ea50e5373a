"""What was credited to customers, as parts of the facts.

Amounts are untaxed, positive, and in company currency unless something else is said.
"""

from datetime import date

from odoo.tools import SQL

from .relationship_profile_scope import Scope, in_company_currency
from .relationship_profile_value_sql import sums_of_windows


def credits(scope: Scope, since: date | None = None) -> SQL:
    """Common table expressions about credit notes: ``credit_note`` and, where purchases
    are orders, ``linked``, ``credited`` and ``lost``.

    What a credit note has of no order counts as a whole, for the customer it is for.
    What it has of an order counts for who ordered, whoever is billed, and only as far
    as it leaves the order billed below what it was billed before: an invoice that is
    reversed and written again takes nothing off, nor does a down payment that is given
    back. What an order loses is spread over its credit notes.

    :param since: the credit notes from this day on only; what an order loses in all is
        the same
    """
    is_note = _is_credit_note(scope)
    if since:
        is_note = SQL("%s AND note.invoice_date >= %s", is_note, since)
    notes = SQL(
        """
        credit_note AS MATERIALIZED (
            SELECT contact.commercial_partner_id AS partner_id,
                   note.id AS note_id,
                   note.invoice_date AS day,
                   -note.amount_untaxed_signed AS amount
              FROM res_partner contact
              JOIN account_move note ON note.partner_id = contact.id
             WHERE %(customers)s
               AND %(is_note)s
        )
        """,
        customers=scope.customers.condition(
            SQL.identifier("contact", "commercial_partner_id")
        ),
        is_note=is_note,
    )
    if scope.basis == "invoices":
        return notes
    return SQL(
        """
        %(notes)s,
        -- What the credit notes have of orders, whoever ordered.
        linked AS (
            SELECT note.note_id, SUM(item.balance) AS amount
              FROM credit_note note
              JOIN account_move_line item
                ON item.move_id = note.note_id
               AND item.display_type = 'product'
             WHERE EXISTS (
                   SELECT FROM sale_order_line_invoice_rel link
                    WHERE link.invoice_line_id = item.id
             )
             GROUP BY note.note_id
        ),
        credited AS MATERIALIZED (%(credited)s),
        -- Which part of its credit notes, and of itself, an order loses by them.
        lost AS MATERIALIZED (
            SELECT o.id AS order_id, o.currency_rate,
                   COALESCE(loss.amount / NULLIF(billed.credited, 0), 0) AS note_part,
                   loss.amount / o.amount_untaxed AS order_part
              FROM (SELECT DISTINCT order_id FROM credited) touched
              JOIN sale_order o ON o.id = touched.order_id
             CROSS JOIN LATERAL (%(billed)s) billed
             CROSS JOIN LATERAL (
                   SELECT GREATEST(0, LEAST(
                       billed.credited,
                       LEAST(o.amount_untaxed, billed.most) - billed.net
                   )) AS amount
             ) loss
        )
        """,
        notes=notes,
        credited=_credited(scope, is_note),
        billed=_billed(scope),
    )


def _is_credit_note(scope: Scope) -> SQL:
    """Condition on the entry ``note``."""
    return SQL(
        """
        note.move_type = 'out_refund'
        AND note.state = 'posted'
        AND note.company_id = %s
        AND note.invoice_date <= %s
        """,
        scope.company_id,
        scope.as_of,
    )


# Amount of an item of an entry, in the currency of the order ``o``. Of an item that
# belongs to several orders, each has an equal part.
_ITEM_AMOUNT = SQL(
    """
    CASE WHEN item.currency_id = o.currency_id THEN item.amount_currency
         ELSE item.balance * o.currency_rate END
    / (
        SELECT COUNT(DISTINCT shared.order_id)
          FROM sale_order_line_invoice_rel part
          JOIN sale_order_line shared ON shared.id = part.order_line_id
         WHERE part.invoice_line_id = item.id
    )
    """
)


def _credited(scope: Scope, is_note: SQL) -> SQL:
    """What credit notes have of the orders that count: partner_id of who ordered,
    order_id, day, amount in the currency of the order.

    Nothing tells PostgreSQL where to begin: with few customers it does with their
    orders, with many with the credit notes.
    """
    return SQL(
        """
        SELECT found.partner_id, o.id AS order_id, found.day,
               SUM(%(item_amount)s) AS amount
          FROM (
               -- No more of the orders than their index has.
               SELECT DISTINCT contact.commercial_partner_id AS partner_id,
                      o.id AS order_id,
                      note.invoice_date AS day,
                      link.invoice_line_id AS item_id
                 FROM res_partner contact
                 JOIN sale_order o ON o.partner_id = contact.id
                 JOIN sale_order_line sold ON sold.order_id = o.id
                 JOIN sale_order_line_invoice_rel link ON link.order_line_id = sold.id
                 JOIN account_move_line item ON item.id = link.invoice_line_id
                 JOIN account_move note ON note.id = item.move_id
                WHERE %(customers)s
                  AND o.state = 'sale'
                  AND o.amount_untaxed > 0
                  AND o.company_id = %(company_id)s
                  AND o.date_order < %(until)s
                  AND sold.is_downpayment IS NOT TRUE
                  AND item.display_type = 'product'
                  AND %(is_note)s
          ) found
          JOIN sale_order o ON o.id = found.order_id
          JOIN account_move_line item ON item.id = found.item_id
         GROUP BY found.partner_id, o.id, found.day
        """,
        item_amount=_ITEM_AMOUNT,
        customers=scope.customers.condition(
            SQL.identifier("contact", "commercial_partner_id")
        ),
        company_id=scope.company_id,
        until=scope.until,
        is_note=is_note,
    )


def _billed(scope: Scope) -> SQL:
    """Of the order ``o``, in its currency: what its posted invoices and credit notes
    come to, the most that they ever came to, and its credit notes alone. Down payments
    are no part of it: what they are for is billed later.

    A credit note dated before what it is for leaves less than nothing billed, and the
    invoice adds to that.
    """
    return SQL(
        """
        SELECT SUM(amount) AS net,
               MAX(so_far) - LEAST(0, MIN(so_far)) AS most,
               -SUM(amount) FILTER (WHERE move_type = 'out_refund') AS credited
          FROM (
               SELECT move_type, -SUM(amount) AS amount,
                      -SUM(SUM(amount)) OVER (ORDER BY invoice_date, id) AS so_far
                 FROM (
                      SELECT DISTINCT bill.id, bill.move_type, bill.invoice_date,
                             item.id AS item_id, %(item_amount)s AS amount
                        FROM sale_order_line sold
                        JOIN sale_order_line_invoice_rel link
                          ON link.order_line_id = sold.id
                        JOIN account_move_line item
                          ON item.id = link.invoice_line_id
                         AND item.display_type = 'product'
                        JOIN account_move bill
                          ON bill.id = item.move_id
                         AND bill.state = 'posted'
                         AND bill.move_type
                             IN ('out_invoice', 'out_receipt', 'out_refund')
                         AND bill.invoice_date <= %(as_of)s
                       WHERE sold.order_id = o.id
                         AND sold.is_downpayment IS NOT TRUE
                 ) item
                GROUP BY id, move_type, invoice_date
          ) bill
        """,
        item_amount=_ITEM_AMOUNT,
        as_of=scope.as_of,
    )


def refunds(scope: Scope) -> SQL:
    """Per customer, over the `credits`: what was credited, ever and in both windows,
    and how much of it of no order."""
    credited = SQL("(SELECT *, 0 AS free FROM credit_note) credited")
    if scope.basis != "invoices":
        credited = SQL(
            """
            (
                SELECT note.partner_id, note.day, rest.amount, rest.amount AS free
                  FROM credit_note note
                  LEFT JOIN linked ON linked.note_id = note.note_id
                 CROSS JOIN LATERAL (
                       SELECT GREATEST(0, note.amount - COALESCE(linked.amount, 0))
                           AS amount
                 ) rest
                 UNION ALL
                SELECT credited.partner_id, credited.day, %s, 0
                  FROM credited
                  JOIN lost ON lost.order_id = credited.order_id
            ) credited
            """,
            in_company_currency(
                SQL("(credited.amount * lost.note_part)"),
                SQL.identifier("lost", "currency_rate"),
            ),
        )
    return SQL(
        """
        SELECT partner_id, SUM(amount) AS amount, SUM(free) AS free, %(windows)s
          FROM %(credited)s
         GROUP BY partner_id
        """,
        windows=sums_of_windows(scope),
        credited=credited,
    )
