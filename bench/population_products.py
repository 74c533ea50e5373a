"""What customers buy: few products sell much, and everybody has favourites."""

from odoo.tools import SQL

from devenv import history_insert

PRODUCTS = 2_000
CATEGORIES = 20
FAVOURITES = 4

# Two or three lines per order. More than half of them are one of the customer's four
# favourites, mostly the first; the others are what sells anyway.
_LINES = """
    history_order o
    CROSS JOIN LATERAL (
        SELECT 1 + (pg_temp.draw(o.key, 21) < 0.6)::int
                 + (pg_temp.draw(o.key, 22) < 0.5)::int
                 + (pg_temp.draw(o.key, 23) < 0.4)::int AS lines
    ) size
    CROSS JOIN LATERAL (
        SELECT number,
               1 + floor(
                   CASE WHEN pg_temp.draw(line, 24) < 0.6
                        THEN pg_temp.draw(
                            o.n * 8
                            + floor(%(favourites)s * pg_temp.draw(line, 25) ^ 2)::int,
                            26
                        ) ^ 2
                        ELSE pg_temp.draw(line, 27) ^ 3 END
                   * %(products)s
               )::int AS product,
               round(o.amount / size.lines, 2) AS subtotal
          FROM generate_series(1, size.lines) number
         CROSS JOIN LATERAL (SELECT o.key * 8 + number AS line) key
    ) l
    JOIN bench_product p ON p.number = l.product
    WHERE %(condition)s
    ORDER BY o.id, l.number
"""


def create_products(env):
    """Create the products and list them in a temporary table."""
    categories = env["product.category"].create(
        [{"name": f"Category {n}"} for n in range(CATEGORIES)]
    )
    products = env["product.product"].create(
        [
            {
                "name": f"Product {n}",
                "type": "consu",
                "categ_id": categories[n % CATEGORIES].id,
                "list_price": 10,
                # What one of ten costs, nobody has noted.
                "standard_price": 1 + n % 90 if n % 10 else 0,
            }
            for n in range(PRODUCTS)
        ]
    )
    env.flush_all()
    env.cr.execute(
        "CREATE TEMP TABLE bench_product AS SELECT number::int, product_id "
        "FROM unnest(%s::int[]) WITH ORDINALITY p (product_id, number)",
        [products.ids],
    )
    env.cr.execute("ANALYZE bench_product")


def insert_lines(cr, condition, first):
    """Write the lines of orders.

    :param condition: SQL over the alias ``o`` of ``history_order``
    :param first: the id of an order is its number there and this
    """
    subtotal = SQL("l.subtotal")
    columns = {
        "order_id": SQL("o.id + %s", first),
        "order_partner_id": SQL("o.partner_id"),
        "company_id": SQL("o.company_id"),
        "salesman_id": SQL("o.user_id"),
        "state": SQL("o.state"),
        "product_id": SQL("p.product_id"),
        "name": SQL("'Product ' || p.number"),
        "price_unit": subtotal,
        "technical_price_unit": subtotal,
        "price_subtotal": subtotal,
        "price_tax": SQL("0"),
        "price_total": subtotal,
        "price_reduce_taxexcl": subtotal,
        "price_reduce_taxinc": subtotal,
        "qty_to_invoice": SQL("0"),
        "untaxed_amount_to_invoice": SQL("0"),
        "invoice_status": SQL("'no'"),
    }
    source = SQL(_LINES, products=PRODUCTS, favourites=FAVOURITES, condition=condition)
    return history_insert.insert_like_sample(cr, "sale_order_line", columns, source)
