"""Dates and numbers of a purchase history."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from devenv.history_values import number, utc_from_local

UTC = ZoneInfo("UTC")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


@pytest.mark.parametrize(
    "text",
    [
        "2010-03-01 14:05:06",
        "2010-03-01T14:05:06",
        "2010-03-01 14:05:06.999",
        "2010-03-01T14:05:06,5",
    ],
)
def test_an_iso_date_with_time_is_read_without_its_fraction(text):
    assert utc_from_local(text, UTC) == datetime(2010, 3, 1, 14, 5, 6)


def test_seconds_and_time_may_be_left_out():
    assert utc_from_local("2010-03-01 14:05", UTC) == datetime(2010, 3, 1, 14, 5)
    assert utc_from_local("2010-03-01", UTC) == datetime(2010, 3, 1)


def test_the_time_is_local():
    assert utc_from_local("2010-07-01 23:30", SAO_PAULO) == datetime(2010, 7, 2, 2, 30)


@pytest.mark.parametrize("day", ["2010-10-17", "2010-02-21", "2010-02-20"])
def test_a_day_on_which_the_clock_changes_at_midnight_stays_that_day(day):
    utc = utc_from_local(day, SAO_PAULO).replace(tzinfo=UTC)
    assert str(utc.astimezone(SAO_PAULO).date()) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01/03/2010",
        "2010-3-1",
        "20100301",
        "2010-02-30",
        "2010-W09-1",
        "2010-03-01 25:00",
        "2010-03-01 14:05.5",
        "2010-03-01 14:05:06Z",
        "2010-03-01 14:05:06+01:00",
        "0001-01-01",
        "9999-12-31 23:00",
        "٢٠١٠-٠٣-٠١",
    ],
)
def test_anything_else_is_no_date(text):
    zone = ZoneInfo("Asia/Tokyo") if text.startswith("0001") else SAO_PAULO
    with pytest.raises(ValueError):
        utc_from_local(text, zone)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", "12"),
        ("-3", "-3"),
        ("+0.5", "0.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e2", "100"),
    ],
)
def test_a_number_is_read_exactly(text, value):
    assert number(text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "1,5", "1_000", "1 000", "1e400", "1e12", "£5", "١"]
)
def test_anything_else_is_no_number(text):
    with pytest.raises(ValueError):
        number(text)
