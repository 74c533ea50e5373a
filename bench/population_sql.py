"""What the parts of the generator have in common."""

from odoo.tools import SQL


def ceded_ids(cr, table, count):
    """Take so many ids from a table's sequence; return the one before the first."""
    sequence = f"{table}_id_seq"
    cr.execute(
        "SELECT setval(%s, nextval(%s) + %s) - %s", [sequence, sequence, count, count]
    )
    return cr.fetchone()[0]


def trust_foreign_keys(cr):
    """Skip the checks of twenty foreign keys per row, where that is allowed.

    The rows are made from keys that are there; the checks would double the time. Ends
    with the transaction.
    """
    cr.execute("SELECT current_setting('is_superuser')")
    if cr.fetchone()[0] == "on":
        cr.execute("SET LOCAL session_replication_role = replica")


def slices(total, size):
    """Yield conditions on the column ``id`` of ``e`` that cover 1 to the total."""
    for start in range(0, total, size):
        yield SQL("e.id > %s AND e.id <= %s", start, start + size)
