"""How far a long piece of work has come: a bar for a person, lines for a log."""

import contextlib
import sys
import time

from . import console

LIVE = sys.stderr.isatty() and not console.IN_CI
QUIET_SECONDS = 5
_BAR = 30


class Progress:
    """Counts what is done, and says rate and remaining time."""

    def __init__(self, title, total, unit=""):
        self._title = title
        self._total = total
        self._unit = unit
        self._done = 0
        self._started = self._said = time.monotonic()

    def advance(self, count=1):
        """Say that so many more are done."""
        self.reach(self._done + count)

    def reach(self, done):
        """Say how many are done; fractions of a total of 1 are fine."""
        self._done = done
        now = time.monotonic()
        if now - self._said >= (0.2 if LIVE else QUIET_SECONDS):
            self._said = now
            self._show()

    def close(self, outcome):
        """Say how long it took."""
        elapsed = time.monotonic() - self._started
        counted = f" {self._total:,}{self._unit}" if self._total > 1 else ""
        console.say(
            f"{_line_start()}{self._title}:{counted} {outcome} ({elapsed:.1f} s)"
        )

    def _show(self):
        if LIVE:
            line = f"{_line_start()}{self._title} {self._bar()} {self._figures()}"
            print(line, end="", file=sys.stderr, flush=True)
        else:
            console.say(f"{self._title} ... {self._figures()}")

    def _share(self):
        return min(1.0, self._done / self._total) if self._total else 1.0

    def _bar(self):
        full = int(self._share() * _BAR)
        return f"[{'#' * full}{'.' * (_BAR - full)}]"

    def _figures(self):
        elapsed = max(time.monotonic() - self._started, 0.001)
        share = self._share()
        parts = [f"{share:4.0%}"]
        if self._total > 1:
            parts.append(f"{self._done / elapsed:,.0f}{self._unit}/s")
        if share:
            parts.append(f"{_duration(elapsed / share - elapsed)} left")
        return ", ".join(parts)


@contextlib.contextmanager
def progress(title, total, unit=""):
    """Show the progress of the work inside; nothing to do is not worth a line.

    :param total: number of units, or 1 where only a share is known
    """
    bar = Progress(title, total, unit)
    outcome = "failed after"
    try:
        yield bar
        outcome = "done"
    finally:
        if total:
            bar.close(outcome)


def _line_start():
    return "\r\033[K" if LIVE else ""


def _duration(seconds):
    minutes, seconds = divmod(int(seconds), 60)
    return f"{minutes}:{seconds:02} min" if minutes else f"{seconds} s"
