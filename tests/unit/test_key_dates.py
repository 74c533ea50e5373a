"""Yearly dates: 29 February, the end of the year, unknown years."""

import importlib.util
from datetime import date, timedelta
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "crm_relationship" / "tools" / "key_dates.py"
spec = importlib.util.spec_from_file_location("tools_key_dates", SOURCE)
key_dates = importlib.util.module_from_spec(spec)
spec.loader.exec_module(key_dates)

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("day", "month", "as_of", "expected"),
    [
        (14, 3, date(2026, 3, 13), date(2026, 3, 14)),
        (14, 3, date(2026, 3, 14), date(2026, 3, 14)),
        (14, 3, date(2026, 3, 15), date(2027, 3, 14)),
        # The end of the year.
        (1, 1, date(2026, 12, 31), date(2027, 1, 1)),
        (31, 12, date(2026, 12, 31), date(2026, 12, 31)),
        (31, 12, date(2027, 1, 1), date(2027, 12, 31)),
        (30, 12, date(2026, 12, 31), date(2027, 12, 30)),
        # 29 February is kept on the 28th in years without one.
        (29, 2, date(2026, 2, 27), date(2026, 2, 28)),
        (29, 2, date(2026, 2, 28), date(2026, 2, 28)),
        (29, 2, date(2026, 3, 1), date(2027, 2, 28)),
        (29, 2, date(2027, 3, 1), date(2028, 2, 29)),
        (29, 2, date(2028, 2, 28), date(2028, 2, 29)),
        (29, 2, date(2028, 2, 29), date(2028, 2, 29)),
        (29, 2, date(2028, 3, 1), date(2029, 2, 28)),
        (28, 2, date(2028, 2, 29), date(2029, 2, 28)),
        # 1900 and 2100 are no leap years, 2000 is one.
        (29, 2, date(2099, 12, 31), date(2100, 2, 28)),
        (29, 2, date(1999, 12, 31), date(2000, 2, 29)),
    ],
)
def test_the_next_occurrence_is_the_first_on_or_after_the_day(
    day, month, as_of, expected
):
    assert key_dates.next_occurrence(day, month, as_of) == expected


def test_every_date_comes_within_a_year_of_every_day():
    for offset in range(4 * 366):
        as_of = date(2027, 1, 1) + timedelta(days=offset)
        for day, month in ((1, 1), (28, 2), (29, 2), (1, 3), (31, 12)):
            found = key_dates.next_occurrence(day, month, as_of)
            assert as_of <= found <= as_of + timedelta(days=366)
            assert found.month == month


def test_what_was_next_stays_next_until_it_has_passed():
    """So a stored next date of today or later is right, however old it is."""
    for day, month in ((29, 2), (1, 1), (31, 12), (14, 3)):
        found = key_dates.next_occurrence(day, month, TODAY)
        as_of = TODAY
        while as_of <= found:
            assert key_dates.next_occurrence(day, month, as_of) == found
            as_of += timedelta(days=1)
        assert key_dates.next_occurrence(day, month, as_of) > found


def test_the_age_is_that_of_the_occurrence():
    assert key_dates.age_at(date(2026, 3, 14), 2015) == 11
    assert key_dates.age_at(date(2027, 1, 1), 2026) == 1
    assert key_dates.age_at(date(2026, 3, 10), 2026) == 0


@pytest.mark.parametrize("year", [None, 0])
def test_without_a_year_there_is_no_age(year):
    key_dates.check(14, 3, year, TODAY)
    assert key_dates.age_at(date(2026, 3, 14), year) is None


@pytest.mark.parametrize(
    ("day", "month", "year", "code"),
    [
        (30, 2, None, key_dates.NO_DAY),
        (31, 4, None, key_dates.NO_DAY),
        (31, 6, 2015, key_dates.NO_DAY),
        (32, 1, None, key_dates.NO_DAY),
        (0, 1, None, key_dates.NO_DAY),
        (None, 1, None, key_dates.NO_DAY),
        (-1, 1, None, key_dates.NO_DAY),
        (1, 0, None, key_dates.NO_MONTH),
        (1, None, None, key_dates.NO_MONTH),
        (1, 13, None, key_dates.NO_MONTH),
        (29, 2, 2015, key_dates.NO_LEAP_YEAR),
        (29, 2, 1900, key_dates.NO_LEAP_YEAR),
        (1, 1, 1899, key_dates.YEAR_TOO_EARLY),
        (1, 1, -5, key_dates.YEAR_TOO_EARLY),
        (11, 3, 2026, key_dates.NOT_YET_BORN),
        (1, 1, 2027, key_dates.NOT_YET_BORN),
    ],
)
def test_a_day_that_cannot_be_is_refused(day, month, year, code):
    with pytest.raises(key_dates.KeyDateError) as refused:
        key_dates.check(day, month, year, TODAY)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("day", "month", "year"),
    [
        (29, 2, None),
        (29, 2, 2000),
        (29, 2, 2024),
        (31, 12, 1999),
        (1, 1, 1900),
        (10, 3, 2026),
    ],
)
def test_a_day_that_can_be_is_taken(day, month, year):
    key_dates.check(day, month, year, TODAY)


def test_companies_may_be_older_than_people():
    key_dates.check(1, 1, 1685, TODAY, key_dates.FIRST_FOUNDING_YEAR)
    with pytest.raises(key_dates.KeyDateError):
        key_dates.check(1, 1, 985, TODAY, key_dates.FIRST_FOUNDING_YEAR)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (("x", 3, 0), key_dates.NO_DAY),
        (([], 3, 0), key_dates.NO_DAY),
        ((float("inf"), 3, 0), key_dates.NO_DAY),
        ((14, "May", 0), key_dates.NO_MONTH),
        ((14, 3, "x"), key_dates.NO_YEAR),
        ((14, 3, 10**10), key_dates.NO_YEAR),
        ((14, 3, -(10**10)), key_dates.NO_YEAR),
    ],
)
def test_what_is_no_number_is_refused_with_a_reason(typed, code):
    with pytest.raises(key_dates.KeyDateError) as caught:
        key_dates.check_typed(*typed)
    assert caught.value.code == code


def test_numbers_may_be_typed_as_text():
    key_dates.check_typed("14", "03", "2015")
    key_dates.check_typed("14", "03", False)
