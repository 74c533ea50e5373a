"""Periods of reports, and those before them."""

import importlib.util
from datetime import date
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "crm_relationship/tools/periods.py"
spec = importlib.util.spec_from_file_location("tools_periods", SOURCE)
periods = importlib.util.module_from_spec(spec)
spec.loader.exec_module(periods)

Period = periods.Period
get_months = periods.get_months
get_periods = periods.get_periods


def days(*texts):
    """Return periods of "from" and "to", from and to, ..."""
    return tuple(
        Period(date.fromisoformat(since), date.fromisoformat(until))
        for since, until in zip(texts[::2], texts[1::2], strict=True)
    )


@pytest.mark.parametrize(
    ("key", "today", "expected"),
    [
        ("last_month", "2026-03-15", "2026-02-01 2026-02-28 2026-01-01 2026-01-31"),
        ("last_quarter", "2026-01-01", "2025-10-01 2025-12-31 2025-07-01 2025-09-30"),
        ("last_year", "2026-12-31", "2025-01-01 2025-12-31 2024-01-01 2024-12-31"),
        # What has begun is compared with as much of the period before.
        ("this_month", "2026-03-15", "2026-03-01 2026-03-15 2026-02-01 2026-02-15"),
        ("this_month", "2026-03-30", "2026-03-01 2026-03-30 2026-02-01 2026-02-28"),
        ("this_quarter", "2026-05-31", "2026-04-01 2026-05-31 2026-01-01 2026-02-28"),
        ("this_year", "2024-02-29", "2024-01-01 2024-02-29 2023-01-01 2023-02-28"),
        # And what is over on its last day, with the whole one.
        ("this_month", "2026-02-28", "2026-02-01 2026-02-28 2026-01-01 2026-01-31"),
        ("last_12_months", "2026-02-28", "2025-03-01 2026-02-28 2024-03-01 2025-02-28"),
        ("last_12_months", "2024-02-28", "2023-02-28 2024-02-28 2022-02-28 2023-02-27"),
    ],
)
def test_a_period_and_the_one_before(key, today, expected):
    assert get_periods(key, date.fromisoformat(today)) == days(*expected.split())


@pytest.mark.parametrize(
    ("since", "until", "start"),
    [
        ("2026-03-10", "2026-03-10", "2026-03-09"),
        ("2026-03-10", "2026-03-16", "2026-03-03"),
        ("2026-03-01", "2026-03-31", "2026-02-01"),
        ("2026-01-01", "2026-12-31", "2025-01-01"),
        ("2026-02-15", "2026-04-14", "2025-12-15"),
    ],
)
def test_own_dates_are_compared_with_as_long_a_time_before(since, until, start):
    since, until = date.fromisoformat(since), date.fromisoformat(until)
    own, before = get_periods("custom", date(2030, 1, 1), since, until)
    assert own == (since, until)
    assert before.since == date.fromisoformat(start)
    assert (since - before.until).days == 1


@pytest.mark.parametrize("key", ["custom", "next_month", "this_decade", ""])
def test_what_is_no_period_is_refused(key):
    with pytest.raises(ValueError):
        get_periods(key, date(2026, 1, 1))


def test_months_are_those_that_the_days_are_in():
    assert get_months(date(2025, 11, 30), date(2026, 1, 1)) == [
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
    ]
