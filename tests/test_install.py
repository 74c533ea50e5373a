"""The add-on comes into a company's database with years of orders, and leaves it."""

import json
import os
import random
import re

import blackbox_orders as history
import blackbox_snapshot as snapshot
import psycopg2
import pytest
from blackbox_worker import clean_workers, set_constant

from clients import Json2
from devenv import databases

CUSTOMERS = 3_000
CONTACTS = 300
CONFIRMED = 12_000
OTHERS = 1_000
ADMINISTRATOR = 2
ADDON = "env['ir.module.module'].search([('name', '=', 'crm_relationship')])"
INSTALL = f"{ADDON}.button_immediate_install()"
INSTALL_IN_SLICES = set_constant("SLICE", 500) + INSTALL
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
env.ref("base.user_admin").group_ids = [
    Command.link(env.ref("crm_relationship.group_relationship_user").id)
]
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
def start_worker(database_factory):
    """Return a function that starts a worker; at the end their logs must be clean."""
    with clean_workers() as start:
        yield start


def make_history(cursor):
    """Give the database customers, contacts below some of them, and their orders."""
    chance = random.Random(7)
    customers = history.insert_customers(
        cursor,
        [f"Customer {number}" for number in range(CUSTOMERS)],
        user_ids=[ADMINISTRATOR, None],
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

    assert snapshot.read_schema(cursor) ^ schema == set()
    changes = snapshot.compare_rows(rows, snapshot.read_rows(cursor))
    assert unexplained(changes) == {}
    # What rules found to be done is still to be done.
    assert len(changes["mail_activity"].new) == treated > 0

    # A new process, which has never seen the add-on.
    worker.stop()
    afterwards = start_worker(old_database, "worker-afterwards")
    assert afterwards.run(WORK_WITHOUT_IT) == ("sale", False)
    afterwards.run(INSTALL)
    check_profiles(cursor, customers)


def test_uninstalling_in_the_web_client_takes_the_demo_data_along(
    database_factory, start_server
):
    database = database_factory(demo=True)
    server = start_server(database, options=["--max-cron-threads=0"])
    admin = Json2.for_user(server, "admin")
    named = [["module", "=", "crm_relationship"], ["model", "=", "res.partner"]]
    listed = [["name", "=", "crm_relationship"]]
    demo = admin.call("ir.model.data", "search_read", domain=named, fields=["res_id"])
    partners = [["id", "in", [row["res_id"] for row in demo]]]
    assert admin.call("res.partner", "search_count", domain=partners) == len(demo) > 0
    addon = admin.call("ir.module.module", "search", domain=listed)

    admin.call("ir.module.module", "button_immediate_uninstall", ids=addon)

    assert admin.call("res.partner", "search_count", domain=partners) == 0
    with psycopg2.connect(dbname=database) as connection:
        cursor = connection.cursor()
        schema = snapshot.read_schema(cursor)
        assert [item for item in schema if "relationship_" in str(item)] == []
        found = snapshot.find_text(cursor, "crm_relationship")
        assert {table: len(rows) for table, rows in found.items()} == {
            # The add-on and its bridges in Odoo's list of add-ons, the names of these
            # records, and that they need it.
            "ir_module_module": 3,
            "ir_module_module_dependency": 2,
            "ir_model_data": 3,
        }


def unexplained(changes):
    """Leave out the changes that are all right, as their explanations say."""
    return {
        table: change
        for table, change in changes.items()
        if not (table in EXPLAINED and EXPLAINED[table](change))
    }


FORGOTTEN_KEYS = {
    "mail_activity_type_relationship_channel_id_fkey",
    "res_company_relationship_user_id_fkey",
    "res_partner_relationship_channel_id_fkey",
    "res_partner_relationship_contact_id_fkey",
    "res_partner_relationship_source_id_fkey",
    "res_partner_relationship_campaign_id_fkey",
    "sale_order_relationship_confirmed_segment_id_fkey",
    "sale_order_relationship_confirmed_stage_id_fkey",
}
# Per table, what may differ after the add-on came and went.
EXPLAINED = {
    # Odoo tells its processes that models changed, and triggers its own cleaning.
    "orm_signaling_registry": lambda change: not change.gone,
    "ir_cron_trigger": lambda change: not change.gone and only(change.new, cron_id=1),
    # The list of add-ons has read the icon of this one; it is not installed.
    "ir_module_module": lambda change: only(
        change.new, name="crm_relationship", state="uninstalled", latest_version=None
    ),
    # Odoo forgets to forget foreign keys on its own tables; the key itself is gone.
    "ir_model_constraint": lambda change: (
        only(change.new, type="f")
        and {json.loads(row)["name"] for row in change.new} <= FORGOTTEN_KEYS
    ),
    # Activities on customers are work for people, who follow these customers now.
    "mail_activity": lambda change: (
        not change.gone and only(change.new, res_model="res.partner")
    ),
    "mail_followers": lambda change: (
        not change.gone and only(change.new, res_model="res.partner")
    ),
    "mail_followers_mail_message_subtype_rel": lambda change: not change.gone,
}


def only(rows, **values):
    """Tell whether all rows have these values."""
    return all(values.items() <= json.loads(row).items() for row in rows)
