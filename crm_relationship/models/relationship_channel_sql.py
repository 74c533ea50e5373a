"""How long a channel keeps interactions, as SQL; the one place that says it."""

from odoo.tools import SQL

from .relationship_profile_scope import NOW

# Whoever keeps them longer keeps them for ever; dates can't go back without end.
MAX_MONTHS = 12_000


def keep_since(months: SQL) -> SQL:
    """The moment (naive UTC) before which nothing is kept, or NULL."""
    return SQL(
        "CASE WHEN %(months)s BETWEEN 1 AND %(most)s"
        " THEN date_trunc('second', %(now)s - make_interval(months => %(months)s)) END",
        months=months,
        most=MAX_MONTHS,
        now=NOW,
    )


def is_kept(months: SQL, date: SQL) -> SQL:
    """Condition: what happened at that date is kept."""
    return SQL("COALESCE(%s >= %s, TRUE)", date, keep_since(months))
