#!/usr/bin/env python3
"""Deliver events of another system to Odoo's add-on crm_relationship.

Reads one JSON object a line, from a file or from standard input, and sends them in
parts. Needs Python 3.10 or later and nothing else.

    export ODOO_URL=https://odoo.example.com
    export ODOO_DATABASE=production        # only where a server has several
    export ODOO_API_KEY=...                # a key of the user of this system
    ./log_external.py calls.jsonl

What did not arrive for sure is sent again with the same ``external_id``: Odoo takes it
once. Prints one line of JSON for each event that was refused or that nobody was found
for. Exit status: 0 all taken, 1 some refused (mend them and send them again), 2 Odoo
was not reached or refuses the key.
"""

import json
import os
import random
import sys
import time
import urllib.error
import urllib.request

EVENTS_PER_CALL = 500
TIMEOUT_SECONDS = 60
TRIES = 6
# What goes away by itself: too many requests, a server that is busy or starts again.
TRY_AGAIN = {408, 429, 500, 502, 503, 504}


class NotDelivered(Exception):
    """Odoo was not reached, or does not want to hear from us."""


class Client:
    """Calls ``log_external`` over JSON-2."""

    def __init__(self, url, key, database=None, pause=1.0):
        self._url = f"{url.rstrip('/')}/json/2/relationship.interaction/log_external"
        self._pause = pause
        self._headers = {
            "Authorization": f"bearer {key}",
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "log_external.py",
        }
        if database:
            self._headers["X-Odoo-Database"] = database

    def log(self, events):
        """Deliver events, and yield (event, answer) for each."""
        for start in range(0, len(events), EVENTS_PER_CALL):
            part = events[start : start + EVENTS_PER_CALL]
            for answer in self._post({"events": part})["results"]:
                yield part[answer["index"]], answer

    def _post(self, body):
        data = json.dumps(body).encode()
        for attempt in range(1, TRIES + 1):
            try:
                return self._send(data)
            except urllib.error.HTTPError as error:
                message = error.read().decode(errors="replace")
                if error.code not in TRY_AGAIN or attempt == TRIES:
                    raise NotDelivered(f"{error.code}: {message}") from error
                self._wait(attempt, error.headers.get("Retry-After"))
            except (OSError, ValueError) as error:  # no connection, half an answer
                if attempt == TRIES:
                    raise NotDelivered(str(error)) from error
                self._wait(attempt)
        raise AssertionError("not reached")

    def _send(self, data):
        request = urllib.request.Request(self._url, data, self._headers)
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return json.load(answer)

    def _wait(self, attempt, asked=None):
        """Twice as long each time, and never all clients at the same moment."""
        seconds = self._pause * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)
        if asked and asked.isdigit():
            seconds = max(seconds, min(int(asked), 300))
        time.sleep(seconds)


def read_events(lines):
    """Read one JSON object a line; empty lines are skipped."""
    return [json.loads(line) for line in lines if line.strip()]


def main(arguments):
    """Deliver a file, or standard input."""
    try:
        client = Client(
            os.environ["ODOO_URL"],
            os.environ["ODOO_API_KEY"],
            os.environ.get("ODOO_DATABASE"),
            pause=float(os.environ.get("ODOO_PAUSE", "1")),
        )
    except KeyError as missing:
        sys.exit(f"Set the environment variable {missing.args[0]}; see the docs.")
    if arguments:
        with open(arguments[0], encoding="utf-8") as lines:
            events = read_events(lines)
    else:
        events = read_events(sys.stdin)
    refused = False
    try:
        for event, answer in client.log(events):
            refused = refused or answer["status"] == "error"
            if answer["status"] in ("error", "unmatched"):
                print(json.dumps({"event": event, "answer": answer}))
    except NotDelivered as error:
        print(f"Not delivered: {error}", file=sys.stderr)
        return 2
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
