"""Refreshing the profiles: of everybody, of the few who changed, and in what memory."""

import threading
from contextlib import contextmanager
from datetime import date, timedelta

import psutil

from . import bare, forecast
from .parts import Statements, measure_payments
from .population import TODAY
from .timing import Row, Stopwatch, ratio_row, said

ROUNDS = 3
CHANGED_PART = 100
FULL_BUDGET = 1.5
INCREMENTAL_BUDGET = 0.05
MEMORY_BUDGET_MB = 300
SAMPLE_SECONDS = 0.02
TABLES = (*bare.COPIES, *bare.COPIES.values())


def measure_memory(world):
    """Refresh everybody once, in a process that has done nothing else yet."""
    with world.env() as env:
        forecast.put_in_force(env)
    with world.env() as env, _memory_peak() as peak:
        before = env["relationship.profile"].search_count([])
        seconds = _refresh_everybody(env, _day(0))
        created = env["relationship.profile"].search_count([]) - before
    return [
        Row(
            "memory of the process during a full refresh",
            peak[0],
            "MB",
            MEMORY_BUDGET_MB,
            f"growth at its peak; {created:,} profiles created in {said(seconds)}",
        )
    ]


def measure_full(world):
    """Refresh everybody, a day later each time, by the add-on and by bare SQL."""
    with world.env() as env:
        forecast.put_in_force(env)
        _refresh_everybody(env, _day(0))
        bare.create_tables(env.cr)
        env.cr.commit()
    world.vacuum(*TABLES)
    ours, facts, scored, profiles, products = [], [], [], 0, 0
    watched = [Statements() for _round in range(ROUNDS)]
    for count in range(1, ROUNDS + 1):
        as_of = _day(count)
        with watched[count - 1]:
            ours.append(_timed(world, _refresh_everybody, as_of))
        facts.append(_timed(world, _bare_refresh, as_of, False))
        scored.append(_timed(world, _bare_refresh, as_of, True))
        with world.env() as env:
            profiles += bare.differing_profiles(env.cr)
            products += bare.differing_products(env.cr)
    best = watched[ours.index(min(ours))]
    return [
        ratio_row("full refresh / bare SQL", FULL_BUDGET, ours, facts, best=True),
        ratio_row(
            "full refresh / bare SQL with quintiles", None, ours, scored, best=True
        ),
        Row("profiles that differ from bare SQL", profiles, "", 0, "all figures"),
        Row("product habits that differ from bare SQL", products, "", 0, "all figures"),
        *best.rows(min(ours)),
        measure_payments(world, _day(ROUNDS), min(ours)),
        _second_row(world),
    ]


def _second_row(world):
    """Refresh once more as of the same day: nothing is left to write."""
    with Statements() as again, world.env() as env:
        seconds = _refresh_everybody(env, _day(ROUNDS))
    written = sum(again.written.values())
    what = "rows written by a second refresh of a day"
    return Row(what, written, "", 0, said(seconds))


def measure_incremental(world):
    """Refresh one customer of a hundred after a change, against everybody."""
    full, some = [], []
    for count in range(1, ROUNDS + 1):
        full.append(_timed(world, _refresh_everybody, _day(ROUNDS + count)))
        changed = _change_some(world, count)
        some.append(_timed(world, _refresh_queued))
    row = ratio_row(
        "refresh of 1 % of the customers / full refresh",
        INCREMENTAL_BUDGET,
        some,
        full,
        best=True,
    )
    row.detail += f", {changed:,} customers"
    return [row]


def _day(count):
    return date.fromisoformat(TODAY) + timedelta(days=count)


def _timed(world, run, *arguments):
    """Run on tables without dead rows, and return its seconds."""
    with world.env() as env:
        seconds = run(env, *arguments)
    world.vacuum(*TABLES)
    return seconds


def _refresh_everybody(env, as_of):
    with Stopwatch() as watch:
        env["relationship.profile"]._refresh_everybody(env.company, as_of=as_of)
        env.cr.commit()
    return watch.seconds


def _bare_refresh(env, as_of, scores):
    with Stopwatch() as watch:
        bare.refresh(env.cr, env.company, as_of, scores=scores)
        env.cr.commit()
    return watch.seconds


def _refresh_queued(env):
    with Stopwatch() as watch:
        while env["relationship.profile.queue"]._refresh_queued():
            env.cr.commit()
    return watch.seconds


def _change_some(world, remainder):
    """Change an order of each customer of that remainder, as the hooks see it."""
    with world.env() as env:
        env.cr.execute("DELETE FROM relationship_profile_queue")
        env.cr.execute(
            """
            WITH chosen AS (
                SELECT min(o.id) AS id
                  FROM sale_order o
                 WHERE o.partner_id %% %s = %s AND o.state = 'sale'
                 GROUP BY o.partner_id
            )
            UPDATE sale_order o
               SET amount_untaxed = amount_untaxed + 1
              FROM chosen
             WHERE chosen.id = o.id
            """,
            [CHANGED_PART, remainder],
        )
        env.cr.execute(
            """
            INSERT INTO relationship_profile_queue (partner_id, company_id)
            SELECT DISTINCT partner_id, company_id FROM sale_order
             WHERE partner_id %% %s = %s AND state = 'sale'
            """,
            [CHANGED_PART, remainder],
        )
        count = env.cr.rowcount
        env.cr.commit()
    return count


@contextmanager
def _memory_peak():
    """Yield a list that gets the growth of this process's memory in MB at its peak."""
    process = psutil.Process()
    before = highest = process.memory_info().rss
    ended = threading.Event()
    peak = []

    def watch():
        nonlocal highest
        while not ended.wait(SAMPLE_SECONDS):
            highest = max(highest, process.memory_info().rss)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()
        peak.append((max(highest, process.memory_info().rss) - before) / 1e6)
