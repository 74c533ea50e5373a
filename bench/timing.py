"""Measuring: what was measured, against what, and whether that is within budget."""

import gc
import statistics
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Row:
    """One line of the report.

    :param value: the figure to judge: a ratio, a number of queries, megabytes
    :param unit: "x" for a ratio, or what the value counts
    :param budget: the largest value that is all right; None where there is no budget
    :param detail: the figures behind it
    """

    what: str
    value: float
    unit: str
    budget: float | None
    detail: str

    @property
    def verdict(self):
        if self.budget is None:
            return ""
        return "ok" if self.value <= self.budget else "over"


class Stopwatch:
    """Seconds of a ``with`` block, as ``seconds``."""

    def __enter__(self):
        gc.collect()
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_exception):
        self.seconds = self.so_far()

    def so_far(self):
        return time.perf_counter() - self._start


def interleaved(repeats, *runs, warm_up=0):
    """Call functions in turn and return the list of results of each.

    What changes on the machine meanwhile changes for all of them.

    :param warm_up: rounds whose results are thrown away
    """
    results = [[] for _run in runs]
    for count in range(warm_up + repeats):
        for kept, run in zip(results, runs, strict=True):
            result = run()
            if count >= warm_up:
                kept.append(result)
    return results


def ratio_row(what, budget, measured, compared, *, best=False):
    """Return the row of a ratio of two series of seconds that were taken in turn.

    It is the median of the pairs' ratios: a slow minute of the machine slows both.

    :param best: the ratio of the best of each instead; for long runs
    """
    typical = min if best else statistics.median
    ours, theirs = typical(measured), typical(compared)
    pairs = zip(measured, compared, strict=True)
    ratio = ours / theirs if best else statistics.median(a / b for a, b in pairs)
    kind = "best" if best else "median"
    detail = f"{said(ours)} against {said(theirs)}, {kind} of {len(measured)}"
    return Row(what, ratio, "x", budget, detail)


def said(seconds):
    """Return seconds as a person reads them."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


@contextmanager
def queries():
    """Yield a function that returns the number of queries since, of this thread:
    nobody waits for what another one does in the background."""
    thread = threading.current_thread()
    thread.query_count = thread.query_time = 0
    try:
        yield lambda: thread.query_count
    finally:
        del thread.query_count, thread.query_time
