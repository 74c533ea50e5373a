"""The staging tables of a load: what is to be written, in temporary tables.

They live as long as the connection, also across its commits.
"""

import csv
import io
from itertools import islice

from odoo.tools import SQL

from . import history_insert, history_orders

LINE_COLUMNS = ("customer", "invoice", "product", "quantity", "price", "at")
LINES_PER_COPY = 20_000
LINES_PER_COMMIT = 5_000
_TABLES = """
    CREATE TEMP TABLE history_line (
        number int, customer text, invoice text, product text,
        quantity numeric, price numeric, at timestamp, subtotal numeric
    );
    CREATE TEMP TABLE history_customer (
        code text PRIMARY KEY, partner_id int, invoice_id int, shipping_id int
    );
    CREATE TEMP TABLE history_product (
        code text PRIMARY KEY, product_id int, uom_id int, description text,
        invoice_policy text
    );
"""


def create_tables(cr):
    """Create the tables of lines, customers and products."""
    cr.execute(_TABLES)


def copy_rows(cr, table, columns, rows):
    """COPY rows (tuples without None) into a table, some thousand at a time."""
    rows = iter(rows)
    command = SQL(
        "COPY %s (%s) FROM STDIN WITH (FORMAT csv)",
        SQL.identifier(table),
        SQL(", ").join(map(SQL.identifier, columns)),
    )
    while batch := list(islice(rows, LINES_PER_COPY)):
        cr.copy_expert(command.code, _as_csv(batch))


def _as_csv(rows):
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(rows)
    stream.seek(0)
    return stream


def copy_lines(cr, lines):
    """Stage (number, :class:`history_lines.Line`) pairs."""
    columns = ("number", *LINE_COLUMNS)
    copy_rows(
        cr, "history_line", columns, ((number, *line[:-1]) for number, line in lines)
    )


def invoices_loaded(env):
    """Return {invoice: customer} of the company's orders and credit notes that are
    there already, in whatever state."""
    env.cr.execute(
        """
        SELECT known.invoice, p.ref
          FROM (
               SELECT client_order_ref AS invoice, partner_id, id
                 FROM sale_order
                WHERE company_id = %(company_id)s
                  AND NOT starts_with(client_order_ref, 'C')
                UNION ALL
               SELECT ref, partner_id, id
                 FROM account_move
                WHERE company_id = %(company_id)s
                  AND move_type = 'out_refund'
                  AND starts_with(ref, 'C')
          ) known
          JOIN res_partner p ON p.id = known.partner_id
         WHERE p.ref IS NOT NULL
         ORDER BY known.id DESC
        """,
        {"company_id": env.company.id},
    )
    return dict(env.cr.fetchall())


def group_by_invoice(cr, digits):
    """Compute all lines' subtotals, and the orders with their batches, oldest first.

    The date of an order is the earliest of its lines.

    :param digits: decimal places of the currency
    :return: list of (batch, number of orders, number of lines), oldest first
    """
    cr.execute(
        "UPDATE history_line SET subtotal = round(abs(quantity) * price, %s)", [digits]
    )
    cr.execute(
        """
        CREATE TEMP TABLE history_order AS
        SELECT NULL::int AS id,
               NULL::text AS name,
               invoice AS client_order_ref,
               c.partner_id,
               c.invoice_id,
               c.shipping_id,
               min(l.at) AS date_order,
               'sale' AS state,
               sum(l.subtotal) AS amount,
               CASE WHEN bool_or(p.invoice_policy = 'order')
                    THEN 'to invoice' ELSE 'no' END AS invoice_status,
               count(*) AS lines,
               (sum(count(*)) OVER (ORDER BY min(l.at), invoice) - 1)::int / %s AS batch
          FROM history_line l
          JOIN history_customer c ON c.code = l.customer
          JOIN history_product p ON p.code = l.product
         WHERE l.quantity > 0
         GROUP BY invoice, c.partner_id, c.invoice_id, c.shipping_id
        """,
        [LINES_PER_COMMIT],
    )
    cr.execute(
        """
        CREATE INDEX ON history_line (invoice);
        CREATE INDEX ON history_order (batch);
        ANALYZE history_line, history_order, history_customer, history_product;
        SELECT batch, count(*), sum(lines)::int
          FROM history_order GROUP BY batch ORDER BY batch
        """
    )
    return cr.fetchall()


def analyze(cr):
    """Tell PostgreSQL how large the tables are by now.

    It plans the checks of foreign keys once in a connection. A plan made for a table
    of a few rows would read all of it for every row that comes, until the statistics
    change.
    """
    cr.execute(
        "ANALYZE res_partner, product_product, sale_order, sale_order_line,"
        " account_move, account_move_line"
    )


def write_batch(env, batch, quantity_digits):
    """Write the orders of one batch with their lines."""
    _number_orders(env, batch)
    condition = SQL("o.batch = %s", batch)
    history_orders.insert_orders(env.cr, condition)
    history_orders.insert_lines(env.cr, condition, quantity_digits)


def _number_orders(env, batch):
    env.cr.execute(
        "SELECT client_order_ref, date_order FROM history_order WHERE batch = %s "
        "ORDER BY date_order, client_order_ref",
        [batch],
    )
    orders = env.cr.fetchall()
    dates = [date for _invoice, date in orders]
    names = history_orders.draw_names(env, env.company, dates)
    ids = history_insert.next_ids(env.cr, "sale_order", len(orders))
    env.cr.execute_values(
        "UPDATE history_order o SET id = v.id, name = v.name "
        "FROM (VALUES %s) v (id, name, invoice) WHERE o.client_order_ref = v.invoice",
        [
            (order_id, name, invoice)
            for order_id, name, (invoice, _date) in zip(ids, names, orders, strict=True)
        ],
        page_size=1000,
    )
