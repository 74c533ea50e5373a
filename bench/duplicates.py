"""Duplicates: all pairs of alike partners, and the check of one who is typed in.

A database of its own: what is measured is how long it takes among people with the
names that people have, of whom some are there twice. It is kept for the next time.
"""

import json
import random
import statistics

from odoo.tools import SQL

from devenv import console, databases, history_boot, history_insert, history_orders

from . import worlds
from .timing import Row, Stopwatch, said

DATABASE = "relationship_bench_duplicates"
KEY = "relationship_bench.people"
PEOPLE = 200_000
SEED = 2026
SHARE = 0.03
VERSION = 1
SCAN_REPEATS = 3
SCAN_BUDGET = 60
CHECKS = 200
CHECK_BUDGET = 50
_COLUMNS = (
    "number int, name text, is_company bool, email text, phone text, phone_digits text,"
    " vat text, city text, zip text"
)


def measure_duplicates():
    """Scan all partners from nothing, scan again, and check single new ones."""
    people = _draw(SEED, PEOPLE, SHARE)
    world = _open_world(people)
    return [*_measure_scan(world, people), *_measure_check(world, people)]


def _draw(seed, count, share):
    # Odoo knows where its add-ons are once it has read its settings.
    from odoo.addons.crm_relationship.tests.duplicate_people import People

    return People(seed, count, share)


def _open_world(people):
    databases.ensure(DATABASE, demo=False)
    world = worlds.World(history_boot.registry(DATABASE))
    wanted = json.dumps([PEOPLE, SEED, SHARE, VERSION])
    with world.env() as env:
        if env["ir.config_parameter"].get_param(KEY) != wanted:
            with console.step(f"Filling {DATABASE}"):
                _insert(env, people)
                env["ir.config_parameter"].set_param(KEY, wanted)
                env.cr.commit()
    with console.step("Vacuum"):
        world.vacuum("res_partner")
    return world


def _insert(env, people):
    """Insert the people into an empty base; their number is in the column ``ref``."""
    cr = env.cr
    cr.execute("DELETE FROM res_partner WHERE ref IS NOT NULL")
    history_insert.keep_samples(env, _sample_partner)
    cr.execute(SQL("CREATE TEMP TABLE bench_people (%s)", SQL(_COLUMNS)))
    cr.execute_values(
        "INSERT INTO bench_people VALUES %s",
        [(number, *person[:8]) for number, person in enumerate(people.people)],
    )
    ids = SQL("nextval('res_partner_id_seq')::int AS id")
    cr.execute(
        SQL("CREATE TEMP TABLE bench_rows AS SELECT %s, * FROM bench_people", ids)
    )
    optional = ("email", "phone", "vat", "city", "zip")
    values = {
        "id": SQL("p.id"),
        "ref": SQL("p.number::text"),
        "name": SQL("p.name"),
        "complete_name": SQL("p.name"),
        "is_company": SQL("p.is_company"),
        "commercial_partner_id": SQL("p.id"),
        "commercial_company_name": SQL("CASE WHEN p.is_company THEN p.name END"),
        "email_normalized": SQL("lower(nullif(btrim(p.email, '<>'), ''))"),
        "phone_sanitized": SQL("nullif(p.phone_digits, '')"),
        **{name: SQL("nullif(%s, '')", SQL.identifier("p", name)) for name in optional},
    }
    source = SQL("bench_rows p ORDER BY p.number")
    history_insert.insert_like_sample(cr, "res_partner", values, source)


def _sample_partner(env):
    return [
        env["res.partner"].with_context(**history_orders.QUIET).create({"name": "S"})
    ]


def _measure_scan(world, people):
    """From nothing, as after the installation, and with nothing new; undone."""
    first, again = [], []
    for _repeat in range(SCAN_REPEATS):
        with world.env() as env:
            Duplicate = env["relationship.duplicate"]
            env.cr.execute("DELETE FROM relationship_duplicate")
            for kept in (first, again):
                with Stopwatch() as watch:
                    Duplicate._scan()
                kept.append(watch.seconds)
            found = _found_pairs(env)
            env.cr.rollback()
    right = len(found & people.truth.keys())
    detail = f"{len(found):,} pairs, median of {SCAN_REPEATS}, best {said(min(first))}"
    name = f"comparing {PEOPLE:,} partners"
    return [
        Row(name, statistics.median(first), "s", SCAN_BUDGET, detail),
        Row(f"{name} again", statistics.median(again), "s", SCAN_BUDGET, ""),
        Row("pairs that are right", 100 * right / len(found), "%", None, ""),
        Row(
            "duplicates that are found", 100 * right / len(people.truth), "%", None, ""
        ),
    ]


def _found_pairs(env):
    env.cr.execute(
        """
        SELECT x.ref::int, y.ref::int
          FROM relationship_duplicate pair
          JOIN res_partner x ON x.id = pair.partner_id
          JOIN res_partner y ON y.id = pair.other_partner_id
         WHERE x.ref IS NOT NULL AND y.ref IS NOT NULL
        """
    )
    return {tuple(sorted(row)) for row in env.cr.fetchall()}


def _measure_check(world, people):
    """Check one who is typed in: one half is there already, one half is not."""
    again = random.Random(SEED).sample(sorted(people.truth), CHECKS // 2)
    typed = [people.people[number] for _same_as, number in again]
    typed += _draw(SEED + 1, CHECKS // 2, 0).people
    seconds, found = [], 0
    with world.env(su=False) as env:
        Duplicate = env["relationship.duplicate"]
        Duplicate._find(_typed(typed[0]))  # plans and rules
        for position, person in enumerate(typed):
            with Stopwatch() as watch:
                rows = Duplicate._find(_typed(person))
            seconds.append(watch.seconds)
            if position < len(again):
                numbers = {partner.ref for partner, _score, _evidence in rows}
                found += str(again[position][0]) in numbers
    milliseconds = [1000 * value for value in seconds]
    detail = f"{len(typed)} names, {found} of the {len(again)} who are there found"
    return [
        Row(
            "checking a new partner, median",
            statistics.median(milliseconds),
            "ms",
            CHECK_BUDGET,
            detail,
        ),
        Row(
            "checking a new partner, longest", max(milliseconds), "ms", CHECK_BUDGET, ""
        ),
    ]


def _typed(person):
    return {
        "id": 0,
        "parent_id": 0,
        "family": 0,
        "company_id": 0,
        "is_company": person.is_company,
        "name": person.name,
        "email": person.email.strip("<>").lower(),
        "phone": person.phone_digits,
        "vat": person.vat,
        "registry": "",
        "city": person.city,
        "zip": person.zip,
    }
