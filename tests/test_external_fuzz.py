"""10,000 odd events, as programs with errors and people with bad intentions send them.

The same ones in each run. None makes the server fail; none is lost or there twice.
"""

import json
import random
import re
import time

import psycopg2
import pytest
from blackbox_external import SET_UP, System
from blackbox_worker import Worker

from devenv import logcheck
from devenv.server import OdooServer

SEED = 20_260_302
EVENTS = 10_000
PARTS = (1, 7, 100, 500, 1000)
MARKUP = re.compile(r"<[A-Za-z/!?]|&lt;|&#\d")
STATUSES = {"created", "unmatched", "duplicate", "expired", "error"}
KEPT_MONTHS = 240

ODD_TEXTS = [
    "",
    " ",
    "plain",
    "<b>bold</b> and <i>nested <u>tags",
    "<script>alert('x')</script>after",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<b>script>alert(1)<</b>/script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;img src=x onerror=alert(1)&amp;gt;",
    "<img src=x onerror=alert(1)>",
    "<style>p{color:red}</style><!-- hidden --><p>shown</p>",
    "<?xml version='1.0' encoding='utf-16'?><a/>",
    "<!DOCTYPE html><html><head><title>t</title></head><body>b</body></html>",
    "<" * 3000 + "b>",
    "<div>" * 2000,
    "<a href='javascript:alert(1)'>link</a>",
    "<![CDATA[ <x> ]]>",
    "a < b and c > d",
    "x" * 1_000,
    "né\u0301e \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 ok",
    "\u202eright to left\u202c",
    "שלום עולם مرحبا",
    "nul\x00byte",
    "\x00",
    "half \ud83d pair",
    "\udfff",
    "\ufeff\ufffe\uffff",
    "\x01\x02\x1b[31m\x7f\x85",
    "'; DROP TABLE res_partner; --",
    "%s %(name)s {0} {name} %",
    "\\",
    '"',
    "$$",
    "tab\tnew\nline\r\n",
    "=cmd|' /C calc'!A0",
]
ODD_VALUES = [
    None,
    True,
    False,
    0,
    -1,
    1,
    1.5,
    -0.0,
    10**30,
    -(10**30),
    2**63,
    1e308,
    float("nan"),
    float("inf"),
    float("-inf"),
    [],
    [[]],
    {},
    {"a": {"b": {"c": []}}},
    ["phone"],
    [None] * 50,
    {"phone": {"phone": {}}},
    "null",
    "0",
    "true",
]
ODD_DATES = [
    "2026-02-30",
    "2026-13-01T00:00:00Z",
    "2025-06-30T23:59:60Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "1969-12-31",
    "today",
    "2025-06-01T10:00:00+99:00",
    "01/02/2026",
    "2025-W10-3",
    "20250601T101010Z",
    "2025-06-01T10:00:00.123456789Z",
    "1748772000",
    "１７４８７７２０００",
    1748772000,
    1748772000000,
    1748772000.5,
    -1e12,
    1e18,
    10**400,
    "9" * 5000,
    "2025-06-01T10:00:00Z",
    "2025-06-01 10:00:00",
    "2000-01-01",
]
ODD_CONTACTS = [
    "",
    "+55 11 90007-0007",
    "c8@external.test",
    "C-9",
    "nobody@nowhere.test",
    "+1",
    "<b>C-10</b>",
    "Ana <c11@external.test>",
    "<script>@x.test",
    "a@b@c@d, e@f <g@h>",
    "@" * 500,
    "١٢٣٤٥٦٧٨٩٠",
    "+" * 300,
    "x" * 100_000,
    {"phone": 5511900120012},
    {"phone": "0055 11 90013 0013"},
    {"phone": "(11) 90014-0014 ext. 5"},
    {"email": "C15@EXTERNAL.TEST", "name": "<i>Somebody</i>"},
    {"email": "\ud800@x.test"},
    {"email": ["c16@external.test"]},
    {"ref": "C-17\x00"},
    {"ref": 18},
    {"ref": True},
    {"name": "Only a name"},
    {"name": "\u202e"},
    {"unknown": "x"},
    {"phone": "", "email": None, "ref": False},
    {"phone": "tel:+55-11-90019-0019"},
]


class Maker:
    """Makes events, good and odd, the same ones for a seed."""

    def __init__(self, ids):
        self.random = random.Random(SEED)
        self.ids = ids
        self.made = []

    def make(self, number):
        """Return an event, a good one in a third of all cases."""
        pick = self.random
        if self.made and pick.random() < 0.08:
            return pick.choice(self.made)
        if pick.random() < 0.03:
            return pick.choice([*ODD_VALUES, *ODD_TEXTS])
        event = self._good(number)
        if pick.random() < 0.66:
            for _change in range(pick.randint(1, 4)):
                self._spoil(event)
        self.made.append(event)
        return event

    def _good(self, number):
        pick = self.random
        n = pick.randrange(250)  # the last fifty are nobody's
        contact = pick.choice(
            [
                {"phone": f"+55 11 9{n:04}-{n:04}"},
                {"email": f"c{n}@external.test"},
                {"ref": f"C-{n}", "name": f"Customer {n}"},
            ]
        )
        direction = pick.choice(["in", "out", "both"])
        return {
            "channel": pick.choice(["phone", "whatsapp", "email", "counter", "kept"]),
            "external_id": f"fuzz-{number}",
            "date": f"20{pick.randint(0, 25):02}-{pick.randint(1, 12):02}-17T10:00:00Z",
            "direction": direction,
            "to" if direction == "out" else "from": contact,
            "subject": pick.choice(ODD_TEXTS),
            "text": pick.choice(ODD_TEXTS),
        }

    def _spoil(self, event):
        pick = self.random
        name = pick.choice(
            [
                "channel",
                "external_id",
                "date",
                "direction",
                "kind",
                "subject",
                "text",
                "contact",
                "from",
                "to",
                "duration",
                "outcome",
                "sentiment",
                "user",
                "company",
                "order",
            ]
        )
        choice = pick.random()
        if name == "date" and choice < 0.7:
            event[name] = pick.choice(ODD_DATES)
        elif name in ("contact", "from", "to") and choice < 0.7:
            event[name] = pick.choice(ODD_CONTACTS)
        elif name == "company" and choice < 0.3:
            event[name] = self.ids[pick.choice(["company", "other"])]
        elif name == "external_id" and choice < 0.3:
            event[name] = pick.choice(["é" * 200, "é" * 201, " id ", 10**30, "shared"])
        elif choice < 0.4:
            event[name] = pick.choice(ODD_TEXTS)
        elif choice < 0.8:
            event[name] = pick.choice(ODD_VALUES)
        elif choice < 0.9:
            event.pop(name, None)
        else:
            event["".join(pick.choices("abc\x00é<", k=8))] = pick.choice(ODD_VALUES)


