"""Rows as the ORM would make them, by the million: one sample, many copies.

The ORM makes one record in a transaction that is rolled back. Its row then gives the
value of every column that the caller does not set, also of columns that other add-ons
have brought. So a mass insert need not know which columns there are.
"""

from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import SQL


def keep_samples(env, make):
    """Let the ORM make records, keep their rows as samples, and make them undone.

    :param make: function from an environment to a list of single records, each of
        another table; it sees what is committed
    """
    with Registry(env.cr.dbname).cursor() as cr:
        inside = api.Environment(cr, env.uid, env.context, env.su)
        records = make(inside)
        inside.flush_all()
        rows = {record._table: _row_as_json(record) for record in records}
        cr.rollback()
    for table, row in rows.items():
        env.cr.execute(
            SQL(
                "CREATE TEMP TABLE %s AS "
                "SELECT * FROM jsonb_populate_record(NULL::%s, %s::jsonb)",
                _sample(table),
                SQL.identifier(table),
                row,
            )
        )


def _row_as_json(record):
    query = SQL(
        "SELECT to_jsonb(r)::text FROM %s r WHERE id = %s",
        SQL.identifier(record._table),
        record.id,
    )
    return record.env.execute_query(query)[0][0]


def insert_like_sample(cr, table, values, source):
    """Insert one row for each row of the source and return how many that were.

    :param values: {column: SQL expression over the source}; a column that is not
        named takes the sample's value, ``id`` the next one of its sequence
    :param source: SQL of a FROM item and what may follow it, up to ORDER BY; the
        sample is joined to it under that name
    """
    columns = [
        column for column in _columns(cr, table) if column != "id" or column in values
    ]
    expressions = [
        values.get(column, SQL.identifier("sample", column)) for column in columns
    ]
    cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s sample CROSS JOIN %s",
            SQL.identifier(table),
            SQL(", ").join(map(SQL.identifier, columns)),
            SQL(", ").join(expressions),
            _sample(table),
            source,
        )
    )
    return cr.rowcount


def next_ids(cr, table, count):
    """Draw ids from a table's sequence, ascending."""
    cr.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        [table, count],
    )
    return sorted(row[0] for row in cr.fetchall())


def _sample(table):
    return SQL.identifier(f"sample_{table}")


def _columns(cr, table):
    cr.execute(
        """
        SELECT attname FROM pg_attribute
         WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
           AND attgenerated = ''
         ORDER BY attnum
        """,
        [table],
    )
    return [row[0] for row in cr.fetchall()]
