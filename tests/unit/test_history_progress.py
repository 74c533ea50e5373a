"""How the loader says how far it has come, where nobody watches a terminal."""

import itertools

import pytest

from devenv import history_progress
from devenv.history_progress import progress


@pytest.fixture
def clock(monkeypatch):
    """Let every look at the clock find it four seconds later."""
    seconds = itertools.count(step=4)
    monkeypatch.setattr(history_progress.time, "monotonic", lambda: next(seconds))
    monkeypatch.setattr(history_progress, "LIVE", False)


def test_a_line_every_few_seconds_says_share_rate_and_time_left(clock, capsys):
    with progress("Load lines", 400) as bar:
        bar.advance(100)
        bar.advance(100)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "Load lines ...  50%, 17/s, 12 s left",
        "Load lines: 400 done (16.0 s)",
    ]


def test_a_share_of_one_has_no_rate(clock, capsys):
    with progress("Read file", 1) as bar:
        bar.reach(0.1)
        bar.reach(0.25)
    first = capsys.readouterr().err.splitlines()[0]
    assert first == "Read file ...  25%, 36 s left"


def test_a_failure_is_told(clock, capsys):
    with pytest.raises(RuntimeError), progress("Load lines", 400):
        raise RuntimeError
    assert capsys.readouterr().err == "Load lines: 400 failed after (4.0 s)\n"


def test_nothing_to_do_says_nothing(clock, capsys):
    with progress("Load lines", 0):
        pass
    assert capsys.readouterr().err == ""
