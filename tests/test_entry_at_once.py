"""What stages start on entry, with jobs that die and jobs at once: nothing twice."""

import random

import pytest
from blackbox_worker import (
    DIE_AFTER,
    LIFT_LIMITS,
    clean_workers,
    set_constant,
    wait_until,
)

CUSTOMERS = 24
GROUPS = 4
REPETITIONS = 20

SET_UP = """
from odoo.fields import Command
company = env.company
company.relationship_user_id = env.ref("base.user_admin")
env["relationship.rule"].search([]).active = False
stages = env["relationship.stage"].create([
    {"name": name, "sequence": 11 + number}
    for number, name in enumerate(("Invited", "Waiting"))
])
template = env["mail.template"].create({
    "name": "Welcome", "model_id": env["ir.model"]._get_id("res.partner"),
    "subject": "Welcome {{ object.name }}", "body_html": "<p>Welcome</p>",
    "auto_delete": False,
})
tag = env["res.partner.category"].create({"name": "Invited"})
common = {
    "state": "on", "trigger": "stage", "stage_ids": [Command.set(stages.ids)],
    "daily_capacity": 0,
}
rules = env["relationship.rule"].create([
    common | {"name": "Call", "action_kind": "activity"},
    common | {
        "name": "Write", "action_kind": "email", "template_id": template.id,
        "channel_id": env.ref("crm_relationship.channel_email").id,
    },
    common | {"name": "Tag", "action_kind": "tag", "tag_id": tag.id},
])
customers = env["res.partner"].create([
    {"name": f"Customer {number}", "email": f"c{number}@choco.test",
     "is_company": True}
    for number in range(CUSTOMERS)
])
env["relationship.profile"]._refresh(company)
result = {"stages": stages.ids, "rules": rules.ids, "customers": customers.ids}
""".replace("CUSTOMERS", str(CUSTOMERS))
MOVE = """
env["relationship.profile"].search([("partner_id", "in", {customers})]).write(
    {{"stage_id": {stage}, "stage_pin_reason": "Because"}}
)
"""
ENTRIES = "env['relationship.rule']._cron_run_entries()"
ALL_RULES = "env['relationship.rule']._cron_run()"


class Invitations:
    """A database whose customers go from stage to stage, and its outside view."""

    def __init__(self, connection, worker):
        connection.autocommit = True
        self.cursor = connection.cursor()
        self.worker = worker
        self.ids = worker.run(LIFT_LIMITS + SET_UP)
        self.customers = self.ids["customers"]

    def query(self, sql, *parameters):
        self.cursor.execute(sql, parameters or None)
        return self.cursor.fetchall()

    def move(self, customers, stage):
        self.worker.run(MOVE.format(customers=list(customers), stage=stage))

    def age(self):
        """Make all that has happened a day older, so that the next entry is new."""
        self.query("UPDATE relationship_stage_move SET date = date - 1 RETURNING id")
        self.query("UPDATE relationship_rule SET start_date = '2020-01-01' RETURNING 1")

    def entries(self):
        """Where each customer has come in for good, by the log alone."""
        return {
            (partner, str(move))
            for partner, move in self.query(
                """
                SELECT DISTINCT ON (partner_id) partner_id, id
                  FROM relationship_stage_move
                 WHERE to_stage_id = ANY(%s)
                 ORDER BY partner_id, id DESC
                """,
                self.ids["stages"],
            )
        }

    def check(self):
        """One touch for each occurrence, one activity or e-mail for each touch."""
        assert not self.query(
            "SELECT 1 FROM relationship_touch"
            " GROUP BY rule_id, partner_id, company_id, occurrence HAVING COUNT(*) > 1"
        )
        call, write, tag = self.ids["rules"]
        assert self.count("relationship_touch WHERE rule_id = %s", call) == self.count(
            "mail_activity activity JOIN relationship_touch touch"
            " ON touch.activity_id = activity.id AND touch.partner_id = activity.res_id"
        )
        assert self.count("mail_activity") == self.count(
            "relationship_touch WHERE rule_id = %s", call
        )
        mails = self.count(
            "mail_mail mail JOIN mail_message message"
            " ON message.id = mail.mail_message_id WHERE message.model = 'res.partner'"
        )
        assert mails == self.count("relationship_touch WHERE rule_id = %s", write)
        assert mails == self.count(
            "mail_mail mail JOIN relationship_touch touch"
            " ON touch.message_id = mail.mail_message_id"
            " JOIN mail_mail_res_partner_rel recipient"
            " ON recipient.mail_mail_id = mail.id"
            " AND recipient.res_partner_id = touch.partner_id"
        )
        assert (
            self.query(
                "SELECT DISTINCT partner_id FROM relationship_touch WHERE rule_id = %s"
                " EXCEPT SELECT partner_id FROM res_partner_res_partner_category_rel",
                tag,
            )
            == []
        )

    def count(self, tables, *parameters):
        [[count]] = self.query(f"SELECT COUNT(*) FROM {tables}", *parameters)
        return count

    def touched(self, rule):
        return set(
            self.query(
                "SELECT partner_id, occurrence FROM relationship_touch"
                " WHERE rule_id = %s",
                rule,
            )
        )

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


def test_a_job_killed_at_any_statement_acts_once_on_each_entry(
    database, connect, start_worker
):
    worker = start_worker(database)
    world = Invitations(connect(database), worker)
    worker.run(set_constant("BATCH", 3))
    moved = 0

    for kills in range(1000):
        group = world.customers[kills % GROUPS :: GROUPS]
        world.age()
        world.move(group, world.ids["stages"][kills // GROUPS % 2])
        moved += len(group)
        with worker.child(DIE_AFTER.format(statements=kills * 9) + ENTRIES) as job:
            pass
        world.wait_for_dead()
        world.check()
        worker.run(ENTRIES)
        world.check()
        for rule in world.ids["rules"]:
            assert world.entries() <= world.touched(rule)
        if not job.was_killed:
            break

    assert job.exit_code == 0
    assert kills >= 8
    for rule in world.ids["rules"]:
        assert len(world.touched(rule)) == moved


def test_jobs_at_once_while_people_move_customers_act_once(
    database, connect, start_worker
):
    workers = [start_worker(database, f"worker{number}") for number in range(3)]
    world = Invitations(connect(database), workers[0])
    random.seed(3)
    moved = 0

    for repetition in range(REPETITIONS):
        group = world.customers[repetition % GROUPS :: GROUPS]
        stage = world.ids["stages"][repetition // GROUPS % 2]
        world.age()
        jobs = random.sample([ENTRIES, ALL_RULES], 2)
        for worker, job in zip(workers[1:], jobs, strict=True):
            worker.start(job)
        world.move(group, stage)
        moved += len(group)
        for worker in workers[1:]:
            worker.finish()
        for worker, job in zip(workers[1:], jobs, strict=True):
            worker.start(job)
        for worker in workers[1:]:
            worker.finish()
        world.check()

    workers[0].run(ENTRIES)
    world.check()
    for rule in world.ids["rules"]:
        assert len(world.touched(rule)) == moved
