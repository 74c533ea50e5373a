"""What customers are worth, as parts of the facts; see ``relationship_profile_facts``.

Revenue is net of what was credited. Amounts are untaxed and in company currency.
"""

from odoo.tools import SQL

from .relationship_profile_scope import Scope, confirmed_orders, in_company_currency

VALUE_COLUMNS = (
    "revenue",
    "refund_amount",
    "revenue_recent",
    "revenue_before",
    "revenue_trend",
    "margin",
    "margin_revenue",
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


# Which part of the orders is left after what was credited of no order, and so of no
# known product.
_KEPT = SQL(
    """
    CASE WHEN COALESCE(refund.free, 0) = 0 THEN 1
         ELSE COALESCE(
             GREATEST(0, o.amount - refund.amount)
             / NULLIF(o.amount - refund.amount + refund.free, 0), 0
         ) END
    """
)


def values(scope: Scope) -> SQL:
    """``VALUE_COLUMNS`` over the order facts ``o``, the refunds ``refund`` and the
    margins ``margin``.

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
            AS revenue_trend,
        CASE WHEN o.partner_id IS NOT NULL
             THEN ROUND(margin.margin * %(kept)s, %(digits)s) END AS margin,
        CASE WHEN o.partner_id IS NOT NULL
             THEN ROUND(margin.amount * %(kept)s, %(digits)s) END AS margin_revenue
        """,
        kept=_KEPT,
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


def credits(scope: Scope) -> SQL:
    """Common table expressions about credit notes: ``credit_note`` and, where purchases
    are orders, ``linked``, ``credited`` and ``lost``.

    What a credit note has of no order counts as a whole, for the customer it is for.
    What it has of an order counts for who ordered, whoever is billed, and only as far
    as it leaves the order billed below what it was billed before: an invoice that is
    reversed and written again takes nothing off, nor does a down payment that is given
    back. What an order loses is spread over its credit notes.
    """
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
        is_note=_is_credit_note(scope),
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
        credited=_credited(scope),
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


def _credited(scope: Scope) -> SQL:
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
        is_note=_is_credit_note(scope),
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


def margins(scope: Scope) -> SQL:
    """Per customer, over the `credits`: the amount of what has a known cost, and that
    less the cost.

    Of lines that somebody pays for, as the product habits; what is given away and what
    a discount takes off all of an order are no lines of a known cost.
    """
    if scope.basis == "invoices":
        return _margins_of_invoices(scope)
    return _margins_of_orders(scope)


# Cost of a quantity of a product, counted in some unit, mostly in that of the product.
# The factors of units that can be compared are multiples of a common one.
_COST = """
    %(quantity)s * cost.price * CASE WHEN %(unit)s = cost.uom_id THEN 1 ELSE (
        SELECT unit.factor / own.factor
          FROM uom_uom unit, uom_uom own
         WHERE unit.id = %(unit)s AND own.id = cost.uom_id
    ) END
"""


def _costs(scope: Scope) -> SQL:
    """Products whose cost is known: product_id, price, and the unit that is for. Costs
    are those of today, also for what was bought long ago and as of a day in the past;
    there is no other where orders don't keep theirs. Another cost notes no customer:
    it shows with the next refresh of each, of all of them in the night."""
    return SQL(
        """
        SELECT product.id AS product_id, template.uom_id,
               (product.standard_price ->> %(company)s)::numeric AS price
          FROM product_product product
          JOIN product_template template ON template.id = product.product_tmpl_id
         WHERE (product.standard_price ->> %(company)s)::numeric > 0
        """,
        company=str(scope.company_id),
    )


def _margins_of_orders(scope: Scope) -> SQL:
    """An order that loses a part to credit notes loses that part of its margin."""
    rate = SQL.identifier("bought", "currency_rate")
    amount = in_company_currency(SQL.identifier("line", "price_subtotal"), rate)
    if scope.keeps_cost:
        costs = SQL()
        is_known = SQL("line.purchase_price > 0")
        cost = in_company_currency(
            SQL("(line.purchase_price * line.product_uom_qty)"), rate
        )
    else:
        costs = SQL(
            "JOIN (%s) cost ON cost.product_id = line.product_id",
            _costs(scope),
        )
        is_known = SQL("TRUE")
        cost = SQL(
            _COST,
            quantity=SQL.identifier("line", "product_uom_qty"),
            unit=SQL.identifier("line", "product_uom_id"),
        )
    return SQL(
        """
        SELECT partner_id, SUM(amount * kept) AS amount,
               SUM((amount - cost) * kept) AS margin
          FROM (
               SELECT bought.partner_id, bought.kept,
                      %(amount)s AS amount, %(cost)s AS cost
                 FROM (
                      SELECT counted.*, 1 - COALESCE(lost.order_part, 0) AS kept
                        FROM (%(orders)s) counted
                        LEFT JOIN lost ON lost.order_id = counted.order_id
                 ) bought
                 JOIN (
                      res_partner buyer
                      JOIN sale_order_line line ON line.order_partner_id = buyer.id
                 ) ON line.order_id = bought.order_id
                 %(costs)s
                WHERE %(buyers)s
                  AND line.product_id IS NOT NULL
                  AND line.display_type IS NULL
                  AND line.is_downpayment IS NOT TRUE
                  AND %(is_product)s
                  AND line.product_uom_qty > 0
                  AND line.price_subtotal > 0
                  AND %(is_known)s
          ) sold
         GROUP BY partner_id
        """,
        orders=confirmed_orders(scope),
        amount=amount,
        cost=cost,
        costs=costs,
        is_known=is_known,
        is_product=scope.is_product,
        buyers=scope.customers.condition(
            SQL.identifier("buyer", "commercial_partner_id")
        ),
    )


def _margins_of_invoices(scope: Scope) -> SQL:
    """What is credited of a product takes off as much as was earned with it."""
    return SQL(
        """
        SELECT contact.commercial_partner_id AS partner_id,
               SUM(-item.balance) AS amount,
               SUM(
                   -item.balance
                   - CASE WHEN o.move_type = 'out_refund' THEN -1 ELSE 1 END
                   * %(cost)s
               ) AS margin
          FROM res_partner contact
          JOIN account_move o ON o.partner_id = contact.id
          JOIN account_move_line item
            ON item.move_id = o.id
           AND item.display_type = 'product'
           AND item.is_downpayment IS NOT TRUE
           AND item.quantity > 0
           AND item.price_subtotal > 0
          JOIN (%(costs)s) cost ON cost.product_id = item.product_id
         WHERE %(customers)s
           AND o.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
           AND o.state = 'posted'
           AND (o.amount_untaxed_signed > 0 OR o.move_type = 'out_refund')
           AND o.company_id = %(company_id)s
           AND o.invoice_date <= %(as_of)s
           AND NOT EXISTS (
               SELECT FROM sale_order_line_invoice_rel link
                 JOIN sale_order_line line ON line.id = link.order_line_id
                WHERE link.invoice_line_id = item.id AND NOT (%(is_product)s)
           )
         GROUP BY 1
        """,
        cost=SQL(
            _COST,
            quantity=SQL.identifier("item", "quantity"),
            unit=SQL.identifier("item", "product_uom_id"),
        ),
        costs=_costs(scope),
        is_product=scope.is_product,
        customers=scope.customers.condition(
            SQL.identifier("contact", "commercial_partner_id")
        ),
        company_id=scope.company_id,
        as_of=scope.as_of,
    )
