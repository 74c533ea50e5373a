"""Jobs and people at work at the same time, and jobs that die: nothing is lost."""

import random
import time
from concurrent.futures import ThreadPoolExecutor, wait

import blackbox_orders as history
import pytest
from blackbox_worker import (
    DIE_AFTER,
    LIFT_LIMITS,
    clean_workers,
    set_constant,
    wait_until,
)

from clients import Json2

REPETITIONS = 50
CUSTOMERS = 30
# Each customer goes quiet anew in one repetition of so many.
GROUPS = 5
INTERVAL = 10
# Set a customer's orders back by so much, and the customer is quiet again: a new spell.
SHIFT = "40 days"

SET_UP = """
from odoo.fields import Command
rule = env.ref("crm_relationship.rule_rhythm")
rule.daily_capacity = 0
product = env["product.product"].create(
    {"name": "Bonbons", "list_price": 10, "taxes_id": False}
)
all_documents = env.ref("sales_team.group_sale_salesman_all_leads")
seller = env["res.users"].create(
    {"name": "Sandra", "login": "sandra", "group_ids": [Command.link(all_documents.id)]}
)
keys = env["res.users.apikeys"]
result = {
    "rule": rule.id,
    "product": product.id,
    "seller": seller.id,
    "admin": env.ref("base.user_admin").id,
    "seller_key": keys.with_user(seller).sudo()._generate("rpc", "test", None),
    "admin_key": keys.with_user(env.ref("base.user_admin")).sudo()._generate(
        "rpc", "test", None
    ),
}
"""
# Several slices, of a few customers each.
SMALL_SLICES = set_constant("SLICE", 7)
# The same where a rule has acted and has not committed yet.
PAUSE_AFTER_RULE = """
Rule = env.registry["relationship.rule"]
run = Rule._run
def paused_run(self, *args, **options):
    Rule._run = run
    outcome = run(self, *args, **options)
    env.flush_all()
    pause()
    return outcome
Rule._run = paused_run
"""
# The jobs as code may call them, without the lock of Odoo's scheduler on the job ...
JOBS = {
    "refresh": "env['relationship.profile']._cron_refresh()",
    "queue": "env['relationship.profile.queue']._cron_refresh_queued()",
    "rules": "env['relationship.rule']._cron_run()",
}
JOB_RECORDS = {
    "refresh": "ir_cron_refresh",
    "queue": "ir_cron_refresh_queued",
    "rules": "ir_cron_run_rules",
}
# ... and as the scheduler runs them.
SCHEDULED = {
    job: f"outcome = env.ref('crm_relationship.{name}').method_direct_trigger();"
    " assert outcome is True, outcome; env.cr.commit()"
    for job, name in JOB_RECORDS.items()
}
# What a profile has to say, all of it but its identity and the day it got there.
PROFILE_COLUMNS = """
    partner_id, company_id, active, user_id, team_id, quotation_count, order_count,
    order_day_count, revenue::text, first_order_date, last_order_date, days_since_order,
    interval_mean::text, interval_median::text, last_interval, last_interval_ratio,
    rhythm_ratio, rhythm_state, stage_id
"""
READ_PROFILES = f"""
    SELECT {PROFILE_COLUMNS} FROM relationship_profile ORDER BY company_id, partner_id
"""
# The profiles as one uninterrupted refresh makes them from nothing; nothing is saved.
REBUILD_PROFILES = f"""
env.cr.execute("DELETE FROM relationship_profile")
env["relationship.profile"]._refresh(env.company)
env.cr.execute('''{READ_PROFILES}''')
result = env.cr.fetchall()
env.cr.rollback()
"""
# Put before code that is to stop where a refresh has begun or finished a slice.
PAUSE_IN_STEP = """
Refresh = env.registry["relationship.refresh"]
step = Refresh._step
def paused_step(self):
    Refresh._step = step
    if "{where}" == "before":
        pause()
        return step(self)
    more = step(self)
    pause()
    return more
Refresh._step = paused_step
"""


@pytest.fixture
def start_worker(database_factory):
    """Return a function that starts a worker; at the end their logs must be clean."""
    with clean_workers() as start:
        yield start


