"""Cases that come in, or are escalated, at the same moment in two processes."""

import pytest
from blackbox_worker import clean_workers

SET_UP = """
from odoo.fields import Command
members = env["res.users"].create([
    {
        "name": name, "login": name.lower(),
        "group_ids": [
            Command.link(env.ref("crm_relationship.group_relationship_user").id)
        ],
    }
    for name in ("Ana", "Bruno", "Carla")
])
team = env.ref("crm_relationship.case_team_care")
team.member_ids = members
team.user_id = members[2]
result = members.ids
"""
OPEN_A_CASE = """
case = env["relationship.case"].create({"name": "Crushed box"})
env.flush_all()
"""
TELL_OWNER = "\nresult = case.user_id.id"
LATE = """
case = env["relationship.case"].create(
    {"name": "Late", "date_open": "2020-01-06 09:00:00"}
)
result = case.id
"""
ESCALATE = "env['relationship.case']._cron_escalate()"
# As if another process found the same cases before either has marked them.
ESCALATE_SLOWLY = """
Case = env.registry["relationship.case"]
escalate = Case._try_escalate
def paused_escalate(self):
    Case._try_escalate = escalate
    pause()
    return escalate(self)
Case._try_escalate = paused_escalate
env['relationship.case']._cron_escalate()
"""
COUNT = """
case = env["relationship.case"].browse({case})
activities = env["mail.activity"].search_count(
    [("res_model", "=", case._name), ("res_id", "=", case.id)]
)
notes = case.message_ids.filtered(lambda note: "Overdue" in (note.body or ""))
result = (case.escalated, activities, len(notes))
"""


@pytest.fixture(scope="module")
def database(database_factory):
    return database_factory()


@pytest.fixture(scope="module")
def workers(database):
    with clean_workers() as start:
        yield start(database, "first"), start(database, "second")


def test_two_cases_that_come_at_once_go_to_two_people(workers):
    first, second = workers
    members = first.run(SET_UP)

    first.start(OPEN_A_CASE + "pause()" + TELL_OWNER)
    first.wait_for_pause()
    owner_of_second = second.run(OPEN_A_CASE + TELL_OWNER)
    first.resume()

    assert {first.finish(), owner_of_second} == set(members[:2])
    # The third one gets the next.
    assert first.run(OPEN_A_CASE + TELL_OWNER) == members[2]


def test_two_jobs_at_once_tell_the_leader_once(workers):
    first, second = workers
    case = first.run(LATE)

    first.start(ESCALATE_SLOWLY)
    first.wait_for_pause()
    second.run(ESCALATE)
    first.resume()
    first.finish()

    assert second.run(COUNT.format(case=case)) == (True, 1, 1)