@pytest.fixture(scope="module")
def world(database_factory):
    """Return a server that has not failed at the end, and the ids of its records."""
    database = database_factory()
    with Worker(database) as worker:
        ids = worker.run(
            SET_UP
            + f"""
env["relationship.channel"].create(
    {{"name": "Kept", "code": "kept", "keep_months": {KEPT_MONTHS}}}
)
"""
        )
    with OdooServer(database, options=["--max-cron-threads=0"]) as server:
        server.wait_until_ready()
        yield server, ids
    assert logcheck.problems(server.log_text()) == []


def split(events):
    """Yield parts of all sizes."""
    pick = random.Random(SEED)
    start = 0
    while start < len(events):
        size = pick.choice(PARTS)
        yield events[start : start + size]
        start += size


def deliver(system, events):
    """Deliver all events and return one answer for each."""
    answers = []
    for part in split(events):
        reply = system.post({"events": part})
        assert reply.status_code == 200, reply.text[:2000]
        result = reply.json()
        rows = result["results"]
        assert [row["index"] for row in rows] == list(range(len(part)))
        count = [row["status"] for row in rows].count
        assert result["accepted"] == count("created") + count("unmatched")
        assert result["unmatched"] == count("unmatched")
        assert result["duplicates"] == count("duplicate")
        assert result["expired"] == count("expired")
        assert result["errors"] == [row for row in rows if row["status"] == "error"]
        answers += rows
    return answers


def test_ten_thousand_odd_events(world):
    server, ids = world
    system = System(server, ids["keys"]["pbx"])
    maker = Maker(ids)
    events = [maker.make(number) for number in range(EVENTS)]
    events[17] = maker._good(17) | {"text": "<p>" + "x" * 1_000_000}
    events[18] = maker._good(18) | {"subject": "<b>" * 350_000}
    events[19] = maker._good(19) | {"external_id": "y" * 1_000_000}

    started = time.monotonic()
    answers = deliver(system, events)
    seconds = time.monotonic() - started

    statuses = [answer["status"] for answer in answers]
    assert len(answers) == EVENTS
    assert set(statuses) == STATUSES
    assert all(answer.get("code") for answer in answers if answer["status"] == "error")
    codes = {answer["code"] for answer in answers if answer["status"] == "error"}
    assert len(codes) >= 14, codes
    stored = {a["id"]: a for a in answers if a["status"] in ("created", "unmatched")}
    assert len(stored) == statuses.count("created") + statuses.count("unmatched")
    with psycopg2.connect(dbname=server.database) as connection:
        rows = read_rows(connection)
    assert {row["id"] for row in rows} == set(stored)
    for row in rows:
        check_row(row, stored[row["id"]])
    for answer in answers:
        if answer["status"] == "duplicate":
            assert answer["id"] in stored

    again = deliver(system, events)

    with psycopg2.connect(dbname=server.database) as connection:
        assert read_rows(connection) == rows
    same = {"created": "duplicate", "unmatched": "duplicate"}
    assert [answer["status"] for answer in again] == [
        same.get(status, status) for status in statuses
    ]
    figures = {status: statuses.count(status) for status in sorted(STATUSES)}
    print(json.dumps(figures))
    print(f"{EVENTS / seconds:.0f} events a second")


def read_rows(connection):
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT to_jsonb(i) FROM relationship_interaction i
             WHERE source = 'external' ORDER BY id
            """
        )
        return [row[0] for row in cursor.fetchall()]


def check_row(row, answer):
    """Whatever came, what is stored can be shown."""
    assert (row["partner_id"] is None) == (answer["status"] == "unmatched")
    assert (row["customer_id"] is None) == (row["partner_id"] is None)
    assert row["external_id"] == answer["external_id"]
    contact = row["external_contact"] or {}
    for text in (
        row["raw_subject"],
        row["raw_preview"],
        row["external_address"],
        *contact.values(),
    ):
        if text is not None:
            assert not MARKUP.search(text), row
            assert 0 < len(text) <= 200
            assert text == text.strip()
    assert (
        "1990"
        <= row["date"]
        <= time.strftime("%Y-%m-%d", time.gmtime(time.time() + 2e5))
    )
    assert 0 <= row["duration"] <= 168
