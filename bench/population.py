"""Customers and years of their orders, by the million, the same on every machine.

Everything is drawn by a hash of the customer's and the order's number, nothing by
chance. Purchase counts are skewed as they are in shops: many customers with one order,
few with hundreds. Some orders fall on one day, customers come and go. What they buy,
how they pay and what is known of them besides is drawn in modules of their own.
"""

from dataclasses import asdict

from odoo.fields import Command
from odoo.tools import SQL

from devenv import history_insert, history_orders
from devenv.history_progress import progress

from . import (
    parameters,
    population_contacts,
    population_invoices,
    population_notes,
    population_products,
)
from .population_sql import ceded_ids, trust_foreign_keys

# The day after the last order; refreshes look from days after it.
TODAY = "2026-07-01"
DAYS = 1096
SALESPEOPLE = 10
SOURCES = 6
SLICE = 100_000

# A number in [0, 1) that follows from two others; PostgreSQL inlines it.
_DRAW = """
    CREATE FUNCTION pg_temp.draw(number bigint, seed bigint) RETURNS float8
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    'SELECT (hashint8extended($1, $2) & 4503599627370495) / 4503599627370496.0::float8'
"""
# Purchases follow a Pareto distribution: with ten orders per customer on average, one
# customer of seven has none yet, one of four a single one, a few hundreds. One of ten
# has a contact person, a partner of its own that orders too.
_CUSTOMERS = """
    CREATE TEMP TABLE bench_customer AS
    SELECT n,
           nextval('res_partner_id_seq')::int AS id,
           CASE WHEN pg_temp.draw(n, 1) < 0.1
                THEN nextval('res_partner_id_seq')::int END AS contact_id,
           CASE WHEN pg_temp.draw(n, 2) < 1 / 12.0 THEN 0
                ELSE least(power(1 - pg_temp.draw(n, 3), -1 / 1.1) - 0.85, 200)
           END AS weight,
           floor(pg_temp.draw(n, 4) * (%(days)s - 1))::int AS first_day,
           0.2 + 0.8 * pg_temp.draw(n, 5) AS stay,
           (%(users)s::int[])[1 + n %% cardinality(%(users)s::int[])] AS user_id
      FROM generate_series(1, %(customers)s::bigint) n
     ORDER BY n
"""
_COUNTS = """
    ALTER TABLE bench_customer ADD orders int;
    UPDATE bench_customer c
       SET orders = round(%(orders)s * upto / total)
                  - round(%(orders)s * before / total)
      FROM (SELECT n,
                   sum(weight) OVER () AS total,
                   sum(weight) OVER (ORDER BY n) AS upto,
                   sum(weight) OVER (ORDER BY n) - weight AS before
              FROM bench_customer) share
     WHERE share.n = c.n
"""
# Order j of a customer lies in the j-th part of the customer's stay, or, once in seven
# times, on the day of the one before.
_ORDERS = """
    CREATE TEMP TABLE history_order AS
    SELECT row_number() OVER (ORDER BY date_order, n, j)::int AS id, drawn.*
      FROM (
           SELECT c.n, j,
                  CASE WHEN pg_temp.draw(key, 6) < 0.5
                       THEN coalesce(contact_id, c.id) ELSE c.id END AS partner_id,
                  %(today)s::date - %(days)s + first_day
                  + floor((%(days)s - first_day) * stay / orders
                          * (slot + pg_temp.draw(key - j + slot, 7)))::int
                  + interval '7 hours'
                  + floor(pg_temp.draw(key, 8) * 43200) * interval '1 second'
                  AS date_order,
                  CASE WHEN state_draw < 0.03 THEN 'cancel'
                       WHEN state_draw < 0.055 THEN 'draft'
                       WHEN state_draw < 0.08 THEN 'sent'
                       ELSE 'sale' END AS state,
                  CASE WHEN pg_temp.draw(key, 9) < 0.01 THEN 0
                       ELSE round((5 + 600 * pg_temp.draw(key, 10) ^ 3)::numeric, 2)
                  END AS amount,
                  CASE WHEN pg_temp.draw(c.n, 11) < %(second_share)s
                       THEN %(second)s ELSE %(main)s END AS company_id,
                  user_id, key, c.id AS customer_id,
                  -- Where they come from is asked at the first order, if at all.
                  CASE WHEN pg_temp.draw(key, 14) < CASE j WHEN 0 THEN 0.5 ELSE 0.1 END
                       THEN 1 + floor(cardinality(%(sources)s::int[])
                                      * pg_temp.draw(key, 15))::int END AS source
             FROM bench_customer c
            CROSS JOIN generate_series(0, c.orders - 1) j
            CROSS JOIN LATERAL (
                  SELECT c.n * 1000003 + j AS key,
                         pg_temp.draw(c.n * 1000003 + j, 12) AS state_draw,
                         j - (j > 0 AND pg_temp.draw(c.n * 1000003 + j, 13) < 1 / 7.0
                             )::int AS slot
                  ) chosen
      ) drawn
"""


