"""Run the bench, inside Odoo, in the databases that ``script/bench`` has made."""

import argparse
import sys

from devenv import console, history_boot

from . import (
    duplicates,
    kanban,
    overhead,
    parameters,
    placing,
    refresh,
    report,
    retention,
    timeline,
    value,
    worlds,
)

_MEASURE = {
    "memory": lambda ours, theirs: refresh.measure_memory(ours),
    "full": lambda ours, theirs: refresh.measure_full(ours),
    "incremental": lambda ours, theirs: refresh.measure_incremental(ours),
    "confirm": overhead.measure_confirm,
    "invoice": overhead.measure_invoice,
    "message": overhead.measure_message,
    "form": overhead.measure_form,
    "place": lambda ours, theirs: placing.measure_place(ours),
    "rule": lambda ours, theirs: retention.measure_rule(ours),
    "rules": lambda ours, theirs: retention.measure_rules(ours),
    "activities": lambda ours, theirs: retention.measure_activities(ours),
    "timeline": lambda ours, theirs: timeline.measure_timeline(ours),
    "kanban": lambda ours, theirs: kanban.measure_kanban(ours),
    "duplicates": lambda ours, theirs: duplicates.measure_duplicates(),
    "value": lambda ours, theirs: value.measure_value(),
}


def run(ours, theirs, names):
    """Take measures and return their rows."""
    rows = []
    for name in parameters.MEASURES:
        if not names or name in names:
            with console.step(f"Measure: {name}"):
                rows += _MEASURE[name](ours, theirs)
    return rows


@console.command
def main():
    options = parse_arguments()
    ours, theirs = open_worlds(options)
    wanted = parameters.Population(options.customers, options.orders, options.second)
    if options.populate:
        for world in filter(None, (ours, theirs)):
            worlds.populate(world, wanted)
        return 0
    rows = run(ours, theirs, options.only)
    with ours.env() as env:
        facts = report.machine_facts(env)
    print(report.table(wanted, facts, rows))
    console.say(f"Saved in {report.save(wanted, facts, rows)}")
    return options.check and any(row.verdict == "over" for row in rows)


def open_worlds(options):
    """Return the world with the add-on and, if it is needed, the one without."""
    ours = worlds.World(history_boot.registry(options.with_addon))
    if not parameters.compares(options.only):
        return ours, None
    return ours, worlds.World(history_boot.registry(options.without))


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("with_addon")
    parser.add_argument("without")
    parser.add_argument("customers", type=int)
    parser.add_argument("orders", type=int)
    parser.add_argument("second", type=float)
    parser.add_argument("--populate", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", action="append")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
