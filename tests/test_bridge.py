"""The second add-on beside Odoo's CRM: it comes by itself, works at once, and leaves
the history behind."""

import os
import re
import time

import psycopg2
import pytest
from blackbox_sources import ADDON
from blackbox_worker import clean_workers

from devenv import databases

MODULE = "env['ir.module.module'].search([('name', '=', {name!r})])"
BRIDGE = MODULE.format(name="crm_relationship_crm")
BASE = MODULE.format(name="crm_relationship")
CRM = MODULE.format(name="crm")
# A prospect with a lead, one with an opportunity, one who has lost interest.
MAKE_LEADS = """
def lead(name, **values):
    partner = env["res.partner"].create({"name": name, "is_company": True})
    defaults = {"name": "From " + name, "type": "lead", "company_id": env.company.id}
    return env["crm.lead"].create({**defaults, "partner_id": partner.id, **values})

lead("Asking")
lead("Wanting", type="opportunity", expected_revenue=500)
lead("Leaving").action_set_lost()
"""
WORK_OFF = "env['relationship.profile.queue']._cron_refresh_queued()"
BACKFILL = "while env['relationship.backfill']._step_in_turn(): pass"
STAGES = """
    SELECT partner.name, stage.name->>'en_US'
      FROM relationship_profile profile
      JOIN res_partner partner ON partner.id = profile.partner_id
      JOIN relationship_stage stage ON stage.id = profile.stage_id
     WHERE partner.name IN ('Asking', 'Wanting', 'Leaving')
"""
WITH_BRIDGE = {
    ("Asking", "Lead"),
    ("Wanting", "Opportunity"),
    ("Leaving", "New contact"),
}
WITHOUT_BRIDGE = {(name, "New contact") for name, _stage in WITH_BRIDGE}
INTERACTIONS = """
    SELECT id, kind, partner_id FROM relationship_interaction
     WHERE source = 'lead' ORDER BY id
"""
# Whether what people open works, for one who has never seen the bridge.
OPEN_VIEWS = """
assert "relationship.capture.lead" not in env
for model in ("relationship.profile", "relationship.stage", "relationship.interaction",
              "relationship.stage.move", "res.config.settings"):
    env[model].get_views([(False, "form"), (False, "search")])
stages = env["relationship.stage"].with_context(active_test=False).search([])
stages.web_read({"name": {}, "domain": {}, "match_count": {}, "profile_count": {}})
rows = env["relationship.interaction"].search([("source", "=", "lead")])
result = sorted((row.id, row.kind) for row in rows if row.display_name)
env["relationship.stage.move"].search([]).mapped("reason")
env["relationship.profile"]._refresh_everybody(env.company)
"""
STRANGER = {"name": "Inquiry", "type": "lead", "email_from": "new@example.org"}
# Stay where a contact was made that nobody else sees yet.
PAUSE_WITH_CONTACT = """
Lead = env.registry["crm.lead"]
create = Lead._relationship_create_contacts
def paused_create(self, keys):
    Lead._relationship_create_contacts = create
    create(self, keys)
    env.flush_all()
    pause()
Lead._relationship_create_contacts = paused_create
"""


@pytest.fixture
def start_worker(database_factory):
    """Return a function that starts a worker; at the end their logs must be clean."""
    with clean_workers() as start:
        yield start


@pytest.fixture
def crm_database(database_factory):
    """Return a new database of Odoo's own modules with its CRM, without the add-ons."""
    name = f"relationship_blackbox_{os.getpid()}_crm"
    databases.create_without_addon(name, beside=True)
    yield name
    databases.drop(name)


def query(database, sql, *parameters):
    with psycopg2.connect(dbname=database) as connection:
        cursor = connection.cursor()
        cursor.execute(sql, parameters or None)
        return cursor.fetchall()


def test_the_first_add_on_knows_nothing_of_leads():
    """It has to work where Odoo's CRM is not; its own tests run without it."""
    found = [
        path.name
        for path in ADDON.rglob("*")
        if path.suffix in (".py", ".xml", ".js", ".csv")
        and re.search(r"crm[._]lead|addons[./]crm\b|from crm\b", path.read_text())
    ]
    assert found == []


