"""Triggers of rules against plain Python, over the real history, walked day by day.

Where the real file is not there, over a history that is made up.
"""

import csv
import json
import os
import random
import subprocess
from datetime import date, timedelta

import purchase_facts
import pytest
import trigger_replay

from devenv import databases, environment, paths

REAL_FILE = paths.ROOT.parent / "shared/data/online_retail_II_year1.csv.gz"
COLUMNS = ("customer_id", "invoice", "date", "product", "qty", "unit_price")
# Of so many customers of the file one is taken.
EVERY = 40
FIRST, LAST = date(2009, 12, 1), date(2010, 12, 9)


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """Return the path of a file with the history of some hundred customers."""
    path = tmp_path_factory.mktemp("history") / "history.csv"
    lines = real_lines() if REAL_FILE.is_file() else made_up_lines()
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(lines)
    return path


def real_lines():
    lines = purchase_facts.read(REAL_FILE)
    known = sorted({line["customer_id"] for line in lines if line["customer_id"]})
    chosen = set(known[::EVERY])
    return [line for line in lines if line["customer_id"] in chosen]


def made_up_lines():
    """Customers with rhythms of their own, who buy some of twenty products."""
    dice = random.Random(7)
    lines = []
    for customer in range(100):
        day = FIRST + timedelta(dice.randrange(300))
        while day <= LAST:
            for product in dice.sample(range(20), dice.randint(1, 4)):
                values = (
                    f"c{customer}", f"{customer}-{day}", f"{day} 10:00:00",
                    f"p{product}", "1", "2.5",
                )  # fmt: skip
                lines.append(dict(zip(COLUMNS, values, strict=True)))
            day += timedelta(dice.randint(1, 60))
    return sorted(lines, key=lambda line: line["date"])


@pytest.fixture(scope="module")
def database(history):
    """Return the name of a database with the history."""
    environment.ensure()
    name = f"relationship_triggers_{os.getpid()}"
    try:
        subprocess.run(
            [paths.ROOT / "script/load", history, f"--database={name}"],
            cwd=history.parent,
            check=True,
        )
        yield name
    finally:
        databases.drop(name)


def test_triggers_hold_on_the_days_on_which_plain_python_says(database, history):
    counts = walk(database, purchase_facts.read(history), some=100)
    assert counts.keys() == {"rhythm", "first", "every", "reorder", "single"}
    assert all(count > 20 for count in counts.values()), counts


def walk(database, lines, some, last=LAST):
    """Walk a year in a database with a history, and compare; return the number of
    occurrences by trigger."""
    whole = [FIRST + timedelta(number) for number in range(30, 374, 120)]
    done = subprocess.run(
        [paths.ROOT / "script/shell", f"--database={database}"],
        input=trigger_replay.script(FIRST, last, whole, some),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return trigger_replay.check(json.loads(done.stdout.splitlines()[-1]), lines)
