"""The bare SQL that the add-on is measured against.

What a competent person would write who needs nothing but the figures: the parts in
temporary tables, one statement for the customers and one for what they buy, the same
indexes, no settings touched. It writes into tables made like those of the add-on.
"""

from odoo.tools import SQL

from . import bare_sql

TABLE = "bench_profile"
PRODUCT_TABLE = "bench_profile_product"
COPIES = {
    "relationship_profile": TABLE,
    "relationship_profile_product": PRODUCT_TABLE,
}
# Columns of the profile that only the ranked refresh writes.
_SCORES = ("recency_score", "frequency_score", "value_score")
# Intervals are averaged by the add-on as floats, by the bare SQL as numbers.
_ROUNDED = {"interval_mean"}


def create_tables(cr):
    """Make copies of the profiles and their products: the same indexes and room in the
    pages."""
    for table, copy in COPIES.items():
        cr.execute(
            "SELECT array_to_string(reloptions, ', ') FROM pg_class "
            "WHERE oid = %s::regclass",
            [table],
        )
        [options] = cr.fetchone()
        cr.execute(f"DROP TABLE IF EXISTS {copy}")
        cr.execute(
            f"CREATE TABLE {copy} (LIKE {table} INCLUDING ALL) "
            + (f"WITH ({options})" if options else "")
        )
        cr.execute(f"INSERT INTO {copy} SELECT * FROM {table}")


def refresh(cr, company, as_of, *, scores):
    """Compute and update all profiles of a company, and what its customers buy.

    :param scores: whether to rank the customers too
    """
    columns = bare_sql.COLUMNS + (_SCORES if scores else ())
    source = "scored" if scores else "complete"
    assignments = ", ".join(f"{column} = s.{column}" for column in columns)
    values = {
        "tz": company._relationship_tz(),
        "company_id": company.id,
        "as_of": as_of,
    }
    for part, query in bare_sql.PARTS.items():
        cr.execute(SQL(f"CREATE TEMP TABLE {part} ON COMMIT DROP AS {query}", **values))
        cr.execute(f"ANALYZE {part}")
    cr.execute(
        SQL(
            bare_sql.COMPLETE
            + (bare_sql.RANKED if scores else "")
            + f"UPDATE {TABLE} p SET {assignments} FROM {source} s "
            "WHERE p.partner_id = s.partner_id AND p.company_id = %(company_id)s",
            **values,
        )
    )
    cr.execute(SQL(bare_sql.PRODUCTS.format(table=PRODUCT_TABLE), **values))


def differing_profiles(cr):
    """Return how many profiles of customers with orders differ from the bare ones."""
    columns = [c for c in bare_sql.COLUMNS if c not in _ROUNDED]
    ours, bare = (
        ", ".join(
            [f"{alias}.{column}" for column in columns]
            + [f"round({alias}.{column}::numeric, 6)" for column in _ROUNDED]
        )
        for alias in ("p", "b")
    )
    cr.execute(
        f"""
        SELECT count(*)
          FROM relationship_profile p JOIN {TABLE} b USING (partner_id, company_id)
         WHERE p.order_count > 0 AND ({ours}) IS DISTINCT FROM ({bare})
        """
    )
    return cr.fetchone()[0]


def differing_products(cr):
    """Return how many product habits differ from the bare ones, or are missing."""
    columns = bare_sql.PRODUCT_COLUMNS
    ours, bare = (
        ", ".join(f"{alias}.{column}" for column in columns) for alias in ("p", "b")
    )
    cr.execute(
        f"""
        SELECT count(*)
          FROM relationship_profile_product p
          FULL JOIN {PRODUCT_TABLE} b USING (partner_id, company_id, product_id)
         WHERE ({ours}) IS DISTINCT FROM ({bare})
        """
    )
    return cr.fetchone()[0]


def due_customers(cr, rule, company, as_of):
    """Return the rows of the customers whom a rule of the own rhythm is about."""
    cr.execute(
        bare_sql.RULE,
        {
            "as_of": as_of,
            "company_id": company.id,
            "rule_id": rule.id,
            "order_days": rule.min_order_days,
            "min_days": rule.min_days_since_order,
            "factor": rule.rhythm_factor,
        },
    )
    return cr.fetchall()


def found_customers(cr, rule_id, company, as_of, key, condition, values):
    """Return the rows of the customers whom a rule of any trigger is about.

    :param condition: over the profile ``p``, with ``values``
    """
    query = bare_sql.ANY_RULE.format(key=key, condition=condition)
    given = {"as_of": as_of, "company_id": company.id, "rule_id": rule_id}
    cr.execute(query, given | values)
    return cr.fetchall()