def test_it_comes_with_the_crm_and_leaves_the_history(database, start_worker):
    worker = start_worker(database)
    worker.run(f"{CRM}.button_immediate_install()")
    assert worker.run(f"result = {BRIDGE}.state") == "installed"
    worker.run(MAKE_LEADS)
    worker.run(WORK_OFF)
    assert set(query(database, STAGES)) == WITH_BRIDGE
    interactions = query(database, INTERACTIONS)
    kinds = sorted(kind for _id, kind, _partner in interactions)
    assert kinds == ["lead", "lead", "lost", "opportunity"]
    stages = query(database, "SELECT id, active FROM relationship_stage")
    moves = "SELECT id, to_stage_id FROM relationship_stage_move ORDER BY id"
    logged = query(database, moves)

    worker.run(f"{BRIDGE}.button_immediate_uninstall()")

    assert set(query(database, STAGES)) == WITHOUT_BRIDGE
    assert query(database, INTERACTIONS) == interactions
    assert query(database, moves)[: len(logged)] == logged
    left = dict(query(database, "SELECT id, active FROM relationship_stage"))
    assert left.keys() == dict(stages).keys()
    assert sum(active and not left[stage] for stage, active in stages) == 2
    assert not query(
        database,
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE column_name IN ('lead_count', 'relationship_from_form',"
        "       'relationship_link_leads', 'relationship_capture_lead')",
    )
    afterwards = start_worker(database, "worker-afterwards")
    assert afterwards.run(OPEN_VIEWS) == [row[:2] for row in interactions]

    # It comes back, and goes on with the stages that it left.
    afterwards.run(f"{BRIDGE}.button_immediate_install()")

    assert query(database, "SELECT id, active FROM relationship_stage ORDER BY id") == (
        sorted(stages)
    )
    assert set(query(database, STAGES)) == WITH_BRIDGE
    afterwards.run(BACKFILL)
    assert query(database, INTERACTIONS) == interactions


def test_a_database_with_leads_shows_them_the_same_minute(crm_database, start_worker):
    worker = start_worker(crm_database)
    worker.run(MAKE_LEADS)
    worker.run(f"env['crm.lead'].create({STRANGER!r})")

    worker.run(f"{BASE}.button_immediate_install()")

    assert worker.run(f"result = {BRIDGE}.state") == "installed"
    assert set(query(crm_database, STAGES)) == WITH_BRIDGE
    worker.run(BACKFILL)
    assert len(query(crm_database, INTERACTIONS)) == 4
    # Old leads get no contacts that nobody has asked for.
    contacts = query(crm_database, "SELECT COUNT(*) FROM res_partner")
    worker.run(WORK_OFF)
    assert query(crm_database, "SELECT COUNT(*) FROM res_partner") == contacts

    # Both leave together: the leads are Odoo's.
    worker.run(f"{BASE}.button_immediate_uninstall()")

    assert query(crm_database, "SELECT COUNT(*) FROM crm_lead") == [(4,)]
    assert not query(
        crm_database,
        "SELECT name FROM ir_model_data"
        " WHERE module IN ('crm_relationship', 'crm_relationship_crm')",
    )
    assert not query(
        crm_database,
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE starts_with(column_name, 'relationship_')"
        "    OR starts_with(table_name, 'relationship_')",
    )
    assert not query(
        crm_database,
        "SELECT key FROM ir_config_parameter"
        " WHERE starts_with(key, 'crm_relationship')",
    )


def test_two_who_meet_one_stranger_at_once_make_one_contact(
    database_factory, start_worker
):
    database = database_factory(beside=True)
    first = start_worker(database)
    second = start_worker(database, "worker-second")
    create = f"env['crm.lead'].create({STRANGER!r})"
    first.run(create)
    [[row]] = query(
        database,
        "SELECT MAX(id) FROM relationship_profile_queue"
        " WHERE source = 'relationship.capture.lead'",
    )
    capture = f"env['relationship.profile.queue']._capture_queued(ids=[{row}])"
    first.start(PAUSE_WITH_CONTACT + capture)
    first.wait_for_pause()
    second.run(create)

    # It has to wait, sees that somebody was faster, and looks again.
    second.start(WORK_OFF)
    time.sleep(1)
    first.resume()
    first.finish()
    second.finish()

    leads = query(database, "SELECT partner_id FROM crm_lead")
    assert len(leads) == 2
    assert leads[0] == leads[1] != (None,)
    assert query(
        database,
        "SELECT COUNT(*) FROM res_partner WHERE email = 'new@example.org'",
    ) == [(1,)]
    assert len(query(database, INTERACTIONS)) == 2
