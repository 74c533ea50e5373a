"""The set of customers that a set-based statement works on."""

from dataclasses import dataclass

from odoo.tools import SQL

MAX_ID = 2**31 - 1


@dataclass(frozen=True)
class Customers:
    """Commercial partners: either an explicit set of ids or a range of ids.

    ``condition(column)`` gives the SQL that restricts ``column`` to them.
    """

    ids: tuple[int, ...] | None = None
    after: int = 0
    upto: int = MAX_ID

    def condition(self, column: SQL) -> SQL:
        if self.ids is not None:
            return SQL("%s = ANY(%s)", column, list(self.ids))
        if (self.after, self.upto) == (0, MAX_ID):
            return SQL("TRUE")
        return SQL("(%s > %s AND %s <= %s)", column, self.after, column, self.upto)