def generate(env, population):
    """Fill a database that has no customers yet; commits."""
    cr = env.cr
    users = _create_salespeople(env)
    second = _create_second_company(env) if population.second_share else env.company
    history_orders.keep_samples(env, *_sample_records(env))
    history_insert.keep_samples(env, _sample_partner)
    population_products.create_products(env)
    sources = _create_sources(env)
    values = {
        **asdict(population),
        "days": DAYS,
        "today": TODAY,
        "users": users.ids,
        "sources": sources.ids,
        "main": env.company.id,
        "second": second.id,
    }
    cr.execute(_DRAW)
    for statement in (_CUSTOMERS, _COUNTS, _ORDERS):
        cr.execute(statement, values)
    _insert_partners(cr)
    first = _insert_orders(env, sources)
    population_invoices.insert(env, TODAY, first)
    if "relationship.profile" in env:
        population_notes.insert(env)
        population_contacts.insert(env, values)
    env["ir.config_parameter"].set_param(parameters.KEY, population.as_text())
    cr.commit()


def _create_salespeople(env):
    groups = [Command.link(env.ref("sales_team.group_sale_salesman").id)]
    return env["res.users"].create(
        [
            {"name": f"Seller {n}", "login": f"seller{n}", "group_ids": groups}
            for n in range(SALESPEOPLE)
        ]
    )


def _create_second_company(env):
    return env["res.company"].create({"name": "Second company"})


def _create_sources(env):
    return env["utm.source"].create(
        [{"name": f"Source {n}"} for n in range(1, SOURCES + 1)]
    )


def _sample_records(env):
    partner = env["res.partner"].create({"name": "Sample", "customer_rank": 1})
    product = env["product.product"].create({"name": "Sample", "type": "consu"})
    env.cr.commit()
    return partner, product


def _sample_partner(env):
    values = {"name": "Sample", "is_company": True, "customer_rank": 1}
    return [env["res.partner"].with_context(**history_orders.QUIET).create(values)]


def _insert_partners(cr):
    name, contact = SQL("'Customer ' || c.n"), SQL("'Contact ' || c.n")
    companies = {
        "id": SQL("c.id"),
        "name": name,
        "complete_name": name,
        "commercial_company_name": name,
        "commercial_partner_id": SQL("c.id"),
        "user_id": SQL("CASE WHEN c.n %% 2 = 0 THEN c.user_id END"),
        "email": SQL(
            "CASE WHEN c.n %% 3 > 0 THEN 'customer' || c.n || '@example.com' END"
        ),
        "phone": SQL("CASE WHEN c.n %% 5 > 0 THEN '+32 2 ' || 1000000 + c.n END"),
        "city": SQL("CASE WHEN c.n %% 7 > 0 THEN 'City ' || c.n %% 100 END"),
    }
    contacts = companies | {
        "id": SQL("c.contact_id"),
        "name": contact,
        "complete_name": SQL("%s || ', ' || %s", name, contact),
        "parent_id": SQL("c.id"),
        "is_company": SQL("false"),
    }
    source = SQL("bench_customer c ORDER BY c.n")
    with_contact = SQL("bench_customer c WHERE contact_id IS NOT NULL ORDER BY c.n")
    history_insert.insert_like_sample(cr, "res_partner", companies, source)
    history_insert.insert_like_sample(cr, "res_partner", contacts, with_contact)
    cr.commit()


def _insert_orders(env, sources):
    """Return the id before that of the first order."""
    cr = env.cr
    cr.execute("CREATE INDEX ON history_order (id)")
    cr.execute("ANALYZE history_order")
    cr.execute("SELECT count(*) FROM history_order")
    [[total]] = cr.fetchall()
    first = ceded_ids(cr, "sale_order", total)
    members = env["crm.team"].search([], limit=1)
    values = {
        "id": SQL("o.id + %s", first),
        "name": SQL("'B' || lpad(o.id::text, 8, '0')"),
        "client_order_ref": SQL("NULL"),
        "partner_invoice_id": SQL("o.partner_id"),
        "partner_shipping_id": SQL("o.partner_id"),
        "invoice_status": SQL("'no'"),
        "user_id": SQL("o.user_id"),
        "team_id": SQL("%s", members.id),
        "company_id": SQL("o.company_id"),
        "source_id": SQL("(%s::int[])[o.source]", sources.ids),
    }
    with progress("Write orders", total) as bar:
        for start in range(0, total, SLICE):
            trust_foreign_keys(cr)
            part = SQL("o.id > %s AND o.id <= %s", start, start + SLICE)
            bar.advance(history_orders.insert_orders(cr, part, **values))
            population_products.insert_lines(cr, part, first)
            cr.commit()
    return first
