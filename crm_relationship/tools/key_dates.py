"""Yearly dates: day and month, the year where it is known. Plain Python, no ORM.

A date on 29 February is kept on the 28th in years without one. The same rule in SQL is
``models/relationship_key_date_sql.py``; a test compares the two.
"""

from calendar import isleap, monthrange
from datetime import MAXYEAR, date

# Any leap year: it has all days that a month can have.
LEAP_YEAR = 2000
FIRST_BIRTH_YEAR = 1900
# Older companies than this do not give away their founding day.
FIRST_FOUNDING_YEAR = 1000

NO_MONTH = "no_month"
NO_DAY = "no_day"
NO_LEAP_YEAR = "no_leap_year"
NO_YEAR = "no_year"
YEAR_TOO_EARLY = "year_too_early"
NOT_YET_BORN = "not_yet_born"


class KeyDateError(ValueError):
    """A date that can't be: ``code`` is one of the constants above."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def days_in_month(month: int, year: int | None = None) -> int:
    """The number of days of a month; that of a leap year where the year is unknown."""
    return monthrange(year or LEAP_YEAR, month)[1]


def to_number(value) -> int | None:
    """The whole number that was typed or sent, 0 for nothing; None where it is none."""
    try:
        return int(value or 0)
    except (TypeError, ValueError, OverflowError):
        return None


def check_typed(day, month, year=None):
    """Refuse what is no day, month or year at all, of whatever type it is.

    :raise KeyDateError: says what is wrong
    """
    check(to_number(day), to_number(month))
    year = to_number(year)
    if year is None or abs(year) > MAXYEAR:
        raise KeyDateError(NO_YEAR)


def check(day, month, year=None, today=None, first_year=FIRST_BIRTH_YEAR):
    """Refuse what can't be the day of a birth, or of a founding.

    :param year: None or 0 where it is unknown
    :param today: the latest day it can have been
    :raise KeyDateError: says what is wrong
    """
    if not month or not 1 <= month <= 12:
        raise KeyDateError(NO_MONTH)
    if not day or not 1 <= day <= days_in_month(month):
        raise KeyDateError(NO_DAY)
    if not year:
        return
    if year < first_year:
        raise KeyDateError(YEAR_TOO_EARLY)
    if today and (year, month, day) > (today.year, today.month, today.day):
        raise KeyDateError(NOT_YET_BORN)
    if (month, day) == (2, 29) and not isleap(year):
        raise KeyDateError(NO_LEAP_YEAR)


def in_year(day: int, month: int, year: int) -> date:
    """The day on which the date is kept in a year."""
    return date(year, month, min(day, days_in_month(month, year)))


def next_occurrence(day: int, month: int, as_of: date) -> date:
    """The first day on or after ``as_of`` on which the date is kept."""
    this_year = in_year(day, month, as_of.year)
    return this_year if this_year >= as_of else in_year(day, month, as_of.year + 1)


def age_at(occurrence: date, year: int | None) -> int | None:
    """The age reached on an occurrence in years; None where the year is unknown."""
    return occurrence.year - year if year else None
