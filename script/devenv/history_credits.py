"""Cancellations as posted credit notes with their historical dates.

As the orders, they are written by SQL from a sample that the ORM makes (see
``history_insert``). The credit notes to write are rows of the temporary table
``history_credit``; ``history_line`` has their lines, with negative quantities.

They belong to no order, for the file does not say which purchase they take back, and
nothing is reconciled with them.
"""

from odoo.fields import Command, Date
from odoo.tools import SQL

from . import history_insert, history_stage
from .history_orders import QUIET, log_columns

_CREDITS = """
    CREATE TEMP TABLE history_credit AS
    SELECT NULL::int AS id,
           NULL::text AS name,
           NULL::text AS prefix,
           NULL::int AS number,
           NULL::date AS date,
           invoice AS ref,
           c.partner_id,
           c.shipping_id,
           (min(l.at) AT TIME ZONE 'UTC' AT TIME ZONE %s)::date AS day,
           sum(l.subtotal) AS amount,
           count(*) AS lines,
           (sum(count(*)) OVER (ORDER BY min(l.at), invoice) - 1)::int / %s AS batch
      FROM history_line l
      JOIN history_customer c ON c.code = l.customer
     WHERE l.quantity < 0
     GROUP BY invoice, c.partner_id, c.shipping_id
"""
_ACCOUNTS = """
    CREATE TEMP TABLE history_receivable (partner_id int PRIMARY KEY, account_id int);
    CREATE TEMP TABLE history_income (product_id int PRIMARY KEY, account_id int);
"""


def keep_samples(env, books, partner, product):
    """Let the ORM make one posted credit note, as sample for the others."""

    def make(inside):
        note = _posted_note(inside, books.journal.id, partner.id, product.id)
        return [note, note.invoice_line_ids]

    history_insert.keep_samples(env, make)


def _posted_note(env, journal_id, partner_id, product_id):
    line = {"product_id": product_id, "price_unit": 1, "tax_ids": False}
    note = (
        env["account.move"]
        .with_context(**QUIET)
        .create(
            {
                "move_type": "out_refund",
                "journal_id": journal_id,
                "currency_id": env.company.currency_id.id,
                "partner_id": partner_id,
                "invoice_user_id": env.uid,
                "invoice_date": Date.context_today(env.user),
                "invoice_payment_term_id": False,
                "fiscal_position_id": False,
                "invoice_line_ids": [Command.create(line)],
            }
        )
    )
    note.action_post()
    return note


def group_by_invoice(env, books):
    """Compute the credit notes with their batches, oldest first, and their accounts.

    :return: list of (batch, number of credit notes, number of lines), oldest first
    """
    cr = env.cr
    cr.execute(
        _CREDITS, [env.company._relationship_tz(), history_stage.LINES_PER_COMMIT]
    )
    cr.execute(_ACCOUNTS)
    for table, accounts, key, query in (
        (
            "history_receivable",
            books.receivables,
            "partner_id",
            "SELECT DISTINCT partner_id FROM history_credit",
        ),
        (
            "history_income",
            books.incomes,
            "product_id",
            "SELECT DISTINCT product_id FROM history_line l"
            " JOIN history_product p ON p.code = l.product WHERE l.quantity < 0",
        ),
    ):
        cr.execute(query)
        rows = accounts([record_id for [record_id] in cr.fetchall()])
        history_stage.copy_rows(cr, table, (key, "account_id"), rows)
    cr.execute(
        """
        CREATE INDEX ON history_credit (batch);
        ANALYZE history_credit, history_receivable, history_income;
        SELECT batch, count(*), sum(lines)::int
          FROM history_credit GROUP BY batch ORDER BY batch
        """
    )
    return cr.fetchall()


def write_batch(env, books, batch, quantity_digits):
    """Write the credit notes of one batch with their lines."""
    _number_credits(env, books, batch)
    condition = SQL("o.batch = %s", batch)
    _insert_notes(env.cr, condition)
    _insert_product_lines(env.cr, condition, quantity_digits)
    _insert_open_lines(env.cr, condition)


def _number_credits(env, books, batch):
    cr = env.cr
    cr.execute(
        "SELECT ref, day FROM history_credit WHERE batch = %s ORDER BY day, ref",
        [batch],
    )
    credits = cr.fetchall()
    ids = history_insert.next_ids(cr, "account_move", len(credits))
    numbers = books.number([day for _ref, day in credits])
    cr.execute_values(
        "UPDATE history_credit o"
        " SET id = v.id, date = v.date, name = v.name,"
        " prefix = v.prefix, number = v.number"
        " FROM (VALUES %s) v (ref, id, date, name, prefix, number) WHERE o.ref = v.ref",
        [
            (ref, note_id, *number)
            for note_id, number, (ref, _day) in zip(ids, numbers, credits, strict=True)
        ],
        page_size=1000,
    )


