"""Two administrators change the stages at the same moment."""

import json
import threading

import pytest
import requests

from clients import Json2
from devenv.server import OdooServer

ROUNDS = 8
SET_UP = """
import json
keys = env["res.users.apikeys"]
admin = env.ref("base.user_admin")
other = admin.copy({"login": "other_admin", "name": "Other"})
known = {
    "keys": [
        keys.with_user(user).sudo()._generate("rpc", "test", None)
        for user in (admin, other)
    ],
    "contact": env.ref("crm_relationship.stage_contact").id,
    "open": env["relationship.stage"].create({"name": "Open", "sequence": 1}).id,
}
env.cr.commit()
print(json.dumps(known))
"""


@pytest.fixture
def demo_database(database_factory):
    return database_factory(demo=True)


@pytest.fixture
def admins(demo_database, start_script):
    known = json.loads(start_script(demo_database, SET_UP).result())
    # Its log says whom it refused.
    with OdooServer(demo_database, options=["--max-cron-threads=0"]) as server:
        server.wait_until_ready()
        yield [Json2(server.url, server.database, key) for key in known["keys"]], known


def at_once(*calls):
    """Start the calls at one moment; return which of them succeeded."""
    barrier, succeeded = threading.Barrier(len(calls)), [None] * len(calls)

    def run(position, call):
        barrier.wait()
        try:
            call()
            succeeded[position] = True
        except requests.HTTPError:
            succeeded[position] = False

    threads = [
        threading.Thread(target=run, args=(position, call))
        for position, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return succeeded


def test_a_stage_open_to_everybody_is_left_and_all_changes_count(
    admins, connect, demo_database
):
    (one, other), known = admins
    model = "relationship.stage"
    places = [known["contact"], known["open"]]

    for _round in range(ROUNDS):
        succeeded = at_once(
            *(
                lambda admin=admin, place=place: admin.call(
                    model, "write", ids=[place], vals={"active": False}
                )
                for admin, place in zip((one, other), places, strict=True)
            )
        )
        assert sorted(succeeded) == [False, True]
        one.call(model, "write", ids=places, vals={"active": True})

    domain = "[('order_day_count', '=', {})]"
    assert at_once(
        *(
            lambda admin=admin, count=count: admin.call(
                model,
                "create",
                vals_list=[
                    {
                        "name": f"Exactly {count}",
                        "sequence": 500 + count,
                        "domain": domain.format(count),
                    }
                ],
            )
            for admin, count in ((one, 0), (other, 1))
        )
    ) == [True, True]

    with connect(demo_database) as connection, connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT COUNT(*) FROM relationship_profile p
              JOIN relationship_stage s ON s.name->>'en_US'
                   = 'Exactly ' || p.order_day_count
             WHERE p.stage_id != s.id AND p.stage_pinned_until IS NULL
            """
        )
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "SELECT COUNT(*) FROM relationship_stage_move m"
            " JOIN relationship_stage s ON s.id = m.to_stage_id"
            " WHERE s.name->>'en_US' LIKE 'Exactly %' AND m.cause = 'rules'"
        )
        assert cursor.fetchone()[0] > 0
