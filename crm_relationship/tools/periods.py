"""The periods of reports. Plain Python, no ORM."""

from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

PERIODS = (
    "this_month",
    "last_month",
    "this_quarter",
    "last_quarter",
    "this_year",
    "last_year",
    "last_12_months",
    "custom",
)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Period(NamedTuple):
    """Days, both included."""

    since: date
    until: date


def get_periods(key: str, today: date, since=None, until=None) -> tuple[Period, Period]:
    """A period, and the one before it to compare with.

    What has begun ends today, and is compared with as much of the period before. Dates
    of one's own are compared with as many days before them, or with as many months
    where they are whole months.

    :raise ValueError: no such period, or dates that are none

    >>> get_periods("last_month", date(2026, 3, 15))[1]
    Period(since=datetime.date(2026, 1, 1), until=datetime.date(2026, 1, 31))
    """
    if key == "custom":
        return _get_custom(since, until)
    if key == "last_12_months":
        # As the recent revenue of customers: counted from the day after.
        after = today + timedelta(days=1)
        since = after - relativedelta(years=1)
        start = after - relativedelta(years=2)
        return Period(since, today), Period(start, since - timedelta(days=1))
    which, _, unit = key.partition("_")
    if which not in ("this", "last") or unit not in _MONTHS:
        raise ValueError(f"There is no period {key}")
    length = relativedelta(months=_MONTHS[unit])
    begin = date(today.year, 1 + (today.month - 1) // _MONTHS[unit] * _MONTHS[unit], 1)
    if which == "last":
        return _whole(begin - length, length), _whole(begin - 2 * length, length)
    last = begin + length - timedelta(days=1)
    before = _whole(begin - length, length)
    if today < last:
        so_far = min(today - length, before.until)
        before = Period(before.since, so_far)
    return Period(begin, today), before


def _whole(begin: date, length) -> Period:
    return Period(begin, begin + length - timedelta(days=1))


def _get_custom(since, until) -> tuple[Period, Period]:
    if not since or not until or since > until:
        raise ValueError("A period begins before it ends")
    after = until + timedelta(days=1)
    start = since - (after - since)
    months = 12 * (after.year - since.year) + after.month - since.month
    if months and since + relativedelta(months=months) == after:
        start = since - relativedelta(months=months)
    return Period(since, until), Period(start, since - timedelta(days=1))


def end_of_month(day: date) -> date:
    return day + relativedelta(day=31)


def get_months(since: date, until: date) -> list[date]:
    """The first days of the months that these days are in."""
    months = 12 * (until.year - since.year) + until.month - since.month + 1
    return [since.replace(day=1) + relativedelta(months=n) for n in range(months)]
