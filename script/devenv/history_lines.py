"""Which lines of a purchase history can be taken, and why the others cannot."""

import csv
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from . import console, history_values

WRONG_WIDTH = "wrong number of columns"
NO_CUSTOMER = "no customer"
NO_JOURNAL = "no sales journal"
CANCELLATION = "cancellation"
NOTHING_BACK = "cancellation without a negative quantity"
BAD_DATE = "bad date"
BAD_NUMBER = "bad number"
INCOMPLETE = "missing product or invoice"
OTHER_CUSTOMER = "invoice belongs to another customer"
REASONS = (
    WRONG_WIDTH,
    NO_CUSTOMER,
    NO_JOURNAL,
    CANCELLATION,
    NOTHING_BACK,
    BAD_DATE,
    BAD_NUMBER,
    INCOMPLETE,
    OTHER_CUSTOMER,
)


class Line(NamedTuple):
    """One purchase of one product, or with a negative quantity what was taken back;
    ``at`` is naive UTC."""

    customer: str
    invoice: str
    product: str
    quantity: object
    price: object
    at: object
    country: str

    @property
    def is_credit(self):
        """Whether the line belongs to a credit note, not to an order."""
        return self.quantity < 0


class Refused(Exception):
    """The line cannot be taken; the argument is one of :data:`REASONS`."""


class Screen:
    """Judges the lines of one file in their order.

    :param header: the file's column names
    :param places: position of each column that is read
    :param zone: tzinfo in which the file's dates are local times
    :param owners: {invoice: customer} of what was loaded before; an invoice belongs
        to the first customer who has a line in it
    :param books: whether cancellations can be booked
    """

    def __init__(self, header, places, zone, owners, books=True):
        self._width = len(header)
        self._places = places
        self._owners = dict(owners)
        self._books = books
        # A file repeats its dates and numbers a hundred times.
        self._utc = lru_cache(4096)(
            lambda text: history_values.utc_from_local(text, zone)
        )
        self._number = lru_cache(16384)(history_values.number)

    def judge(self, row):
        """Return the row as a :class:`Line`, or raise :class:`Refused`."""
        if len(row) != self._width:
            raise Refused(WRONG_WIDTH)
        cells = {name: row[place].strip() for name, place in self._places.items()}
        self._check_kind(cells)
        at = self._parsed(self._utc, cells["date"], BAD_DATE)
        quantity = self._parsed(self._number, cells["qty"], BAD_NUMBER)
        price = self._parsed(self._number, cells["unit_price"], BAD_NUMBER)
        if price < 0:
            raise Refused(BAD_NUMBER)
        if not (cells["product"] and cells["invoice"]):
            raise Refused(INCOMPLETE)
        self._check_owner(cells["invoice"], cells["customer_id"])
        return Line(
            cells["customer_id"],
            cells["invoice"],
            cells["product"],
            quantity,
            price,
            at,
            cells.get("country", ""),
        )

    def _check_kind(self, cells):
        """Cancellations have a number of their own, and negative quantities."""
        if not cells["customer_id"]:
            raise Refused(NO_CUSTOMER)
        sign = self._sign(cells["qty"])
        if not cells["invoice"].startswith("C"):
            if sign is not None and sign <= 0:
                raise Refused(CANCELLATION)
        elif not self._books:
            raise Refused(NO_JOURNAL)
        elif sign is not None and sign >= 0:
            raise Refused(NOTHING_BACK)

    def _sign(self, text):
        """Return a number with the sign of the quantity; None if that is no number."""
        try:
            return self._number(text)
        except ValueError:
            return None

    @staticmethod
    def _parsed(parse, text, reason):
        try:
            return parse(text)
        except ValueError as error:
            raise Refused(reason) from error

    def _check_owner(self, invoice, customer):
        if self._owners.setdefault(invoice, customer) != customer:
            raise Refused(OTHER_CUSTOMER)


class Rejects:
    """The file of the lines that were not taken.

    It appears when it is complete. Without such lines there is none, nor an old one.
    """

    def __init__(self, path, header):
        self.path = Path(path)
        self.counts = Counter()
        self._columns = [*header, "line_number", "reason"]
        self._width = len(header)
        self._part = self.path.with_name(f"{self.path.name}.part")

    def __enter__(self):
        try:
            self._stream = self._part.open("w", newline="", encoding="utf-8")
        except OSError as error:
            raise console.Failure(
                f"{self.path} cannot be written: {error.strerror}",
                hint="name another file for the rejected lines: --rejects PATH",
            ) from error
        self._writer = csv.writer(self._stream, lineterminator="\n")
        self._writer.writerow(self._columns)
        return self

    def add(self, number, row, reason):
        """Note a row with the number of its line in the file."""
        self.counts[reason] += 1
        self._writer.writerow([*self._fitted(row), number, reason])

    def _fitted(self, row):
        """Return exactly one cell for each column; the last takes what is too much."""
        last = self._width - 1
        cells = [*row[:last], ",".join(row[last:])]
        return cells + [""] * (self._width - len(cells))

    def __exit__(self, kind, _value, _traceback):
        self._stream.close()
        if self.counts and not kind:
            self._part.replace(self.path)
            return
        self._part.unlink()
        if not kind:
            self.path.unlink(missing_ok=True)
