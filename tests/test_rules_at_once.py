"""Retention rules by four workers at once, killed anywhere, and tried out: nothing
twice, nothing lost, no limit passed, and a dry run writes nothing."""

import hashlib
import random
import time

import blackbox_orders as history
import pytest
from blackbox_worker import (
    DIE_AFTER,
    LIFT_LIMITS,
    Worker,
    clean_workers,
    set_constant,
    wait_until,
)

WORKERS = 4
REPETITIONS = 100
KILLS = 50
CUSTOMERS = 20
GROUPS = 5
CAP = 2
SHARE = 30

SET_UP = """
company = env.company
company.relationship_user_id = env.ref("base.user_admin")
company.write({"relationship_touch_cap": CAP, "relationship_touch_cap_days": 30})
rules = env.ref("crm_relationship.rule_rhythm")
rules.write({"daily_capacity": 0, "holdout_share": SHARE, "cooldown_days": 14})
for number in range(2):
    rules += rules[0].copy({"name": f"Rule {number}", "state": "on",
                            "holdout_share": number * SHARE, "cooldown_days": 14})
result = {"rules": dict(rules.mapped(lambda rule: (rule.id, rule.holdout_seed))),
          "shares": dict(rules.mapped(lambda rule: (rule.id, rule.holdout_share)))}
"""
JOB = "env['relationship.rule']._cron_run()"
REFRESH = "env['relationship.profile']._refresh(env.company, {customers})"
# All that can be asked of a rule before it acts.
DRY_RUN = """
rule = env["relationship.rule"].browse({rule})
manager = rule.with_user(env.ref("base.user_admin"))
plan = rule.evaluate()
rule._get_outcomes_summary(plan)
manager.read(["sentence", "problem", "schedule"])
manager.explain_for(plan.items[0].partner_id)
manager.action_preview()
Wizard = env["relationship.rule.activation"].with_user(env.ref("base.user_admin"))
Wizard = Wizard.with_context(default_rule_id=rule.id)
Wizard.onchange({{}}, [], {{"rule_id": {{}}, "due_count": {{}}, "backlog": {{}}}})
manager.get_preview({{"rhythm_factor": 1.5}})
manager.get_past_preview({{"rhythm_factor": 1.5}})
result = sorted(
    (item.partner_id, item.occurrence, item.outcome, item.user_id)
    for item in plan.to_enter
)
"""


