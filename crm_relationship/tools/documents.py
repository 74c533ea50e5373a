"""The set of source documents that a capture works on."""

from dataclasses import dataclass

from odoo.tools import SQL

from .customers import MAX_ID


@dataclass(frozen=True)
class Documents:
    """Rows of a table: either an explicit set of ids, or a range of ids.

    ``condition(alias)`` gives the SQL that restricts the table of that alias to them.
    """

    ids: tuple[int, ...] | None = None
    after: int = 0
    upto: int = MAX_ID

    def condition(self, alias: str) -> SQL:
        column = SQL.identifier(alias, "id")
        if self.ids is not None:
            return SQL("%s = ANY(%s)", column, list(self.ids))
        return SQL("(%s > %s AND %s <= %s)", column, self.after, column, self.upto)
