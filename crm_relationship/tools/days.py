"""Days in a company's time zone. Plain Python, no ORM."""

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta


def local_day(moment: datetime, tz: str) -> date:
    """The calendar day in ``tz`` of a moment (naive UTC, as Odoo stores it)."""
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz)).date()


def end_of_day(day: date, tz: str) -> datetime:
    """First instant after ``day`` in ``tz``, as naive UTC (exclusive upper bound)."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(tz))
    return midnight.astimezone(timezone.utc).replace(tzinfo=None)


def window_starts(as_of: date, months: int) -> tuple[date, date]:
    """First days of the window of so many calendar months that ends with ``as_of``, and
    of the one before it.

    Counted from the day after: what ends with a month begins with one, also in
    February of a leap year.

    >>> window_starts(date(2025, 2, 28), 12)
    (datetime.date(2024, 3, 1), datetime.date(2023, 3, 1))
    """
    after = as_of + timedelta(days=1)
    return (
        after - relativedelta(months=months),
        after - relativedelta(months=2 * months),
    )


def next_hour(moment: datetime, tz: str, hour_from: float, hour_to: float) -> datetime:
    """The moment itself where it is within these hours in ``tz``, or else the next time
    that they begin.

    :param moment: naive UTC, as is what is returned
    :param hour_from: 8.5 for half past eight; before ``hour_to``, on the same day

    >>> next_hour(datetime(2025, 1, 1, 22), "America/Sao_Paulo", 8, 19)
    datetime.datetime(2025, 1, 2, 11, 0)
    """
    local = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz))
    hour = local.hour + local.minute / 60 + local.second / 3600
    if hour_from <= hour < hour_to:
        return moment
    day = local.date() + timedelta(days=hour >= hour_to)
    hours, minutes = divmod(round(hour_from * 60), 60)
    opens = datetime.combine(day, time(hours, minutes), ZoneInfo(tz))
    return opens.astimezone(timezone.utc).replace(tzinfo=None)
