"""What is earned with customers, as a part of the facts.

Amounts are untaxed and in company currency.
"""

from odoo.tools import SQL

from .relationship_profile_scope import Scope, confirmed_orders, in_company_currency


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