def _insert_notes(cr, condition):
    amount, signed, zero = SQL("o.amount"), SQL("-o.amount"), SQL("0")
    columns = {
        "id": SQL("o.id"),
        "name": SQL("o.name"),
        "sequence_prefix": SQL("o.prefix"),
        "sequence_number": SQL("o.number"),
        "made_sequence_gap": SQL("FALSE"),
        "ref": SQL("o.ref"),
        "partner_id": SQL("o.partner_id"),
        "commercial_partner_id": SQL("p.commercial_partner_id"),
        "partner_shipping_id": SQL("o.shipping_id"),
        "invoice_partner_display_name": SQL("p.complete_name"),
        "date": SQL("o.date"),
        "invoice_date": SQL("o.day"),
        "invoice_date_due": SQL("o.day"),
        "amount_untaxed": amount,
        "amount_total": amount,
        "amount_residual": amount,
        "amount_untaxed_signed": signed,
        "amount_total_signed": signed,
        "amount_residual_signed": signed,
        "amount_untaxed_in_currency_signed": signed,
        "amount_total_in_currency_signed": signed,
        "amount_tax": zero,
        "amount_tax_signed": zero,
        "payment_state": SQL("CASE WHEN o.amount = 0 THEN 'paid' ELSE 'not_paid' END"),
        # What came from the sample's customer.
        "access_token": SQL("NULL"),
        "partner_bank_id": SQL("NULL"),
        "payment_reference": SQL("NULL"),
        "preferred_payment_method_line_id": SQL("NULL"),
        **log_columns(),
    }
    source = SQL(
        "history_credit o JOIN res_partner p ON p.id = o.partner_id"
        " WHERE %s ORDER BY o.id",
        condition,
    )
    history_insert.insert_like_sample(cr, "account_move", columns, source)


def _insert_product_lines(cr, condition, quantity_digits):
    columns = {
        "account_id": SQL("i.account_id"),
        "name": SQL("g.description"),
        "product_id": SQL("i.product_id"),
        "product_uom_id": SQL("g.uom_id"),
        "quantity": SQL("round(-l.quantity, %s)", quantity_digits),
        "price_unit": SQL("l.price"),
        "price_subtotal": SQL("l.subtotal"),
        "price_total": SQL("l.subtotal"),
        "analytic_distribution": SQL("NULL"),
        **_line_columns(SQL("l.subtotal")),
    }
    source = SQL(
        """
        history_credit o
        JOIN res_partner p ON p.id = o.partner_id
        JOIN history_line l ON l.invoice = o.ref
        JOIN history_product g ON g.code = l.product
        JOIN history_income i ON i.product_id = g.product_id
        WHERE %s ORDER BY o.id, l.number
        """,
        condition,
    )
    history_insert.insert_like_sample(cr, "account_move_line", columns, source)


def _insert_open_lines(cr, condition):
    """One line each for what the customer gets back: nobody has paid it yet."""
    balance, zero, none = SQL("(-o.amount)"), SQL("0"), SQL("NULL")
    columns = {
        "account_id": SQL("r.account_id"),
        "display_type": SQL("'payment_term'"),
        "sequence": SQL("12000"),
        "name": none,
        "product_id": none,
        "product_uom_id": none,
        "quantity": zero,
        "price_unit": zero,
        "price_subtotal": zero,
        "price_total": zero,
        "discount_balance": zero,
        "discount_amount_currency": zero,
        "date_maturity": SQL("o.day"),
        "amount_residual": balance,
        "amount_residual_currency": balance,
        "reconciled": SQL("o.amount = 0"),
        "analytic_distribution": none,
        **_line_columns(balance),
    }
    source = SQL(
        """
        history_credit o
        JOIN res_partner p ON p.id = o.partner_id
        JOIN history_receivable r ON r.partner_id = o.partner_id
        WHERE %s ORDER BY o.id
        """,
        condition,
    )
    history_insert.insert_like_sample(cr, "account_move_line", columns, source)


def _line_columns(balance):
    """What both kinds of lines have. A company may want credit notes as negative
    amounts on the other side; so did the sample then."""
    other_side = SQL("(%s > 0) = COALESCE(sample.is_storno, FALSE)", balance)
    return {
        "move_id": SQL("o.id"),
        "move_name": SQL("o.name"),
        "ref": SQL("o.ref"),
        "date": SQL("o.date"),
        "invoice_date": SQL("o.day"),
        "partner_id": SQL("p.commercial_partner_id"),
        "balance": balance,
        "amount_currency": balance,
        "debit": SQL("CASE WHEN %s THEN 0 ELSE %s END", other_side, balance),
        "credit": SQL("CASE WHEN %s THEN -%s ELSE 0 END", other_side, balance),
        **log_columns(),
    }
