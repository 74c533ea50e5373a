"""The way in for other systems, as they use it: over HTTP, with a key."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
import requests
from blackbox_external import PATH, SET_UP, System
from blackbox_worker import Worker

from devenv import logcheck, paths
from devenv.server import OdooServer

EXAMPLE = paths.ROOT / "docs/examples/log_external.py"
DOCS = paths.ROOT / "docs/external_api.md"
# The log has the refusals that these tests ask for, and nothing else.
REFUSAL = re.compile(
    r"WARNING \S+ odoo\.http: (.+\n)?"
    r"(You are not allowed to|You do not have enough rights|Uh-oh! Looks like|"
    r"Private methods|“events” has to be|\d+ events are too many|"
    r"Access to unauthorized)"
)


class World:
    """A server, a telephone system, and the database behind it."""

    def __init__(self, server, ids):
        self.server = server
        self.ids = ids
        self.systems = {
            login: System(server, key) for login, key in ids["keys"].items()
        }
        self.pbx = self.systems["pbx"]
        self.connection = psycopg2.connect(dbname=server.database)
        self.connection.autocommit = True

    def query(self, sql, *parameters):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall()

    def rows(self, prefix):
        """(external id, partner, preview) of what was stored of some events."""
        return self.query(
            "SELECT external_id, partner_id, raw_preview FROM relationship_interaction"
            " WHERE external_id LIKE %s ORDER BY external_id",
            f"{prefix}%",
        )


@pytest.fixture(scope="module")
def world(database_factory):
    database = database_factory()
    with Worker(database) as worker:
        ids = worker.run(SET_UP)
    with OdooServer(database, options=["--max-cron-threads=0"]) as server:
        server.wait_until_ready()
        world = World(server, ids)
        yield world
        world.connection.close()
    problems = logcheck.problems(server.log_text())
    assert [text for text in problems if not REFUSAL.search(text)] == []


def event(number, **values):
    """Return a call of one of the customers."""
    return {
        "channel": "phone",
        "external_id": f"call-{number}",
        "date": "2026-03-02T14:05:00Z",
        "from": {"phone": "+55 11 9{0:04}-{0:04}".format(number % 200)},
        "text": "<p>Where is my order?</p>",
    } | values


def run_example(world, lines, **environment):
    return subprocess.run(
        [sys.executable, EXAMPLE],
        input="\n".join(lines),
        env=os.environ
        | {
            "ODOO_URL": world.server.url,
            "ODOO_DATABASE": world.server.database,
            "ODOO_API_KEY": world.ids["keys"]["pbx"],
            "ODOO_PAUSE": "0.01",
        }
        | environment,
        capture_output=True,
        text=True,
    )


def test_the_example_delivers_what_it_is_given_and_says_what_was_refused(world):
    events = [event(n, external_id=f"example-{n:04}") for n in range(600)]
    events.append(event(0, external_id="example-x", **{"from": "+55 11 3333-4444"}))
    events.append(event(0, external_id="example-y", channel="pigeon"))
    lines = [json.dumps(said) for said in events]

    done = run_example(world, lines)

    assert done.returncode == 1, done.stderr
    told = [json.loads(line)["answer"] for line in done.stdout.splitlines()]
    assert [answer["external_id"] for answer in told] == ["example-x", "example-y"]
    assert [answer["status"] for answer in told] == ["unmatched", "error"]
    rows = world.rows("example-")
    assert len(rows) == 601
    customers = world.ids["customers"]
    assert [row[1] for row in rows[:600]] == [customers[n % 200] for n in range(600)]
    assert rows[600][1] is None
    assert {row[2] for row in rows} == {"Where is my order?"}

    again = run_example(world, lines[:-1])

    assert again.returncode == 0
    assert len(world.rows("example-")) == 601


def test_the_example_says_that_the_key_is_wrong(world):
    done = run_example(world, [json.dumps(event(1))], ODOO_API_KEY="nonsense")

    assert done.returncode == 2
    assert "401" in done.stderr


def test_the_example_tries_again_and_everything_is_there_once(world):
    """A proxy that loses requests and, worse, answers."""
    deliveries = []

    class Unreliable(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            deliveries.append(json.loads(body)["events"][0]["external_id"])
            attempt = deliveries.count(deliveries[-1])
            if attempt == 1:
                return self._answer(503, b"busy")
            answer = requests.post(
                f"{world.server.url}/{PATH}",
                data=body,
                headers={
                    "Authorization": self.headers["Authorization"],
                    "X-Odoo-Database": self.headers["X-Odoo-Database"],
                    "Content-Type": "application/json",
                },
                timeout=60,
            )
            if attempt == 2:
                return self._answer(502, b"lost")
            if attempt == 3:
                return self._answer(200, answer.content[:50])
            return self._answer(answer.status_code, answer.content)

        def _answer(self, status, body):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            """Say nothing."""

    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Unreliable)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        lines = [json.dumps(event(n, external_id=f"retry-{n}")) for n in range(20)]
        url = f"http://127.0.0.1:{proxy.server_port}"
        done = run_example(world, lines, ODOO_URL=url)
    finally:
        proxy.shutdown()

    assert done.returncode == 0, done.stderr
    assert deliveries == ["retry-0"] * 4
    assert len(world.rows("retry-")) == 20


def test_the_curl_call_of_the_docs_works(world):
    [command] = re.findall(r"```sh\n(curl .+?)```", DOCS.read_text(), re.DOTALL)
    command = command.replace("https://odoo.example.com", world.server.url)
    done = subprocess.run(
        command,
        shell=True,
        env=os.environ
        | {
            "ODOO_API_KEY": world.ids["keys"]["pbx"],
            "ODOO_DATABASE": world.server.database,
        },
        capture_output=True,
        text=True,
    )

    result = json.loads(done.stdout)
    assert result["accepted"] == 2, result
    assert result["errors"] == []
    assert [answer["warnings"] for answer in result["results"]] == [[], []]


def test_the_docs_name_every_error(world):
    text = DOCS.read_text()
    source = (
        paths.ROOT / "crm_relationship/models/relationship_interaction_external_text.py"
    ).read_text()
    [_before, source] = source.split("def _get_external_errors")
    [errors, _after] = source.split("def _get_external_warnings")
    codes = re.findall(r'^            "(\w+)": ', errors, re.MULTILINE)

    assert len(codes) > 10
    assert [code for code in codes if f"`{code}`" not in text] == []


def test_two_calls_at_the_same_time_store_each_event_once(world):
    events = [event(n, external_id=f"race-{n}") for n in range(300)]
    for repetition in range(5):
        part = [
            said | {"external_id": f"race-{repetition}-{n}"}
            for n, said in enumerate(events)
        ]
        with ThreadPoolExecutor(4) as pool:
            results = list(
                pool.map(
                    lambda _n, part=part: System(
                        world.server, world.ids["keys"]["pbx"]
                    ).log(part),
                    range(4),
                )
            )

        assert sum(result["accepted"] for result in results) == 300
        assert sum(result["duplicates"] for result in results) == 900
        ids = [[answer["id"] for answer in result["results"]] for result in results]
        assert ids[0] == ids[1] == ids[2] == ids[3]
        assert len(world.rows(f"race-{repetition}-")) == 300


@pytest.mark.parametrize("login", ["employee", "portal", "seller"])
def test_who_is_not_there_for_it_is_refused(world, login):
    answer = world.systems[login].post({"events": [event(1, external_id="denied")]})

    assert answer.status_code == 403
    assert world.rows("denied") == []


def test_without_a_key_nothing_is_taken(world):
    for key in ("", "nonsense"):
        system = System(world.server, key)
        answer = system.post({"events": [event(1, external_id="denied")]})
        assert answer.status_code in (401, 403)
    assert world.rows("denied") == []


def test_the_key_opens_nothing_else(world):
    for model in (
        "relationship.interaction",
        "relationship.profile",
        "relationship.channel",
        "relationship.consent",
        "sale.order",
        "account.move",
    ):
        answer = world.pbx.call(model, "search_read", domain=[], fields=["id"])
        assert answer.status_code == 403, (model, answer.text)
    world.pbx.log([event(1, external_id="mine")])
    [[row_id]] = world.query(
        "SELECT id FROM relationship_interaction WHERE external_id = 'mine'"
    )
    for method, arguments in (
        ("read", {"ids": [row_id]}),
        ("write", {"ids": [row_id], "vals": {"outcome": "reached"}}),
        ("unlink", {"ids": [row_id]}),
        ("create", {"vals_list": [{"subject": "x"}]}),
        ("action_find_again", {"ids": []}),
        ("action_not_a_customer", {"ids": [row_id]}),
    ):
        answer = world.pbx.call("relationship.interaction", method, **arguments)
        assert answer.status_code == 403, (method, answer.text)
    seen = world.pbx.call("res.partner", "search", domain=[]).json()
    assert not set(seen) & set(world.ids["customers"])
    assert len(seen) == 2
    customer = world.ids["customers"][0]
    answer = world.pbx.call("res.partner", "read", ids=[customer], fields=["name"])
    assert answer.status_code == 403
    found = world.pbx.call("res.partner", "name_search", name="Customer").json()
    assert found == []
    for method in ("_log_external", "_match", "_purge", "_cron_purge", "_rematch"):
        answer = world.pbx.call("relationship.interaction", method)
        assert answer.status_code in (403, 404, 422), (method, answer.text)


def test_events_of_another_company_are_refused(world):
    result = world.pbx.log(
        [event(1, external_id="other-1", company=world.ids["other"]), event(1)]
    )
    assert [row["code"] for row in result["errors"]] == ["company_denied"]
    answer = world.pbx.post(
        {
            "events": [event(1, external_id="other-2")],
            "context": {"allowed_company_ids": [world.ids["other"]]},
        }
    )
    assert answer.status_code == 403 or answer.json()["accepted"] == 0
    assert world.rows("other-") == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"events": None}, 422),
        ({"events": "abc"}, 422),
        ({"events": {"channel": "phone"}}, 422),
        ({"events": 5}, 422),
        ({"events": [{}] * 1001}, 422),
        ({}, 422),
        ({"event": []}, 422),
        ({"events": [], "ids": [1]}, 422),
        ("{not json", 400),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_call_that_makes_no_sense_is_told_so(world, body, status):
    answer = world.pbx.post(body)

    assert answer.status_code == status, answer.text