class Shop:
    """Customers of equal rhythm and three rules about them, and the outside view."""

    def __init__(self, connection, worker, cap=CAP):
        connection.autocommit = True
        self.cursor = connection.cursor()
        self.worker = worker
        set_up = SET_UP.replace("CAP", str(cap)).replace("SHARE", str(SHARE))
        ids = worker.run(LIFT_LIMITS + set_up)
        self.seeds, self.shares = ids["rules"], ids["shares"]
        self.customers = history.insert_customers(
            self.cursor, [f"Customer {number}" for number in range(CUSTOMERS)]
        )
        for customer in self.customers:
            orders = history.rhythm(customer, orders=6, interval=10, quiet_days=1)
            history.insert_orders(self.cursor, orders)

    def query(self, sql, *parameters):
        self.cursor.execute(sql, parameters or None)
        return self.cursor.fetchall()

    def fall_silent(self, customers):
        """Start a quiet spell of each, and make what was done until now long ago."""
        self.cursor.execute(
            "UPDATE sale_order SET date_order = date_order - INTERVAL '40 days'"
            " WHERE state = 'sale' AND partner_id = ANY(%s)",
            [customers],
        )
        self.cursor.execute("UPDATE relationship_touch SET date = date - 40")
        self.worker.run(REFRESH.format(customers=customers))

    def touches_today(self):
        """Number of today's touches of each customer."""
        return dict(
            self.query(
                "SELECT partner_id, COUNT(*) FROM relationship_touch"
                " WHERE date > CURRENT_DATE - 5 GROUP BY partner_id"
            )
        )

    def touched(self, rule):
        return {
            (partner, history.datetime.fromisoformat(occurrence).date())
            for partner, occurrence in self.query(
                "SELECT partner_id, occurrence FROM relationship_touch"
                " WHERE rule_id = %s",
                rule,
            )
        }

    def spells(self):
        return history.quiet_spells(history.read_orders(self.cursor))

    def check(self):
        """Each occurrence once, each treated one with one activity of its own, each
        held out one as drawn; no cap passed."""
        assert not self.query(
            "SELECT 1 FROM relationship_touch"
            " GROUP BY rule_id, partner_id, company_id, occurrence HAVING COUNT(*) > 1"
        )
        [[treated, activities, all_activities, wrong]] = self.query(
            """
            SELECT COUNT(*) FILTER (WHERE state = 'treated'),
                   COUNT(DISTINCT activity.id),
                   (SELECT COUNT(*) FROM mail_activity),
                   COUNT(*) FILTER (
                       WHERE (state = 'treated') != (activity.id IS NOT NULL)
                          OR activity.res_id != touch.partner_id
                   )
              FROM relationship_touch touch
              LEFT JOIN mail_activity activity ON activity.id = touch.activity_id
            """
        )
        assert treated == activities == all_activities
        assert wrong == 0
        for rule, partner, state in self.query(
            "SELECT rule_id, partner_id, state FROM relationship_touch"
        ):
            assert (state == "held_out") == self.is_drawn(rule, partner)
        assert max(self.touches_today().values(), default=0) <= CAP

    def is_drawn(self, rule, partner):
        """The draw, by a computation of our own."""
        digest = hashlib.sha256(f"{self.seeds[rule]}|{partner}".encode()).digest()
        return int.from_bytes(digest[:7]) / 2**56 * 100 < self.shares[rule]

    def wait_for_dead(self):
        wait_until(
            lambda: (
                not self.query(
                    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database ="
                    " (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            )
        )


@pytest.fixture
def start_worker(database_factory):
    with clean_workers() as start:
        yield start


def test_four_workers_at_once_do_nothing_twice_lose_nothing_and_pass_no_cap(
    database, connect, start_worker
):
    workers = [start_worker(database, f"worker{number}") for number in range(WORKERS)]
    shop = Shop(connect(database), workers[0])
    at_once = 0

    for repetition in range(REPETITIONS):
        group = shop.customers[repetition % GROUPS :: GROUPS]
        shop.fall_silent(group)
        moment = time.time() + 0.05
        for worker in workers:
            worker.start(JOB, at=moment + random.uniform(0, 0.02))
        for worker in workers:
            worker.finish()
        spans = sorted(worker.span for worker in workers)
        at_once += spans[1][0] < spans[0][1]
        shop.check()
        workers[0].run(JOB)  # who had to wait comes again
        shop.check()
        touches = shop.touches_today()
        assert {touches[customer] for customer in group} == {CAP}

    assert at_once > REPETITIONS / 2, "the workers hardly ever met"
    workers[0].run("env.company.relationship_touch_cap = 0")
    shop.query("UPDATE relationship_touch SET date = date - 40 RETURNING id")
    workers[0].run(JOB)
    for rule in shop.seeds:
        assert shop.spells() <= shop.touched(rule)


def test_four_workers_at_once_give_nobody_more_to_do_than_there_is_time_for(
    database, connect, start_worker
):
    workers = [start_worker(database, f"worker{number}") for number in range(WORKERS)]
    shop = Shop(connect(database), workers[0], cap=0)
    workers[0].run("env.company.relationship_user_capacity = 5")

    for _repetition in range(10):
        shop.fall_silent(shop.customers)
        moment = time.time() + 0.05
        for worker in workers:
            worker.start(JOB, at=moment)
        for worker in workers:
            worker.finish()
        workers[0].run(JOB)
        [[count]] = shop.query(
            "SELECT COUNT(*) FROM relationship_touch"
            " WHERE state = 'treated' AND date > CURRENT_DATE - 5"
        )
        assert count == 5


def test_a_job_killed_anywhere_has_done_all_of_a_rule_or_nothing(
    database, connect, start_worker
):
    worker = start_worker(database)
    shop = Shop(connect(database), worker)
    worker.run(set_constant("BATCH", 2))
    random.seed(7)
    killed = 0

    for repetition in range(KILLS):
        group = shop.customers[repetition % GROUPS :: GROUPS]
        shop.fall_silent(group)
        statements = random.randint(0, 150)
        with worker.child(DIE_AFTER.format(statements=statements) + JOB) as job:
            pass
        killed += job.was_killed
        shop.wait_for_dead()
        shop.check()
        worker.run(JOB)
        shop.check()
        touches = shop.touches_today()
        assert {touches[customer] for customer in group} == {CAP}

    assert killed > KILLS / 2


def test_a_dry_run_writes_nothing_and_tells_the_next_run(
    database, connect, start_worker
):
    worker = start_worker(database)
    shop = Shop(connect(database), worker)
    shop.fall_silent(shop.customers)
    rule = min(shop.seeds)
    before = versions(shop)

    planned = worker.run(DRY_RUN.format(rule=rule))

    assert versions(shop) == before
    worker.run(f"env['relationship.rule'].browse({rule})._run()")
    done = shop.query(
        "SELECT partner_id, occurrence, state, user_id FROM relationship_touch"
        " WHERE rule_id = %s ORDER BY 1, 2",
        rule,
    )
    assert done == planned
    assert len(done) == CUSTOMERS
    assert {state for _partner, _occurrence, state, _user in done} == {
        "treated",
        "held_out",
    }
    assert versions(shop) != before


def versions(shop):
    """Number and versions of the rows of every table."""
    tables = shop.query(
        "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
    )
    return {
        table: shop.query(f"SELECT COUNT(*), SUM(xmin::text::bigint) FROM {table}")
        for (table,) in tables
    }


def test_a_rule_that_breaks_pauses_after_five_runs_and_the_others_go_on(
    database, connect
):
    with Worker(database) as worker:  # its log has the errors
        shop = Shop(connect(database), worker)
        broken, *others = shop.seeds
        shop.query(
            "UPDATE relationship_rule SET domain = '[(''gone_field'', ''='', 1)]'"
            " WHERE id = %s RETURNING id",
            broken,
        )
        shop.fall_silent(shop.customers)
        for runs in range(1, 7):
            worker.run(JOB)
            [[state, failures, reason]] = shop.query(
                "SELECT state, failure_count, pause_reason FROM relationship_rule"
                " WHERE id = %s",
                broken,
            )
            assert (state, failures) == ("on" if runs < 5 else "paused", min(runs, 5))
        assert "gone_field" in reason
        assert not shop.touched(broken)
        for rule in others:
            assert shop.spells() == shop.touched(rule)
