"""The set of source documents that a capture works on."""

from dataclasses import dataclass
from datetime import datetime

from odoo.tools import SQL

from .customers import MAX_ID


@dataclass(frozen=True)
class Documents:
    """Rows of a table: either an explicit set of ids, or a range of ids, or those
    written since a moment (naive UTC).

    ``condition(alias)`` gives the SQL that restricts the table of that alias to them.
    """

    ids: tuple[int, ...] | None = None
    after: int = 0
    upto: int = MAX_ID
    since: datetime | None = None

    def condition(self, alias: str) -> SQL:
        column = SQL.identifier(alias, "id")
        if self.ids is not None:
            return SQL("%s = ANY(%s)", column, list(self.ids))
        in_range = SQL("(%s > %s AND %s <= %s)", column, self.after, column, self.upto)
        if self.since is None:
            return in_range
        return SQL(
            "(%s AND %s >= %s)",
            in_range,
            SQL.identifier(alias, "write_date"),
            self.since,
        )
