"""The result of a bench: a table for people, JSON for later."""

import json
import os
import platform
from datetime import datetime, timezone

import psutil

from devenv import paths

SETTINGS = (
    "server_version",
    "shared_buffers",
    "work_mem",
    "maintenance_work_mem",
    "effective_cache_size",
    "max_parallel_workers_per_gather",
    "max_wal_size",
    "synchronous_commit",
    "fsync",
    "jit",
)


def machine_facts(env):
    """Return what the figures depend on: hardware, versions, PostgreSQL's settings."""
    env.cr.execute(
        "SELECT name, current_setting(name) FROM unnest(%s) name", [list(SETTINGS)]
    )
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "system": platform.system(),
        "postgresql": dict(env.cr.fetchall()),
    }


def table(population, facts, rows):
    """Return the report as text."""
    settings = ", ".join(f"{key} {value}" for key, value in facts["postgresql"].items())
    lines = [
        f"{population.customers:,} customers, {population.orders:,} orders",
        f"{facts['cores']} cores, {facts['memory_gib']} GiB, Python {facts['python']}",
        f"PostgreSQL: {settings}",
        "",
        f"{'':<46} {'measured':>10} {'budget':>8}",
        *map(_line, rows),
    ]
    return "\n".join(lines)


def _line(row):
    digits = 3 if row.unit == "x" and row.value < 1 else 2 if row.unit == "x" else 0
    measured = f"{row.value:,.{digits}f} {row.unit}".strip()
    budget = "" if row.budget is None else f"{row.budget:g} {row.unit}".strip()
    return f"{row.what:<46} {measured:>10} {budget:>8}  {row.verdict:<4}  {row.detail}"


def save(population, facts, rows):
    """Write the report as JSON and return the file."""
    folder = paths.LOCAL / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(timezone.utc)
    report = {
        "date": now.isoformat(timespec="seconds"),
        "population": json.loads(population.as_text()),
        "machine": facts,
        "rows": [{**vars(row), "verdict": row.verdict} for row in rows],
    }
    path = folder / f"{now:%Y%m%d-%H%M%S}-{population.customers}.json"
    path.write_text(json.dumps(report, indent=2) + "\n")
    return path
