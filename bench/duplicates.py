"""Duplicates: all pairs of alike partners, and the check of one who is typed in.

A database of its own: what is measured is how long it takes among people with the
names that people have, of whom some are there twice. It is kept for the next time.
"""

import json

from odoo.tools import SQL

from odoo.addons.crm_relationship.tests.duplicate_people import People

from devenv import console, databases, history_boot, history_insert, history_orders

from . import worlds

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
    people = People(SEED, PEOPLE, SHARE)
    world = _open_world(people)
    return [*_measure_scan(world, people), *_measure_check(world)]


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