class Shop:
    """A company's database with customers of equal rhythm, and its outside view."""

    def __init__(self, connection, worker, customers=CUSTOMERS):
        connection.autocommit = True
        self.cursor = connection.cursor()
        self.ids = worker.run(SMALL_SLICES + LIFT_LIMITS + SET_UP)
        self.customers = history.insert_customers(
            self.cursor,
            [f"Customer {number}" for number in range(customers)],
            user_ids=[self.ids["seller"], self.ids["admin"]],
        )
        for customer in self.customers:
            history.insert_orders(
                self.cursor,
                history.rhythm(customer, orders=12, interval=INTERVAL, quiet_days=1),
            )
        self.forget_passes()  # the one of the installation

    def query(self, sql, *parameters):
        self.cursor.execute(sql, parameters or None)
        return self.cursor.fetchall()

    def groups(self):
        """Yield a part of the customers at a time, again and again."""
        for number in range(10_000):
            yield self.customers[number % GROUPS :: GROUPS]

    def note(self, customers):
        """Note customers as changed, in the company or in all of them."""
        self.cursor.execute(
            "INSERT INTO relationship_profile_queue (partner_id, company_id)"
            " SELECT UNNEST(%s), 1 UNION ALL SELECT UNNEST(%s), NULL",
            [customers, customers],
        )

    def noted(self):
        """The customers that are noted as changed."""
        rows = self.query("SELECT partner_id FROM relationship_profile_queue")
        return {row[0] for row in rows}

    def fall_silent(self, customers):
        """Set these customers' orders back, so that each starts a new quiet spell."""
        self.cursor.execute(
            f"UPDATE sale_order SET date_order = date_order - INTERVAL '{SHIFT}'"
            " WHERE state = 'sale' AND partner_id = ANY(%s)",
            [customers],
        )

    def forget_passes(self):
        """Make a pass over all customers due, as on a new day."""
        self.cursor.execute("DELETE FROM relationship_refresh")

    def spells(self, **options):
        """The quiet spells there are now, by a computation of our own."""
        return history.quiet_spells(history.read_orders(self.cursor), **options)

    def touched(self, rule=None):
        """The quiet spells that the ledger has as treated by a rule."""
        rows = self.query(
            "SELECT partner_id, occurrence FROM relationship_touch WHERE rule_id = %s",
            rule or self.ids["rule"],
        )
        return {(partner, date_of(occurrence)) for partner, occurrence in rows}

    def profiles(self):
        rows = self.query(READ_PROFILES)
        assert rows
        return rows

    def check_facts(self):
        """The profiles say what a computation of our own says."""
        facts = history.compute_facts(history.read_orders(self.cursor))
        assert history.read_profiles(self.cursor) == facts

    def wait_for_dead(self):
        """Wait until PostgreSQL has noticed that a job was killed."""
        wait_until(
            lambda: (
                not self.query(
                    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database ="
                    " (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            )
        )

    def check_ledger(self):
        """One touch per spell, and one activity per touch: no more, no fewer."""
        assert not self.query(
            "SELECT rule_id, partner_id, company_id, occurrence, COUNT(*)"
            " FROM relationship_touch GROUP BY 1, 2, 3, 4 HAVING COUNT(*) > 1"
        )
        assert not self.query(
            """
            SELECT touch.partner_id, touch.occurrence, activity.res_id
              FROM relationship_touch touch
              LEFT JOIN mail_activity activity ON activity.id = touch.activity_id
             WHERE activity.res_model IS DISTINCT FROM 'res.partner'
                OR activity.res_id != touch.partner_id
            """
        )
        [[touches, activities, all_activities]] = self.query(
            "SELECT COUNT(*), COUNT(DISTINCT activity_id),"
            "       (SELECT COUNT(*) FROM mail_activity) FROM relationship_touch"
        )
        assert touches == activities == all_activities

    def check_moves(self):
        """The moves of each customer are a chain that ends where the profile is."""
        stages = {}
        for partner, before, after in self.query(
            "SELECT partner_id, from_stage_id, to_stage_id"
            " FROM relationship_stage_move ORDER BY id"
        ):
            assert stages.get(partner) == before, f"broken chain of customer {partner}"
            stages[partner] = after
        assert stages == dict(
            self.query("SELECT partner_id, stage_id FROM relationship_profile")
        )
        assert all(stages.values())


def date_of(text):
    return history.datetime.fromisoformat(text).date()


class People:
    """A salesperson who works on orders and a manager who runs the rule by hand."""

    def __init__(self, shop, server):
        self._shop = shop
        self._seller = Json2(server.url, server.database, shop.ids["seller_key"])
        self._manager = Json2(server.url, server.database, shop.ids["admin_key"])
        self.spans = []

    def quote(self, customers):
        """Make a quotation for each customer and return their ids."""
        line = {"product_id": self._shop.ids["product"], "product_uom_qty": 10}
        return self._seller.call(
            "sale.order",
            "create",
            vals_list=[
                {"partner_id": customer, "order_line": [[0, 0, line]]}
                for customer in customers
            ],
        )

    def sell(self, at, quotations, former):
        """Confirm quotations, one alone and the others together, and meanwhile
        win a customer, and change, cancel and delete others."""
        wait_for(at)
        started = time.time()
        newcomers = self._manager.call(
            "res.partner", "create", vals_list=[{"name": "Newcomer"}]
        )
        self._seller.call("sale.order", "action_confirm", ids=self.quote(newcomers))
        first, *others, dropped = quotations
        self._seller.call("sale.order", "action_confirm", ids=[first])
        self._manager.call("sale.order", "unlink", ids=[dropped])
        if former:
            changed, cancelled = former
            self._seller.call("sale.order", "action_cancel", ids=[cancelled])
            self._raise_price(changed)
        self._seller.call("sale.order", "action_confirm", ids=others)
        self.spans.append((started, time.time()))

    def time_to_confirm(self, order):
        """Confirm an order and return how many seconds that took."""
        return time_of(self._seller.call, "sale.order", "action_confirm", ids=[order])

    def time_to_run_job(self, job):
        """Run a job by the scheduler's button and return how many seconds that took."""
        [[cron]] = self._shop.query(
            "SELECT res_id FROM ir_model_data WHERE module = 'crm_relationship'"
            " AND name = %s",
            JOB_RECORDS[job],
        )
        return time_of(
            self._manager.call, "ir.cron", "method_direct_trigger", ids=[cron]
        )

    def set_stage(self, customer, stage):
        """Put a customer into a stage by hand."""
        [profile] = self._manager.call(
            "relationship.profile", "search", domain=[["partner_id", "=", customer]]
        )
        self._manager.call(
            "relationship.profile", "write", ids=[profile], vals={"stage_id": stage}
        )

    def run_rule(self, at):
        wait_for(at)
        self._manager.call(
            "relationship.rule", "action_run", ids=[self._shop.ids["rule"]]
        )

    def _raise_price(self, order):
        [line] = self._seller.call(
            "sale.order.line", "search", domain=[["order_id", "=", order]]
        )
        self._seller.call(
            "sale.order",
            "write",
            ids=[order],
            vals={"order_line": [[1, line, {"price_unit": random.randint(11, 99)}]]},
        )


def time_of(call, *arguments, **options):
    started = time.monotonic()
    call(*arguments, **options)
    return time.monotonic() - started


def wait_for(moment):
    time.sleep(max(0, moment - time.time()))


def overlap(one, other):
    return one[0] < other[1] and other[0] < one[1]


def test_jobs_and_people_at_once_disturb_nobody_and_repeat_nothing(
    database, connect, start_server, start_worker
):
    server = start_server(database, options=["--max-cron-threads=0"])
    workers = [start_worker(database, "worker1"), start_worker(database, "worker2")]
    shop = Shop(connect(database), workers[0])
    people = People(shop, server)
    workers[1].run(SMALL_SLICES)
    workers[0].run(JOBS["refresh"])
    random.seed(2)
    confirmed = []
    met = 0
    in_time = 0

    with ThreadPoolExecutor(max_workers=2) as threads:
        for repetition in range(REPETITIONS):
            quiet = shop.customers[repetition % GROUPS :: GROUPS]
            busy = shop.customers[(repetition + 1) % GROUPS :: GROUPS]
            shop.fall_silent(quiet)
            shop.forget_passes()
            quotations = people.quote([*quiet[:2], busy[0], quiet[2], busy[1]])
            touched = shop.touched()

            now = time.time() + 0.05
            both_ways = random.sample([JOBS, SCHEDULED], 2)
            for worker, jobs in zip(workers, both_ways, strict=True):
                order = random.sample(list(jobs.values()), len(jobs))
                worker.start("\n".join(order), now + random.uniform(0, 0.1))
            selling = threads.submit(people.sell, now, quotations, confirmed[-2:])
            running = threads.submit(people.run_rule, now + random.uniform(0, 0.3))
            for worker in workers:
                worker.finish()
            running.result()
            selling.result()

            confirmed = confirmed[:-2] + quotations[:-1]
            met += all(overlap(worker.span, people.spans[-1]) for worker in workers)
            in_time += shop.touched() > touched
            shop.check_ledger()
            # What came too late for these runs is for the next ones.
            workers[0].run("\n".join(JOBS.values()))
            assert shop.spells() <= shop.touched()
            shop.check_ledger()

    assert met > REPETITIONS / 2, "jobs and people hardly ever met"
    assert in_time > REPETITIONS / 2, "rules hardly ever had anything to do meanwhile"
    shop.check_moves()
    shop.check_facts()
    assert shop.profiles() == workers[0].run(REBUILD_PROFILES)


def test_a_refresh_that_is_killed_goes_on_where_it_was_and_ends_the_same(
    database, connect, start_worker
):
    worker = start_worker(database)
    shop = Shop(connect(database), worker, customers=120)
    expected = worker.run(REBUILD_PROFILES)
    [[customer_count]] = shop.query(
        "SELECT COUNT(*) FROM res_partner WHERE commercial_partner_id = id"
    )

    for slices in (1, 4, 9):
        with worker.child(JOBS["refresh"]) as job:
            wait_until(
                lambda slices=slices: shop.query(
                    "SELECT 1 FROM relationship_refresh WHERE customer_count >= %s",
                    slices * 7,
                )
            )
            job.kill()
        assert job.was_killed
        shop.wait_for_dead()
        assert shop.query("SELECT state FROM relationship_refresh") == [("running",)]
        [[profile_count]] = shop.query("SELECT COUNT(*) FROM relationship_profile")
        assert 0 < profile_count < len(expected)

    worker.run(JOBS["refresh"])

    assert shop.query(
        "SELECT state, customer_count, move_count FROM relationship_refresh"
    ) == [("done", customer_count, len(expected))]
    assert shop.profiles() == expected
    shop.check_moves()
    shop.check_facts()


def test_a_refresh_killed_at_any_statement_loses_nothing(
    database, connect, start_worker
):
    worker = start_worker(database)
    shop = Shop(connect(database), worker)
    worker.run(JOBS["refresh"])
    jobs = f"{JOBS['queue']}\n{JOBS['refresh']}"

    for kills, group in enumerate(shop.groups()):
        shop.fall_silent(group)
        shop.forget_passes()
        shop.note(group[:3])
        with worker.child(DIE_AFTER.format(statements=kills * 7) + jobs) as job:
            pass
        shop.wait_for_dead()
        worker.run(jobs)
        assert shop.profiles() == worker.run(REBUILD_PROFILES)
        if not job.was_killed:
            break

    assert job.exit_code == 0
    assert kills >= 8
    assert not shop.query("SELECT 1 FROM relationship_profile_queue")
    shop.check_moves()
    shop.check_facts()


def test_a_rule_killed_at_any_statement_acts_once_on_each_occurrence(
    database, connect, start_worker
):
    worker = start_worker(database)
    shop = Shop(connect(database), worker)
    later_rule = worker.run(
        set_constant("BATCH", 2) + "rule = env.ref('crm_relationship.rule_rhythm')"
        ".copy({'rhythm_factor': 5, 'state': 'on'})\nresult = rule.id"
    )

    for kills, group in enumerate(shop.groups()):
        shop.fall_silent(group)
        shop.forget_passes()
        worker.run(JOBS["refresh"])
        with worker.child(
            DIE_AFTER.format(statements=kills * 5) + JOBS["rules"]
        ) as job:
            pass
        shop.wait_for_dead()
        shop.check_ledger()
        worker.run(JOBS["rules"])
        shop.check_ledger()
        assert shop.spells() <= shop.touched()
        assert shop.spells(factor=5) <= shop.touched(later_rule)
        if not job.was_killed:
            break

    assert job.exit_code == 0
    assert kills >= 8
    # Neither customers nor days that nobody has been silent since.
    assert len(shop.touched()) == (kills + 1) * len(group)


def test_confirming_an_order_waits_for_nobody(
    database, connect, start_server, start_worker
):
    server = start_server(database, options=["--max-cron-threads=0"])
    worker = start_worker(database)
    shop = Shop(connect(database), worker)
    people = People(shop, server)
    worker.run(JOBS["refresh"])
    quotations = people.quote(shop.customers[:6])
    worker.run(JOBS["queue"])
    usual = max(people.time_to_confirm(order) for order in quotations[:3])
    worker.run(JOBS["queue"])

    with connect(database) as other:
        other.cursor().execute(
            "SELECT 1 FROM relationship_profile WHERE partner_id = ANY(%s) FOR UPDATE",
            [shop.customers],
        )
        # As Odoo's scheduler holds it while a job runs.
        other.cursor().execute("SELECT 1 FROM ir_cron FOR NO KEY UPDATE")
        with_profile_locked = people.time_to_confirm(quotations[3])
        assert shop.customers[3] in shop.noted()
    shop.fall_silent(shop.customers)
    shop.forget_passes()
    worker.start(PAUSE_IN_STEP.format(where="after") + JOBS["refresh"])
    worker.wait_for_pause()
    with_a_job_at_work = people.time_to_confirm(quotations[4])
    assert shop.customers[4] in shop.noted()
    worker.resume()
    worker.finish()
    with connect(database) as other:
        other.cursor().execute(
            "UPDATE res_partner SET comment = 'Being edited' WHERE id = ANY(%s)",
            [shop.customers],
        )
        with_customer_being_edited = people.time_to_confirm(quotations[5])

    assert with_profile_locked < usual + 2
    assert with_a_job_at_work < usual + 2
    assert with_customer_being_edited < usual + 2
    # The job gives way to whoever is refreshing at the moment, and comes again.
    for _minute in range(10):
        worker.run(SCHEDULED["queue"])
        if not shop.noted():
            break
        time.sleep(0.5)
    assert shop.noted() == set()
    assert shop.profiles() == worker.run(REBUILD_PROFILES)
    shop.check_facts()


def test_running_jobs_by_hand_waits_for_no_job_and_warns_of_none(
    database, connect, start_server, start_worker
):
    server = start_server(database, options=["--max-cron-threads=0"])
    worker = start_worker(database)
    shop = Shop(connect(database), worker)
    people = People(shop, server)
    worker.run(JOBS["refresh"])
    shop.fall_silent(shop.customers)
    shop.forget_passes()

    worker.start(PAUSE_IN_STEP.format(where="after") + JOBS["refresh"])
    worker.wait_for_pause()
    shop.note(shop.customers[:3])
    assert people.time_to_run_job("queue") < 2
    assert shop.noted() >= set(shop.customers[:3])
    worker.resume()
    worker.finish()
    worker.start(PAUSE_AFTER_RULE + JOBS["rules"])
    worker.wait_for_pause()
    with ThreadPoolExecutor(max_workers=1) as threads:
        running = threads.submit(people.run_rule, at=0)
        ended, waiting = wait([running], timeout=2)
        worker.resume()
        worker.finish()
        running.result()
    assert not waiting

    people.time_to_run_job("queue")
    people.run_rule(at=0)
    assert shop.noted() == set()
    assert shop.touched() == shop.spells()
    shop.check_ledger()


def test_a_stage_set_by_hand_while_a_refresh_is_under_way_stays(
    database, connect, start_server, start_worker
):
    server = start_server(database, options=["--max-cron-threads=0"])
    worker = start_worker(database)
    shop = Shop(connect(database), worker)
    people = People(shop, server)
    worker.run(JOBS["refresh"])
    shop.fall_silent(shop.customers)
    shop.forget_passes()
    stage = worker.run("result = env.ref('crm_relationship.stage_won_back').id")

    worker.start(PAUSE_IN_STEP.format(where="before") + JOBS["refresh"])
    worker.wait_for_pause()
    people.set_stage(shop.customers[0], stage)
    worker.resume()
    worker.finish()

    assert shop.query(
        "SELECT stage_id, days_since_order FROM relationship_profile"
        " WHERE partner_id = %s",
        shop.customers[0],
    ) == [(stage, 41)]
    shop.check_moves()
    shop.check_facts()
