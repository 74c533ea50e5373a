"""Run the tests: those of the add-ons with pytest-odoo, the black-box ones with pytest.

Each add-on has a database of its own: the bridges are tested beside what they connect
with, the first one without it.
"""

import dataclasses
import os
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

from . import console, databases, logcheck, paths

SLOWEST_SHOWN = 10
NO_TESTS_COLLECTED = 5
TESTS = paths.ROOT / "tests"


@dataclasses.dataclass
class Case:
    """One test, or one record of the log gate, and how it ended."""

    name: str
    outcome: str
    seconds: float = 0.0
    reason: str = ""


@dataclasses.dataclass
class Selection:
    """The part of the tests that a person asked for; nothing means everything."""

    targets: list
    words: list

    @classmethod
    def of(cls, arguments):
        targets = [found for item in arguments if (found := _as_target(item))]
        words = [item for item in arguments if not _as_target(item)]
        return cls(targets, words)

    def inside(self, folder):
        """Return what pytest is to run below a folder; empty if nothing."""
        if self.words and not self._mentioned_in(folder):
            return []
        if not self.targets:
            return [str(folder)] if folder.is_dir() else []
        chosen = []
        for target in self.targets:
            path = Path(target.partition("::")[0])
            if path == folder or folder in path.parents:
                chosen.append(target)
            elif path in folder.parents:
                chosen.append(str(folder))
        return chosen

    def pytest_options(self):
        return ["-k", " or ".join(self.words)] if self.words else []

    def _mentioned_in(self, folder):
        """Tell whether a word of the person can be part of a test's name here.

        It only spares a start of Odoo for nothing: pytest decides what matches.
        """
        parts = re.findall(r"\w+", " ".join(self.words).lower())
        texts = (
            f"{path.relative_to(paths.ROOT)} {path.read_text(errors='replace')}".lower()
            for path in folder.rglob("test*.py")
        )
        return any(part in text for text in texts for part in parts)


def _as_target(item):
    """Return the absolute form of "path" or "path::Class::test", if it is one."""
    path, colons, rest = item.partition("::")
    for base in (Path.cwd(), paths.ROOT):
        if (base / path).exists():
            return f"{(base / path).resolve()}{colons}{rest}"
    if colons or "/" in item:
        raise console.Failure(
            f"there is no {path}",
            hint="name a file, a folder, file::Class::test, or a word of a name.",
        )
    return None


def run_addon_tests(selection):
    """Run Odoo's test classes and tours, each add-on's on a new copy of its image."""
    return [case for addon in paths.ADDONS for case in _run_tests_of(addon, selection)]


def _run_tests_of(addon, selection):
    targets = selection.inside(addon)
    if not targets:
        return []
    name = f"relationship_test_{os.getpid()}"
    log = paths.LOGS / f"odoo-tests-{addon.name}.log"
    log.unlink(missing_ok=True)
    databases.create(name, demo=False, beside=addon != paths.ADDON)
    options = [
        "-p",
        "pytest_odoo",
        "-p",
        "devenv.tours",
        "--odoo-http",
        f"--odoo-database={name}",
        f"--odoo-config={paths.ODOO_CONFIG}",
        "--odoo-log-level=info",
        f"--odoo-extra=logfile={log}",
    ]
    try:
        cases = _pytest(addon.name, [*options, *selection.pytest_options(), *targets])
    finally:
        databases.drop(name)
    return cases + _gate_cases(log)


def run_black_box_tests(selection):
    """Run the tests that use the product from outside."""
    targets = selection.inside(TESTS)
    if not targets:
        return []
    return _pytest("black-box", [*selection.pytest_options(), *targets])


def _gate_cases(log):
    if not log.is_file():
        return []
    return [
        Case("a record in Odoo's log", "failed", reason=record)
        for record in logcheck.problems(log.read_text(errors="replace"))
    ]


def _pytest(group, arguments):
    report = paths.LOGS / f"junit-{group}.xml"
    report.unlink(missing_ok=True)
    print(f"\n=== {group} tests", flush=True)
    command = [paths.VENV / "bin/pytest", f"--junitxml={report}", *arguments]
    code = subprocess.run(
        command,
        cwd=paths.ROOT,
        env={**os.environ, "PYTHONPATH": str(paths.ROOT / "script")},
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode
    cases = _read_report(report) if report.is_file() else []
    failed = any(case.outcome == "failed" for case in cases)
    if code not in (0, NO_TESTS_COLLECTED) and not failed:
        reason = f"exit status {code}; see what it printed above"
        cases.append(Case(f"pytest of the {group} tests", "failed", reason=reason))
    return cases


def _read_report(report):
    """Return the cases of a report; a failed tear-down does not hide behind a pass."""
    cases = {}
    for element in ElementTree.parse(report).iter("testcase"):
        case = _read_case(element)
        known = cases.setdefault(case.name, case)
        if case.outcome == "failed":
            known.outcome, known.reason = case.outcome, case.reason
    return list(cases.values())


def _read_case(element):
    name = f"{element.get('classname')}::{element.get('name')}".lstrip(":")
    case = Case(name, "passed", float(element.get("time", 0)))
    for child in element:
        if child.tag in ("failure", "error"):
            case.outcome = "failed"
        elif child.tag == "skipped":
            case.outcome = "skipped"
        else:
            continue
        case.reason = child.get("message", "")
    return case


def print_summary(cases):
    """Print the one summary of all groups; its last line has the counts."""
    by_outcome = {
        outcome: [case for case in cases if case.outcome == outcome]
        for outcome in ("passed", "failed", "skipped")
    }
    print("\n=== Summary")
    print("Slowest:")
    slowest = sorted(cases, key=lambda case: -case.seconds)
    for case in slowest[:SLOWEST_SHOWN]:
        print(f"  {case.seconds:7.1f} s  {case.name}")
    for outcome in ("skipped", "failed"):
        for case in by_outcome[outcome]:
            print(f"{outcome.upper()}  {case.name}: {_first_lines(case.reason)}")
    print(
        ", ".join(f"{len(found)} {outcome}" for outcome, found in by_outcome.items()),
        flush=True,
    )


def _first_lines(text, count=3):
    return "\n    ".join(text.strip().splitlines()[:count])
