"""The log gate finds records at WARNING or above, and only obeys its exceptions."""

import itertools

from devenv import logcheck

INFO = "2026-01-02 03:04:05,678 42 INFO db odoo.modules.loading: 12 modules loaded \n"
WARNING = "2026-01-02 03:04:05,678 42 WARNING db odoo.models: unknown field x \n"
ERROR = (
    "2026-01-02 03:04:05,678 42 ERROR db odoo.http: it broke \n"
    "Traceback (most recent call last):\n"
    "ValueError: the reason\n"
)


def test_a_clean_log_has_no_problems():
    assert logcheck.problems(INFO * 3, exceptions=[]) == []


def test_warnings_and_errors_are_problems():
    found = logcheck.problems(INFO + WARNING + INFO + ERROR, exceptions=[])

    assert len(found) == 2


def test_a_record_includes_its_traceback():
    (found,) = logcheck.problems(ERROR + INFO, exceptions=[])

    assert found.endswith("ValueError: the reason")


def test_colours_do_not_hide_a_level():
    coloured = WARNING.replace("WARNING", "\x1b[1;33m\x1b[1;49mWARNING\x1b[0m")

    assert len(logcheck.problems(coloured, exceptions=[])) == 1


def test_an_exception_may_match_anywhere_in_the_record():
    exceptions = logcheck.parse_exceptions("# why it is harmless\n\nValueError: the\n")

    assert logcheck.problems(ERROR, exceptions) == []
    assert len(logcheck.problems(WARNING, exceptions)) == 1


def test_every_exception_has_a_comment():
    lines = logcheck.EXCEPTIONS_FILE.read_text().splitlines()

    for before, line in itertools.pairwise(lines):
        assert before or not line or line.startswith("#"), f"no comment above {line}"
