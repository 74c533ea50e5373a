"""The mathematics of value: fit and score a million simulated customers.

Without a database: what the statements around it cost is a part of the refresh. The
customers behave as MBG/NBD says, with orders as Gamma-Gamma says; the seed is fixed.
"""

import time
import tracemalloc
from importlib import import_module

import numpy as np

from .timing import Row, Stopwatch, said

CUSTOMERS = 1_000_000
REPEATS = 3
SECONDS_BUDGET = 3
MEMORY_BUDGET = 1024
DAYS = 730
WEEKS = 52
HORIZON = 90 / 7
SEED = 2026
_PARAMETERS = {"r": 0.6, "alpha": 8.0, "a": 0.9, "b": 3.0}
_VALUES = {"p": 6.0, "q": 4.0, "gamma": 50.0}


def measure_value():
    """Fit and score, several times for the time and once more for the memory."""
    columns = simulate(CUSTOMERS)
    runs = [_timed(columns) for _repeat in range(REPEATS)]
    seconds, parts = min(runs, key=lambda run: run[0])
    named = ", ".join(f"{name} {said(part)}" for name, part in parts.items())
    detail = f"{said(seconds)}: {named}"
    peak = _peak_memory(columns)
    return [
        Row("fit and score, 1 M customers", seconds, "s", SECONDS_BUDGET, detail),
        Row("memory of fit and score", peak, "MB", MEMORY_BUDGET, "beside the columns"),
    ]


def simulate(count):
    """Return the columns (x, t_x, T in weeks, z) of random customers."""
    rng = np.random.default_rng(SEED)
    p = _PARAMETERS
    rate = rng.gamma(p["r"], 1 / p["alpha"], count)
    leaving = rng.beta(p["a"], p["b"], count)
    T = rng.integers(0, DAYS, count) / 7
    x, t_x, at = np.zeros(count), np.zeros(count), np.zeros(count)
    going = np.flatnonzero(rng.random(count) >= leaving)
    while len(going):
        at[going] += rng.exponential(1 / rate[going])
        going = going[at[going] <= T[going]]
        x[going] += 1
        t_x[going] = np.floor(at[going] * 7) / 7
        going = going[rng.random(len(going)) >= leaving[going]]
    shape, mean = _VALUES["p"] * np.maximum(x, 1), rng.gamma(_VALUES["q"], 1, count)
    z = rng.gamma(shape, _VALUES["gamma"] / mean) / np.maximum(x, 1)
    return x, t_x, T, np.where(x > 0, z, 0.0)


def fit_and_score(columns, lap=lambda name: None):
    """Do all that a full refresh asks of the mathematics.

    :param lap: called with the name of each part when it is done
    """
    mbgnbd, gamma_gamma, lifetime, rfv = map(
        _tool, ("mbgnbd", "gamma_gamma", "lifetime", "rfv")
    )
    x, t_x, T, z = columns
    params = mbgnbd.fit(x, t_x, T).parameters
    values = gamma_gamma.fit(x, z).parameters
    lap("fit")
    alive = mbgnbd.alive(params, x, t_x, T)
    buy = mbgnbd.buy(params, x, t_x, T, HORIZON)
    lap("probabilities")
    expected = alive * mbgnbd.expected_factor(params, x, T, WEEKS)
    lap("expected orders")
    value = gamma_gamma.expected_value(values, x, z)
    worth = alive * lifetime.discounted_factor(params, x, T, 12, 0.01) * value
    lap("lifetime value")
    scores = [rfv.scores(one) for one in (t_x - T, x, x * z)]
    lap("RFV")
    return buy, expected, worth, scores


def _timed(columns):
    parts, last = {}, time.perf_counter()

    def lap(name):
        nonlocal last
        now = time.perf_counter()
        parts[name], last = now - last, now

    with Stopwatch() as watch:
        last = time.perf_counter()
        fit_and_score(columns, lap)
    return watch.seconds, parts


def _peak_memory(columns):
    """Return the largest memory of a run in MB, its results included."""
    tracemalloc.start()
    try:
        fit_and_score(columns)
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


def _tool(name):
    """A module of the add-on, which can be imported only once Odoo has started."""
    return import_module(f"odoo.addons.crm_relationship.tools.value.{name}")
