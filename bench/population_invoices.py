"""How customers pay: invoices of some orders, and what they were reconciled with.

Most are paid at once, some in two parts, some are credited in part or as a whole, some
are open. Each customer has a habit of its own: half of them pay on the day or before,
the others up to a month late.
"""

from odoo.fields import Command, Date
from odoo.tools import SQL

from devenv import history_insert, history_orders
from devenv.history_progress import progress

from .population_sql import ceded_ids, slices, trust_foreign_keys

SHARE = 0.3
SLICE = 50_000

_INVOICES = """
    CREATE TEMP TABLE bench_invoice AS
    SELECT row_number() OVER (ORDER BY o.id)::int AS id, drawn.*,
           greatest(drawn.day, drawn.due + late) AS paid
      FROM history_order o
     CROSS JOIN LATERAL (
           SELECT o.id AS order_number, o.customer_id, o.partner_id, o.amount, o.n,
                  o.date_order::date + floor(3 * pg_temp.draw(o.key, 32))::int AS day,
                  o.date_order::date + 3
                  + 15 * floor(3 * pg_temp.draw(o.n, 33))::int AS due,
                  CASE WHEN pg_temp.draw(o.n, 34) < 0.5 THEN -3
                       ELSE floor(30 * pg_temp.draw(o.n, 35) ^ 2)::int
                  END + floor(7 * pg_temp.draw(o.key, 36))::int - 3 AS late,
                  pg_temp.draw(o.key, 37) AS fate
           ) drawn
     WHERE o.company_id = %(company_id)s
       AND o.state = 'sale'
       AND o.amount > 0
       AND pg_temp.draw(o.key, 31) < %(share)s
"""
# What cleared the invoices: from which to which part of the amount, days after the
# (first) day of payment, and which invoices, by their fate.
_RECEIPTS = """
    CREATE TEMP TABLE bench_receipt AS
    SELECT (%(invoices)s + row_number() OVER (ORDER BY i.id, share_from))::int AS id,
           i.id AS invoice, i.customer_id, i.partner_id, i.n, type,
           round(i.amount * share_to, 2) - round(i.amount * share_from, 2) AS amount,
           i.paid + wait AS day
      FROM bench_invoice i
      JOIN (VALUES (0.00, 0.65, 'entry', 0, 1, 0),
                   (0.65, 0.80, 'entry', 0, 0.6, 0),
                   (0.65, 0.80, 'entry', 0.6, 1, 20),
                   (0.80, 0.85, 'entry', 0, 0.7, 0),
                   (0.80, 0.85, 'out_refund', 0.7, 1, 5),
                   (0.85, 0.90, 'out_refund', 0, 1, 5)
           ) AS receipt (fate_from, fate_to, type, share_from, share_to, wait)
        ON i.fate >= fate_from AND i.fate < fate_to
     WHERE i.paid + wait < %(today)s::date
"""
# Journal entries of both; amounts are debits of the receivable account.
_ENTRIES = """
    CREATE TEMP TABLE bench_entry AS
    SELECT i.id, 'out_invoice' AS type, i.id AS invoice, i.customer_id, i.partner_id,
           i.n, i.amount, i.day, i.due, i.amount - coalesce(cleared, 0) AS residual
      FROM bench_invoice i
      LEFT JOIN (SELECT invoice, sum(amount) AS cleared
                   FROM bench_receipt GROUP BY invoice) r ON r.invoice = i.id
     UNION ALL
    SELECT id, type, invoice, customer_id, partner_id, n, -amount, day, day, 0
      FROM bench_receipt;
    CREATE INDEX ON bench_entry (id);
    ANALYZE bench_entry
"""
# Each invoice and credit note belongs to its order, by the first line of that.
_LINKS = """
    INSERT INTO sale_order_line_invoice_rel (order_line_id, invoice_line_id)
    SELECT sold.id, 2 * e.id + %(line)s
      FROM bench_entry e
      JOIN bench_invoice i ON i.id = e.invoice
      JOIN (SELECT order_id, min(id) AS id FROM sale_order_line GROUP BY order_id) sold
        ON sold.order_id = i.order_number + %(first_order)s
     WHERE e.type != 'entry'
"""
_IS_PAYMENT = SQL("e.type = 'entry'")


