"""Outcomes told at the same moment: double taps, two people, outcome and undo."""

from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from clients import Json2
from devenv.server import OdooScript, OdooServer

CUSTOMERS = 12
TODAY = "relationship.today"
SET_UP = f"""
import json
from odoo.fields import Command
people = env["res.users"].create([
    {{
        "name": name, "login": name,
        "group_ids": [Command.set(env.ref("sales_team.group_sale_manager").ids)],
    }}
    for name in ("ana", "bruno")
])
customers = env["res.partner"].create([
    {{"name": f"Customer {{number}}", "is_company": True, "user_id": people[0].id}}
    for number in range({CUSTOMERS})
])
activities = env["mail.activity"].create([
    {{
        "res_model_id": env["ir.model"]._get_id("res.partner"),
        "res_id": customer.id,
        "activity_type_id": env.ref("mail.mail_activity_data_call").id,
        "user_id": people[0].id,
    }}
    for customer in customers
])
env.cr.commit()
print(json.dumps(activities.ids))
"""


class World:
    """A server, people who work at once, and what is in the database."""

    def __init__(self, server, activities):
        self.activities = activities
        # Two clients of Ana are two tabs, or two taps.
        self.ana = [Json2.for_user(server, "ana") for _tab in range(2)]
        self.bruno = Json2.for_user(server, "bruno")
        self.connection = psycopg2.connect(dbname=server.database)
        self.connection.autocommit = True

    def query(self, sql, *parameters):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall()

    def at_once(self, *calls):
        """Call methods of the work list at the same moment.

        :param calls: (client, method, arguments)
        """
        with ThreadPoolExecutor(len(calls)) as pool:
            waiting = [
                pool.submit(client.call, TODAY, method, **arguments)
                for client, method, arguments in calls
            ]
            return [one.result() for one in waiting]

    def count_outcomes(self, activity):
        rows = self.query(
            "SELECT outcome FROM relationship_touch_outcome WHERE activity_id = %s"
            " ORDER BY id",
            activity,
        )
        return [outcome for [outcome] in rows]

    def count_told(self, activity):
        [[count]] = self.query(
            "SELECT COUNT(*) FROM relationship_interaction interaction"
            "  JOIN mail_activity activity ON activity.res_id = interaction.partner_id"
            " WHERE activity.id = %s AND interaction.kind = 'call'",
            activity,
        )
        return count


@pytest.fixture(scope="module")
def world(database_factory):
    database = database_factory()
    with OdooScript(database, SET_UP) as script:
        activities = [int(one) for one in script.result().strip(" []\n").split(",")]
    with OdooServer(database, options=["--max-cron-threads=0"]) as server:
        server.wait_until_ready()
        world = World(server, activities)
        yield world
        world.connection.close()


def say(activity, token, outcome="interested", **values):
    return {
        "activity_id": activity,
        "outcome": outcome,
        "values": {"token": token, **values},
    }


def test_double_taps_and_two_people_count_once(world):
    for number, activity in enumerate(world.activities[: CUSTOMERS // 2]):
        again = {"outcome": "no_answer", "days": 2} if number % 2 else {}
        taps = say(activity, f"tap {number}", **again)
        other = say(activity, f"other {number}", **again)
        if again:
            [[deadline]] = world.query(
                "SELECT date_deadline::text FROM mail_activity WHERE id = %s", activity
            )
            for one in (taps, other):
                one["values"]["deadline"] = deadline
        answers = world.at_once(
            (world.ana[0], "log_outcome", taps),
            (world.ana[1], "log_outcome", taps),
            (world.bruno, "log_outcome", other),
        )

        assert len(world.count_outcomes(activity)) == 1
        assert world.count_told(activity) == 1
        assert answers[0] == answers[1]
        states = {answers[0]["state"], answers[2]["state"]}
        assert states == {"logged", "changed"}


def test_undo_twice_while_somebody_says_it_anew_leaves_one_state(world):
    for number, activity in enumerate(world.activities[CUSTOMERS // 2 :]):
        first = say(activity, f"first {number}")
        [said] = world.at_once((world.ana[0], "log_outcome", first))
        undo = {"outcome_id": said["id"]}
        world.at_once(
            (world.ana[0], "undo_outcome", undo),
            (world.ana[1], "undo_outcome", undo),
            (world.bruno, "log_outcome", say(activity, f"anew {number}")),
        )

        [[is_open]] = world.query(
            "SELECT active FROM mail_activity WHERE id = %s", activity
        )
        outcomes = world.count_outcomes(activity)
        anew = outcomes[2:]
        assert outcomes[:2] == ["interested", "undone"]
        assert anew == ([] if is_open else ["interested"])
        assert world.count_told(activity) == len(anew)
