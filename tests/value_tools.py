"""The mathematics of value without Odoo, and customers to try it on."""

import csv
import gzip
import importlib
import importlib.util
import sys
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np

_VALUE = Path(__file__).parents[1] / "crm_relationship" / "tools" / "value"
_NAME = "crm_relationship_tools_value"
_CDNOW = Path(__file__).parent / "data" / "cdnow_sample.csv.gz"


def module(name):
    """Import one module of ``crm_relationship/tools/value``: its parent needs Odoo."""
    if _NAME not in sys.modules:
        spec = importlib.util.spec_from_file_location(_NAME, _VALUE / "__init__.py")
        package = importlib.util.module_from_spec(spec)
        sys.modules[_NAME] = package
        spec.loader.exec_module(package)
    return importlib.import_module(f"{_NAME}.{name}")


def cdnow():
    """Return {customer: {day: value}} of the CDNOW sample."""
    days = defaultdict(lambda: defaultdict(float))
    with gzip.open(_CDNOW, "rt") as stream:
        for row in csv.DictReader(stream):
            day = date.fromisoformat(row["date"]).toordinal()
            days[row["customer_id"]][day] += float(row["value"])
    return days


def summary(customers, cut):
    """Return (x, t_x, T, z) of the customers known at the end of a day, in days."""
    rows = []
    for values in customers.values():
        days = sorted(day for day in values if day <= cut)
        if days:
            repeats = [values[day] for day in days[1:]]
            mean = sum(repeats) / len(repeats) if repeats else 0.0
            rows.append((len(repeats), days[-1] - days[0], cut - days[0], mean))
    return np.array(rows, dtype=float).T


def simulate(params, T, horizon=0.0, late=0, seed=1):
    """Return (x, t_x, purchases in the horizon after T) of random customers.

    :param T: array of weeks since the first purchase
    :param late: 1 for BG/NBD, where nobody leaves after the first purchase
    """
    rng = np.random.default_rng(seed)
    T = np.asarray(T, dtype=float)
    rate = rng.gamma(params["r"], 1 / params["alpha"], len(T))
    leaving = rng.beta(params["a"], params["b"], len(T))
    left = np.zeros(len(T)) if late else rng.random(len(T)) < leaving
    x, t_x, after, at = (np.zeros(len(T)) for _column in range(4))
    going = np.flatnonzero(left == 0)
    while len(going):
        at[going] += rng.exponential(1 / rate[going])
        going = going[at[going] <= T[going] + horizon]
        before = at[going] <= T[going]
        x[going[before]] += 1
        t_x[going[before]] = at[going[before]]
        after[going[~before]] += 1
        going = going[rng.random(len(going)) >= leaving[going]]
    return x, t_x, after