def insert(env, today, first_order):
    """Write invoices and payments of the orders in ``history_order``; commits.

    :param first_order: the id of an order is its number there and this
    """
    cr = env.cr
    if not env.company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", env.company)
    env["account.journal"].create({"name": "Till", "type": "cash", "code": "TILL"})
    cr.commit()
    history_insert.keep_samples(env, _samples)
    cr.execute(_INVOICES, {"company_id": env.company.id, "share": SHARE})
    cr.execute(_RECEIPTS, {"invoices": cr.rowcount, "today": today})
    cr.execute(_ENTRIES)
    cr.execute("SELECT count(*) FROM bench_entry")
    [[total]] = cr.fetchall()
    _Writer(env, total).write(first_order)


def _samples(env):
    """An invoice that is paid: the rows of all others are made from it."""
    partner = env["res.partner"].search([("is_company", "=", True)], limit=1)
    product = env["product.product"].search([("sale_ok", "=", True)], limit=1)
    line = {"product_id": product.id, "price_unit": 1, "tax_ids": False}
    invoice = (
        env["account.move"]
        .with_context(**history_orders.QUIET)
        .create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": Date.today(),
                "invoice_line_ids": [Command.create(line)],
            }
        )
    )
    invoice.action_post()
    payment = (
        env["account.payment.register"]
        .with_context(active_model="account.move", active_ids=invoice.ids)
        .create({})
        ._create_payments()
    )
    due = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
    return [invoice, due, payment, due.matched_credit_ids]


