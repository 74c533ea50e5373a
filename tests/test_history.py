"""The history of a database becomes interactions, by jobs that die: as by any other."""

import os
import random
import subprocess
import time

import blackbox_orders as history
import pytest
from blackbox_worker import DIE_AFTER, clean_workers, wait_until

from devenv import databases, environment, paths

REAL_FILE = paths.ROOT.parent / "shared/data/online_retail_II_year1.csv.gz"
CUSTOMERS = 20
JOB = "env['relationship.backfill']._cron_run()"
# Several batches of each source.
SMALL_BATCHES = """
for name in env["relationship.backfill"]._get_sources():
    env.registry[name]._batch = 7
"""
SET_UP = """
call = env.ref("mail.mail_activity_data_call")
for customer in env["res.partner"].browse({customers}):
    customer.message_post(
        body="Two boxes, please", author_id=customer.id, message_type="comment",
        subtype_xmlid="mail.mt_comment",
    )
    customer.message_post(body="A note")
    customer.activity_schedule(
        activity_type_id=call.id, summary="Call", user_id=env.user.id
    ).action_feedback(feedback="She comes on Friday")
    env["calendar.event"].create({{
        "name": "Tasting", "partner_ids": customer.ids,
        "start": "2024-05-04 10:00:00", "stop": "2024-05-04 11:00:00",
    }})
"""
START_AGAIN = """
env.cr.execute("DELETE FROM relationship_interaction")
env.cr.execute(
    "UPDATE sale_order"
    " SET relationship_ordinal = NULL, relationship_order_kind = NULL"
)
env["relationship.backfill"]._start()
"""
READ = """
    SELECT dedup_key, source, date, partner_id, customer_id, company_id, channel_id,
           direction, kind, user_id, duration, outcome, sentiment, is_contact,
           res_model, res_id, raw_subject, raw_preview, raw_amount
      FROM relationship_interaction
     ORDER BY dedup_key
"""
# Orders whose number is not what their date says.
WRONG_NUMBERS = """
    SELECT * FROM (
        SELECT o.id, o.relationship_ordinal, o.relationship_order_kind,
               ROW_NUMBER() OVER (
                   PARTITION BY p.commercial_partner_id, o.company_id
                   ORDER BY o.date_order, o.id
               ) AS right_one
          FROM sale_order o
          JOIN res_partner p ON p.id = o.partner_id
         WHERE o.state = 'sale'
    ) numbered
     WHERE relationship_ordinal IS DISTINCT FROM right_one
        OR (relationship_order_kind = 'first') IS DISTINCT FROM (right_one = 1)
"""


@pytest.fixture
def start_worker():
    with clean_workers() as start:
        yield start


class History:
    """A database whose history is to become interactions, and its outside view."""

    def __init__(self, connection, worker):
        connection.autocommit = True
        self.cursor = connection.cursor()
        self.worker = worker

    def query(self, sql):
        self.cursor.execute(sql)
        return self.cursor.fetchall()

    def interactions(self):
        return self.query(READ)

    def load_at_once(self):
        """Take the history in without trouble, and return what is there then."""
        self.worker.run(START_AGAIN)
        self.worker.run(JOB)
        assert self.states() == {"done"}
        found = self.interactions()
        assert found
        assert not self.query(WRONG_NUMBERS)
        keys = [row[0] for row in found]
        assert len(keys) == len(set(keys))
        return found

    def states(self):
        return {row[0] for row in self.query("SELECT state FROM relationship_backfill")}

    def wait_for_dead(self):
        """Wait until PostgreSQL has noticed that a job was killed."""
        wait_until(
            lambda: (
                not self.query(
                    "SELECT 1 FROM pg_stat_activity"
                    " WHERE datname = current_database()"
                    " AND state IN ('active', 'idle in transaction')"
                    " AND pid != pg_backend_pid()"
                )
            )
        )


def test_a_history_killed_at_any_statement_ends_as_one_that_was_not(
    database, connect, start_worker
):
    worker = start_worker(database)
    loading = History(connect(database), worker)
    customers = history.insert_customers(
        loading.cursor, [f"Customer {number}" for number in range(CUSTOMERS)]
    )
    for customer in customers:
        history.insert_orders(
            loading.cursor,
            history.rhythm(customer, orders=5, interval=10, quiet_days=3),
        )
    worker.run(SET_UP.format(customers=customers))
    expected = loading.load_at_once()
    kinds = {row[8] for row in expected}
    assert kinds == {"order", "message", "call", "meeting"}

    worker.run(START_AGAIN)
    for statements in range(3, 100_000, 13):
        with worker.child(
            SMALL_BATCHES + DIE_AFTER.format(statements=statements) + JOB
        ) as job:
            pass
        loading.wait_for_dead()
        found = loading.interactions()
        assert set(found) <= set(expected)
        if not job.was_killed:
            break

    assert job.exit_code == 0
    assert statements > 100
    assert loading.states() == {"done"}
    assert found == expected
    assert not loading.query(WRONG_NUMBERS)


@pytest.mark.skipif(
    not REAL_FILE.is_file(), reason=f"the real history is not here ({REAL_FILE.name})"
)
def test_the_real_history_is_the_same_after_a_job_was_killed(
    connect, start_worker, tmp_path
):
    environment.ensure()
    name = f"relationship_history_{os.getpid()}"
    try:
        subprocess.run(
            [paths.ROOT / "script/load", REAL_FILE, f"--database={name}"],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )
        worker = start_worker(name)
        loading = History(connect(name), worker)
        started = time.monotonic()
        expected = loading.load_at_once()
        seconds = time.monotonic() - started
        [[orders, credits]] = loading.query(
            "SELECT (SELECT COUNT(*) FROM sale_order WHERE state = 'sale'),"
            " (SELECT COUNT(*) FROM account_move WHERE state = 'posted')"
        )
        assert orders > 19_000 and credits > 4_000
        assert len(expected) == orders + credits
        assert seconds < 60

        worker.run(START_AGAIN)
        kills = 0
        chance = random.Random(4)
        while loading.states() != {"done"}:
            with worker.child(
                "for name in env['relationship.backfill']._get_sources():"
                " env.registry[name]._batch = 500\n" + JOB
            ) as job:
                time.sleep(chance.uniform(0, seconds / 3))
                if kills < 6:
                    job.kill()
            loading.wait_for_dead()
            kills += job.was_killed
        assert kills > 2
        assert loading.interactions() == expected
        assert not loading.query(WRONG_NUMBERS)
        worker.run("env['relationship.backfill']._start()")
        worker.run(JOB)
        assert loading.interactions() == expected
        worker.stop()
    finally:
        databases.drop(name)
