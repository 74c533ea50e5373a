"""Draws are stable, in the right share, and have nothing to do with each other."""

import importlib.util
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "crm_relationship" / "tools" / "draws.py"
spec = importlib.util.spec_from_file_location("tools_draws", SOURCE)
draws = importlib.util.module_from_spec(spec)
spec.loader.exec_module(draws)

CUSTOMERS = range(1, 20_001)


def held_out(seed, share):
    return {number for number in CUSTOMERS if draws.is_held_out(seed, number, share)}


def test_a_draw_is_the_same_in_every_process_and_release():
    assert draws.draw("seed", 42) == 0.8135817213224708
    assert draws.draw("seed", 42, "spread") == 0.5340336180140274


@pytest.mark.parametrize("share", [1, 10, 50])
def test_as_many_are_held_out_as_wanted(share):
    found = len(held_out("seed", share)) / len(CUSTOMERS)
    assert found == pytest.approx(share / 100, abs=0.01)


def test_nobody_is_held_out_without_a_share():
    assert not held_out("seed", 0)


def test_whoever_is_held_out_stays_so_when_the_share_grows():
    assert held_out("seed", 5) < held_out("seed", 10) < held_out("seed", 30)


def test_draws_of_two_rules_have_nothing_to_do_with_each_other():
    both = held_out("one", 20) & held_out("other", 20)
    assert len(both) / len(CUSTOMERS) == pytest.approx(0.04, abs=0.006)


def test_the_day_of_a_customer_has_nothing_to_do_with_the_holdout():
    out = held_out("seed", 20)
    for day in range(10):
        those = {n for n in CUSTOMERS if draws.day_of_turn("seed", n, 10) == day}
        assert len(those) / len(CUSTOMERS) == pytest.approx(0.1, abs=0.01)
        assert len(those & out) / len(those) == pytest.approx(0.2, abs=0.03)
