"""Days in a company's time zone. Plain Python, no ORM."""

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo


def local_day(moment: datetime, tz: str) -> date:
    """The calendar day in ``tz`` of a moment (naive UTC, as Odoo stores it)."""
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz)).date()


def end_of_day(day: date, tz: str) -> datetime:
    """First instant after ``day`` in ``tz``, as naive UTC (exclusive upper bound)."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(tz))
    return midnight.astimezone(timezone.utc).replace(tzinfo=None)
