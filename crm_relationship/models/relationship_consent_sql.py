"""Which entries of the ledger of consent are statements, in SQL."""

from odoo.tools import SQL


def standing(alias="relationship_consent") -> SQL:
    """Condition over a row of ``relationship_consent``: somebody said so, and it was
    not taken back as a slip.

    Neither the slip nor the row that undoes it is a statement. That something was said
    later is another matter: see ``is_current``.

    :param alias: name of the table in the statement
    """
    return SQL(
        """
        (
            %(undone)s IS NULL
            AND NOT EXISTS (
                SELECT FROM relationship_consent undoing
                 WHERE undoing.undone_id = %(id)s
            )
        )
        """,
        undone=SQL.identifier(alias, "undone_id"),
        id=SQL.identifier(alias, "id"),
    )
