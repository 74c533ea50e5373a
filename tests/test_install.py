"""The add-on comes into a company's database with years of orders, and leaves it."""

import json
import os
import random
import re

import blackbox_orders as history
import blackbox_snapshot as snapshot
import psycopg2
import pytest
from blackbox_worker import Worker
from devenv import databases

CUSTOMERS = 3_000
CONTACTS = 300
CONFIRMED = 12_000
OTHERS = 1_000
ADDON = "env['ir.module.module'].search([('name', '=', 'crm_relationship')])"
INSTALL = f"{ADDON}.button_immediate_install()"
INSTALL_IN_SLICES = f"""
from odoo.addons.crm_relationship.models import relationship_profile_refresh
relationship_profile_refresh.SLICE = 500
{INSTALL}
"""
UNINSTALL = f"{ADDON}.button_immediate_uninstall()"
# What people leave behind on the add-on's records, and settings of their own.
USE_IT = """
from odoo.fields import Command
profile = env["relationship.profile"].search([], limit=1)
own = {"res_model": profile._name, "res_id": profile.id}
env["ir.attachment"].create({"name": "Contract", "raw": b"signed", **own})
env["mail.activity"].create(
    {"res_model_id": env["ir.model"]._get_id(profile._name), "res_id": profile.id}
)
env["mail.followers"].create({**own, "partner_id": env.user.partner_id.id})
env["mail.message"].create({"model": profile._name, "res_id": profile.id, "body": "Hi"})
env["ir.filters"].create({"name": "Mine", "model_id": profile._name, "domain": "[]"})
env["ir.default"].set("relationship.rule", "daily_capacity", 5)
env["ir.exports"].create({"name": "List", "resource": profile._name})
stage = env["relationship.stage"].create(
    {"name": "Gold", "sequence": 55, "domain": "[('revenue', '>', 10000)]"}
)
profile.stage_id = stage
env["relationship.rule"].create({"name": "Later", "rhythm_factor": 4})
env.company.relationship_user_id = env.ref("base.user_admin")
env.company.relationship_tz = "Europe/Brussels"
seller = env["res.users"].create({
    "name": "Sandra", "login": "sandra",
    "group_ids": [Command.link(env.ref("crm_relationship.group_relationship_user").id)],
})
env["res.config.settings"].create({"relationship_pin_days": 30}).execute()
seller.unlink()
"""
# The everyday business of an Odoo without the add-on.
WORK_WITHOUT_IT = """
customer = env["res.partner"].search([("name", "=", "Customer 1")])
product = env["product.product"].create({"name": "Bonbons", "list_price": 10})
order = env["sale.order"].create(
    {"partner_id": customer.id, "order_line": [(0, 0, {"product_id": product.id})]}
)
order.action_confirm()
customer.write({"name": "Renamed"})
archs = {
    model: env[model].get_views([(False, "form"), (False, "list"), (False, "search")])
    for model in ("res.partner", "sale.order", "res.config.settings", "res.users")
}
env["ir.ui.menu"].load_web_menus(False)
assert not [model for model in env if "relationship" in model]
result = (order.state, "relationship" in str(archs))
env.cr.rollback()
"""


@pytest.fixture
def old_database(database_factory):
    """Return a new database of Odoo's own modules, without the add-on.

    ``database_factory`` is asked for because it sets up the environment.
    """
    name = f"relationship_blackbox_{os.getpid()}_old"
    databases.create_without_addon(name)
    yield name
    databases.drop(name)


@pytest.fixture
def start_worker():
    """Return a function that starts a worker; at the end its log must be clean."""
    workers = []

    def start(database, name="worker"):
        workers.append(Worker(database, name))
        return workers[-1]

    yield start
    for worker in workers:
        worker.stop()
    for worker in workers:
        worker.check_log()


def make_history(cursor):
    """Give the database customers, contacts below some of them, and their orders."""
    chance = random.Random(7)
    customers = history.insert_customers(
        cursor, [f"Customer {number}" for number in range(CUSTOMERS)]
    )
    parents = customers[:CONTACTS]
    contacts = history.insert_customers(
        cursor, [f"Contact {number}" for number in range(CONTACTS)], parents=parents
    )
    # The last customers never buy.
    buyers = customers[:-100] + contacts

    def order(state="sale"):
        day = history.days_ago(chance.randint(0, 900))
        amount = round(chance.uniform(1, 500), 2)
        return history.Order(chance.choice(buyers), day, amount, state)

    history.insert_orders(cursor, [order() for _ in range(CONFIRMED)])
    states = ("draft", "sent", "cancel")
    others = [order(chance.choice(states)) for _ in range(OTHERS)]
    free = [order()._replace(amount=0) for _ in range(50)]
    history.insert_orders(cursor, others + free)
    return customers


def check_profiles(cursor, customers):
    """Each customer has one profile with the right figures and a stage."""
    orders = history.read_orders(cursor)
    assert history.read_profiles(cursor) == history.compute_facts(orders)
    cursor.execute(
        "SELECT partner_id, quotation_count, stage_id IS NOT NULL"
        "  FROM relationship_profile"
    )
    rows = cursor.fetchall()
    quotations = {
        customer: sum(order.state in ("draft", "sent") for order in orders_of_customer)
        for customer, orders_of_customer in group(orders).items()
    }
    ours = [row for row in rows if row[0] in set(customers)]
    assert len(ours) == len(customers)
    assert sorted(ours) == [
        (customer, quotations.get(customer, 0), True) for customer in sorted(customers)
    ]


def group(orders):
    found = {}
    for order in orders:
        found.setdefault(order.partner_id, []).append(order)
    return found


def test_installing_on_years_of_orders_shows_them_and_uninstalling_leaves_no_trace(
    old_database, start_worker
):
    with psycopg2.connect(dbname=old_database) as connection:
        cursor = connection.cursor()
        customers = make_history(cursor)
    connection.autocommit = True
    schema = snapshot.read_schema(cursor)
    rows = snapshot.read_rows(cursor)
    worker = start_worker(old_database)

    worker.run(INSTALL_IN_SLICES)

    progress = re.findall(r"(\d+) looked at", worker.log_text())
    assert len(progress) >= CUSTOMERS // 500
    assert [int(count) for count in progress] == sorted(map(int, progress))
    check_profiles(cursor, customers)
    cursor.execute("SELECT COUNT(*) FROM relationship_touch")
    [treated] = cursor.fetchone()
    assert f"scheduled {treated} activities" in worker.log_text()
    # Figures that have not changed are not written again.
    unchanged = "result = env['relationship.profile']._refresh(env.company)"
    assert worker.run(unchanged) == 0

    worker.run(USE_IT)
    worker.run(UNINSTALL)

    left = snapshot.read_schema(cursor) ^ schema
    assert not left
    changes = snapshot.compare_rows(rows, snapshot.read_rows(cursor))
    assert without_explained(changes) == {}
    assert len(changes["mail_activity"][1]) == treated
    assert snapshot.find_text(cursor, "crm_relationship").keys() <= MENTIONS

    # A new process, which has never seen the add-on.
    worker.stop()
    worker = start_worker(old_database, "worker-afterwards")
    assert worker.run(WORK_WITHOUT_IT) == ("sale", False)
    worker.run(INSTALL)
    check_profiles(cursor, customers)


# Odoo's list of add-ons.
MENTIONS = {"ir_module_module"}


def without_explained(changes):
    """Leave out of the changes what a look at each says is all right."""
    return {
        table: rows
        for table, rows in changes.items()
        if not EXPLAINED.get(table, never)(*rows)
    }


def never(gone, new):
    return False


EXPLAINED = {}
