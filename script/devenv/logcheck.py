"""The log gate: Odoo must not log a warning, or worse, that nobody has explained.

The explained ones are in ``log_exceptions.txt``.
"""

import re
from pathlib import Path

from . import console

EXCEPTIONS_FILE = Path(__file__).with_name("log_exceptions.txt")
_RECORD_START = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (?P<level>[A-Z]+) \S+ \S+: "
)
_HARMLESS = ("DEBUG", "INFO", "RUNBOT")
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
_SHOWN_LINES = 30


def check(log, during):
    """Fail if the log has unexplained records at WARNING or above."""
    found = problems(log.read_text(errors="replace"))
    if found:
        shown = [line for record in found for line in record.splitlines()]
        raise console.Failure(
            f"{len(found)} log records at WARNING or above during {during}",
            tail=shown[:_SHOWN_LINES],
            log=log,
            hint=f"mend the cause, or explain it in {EXCEPTIONS_FILE.name}.",
        )


def problems(text, exceptions=None):
    """Return the records at WARNING or above that no exception explains."""
    patterns = load_exceptions() if exceptions is None else exceptions
    return [
        record
        for level, record in _records(text)
        if level not in _HARMLESS
        and not any(pattern.search(record) for pattern in patterns)
    ]


def load_exceptions():
    """Return the patterns of the exceptions file."""
    return parse_exceptions(EXCEPTIONS_FILE.read_text())


def parse_exceptions(text):
    """Return one pattern for each line that is not empty and not a comment."""
    lines = (line.strip() for line in text.splitlines())
    return [re.compile(line) for line in lines if line and not line.startswith("#")]


def _records(text):
    """Yield (level, record); a record goes on until the next one starts."""
    level, lines = None, []
    for line in _COLOURS.sub("", text).splitlines():
        start = _RECORD_START.match(line)
        if start:
            if level:
                yield level, "\n".join(lines)
            level, lines = start["level"], []
        lines.append(line)
    if level:
        yield level, "\n".join(lines)
