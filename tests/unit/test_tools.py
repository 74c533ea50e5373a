"""The add-on's plain Python, without Odoo and without a database."""

import importlib.util
import logging
import threading
from datetime import date, datetime
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "crm_relationship" / "tools"


def load(name):
    """Import one module of the tools by itself: their package needs Odoo."""
    spec = importlib.util.spec_from_file_location(f"tools_{name}", TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


days = load("days")
plan = load("plan")


@pytest.mark.parametrize(
    ("moment", "tz", "expected"),
    [
        (datetime(2026, 3, 2, 1), "UTC", date(2026, 3, 2)),
        (datetime(2026, 3, 2, 1), "America/Sao_Paulo", date(2026, 3, 1)),
        (datetime(2026, 3, 2, 11), "Pacific/Kiritimati", date(2026, 3, 3)),
        (datetime(2024, 2, 29, 23, 59, 59), "UTC", date(2024, 2, 29)),
    ],
)
def test_the_day_of_a_moment_is_local(moment, tz, expected):
    assert days.local_day(moment, tz) == expected


@pytest.mark.parametrize(
    ("day", "tz", "expected"),
    [
        (date(2026, 12, 31), "UTC", datetime(2027, 1, 1)),
        (date(2026, 3, 1), "America/Sao_Paulo", datetime(2026, 3, 2, 3)),
        # The clocks go forward on 29 March and back on 25 October 2026.
        (date(2026, 3, 28), "Europe/Berlin", datetime(2026, 3, 28, 23)),
        (date(2026, 3, 29), "Europe/Berlin", datetime(2026, 3, 29, 22)),
        (date(2026, 10, 25), "Europe/Berlin", datetime(2026, 10, 25, 23)),
    ],
)
def test_a_day_ends_at_local_midnight(day, tz, expected):
    assert days.end_of_day(day, tz) == expected


def test_a_plan_counts_what_becomes_of_its_occurrences():
    found = plan.Occurrence(7, None, None, None, "2026-01-31", ("order_count",), (3,))
    items = [
        plan.PlanItem(found, 1, date(2026, 3, 1), outcome, 2)
        for outcome in (plan.TREAT, plan.WAITING, plan.TREAT)
    ]
    result = plan.Plan(1, date(2026, 3, 1), items, already=5)
    assert result.counts == {"treated": 2, "waiting": 1, "already": 5}
    assert result.to_treat == [items[0], items[2]]
    assert items[0].partner_id == 7
    assert items[0].occurrence == "2026-01-31"
    assert items[0].evidence == {"order_count": 3}


def test_work_in_the_background_goes_on_after_an_error(caplog):
    background = load("background")
    done = threading.Event()
    with caplog.at_level(logging.ERROR):
        assert background.submit(lambda: 1 / 0)
        assert background.submit(done.set)
        assert done.wait(5)
    assert "Work in the background failed" in caplog.text


def test_nobody_is_held_up_by_a_full_queue():
    background = load("background")
    release = threading.Event()
    background.submit(release.wait)
    while background.submit(lambda: None):
        pass
    release.set()
    done = threading.Event()
    while not background.submit(done.set):
        pass
    assert done.wait(5)
