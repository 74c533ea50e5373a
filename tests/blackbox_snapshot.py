"""What is in a database: its schema, and every row of every table."""

from collections import Counter
from typing import NamedTuple

# Differ from day to day or from process to process, and say nothing of an add-on.
_VOLATILE_COLUMNS = {"write_date", "write_uid"}
_SCHEMA = {
    "relation": """
        SELECT relkind::text, relname::text FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'S')
    """,
    "column": """
        SELECT table_name::text, column_name::text, data_type::text, is_nullable::text,
               column_default::text
          FROM information_schema.columns WHERE table_schema = 'public'
    """,
    "constraint": """
        SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    """,
    "index": """
        SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'
    """,
    "function": """
        SELECT proname::text, pg_get_function_arguments(oid) FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace
    """,
    "trigger": """
        SELECT tgrelid::regclass::text, tgname::text
          FROM pg_trigger WHERE NOT tgisinternal
    """,
}


def read_schema(cursor):
    """Return everything the schema consists of, as a set of tuples."""
    found = set()
    for kind, sql in _SCHEMA.items():
        cursor.execute(sql)
        found |= {(kind, *row) for row in cursor.fetchall()}
    return found


def read_rows(cursor):
    """Return {table: Counter of its rows as texts}, without volatile columns."""
    cursor.execute(
        "SELECT table_name, ARRAY_AGG(column_name::text ORDER BY column_name)"
        "  FROM information_schema.columns"
        "  JOIN information_schema.tables USING (table_schema, table_name)"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' GROUP BY 1"
    )
    return {
        table: _read_table(cursor, table, set(columns) - _VOLATILE_COLUMNS)
        for table, columns in cursor.fetchall()
    }


def _read_table(cursor, table, columns):
    listed = ", ".join(f'"{column}"' for column in sorted(columns))
    cursor.execute(
        f'SELECT row_to_json(kept)::text FROM (SELECT {listed} FROM "{table}") kept'
    )
    return Counter(row[0] for row in cursor.fetchall())


class Change(NamedTuple):
    """Rows of a table that are gone, and that are new; a changed one is in both."""

    gone: list
    new: list


def compare_rows(before, after):
    """Return {table: Change} of the tables that differ."""
    changes = {}
    for table in before.keys() | after.keys():
        old, new = before.get(table, Counter()), after.get(table, Counter())
        if old != new:
            changes[table] = Change(sorted(old - new), sorted(new - old))
    return changes


def find_text(cursor, text):
    """Return {table: rows} that mention a text anywhere."""
    found = {
        table: [row for row in rows if text in row]
        for table, rows in read_rows(cursor).items()
    }
    return {table: rows for table, rows in found.items() if rows}
