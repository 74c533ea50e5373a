"""Confirmed sales orders with their historical dates, written by the thousand.

The ORM needs half an hour for half a million order lines. Here it makes one sample
order, and SQL the others (see ``history_insert``). The orders to write are rows of the
temporary table ``history_order``; ``history_line`` has their lines.
"""

from odoo.fields import Command, Datetime
from odoo.tools import SQL

from . import history_insert

QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
}


def keep_samples(env, partner, product):
    """Let the ORM make one confirmed order, as sample for the others."""

    def make(inside):
        order = _confirmed_order(inside, partner.id, product.id)
        return [order, order.order_line]

    history_insert.keep_samples(env, make)


def _confirmed_order(env, partner_id, product_id):
    line = {
        "product_id": product_id,
        "product_uom_qty": 1,
        "price_unit": 1,
        "tax_ids": False,
    }
    values = {
        # A name of its own: the sequence's next number is not for a sample.
        "name": "sample",
        "partner_id": partner_id,
        "user_id": env.uid,
        "pricelist_id": False,
        "order_line": [Command.create(line)],
    }
    order = env["sale.order"].with_context(**QUIET).create(values)
    order.action_confirm()
    return order


def insert_orders(cr, condition, **values):
    """Write the rows of ``history_order`` that a condition selects, by ascending id.

    Columns read: id, name, client_order_ref, partner_id, invoice_id, shipping_id,
    date_order, state, amount, invoice_status.

    :param condition: SQL over the alias ``o``
    :param values: SQL expressions of further columns
    """
    amount, zero = SQL("o.amount"), SQL("0")
    columns = {
        "id": SQL("o.id"),
        "name": SQL("o.name"),
        "client_order_ref": SQL("o.client_order_ref"),
        "partner_id": SQL("o.partner_id"),
        "partner_invoice_id": SQL("o.invoice_id"),
        "partner_shipping_id": SQL("o.shipping_id"),
        "date_order": SQL("o.date_order"),
        "state": SQL("o.state"),
        "amount_untaxed": amount,
        "amount_tax": zero,
        "amount_total": amount,
        "invoice_status": SQL("o.invoice_status"),
        # What came from the sample's customer, or makes no sense for a past order.
        "access_token": SQL("NULL"),
        "fiscal_position_id": SQL("NULL"),
        "payment_term_id": SQL("NULL"),
        "validity_date": SQL("NULL"),
        # Numbered when all are there; the rest nobody knows.
        "relationship_confirmed_stage_id": SQL("NULL"),
        "relationship_confirmed_segment_id": SQL("NULL"),
        "relationship_ordinal": SQL("NULL"),
        "relationship_order_kind": SQL("NULL"),
        **log_columns(),
        **values,
    }
    source = SQL("history_order o WHERE %s ORDER BY o.id", condition)
    return history_insert.insert_like_sample(cr, "sale_order", columns, source)


def insert_lines(cr, condition, quantity_digits):
    """Write the lines of the selected orders, in the order of the file.

    :param condition: SQL over the alias ``o`` of ``history_order``
    :param quantity_digits: decimal places of a quantity
    """
    quantity = SQL("round(l.quantity, %s)", quantity_digits)
    billable = SQL("p.invoice_policy = 'order'")
    columns = {
        "order_id": SQL("o.id"),
        "order_partner_id": SQL("o.partner_id"),
        "product_id": SQL("p.product_id"),
        "name": SQL("p.description"),
        "product_uom_id": SQL("p.uom_id"),
        "product_uom_qty": quantity,
        "price_unit": SQL("l.price"),
        "technical_price_unit": SQL("l.price"),
        "price_subtotal": SQL("l.subtotal"),
        "price_tax": SQL("0"),
        "price_total": SQL("l.subtotal"),
        "price_reduce_taxexcl": _each(quantity),
        "price_reduce_taxinc": _each(quantity),
        "qty_to_invoice": SQL("CASE WHEN %s THEN %s ELSE 0 END", billable, quantity),
        "untaxed_amount_to_invoice": SQL(
            "CASE WHEN %s THEN l.subtotal ELSE 0 END", billable
        ),
        "invoice_status": SQL("CASE WHEN %s THEN 'to invoice' ELSE 'no' END", billable),
        **log_columns(),
    }
    source = SQL(
        """
        history_order o
        JOIN history_line l ON l.invoice = o.client_order_ref
        JOIN history_product p ON p.code = l.product
        WHERE %s ORDER BY o.id, l.number
        """,
        condition,
    )
    return history_insert.insert_like_sample(cr, "sale_order_line", columns, source)


def _each(quantity):
    """The subtotal per unit, to the currency's decimals (those of the subtotal)."""
    return SQL("round(l.subtotal / NULLIF(%s, 0), scale(l.subtotal))", quantity)


def log_columns():
    """When the rows were written: now."""
    now = SQL("now() AT TIME ZONE 'UTC'")
    return {"create_date": now, "write_date": now}


def draw_names(env, company, dates):
    """Return the next names of the company's sequence, one for each order date."""
    sequence = (
        env["ir.sequence"]
        .with_company(company)
        .search(
            [
                ("code", "=", "sale.order"),
                ("company_id", "in", [company.id, False]),
            ],
            order="company_id",
            limit=1,
        )
    )
    return [
        sequence.next_by_id(sequence_date=Datetime.context_timestamp(sequence, date))
        for date in dates
    ]
