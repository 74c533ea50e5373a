"""A sample of customers that is the same every time."""

from dataclasses import dataclass

from odoo.tools import SQL

# Knuth's multiplicative hash: neighbours in the order of ids end up far apart.
MULTIPLIER = 2654435761
MODULUS = 2**32


@dataclass(frozen=True)
class Sample:
    """Commercial partners: a share of them by a hash of their ids. In place of
    :class:`~.customers.Customers` where not everybody is needed.

    :param share: 0..1
    """

    share: float = 1.0

    def condition(self, column: SQL) -> SQL:
        if self.share >= 1:
            return SQL("TRUE")
        return SQL(
            "MOD(%s::bigint * %s, %s) < %s",
            column,
            MULTIPLIER,
            MODULUS,
            int(self.share * MODULUS),
        )
