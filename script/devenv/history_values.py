"""Dates and numbers in a purchase history: read strictly, or not at all."""

import re
from datetime import datetime, timezone
from decimal import Decimal

_DATE = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?)(?:(?<=:\d\d:\d\d)[.,]\d+)?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
# Beyond this a quantity or a price is a slip of the keyboard, and no float is exact.
LIMIT = Decimal(10) ** 12


def utc_from_local(text, zone):
    """Return the naive UTC datetime of a local ISO date, with or without a time.

    Fractions of a second are dropped, as Odoo has none. An hour that the clock skips
    is read with the offset before the change, one that it repeats as the first.

    :raise ValueError: the text is anything else, or out of the calendar's range.
    """
    parts = _DATE.fullmatch(text)
    if not parts:
        raise ValueError(text)
    local = datetime.fromisoformat(f"{parts[1]} {parts[2] or '00:00'}")
    try:
        utc = local.replace(tzinfo=zone).astimezone(timezone.utc)
    except OverflowError as error:
        raise ValueError(text) from error
    return utc.replace(tzinfo=None)


def number(text):
    """Return a finite decimal number, written with a point.

    :raise ValueError: the text is anything else, or as large as :data:`LIMIT`.
    """
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    value = Decimal(text)
    if abs(value) >= LIMIT:
        raise ValueError(text)
    return value