class _Writer:
    """Writes the rows of the entries, each kind from its sample.

    Ids follow from the entry's number, for the rows refer to each other.
    """

    def __init__(self, env, total):
        self._cr = env.cr
        self._total = total
        self._move = SQL("e.id + %s", ceded_ids(self._cr, "account_move", total))
        # The line of the receivable; that of the other account comes right after it.
        self._first_line = line = ceded_ids(self._cr, "account_move_line", 2 * total)
        self._line = SQL("2 * e.id - 1 + %s", line)
        self._debit_line = SQL("2 * e.invoice - 1 + %s", line)
        self._payment = SQL("e.id + %s", ceded_ids(self._cr, "account_payment", total))
        journals = env["account.journal"]
        self._sale, self._bank, self._cash = (
            journals.search([("type", "=", kind)], limit=1)
            for kind in ("sale", "bank", "cash")
        )
        self._income = self._sale.default_account_id

    def write(self, first_order):
        with progress("Write invoices and payments", self._total) as bar:
            for part in slices(self._total, SLICE):
                trust_foreign_keys(self._cr)
                written = self._insert("account_move", self._move_values(), part)
                self._insert("account_move_line", self._receivable_values(), part)
                self._insert("account_move_line", self._counterpart_values(), part)
                only = SQL("%s AND %s", part, _IS_PAYMENT)
                self._insert("account_payment", self._payment_values(), only)
                only = SQL("%s AND e.type != 'out_invoice'", part)
                self._insert("account_partial_reconcile", self._match_values(), only)
                self._cr.commit()
                bar.advance(written)
        self._cr.execute(_LINKS, {"line": self._first_line, "first_order": first_order})
        self._cr.commit()

    def _insert(self, table, values, condition):
        source = SQL("bench_entry e WHERE %s ORDER BY e.id", condition)
        return history_insert.insert_like_sample(self._cr, table, values, source)

    @property
    def _journal(self):
        """Two customers of three pay to the bank."""
        return SQL(
            "CASE WHEN e.type != 'entry' THEN %s WHEN e.n %% 3 = 0 THEN %s ELSE %s END",
            self._sale.id,
            self._cash.id,
            self._bank.id,
        )

    @property
    def _name(self):
        return SQL("%s || lpad(e.id::text, 8, '0')", self._prefix)

    @property
    def _prefix(self):
        return SQL(
            "CASE e.type WHEN 'out_invoice' THEN 'INV/' WHEN 'out_refund' THEN 'RINV/'"
            " ELSE 'PAY/' END || extract(year FROM e.day) || '/'"
        )

    def _move_values(self):
        amount, residual = SQL("abs(e.amount)"), SQL("e.residual")
        return {
            "id": self._move,
            "name": self._name,
            "sequence_prefix": self._prefix,
            "sequence_number": SQL("e.id"),
            "payment_reference": SQL("NULL"),
            "access_token": SQL("NULL"),
            "move_type": SQL("e.type"),
            "journal_id": self._journal,
            "origin_payment_id": SQL(
                "CASE WHEN %s THEN %s END", _IS_PAYMENT, self._payment
            ),
            "partner_id": SQL("e.partner_id"),
            "commercial_partner_id": SQL("e.customer_id"),
            "partner_shipping_id": SQL("e.partner_id"),
            "invoice_partner_display_name": SQL("'Customer ' || e.n"),
            "date": SQL("e.day"),
            "invoice_date": SQL("CASE WHEN NOT %s THEN e.day END", _IS_PAYMENT),
            "invoice_date_due": SQL("e.due"),
            "amount_untaxed": amount,
            "amount_total": amount,
            "amount_residual": residual,
            "amount_untaxed_signed": SQL("e.amount"),
            "amount_total_signed": SQL("e.amount"),
            "amount_total_in_currency_signed": SQL("e.amount"),
            "amount_untaxed_in_currency_signed": SQL("e.amount"),
            "amount_residual_signed": residual,
            "payment_state": SQL(
                "CASE WHEN e.type != 'out_invoice' OR e.residual = 0 THEN 'paid'"
                " WHEN e.residual < e.amount THEN 'partial' ELSE 'not_paid' END"
            ),
        }

    def _line_values(self, balance):
        return {
            "move_id": self._move,
            "move_name": self._name,
            "journal_id": self._journal,
            "partner_id": SQL("e.customer_id"),
            "date": SQL("e.day"),
            "invoice_date": SQL("CASE WHEN NOT %s THEN e.day END", _IS_PAYMENT),
            "payment_id": SQL("CASE WHEN %s THEN %s END", _IS_PAYMENT, self._payment),
            "name": self._name,
            "ref": SQL("NULL"),
            "full_reconcile_id": SQL("NULL"),
            "matching_number": SQL("NULL"),
            "balance": balance,
            "amount_currency": balance,
            "debit": SQL("greatest(%s, 0)", balance),
            "credit": SQL("greatest(-(%s), 0)", balance),
        }

    def _receivable_values(self):
        return self._line_values(SQL("e.amount")) | {
            "id": self._line,
            "date_maturity": SQL("e.due"),
            "display_type": SQL(
                "CASE WHEN %s THEN 'product' ELSE 'payment_term' END", _IS_PAYMENT
            ),
            "amount_residual": SQL("e.residual"),
            "amount_residual_currency": SQL("e.residual"),
            "reconciled": SQL("e.residual = 0"),
        }

    def _counterpart_values(self):
        return self._line_values(SQL("-e.amount")) | {
            "id": SQL("%s + 1", self._line),
            "account_id": SQL(
                "CASE WHEN e.type != 'entry' THEN %s WHEN e.n %% 3 = 0 THEN %s"
                " ELSE %s END",
                self._income.id,
                self._cash.default_account_id.id,
                self._bank.default_account_id.id,
            ),
            "date_maturity": SQL("NULL"),
            "display_type": SQL("'product'"),
            "amount_residual": SQL("0"),
            "amount_residual_currency": SQL("0"),
            "reconciled": SQL("FALSE"),
        }

    def _payment_values(self):
        return {
            "id": self._payment,
            "name": self._name,
            "move_id": self._move,
            "journal_id": self._journal,
            "payment_method_line_id": SQL(
                "CASE WHEN e.n %% 3 = 0 THEN %s ELSE %s END",
                self._cash.inbound_payment_method_line_ids[:1].id,
                self._bank.inbound_payment_method_line_ids[:1].id,
            ),
            "partner_id": SQL("e.customer_id"),
            "date": SQL("e.day"),
            "amount": SQL("-e.amount"),
            "amount_company_currency_signed": SQL("-e.amount"),
            "memo": SQL("NULL"),
        }

    def _match_values(self):
        amount = SQL("-e.amount")
        return {
            "debit_move_id": self._debit_line,
            "credit_move_id": self._line,
            "amount": amount,
            "debit_amount_currency": amount,
            "credit_amount_currency": amount,
            "max_date": SQL("e.day"),
            "full_reconcile_id": SQL("NULL"),
            "exchange_move_id": SQL("NULL"),
        }
