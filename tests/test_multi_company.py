"""Who sees what, asked over JSON-2 as the people of two companies."""

import json
import re

import blackbox_orders as history
import psycopg2
import pytest
import requests
from blackbox_sources import CONCRETE
from blackbox_worker import LIFT_LIMITS, Worker

from clients import Json2
from devenv import logcheck
from devenv.server import OdooServer

# People of company A unless they say otherwise. ``own`` and ``colleague`` see their own
# documents in Sales, ``leader`` leads the team of ``own``, ``all`` sees all documents.
PEOPLE = {
    "own": "sales_team.group_sale_salesman",
    "colleague": "sales_team.group_sale_salesman",
    "leader": "sales_team.group_sale_salesman",
    "all": "sales_team.group_sale_salesman_all_leads",
    "manager": "sales_team.group_sale_manager",
    "configurator": "crm_relationship.group_relationship_manager",
    "other_manager": "sales_team.group_sale_manager",
    "both": "sales_team.group_sale_salesman_all_leads",
    "employee": "base.group_user",
    "portal": "base.group_portal",
}
SET_UP = f"""
from odoo.fields import Command
a = env.company
b = env["res.company"].create({{"name": "Company B"}})
users, keys = {{}}, {{}}
for login, group in {PEOPLE!r}.items():
    may_export = env["res.groups"]
    if login in ("manager", "configurator"):
        may_export = env.ref("base.group_allow_export")
    companies = b if login == "other_manager" else a + b if login == "both" else a
    users[login] = env["res.users"].create({{
        "name": login.title(),
        "login": login,
        "group_ids": [Command.set((env.ref(group) + may_export).ids)],
        "company_id": companies[0].id,
        "company_ids": [Command.set(companies.ids)],
    }})
users["admin"] = env.ref("base.user_admin")
users["admin"].company_ids += b
team = env["crm.team"].create({{
    "name": "Team of A", "company_id": a.id, "user_id": users["leader"].id,
    "member_ids": [Command.set(users["own"].ids)],
}})
for login, user in users.items():
    keys[login] = env["res.users.apikeys"].with_user(user).sudo()._generate(
        "rpc", "test", None
    )
a.relationship_user_id = users["manager"]
b.relationship_user_id = users["other_manager"]
for company in a + b:
    env["relationship.rule"].create(
        {{"name": "Rule of " + company.name, "company_id": company.id, "state": "on"}}
    )
    env["relationship.stage"].create({{
        "name": "Stage of " + company.name, "company_id": company.id, "sequence": 35,
        "domain": "[('revenue', '>', 1000000)]",
    }})
    env["relationship.segment"].create(
        {{"name": "Segment of " + company.name, "company_id": company.id}}
    )
    env["relationship.channel"].create(
        {{"name": "Channel of " + company.name, "company_id": company.id}}
    )
    env["relationship.kinship"].create(
        {{"name": "Kinship of " + company.name, "company_id": company.id}}
    )
    env["relationship.lost.reason"].create(
        {{"name": "Reason of " + company.name, "company_id": company.id}}
    )
    env["relationship.score.limit"].create({{"company_id": company.id}})
    env["relationship.value.model"].create({{
        "company_id": company.id, "date": "2020-01-01", "state": "refused",
        "candidate_ids": [Command.create({{"kind": "recency"}})],
    }})
    for part in ("team", "stage", "category", "cause", "level"):
        env["relationship.case." + part].create(
            {{"name": part.title() + " of " + company.name, "company_id": company.id,
              "sequence": 99}}
        )
    env["relationship.profile.fact"].create(
        {{"name": "Fact of " + company.name, "company_id": company.id,
          "kind": "contact"}}
    )
    env["res.partner"].create([
        {{"name": "Quirino Zabumba of " + company.name, "company_id": company.id,
         "email": "zabumba@" + str(company.id) + ".test"}}
        for _number in range(2)
    ])
env["relationship.duplicate"]._scan()
result = {{
    "a": a.id,
    "b": b.id,
    "users": {{login: user.id for login, user in users.items()}},
    "partners": {{login: user.partner_id.id for login, user in users.items()}},
    "keys": keys,
}}
"""
RUN_JOBS = """
product = env["product.product"].create({"name": "Truffles"})
env.cr.execute(
    '''
    INSERT INTO sale_order_line (
        order_id, company_id, order_partner_id, state, product_id, product_uom_id, name,
        product_uom_qty, price_unit, price_subtotal, customer_lead
    )
    SELECT id, company_id, partner_id, state, %s, %s, 'Truffles',
           1, amount_untaxed, amount_untaxed, 0
      FROM sale_order
    ''',
    [product.id, product.uom_id.id],
)
for company in env["res.company"].search([]):
    env["relationship.backfill"]._start(company)
    env["relationship.capture.failure"].create({
        "source": "relationship.capture.sale", "company_id": company.id,
        "document_ids": [1],
    })
while env["relationship.backfill"]._step_in_turn():
    pass
for company in env["res.company"].search([]):
    env["relationship.profile"]._refresh_everybody(company)
    env["relationship.segment.snapshot"]._take(company, company._relationship_today())
for profile in env["relationship.profile"].search([("order_count", ">", 0)]):
    env["relationship.consent"].create({
        "partner_id": profile.partner_id.id,
        "company_id": profile.company_id.id,
        "purpose": "offers",
        "channel_id": env.ref("crm_relationship.channel_phone").id,
        "state": "granted",
        "user_id": env.ref("base.user_admin").id,
    })
    env["relationship.interaction"].create({
        "partner_id": profile.partner_id.id,
        "company_id": profile.company_id.id,
        "channel_id": env.ref("crm_relationship.channel_phone").id,
        "subject": "Called",
        "user_id": env.ref("base.user_admin").id,
    })
for rule in env["relationship.rule"].search([("state", "=", "on")]):
    for company in rule._get_companies():
        rule._run(company)
    rule._try_turn()
for touch in env["relationship.touch"].search([]):
    env["relationship.touch.outcome"].create({
        "touch_id": touch.id, "activity_id": touch.activity_id.id,
        "partner_id": touch.partner_id.id, "company_id": touch.company_id.id,
        "user_id": env.ref("base.user_admin").id, "date": touch.date,
        "outcome": "interested",
    })
for profile in env["relationship.profile"].search([("order_count", ">", 0)]):
    env["relationship.rule.match"].create({
        "rule_id": env.ref("crm_relationship.rule_rhythm").id,
        "partner_id": profile.partner_id.id,
        "company_id": profile.company_id.id,
        "since": profile.company_id._relationship_today(),
    })
for profile in env["relationship.profile"].search([]):
    env["relationship.key.date"].create({
        "partner_id": profile.partner_id.id, "company_id": profile.company_id.id,
        "name": "Lia", "day": 29, "month": "02",
    })
    env["relationship.case"].create({
        "partner_id": profile.partner_id.id, "company_id": profile.company_id.id,
        "name": "Are there nuts in it?",
    })
"""
# What people see of these is computed; the administrator sees all of it.
WITHOUT_TABLE = {"relationship.touch.report"}
ABOUT_CUSTOMERS = [
    "relationship.profile",
    "relationship.profile.product",
    "relationship.stage.move",
    "relationship.segment.move",
    "relationship.touch",
    "relationship.touch.outcome",
    "relationship.interaction",
    "relationship.consent",
    "relationship.key.date",
    "relationship.case",
]
# The log has the refusals that these tests ask for, and nothing else.
REFUSAL = re.compile(
    r"WARNING \S+ odoo\.http: (.+\n)?"
    r"(You are not allowed to|You do not have enough rights|Uh-oh! Looks like|"
    r"Access to unauthorized|Profiles are computed|Only administrators refresh|"
    r"Every customer |\S.* is served by somebody else)"
)


class World:
    """A server of two companies with customers, and its people's clients."""

    def __init__(self, server, ids):
        self.a, self.b = ids["a"], ids["b"]
        self.users = ids["users"]
        self.partners = ids["partners"]
        self._clients = {
            login: Json2(server.url, server.database, key)
            for login, key in ids["keys"].items()
        }
        self.connection = psycopg2.connect(dbname=server.database)
        self.connection.autocommit = True
        self._cursor = self.connection.cursor()
        self.customers = self._make_customers()

    def query(self, sql, *parameters):
        self._cursor.execute(sql, parameters or None)
        return self._cursor.fetchall()

    def call(self, login, model, method, **arguments):
        return self._clients[login].call(model, method, **arguments)

    def refuses(self, login, model, method, **arguments):
        """Tell whether the server refuses a call for lack of rights."""
        try:
            self.call(login, model, method, **arguments)
        except requests.HTTPError as error:
            answer = json.loads(str(error))
            assert answer["name"] == "odoo.exceptions.AccessError", answer["message"]
            return True
        return False

    def rows(self, model, company=None):
        """The ids of a model's rows, of one company or of all."""
        table = model.replace(".", "_")
        if model in WITHOUT_TABLE:
            domain = [["company_id", "=", company]] if company else []
            return self.seen("admin", model, domain)
        if company is None:
            return {row[0] for row in self.query(f"SELECT id FROM {table}")}
        sql = f"SELECT id FROM {table} WHERE company_id = %s"
        return {row[0] for row in self.query(sql, company)}

    def rows_of(self, model, customer):
        """The ids of a model's rows about a customer, in company A."""
        table = model.replace(".", "_")
        sql = f"SELECT id FROM {table} WHERE partner_id = %s AND company_id = %s"
        return {row[0] for row in self.query(sql, self.customers[customer], self.a)}

    def seen(self, login, model, domain=()):
        return set(self.call(login, model, "search", domain=list(domain)))

    def _make_customers(self):
        """Customers who have gone quiet, so that there are moves and touches too."""
        salespeople = {
            "of own": self.users["own"],
            "of colleague": self.users["colleague"],
            "of nobody": None,
            "of A and B": self.users["both"],
            "of B": self.users["other_manager"],
        }
        ids = dict(
            zip(
                salespeople,
                history.insert_customers(
                    self._cursor, list(salespeople), user_ids=list(salespeople.values())
                ),
                strict=True,
            )
        )
        for name, customer in ids.items():
            for company, amount in ((self.a, 100.0), (self.b, 7.0)):
                if name == "of A and B" or (name == "of B") == (company == self.b):
                    orders = history.rhythm(
                        customer,
                        orders=5,
                        interval=10,
                        quiet_days=40,
                        amount=amount,
                        company_id=company,
                    )
                    history.insert_orders(self._cursor, orders)
        return ids


@pytest.fixture(scope="module")
def world(database_factory):
    """Return the world; at the end its log has refusals only."""
    database = database_factory()
    with Worker(database) as worker:
        ids = worker.run(LIFT_LIMITS + SET_UP)
        with OdooServer(database, options=["--max-cron-threads=0"]) as server:
            server.wait_until_ready()
            world = World(server, ids)
            worker.run(RUN_JOBS)
            world.query(
                "INSERT INTO relationship_profile_queue (partner_id, company_id)"
                " SELECT partner_id, company_id FROM relationship_profile RETURNING id"
            )
            yield world
            world.connection.close()
    problems = logcheck.problems(server.log_text())
    assert [text for text in problems if not REFUSAL.search(text)] == []
    worker.check_log()


@pytest.mark.parametrize("model", CONCRETE)
def test_whoever_configures_one_company_sees_nothing_of_the_other(world, model):
    hidden = sorted(world.rows(model, world.b))
    own = world.rows(model, world.a)
    assert hidden and own, f"give both companies rows of {model} in the set-up above"

    for login in ("manager", "configurator"):
        seen = world.seen(login, model)
        assert own <= seen
        assert not seen & set(hidden)
        foreign = [["company_id", "=", world.b]]
        assert world.call(login, model, "search_count", domain=foreign) == 0
        assert world.call(login, model, "search_count", domain=[]) == len(seen)
        groups = world.call(
            login,
            model,
            "formatted_read_group",
            domain=[],
            groupby=["company_id"],
            aggregates=["__count"],
        )
        companies = {row["company_id"] and row["company_id"][0] for row in groups}
        assert companies <= {world.a, False}
        assert sum(row["__count"] for row in groups) == len(seen)
        named = world.call(login, model, "name_search", name="", limit=None)
        assert not {row[0] for row in named} & set(hidden)


@pytest.mark.parametrize("model", CONCRETE)
def test_whoever_configures_one_company_cannot_touch_the_other(world, model):
    hidden = sorted(world.rows(model, world.b))

    for login in ("manager", "configurator"):
        asking = {"login": login, "model": model, "ids": hidden[:1]}
        assert world.refuses(method="read", fields=["company_id"], **asking)
        assert world.refuses(
            method="export_data", fields_to_export=["company_id"], **asking
        )
        assert world.refuses(method="write", vals={"company_id": world.a}, **asking)
        assert world.refuses(method="unlink", **asking)
        both = {"allowed_company_ids": [world.a, world.b]}
        assert world.refuses(login, model, "search", domain=[], context=both)
    assert set(hidden) == world.rows(model, world.b)


def test_nothing_of_another_company_shows_on_contacts_and_orders(world):
    customer = world.customers["of B"]
    names = ["relationship_profile_id", "relationship_stage_id"]

    [partner] = world.call(
        "manager", "res.partner", "read", ids=[customer], fields=names
    )
    assert [partner[name] for name in names] == [False, False]
    card = world.call("manager", "res.partner", "get_relationship_card", ids=[customer])
    assert card is False
    found = world.seen(
        "manager", "res.partner", [["relationship_stage_id", "!=", False]]
    )
    assert world.customers["of own"] in found
    assert customer not in found
    customer = world.customers["of A and B"]
    for company, revenue in ((world.a, 500), (world.b, 35)):
        context = {"allowed_company_ids": [company]}
        card = world.call(
            "both",
            "res.partner",
            "get_relationship_card",
            ids=[customer],
            context=context,
        )
        assert card["revenue"] == revenue


@pytest.mark.parametrize("field", ["relationship_profile_id", "relationship_stage_id"])
def test_contacts_and_orders_show_the_stage_to_those_who_may_see_the_profile(
    world, field
):
    customers = world.customers
    for login, seen in (
        ("own", {"of own", "of nobody"}),
        ("leader", {"of own", "of nobody"}),
        ("all", {"of own", "of colleague", "of nobody", "of A and B"}),
    ):
        partners = world.call(
            login, "res.partner", "read", ids=list(customers.values()), fields=[field]
        )
        found = world.seen(login, "res.partner", [[field, "!=", False]])
        orders = world.call(
            login,
            "sale.order",
            "search_read",
            domain=[["partner_id", "in", list(customers.values())]],
            fields=["partner_id", "relationship_stage_id"],
        )

        ids = {customers[name] for name in seen}
        assert {row["id"] for row in partners if row[field]} == ids
        assert found & set(customers.values()) == ids
        assert {
            order["partner_id"][0] for order in orders if order["relationship_stage_id"]
        } <= ids


def test_a_customer_of_two_companies_has_a_profile_in_each(world):
    rows = world.query(
        "SELECT company_id, order_count, revenue FROM relationship_profile"
        " WHERE partner_id = %s ORDER BY company_id",
        world.customers["of A and B"],
    )
    assert [(company, count, float(revenue)) for company, count, revenue in rows] == [
        (world.a, 5, 500.0),
        (world.b, 5, 35.0),
    ]


@pytest.mark.parametrize("model", ["relationship.profile", "relationship.touch"])
def test_people_of_two_companies_see_those_they_work_in(world, model):
    mine = [["partner_id", "=", world.customers["of A and B"]]]

    def companies(*allowed):
        rows = world.call(
            "both",
            model,
            "search_read",
            domain=mine,
            fields=["company_id"],
            context={"allowed_company_ids": list(allowed)},
        )
        return {row["company_id"][0] for row in rows}

    assert companies(world.a) == {world.a}
    assert companies(world.b) == {world.b}
    assert companies(world.a, world.b) == {world.a, world.b}


@pytest.mark.parametrize(
    ("login", "customers"),
    [
        ("own", {"of own", "of nobody"}),
        ("colleague", {"of colleague", "of nobody"}),
        ("leader", {"of own", "of nobody"}),
        ("all", {"of own", "of colleague", "of nobody", "of A and B"}),
        ("manager", {"of own", "of colleague", "of nobody", "of A and B"}),
        ("configurator", {"of own", "of colleague", "of nobody", "of A and B"}),
    ],
)
@pytest.mark.parametrize("model", ABOUT_CUSTOMERS)
def test_salespeople_see_their_own_customers_leaders_their_teams(
    world, model, login, customers
):
    rows = {customer: world.rows_of(model, customer) for customer in world.customers}
    seen = world.seen(login, model)

    assert {name for name, ids in rows.items() if ids and ids <= seen} == customers
    assert {name for name, ids in rows.items() if ids & seen} == customers


@pytest.mark.parametrize("customer", ["of colleague", "of B"])
def test_salespeople_do_not_reach_the_customers_of_others(world, customer):
    [[profile]] = world.query(
        "SELECT id FROM relationship_profile WHERE partner_id = %s",
        world.customers[customer],
    )
    [[stage]] = world.query("SELECT MIN(id) FROM relationship_stage")
    asking = {"login": "own", "model": "relationship.profile", "ids": [profile]}

    assert world.refuses(method="read", fields=["revenue"], **asking)
    assert world.refuses(method="write", vals={"stage_id": stage}, **asking)
    assert world.refuses(method="action_unpin", **asking)
    assert world.refuses(method="action_open_orders", **asking)
    assert pinning_is_refused(world, profile, stage)
    card = world.call(
        "own",
        "res.partner",
        "get_relationship_card",
        ids=[world.customers[customer]],
    )
    assert card is False


def pinning_is_refused(world, profile, stage):
    """Try the wizard: making it or applying it has to fail."""
    vals = {
        "profile_ids": [[6, 0, [profile]]],
        "stage_id": stage,
        "until": "2099-01-01",
        "reason": "Mine now",
    }
    model = "relationship.stage.pin"
    if world.refuses("own", model, "create", vals_list=[vals]):
        return True
    [wizard] = world.call("own", model, "create", vals_list=[vals])
    return world.refuses("own", model, "action_apply", ids=[wizard])


@pytest.mark.parametrize("login", ["employee", "portal"])
@pytest.mark.parametrize("model", CONCRETE)
def test_people_without_the_right_are_refused(world, model, login):
    rows = sorted(world.rows(model))
    asking = {"login": login, "model": model}

    assert world.refuses(method="search", domain=[], **asking)
    assert world.refuses(method="search_count", domain=[], **asking)
    assert world.refuses(method="name_search", name="", **asking)
    assert world.refuses(method="read", ids=rows[:1], fields=["company_id"], **asking)
    assert world.refuses(method="write", ids=rows[:1], vals={}, **asking)
    assert world.refuses(method="unlink", ids=rows[:1], **asking)


@pytest.mark.parametrize("login", ["employee", "portal"])
def test_people_without_the_right_work_on_contacts_as_before(world, login):
    own = world.partners[login]
    [partner] = world.call(login, "res.partner", "read", ids=[own], fields=["name"])
    assert partner["name"] == login.title()
    asking = {"login": login, "model": "res.partner"}
    known = world.call(method="fields_get", attributes=["string"], **asking)
    assert [name for name in known if name.startswith("relationship_")] == []
    for field in ("relationship_profile_id", "relationship_stage_id"):
        assert world.refuses(method="read", ids=[own], fields=[field], **asking)
        assert world.refuses(method="search", domain=[[field, "!=", False]], **asking)
    assert world.refuses(method="get_relationship_card", ids=[own], **asking)


@pytest.mark.parametrize("customer", ["of colleague", "of B"])
def test_salespeople_do_not_record_what_the_customers_of_others_say(world, customer):
    partner = world.customers[customer]
    [[channel]] = world.query(
        "SELECT id FROM relationship_channel WHERE code = 'phone'"
    )
    before = world.rows("relationship.consent")
    answer = {"purpose": "offers", "channel_id": channel, "state": "withdrawn"}
    asking = {"login": "own", "model": "res.partner", "ids": [partner]}

    assert world.call(method="get_relationship_consents", **asking) is False
    assert world.refuses(method="set_relationship_consent", **answer, **asking)
    for company in (world.a, world.b):
        vals = {**answer, "partner_id": partner, "company_id": company}
        assert world.refuses("own", "relationship.consent", "create", vals_list=[vals])
    assert world.rows("relationship.consent") == before


@pytest.mark.parametrize("login", ["own", "manager", "configurator", "admin"])
def test_nobody_changes_what_a_customer_said(world, login):
    partner = world.customers["of own"]
    [row] = world.rows_of("relationship.consent", "of own")
    [values] = world.query("SELECT * FROM relationship_consent WHERE id = %s", row)
    asking = {"login": login, "model": "relationship.consent"}
    new = {
        "partner_id": partner,
        "company_id": world.a,
        "purpose": "research",
        "state": "granted",
        "user_id": world.users["colleague"],
    }
    [[new["channel_id"]]] = world.query(
        "SELECT id FROM relationship_channel WHERE code = 'phone'"
    )

    for vals in ({"state": "withdrawn"}, {"date": "2020-01-01"}, {"proof": "x"}):
        assert world.refuses(method="write", ids=[row], vals=vals, **asking)
    assert world.refuses(method="unlink", ids=[row], **asking)
    [forged] = world.call(method="create", vals_list=[new], **asking)
    assert world.query(
        "DELETE FROM relationship_consent WHERE id = %s RETURNING user_id", forged
    ) == [(world.users[login],)]
    assert [values] == world.query(
        "SELECT * FROM relationship_consent WHERE id = %s", row
    )


@pytest.mark.parametrize("login", ["own", "all", "manager", "configurator", "admin"])
@pytest.mark.parametrize(
    "model",
    ["relationship.stage.move", "relationship.segment.move", "relationship.touch"],
)
def test_nobody_changes_a_ledger(world, model, login):
    row = min(world.rows(model, world.a))
    [values] = world.query(
        f"SELECT * FROM {model.replace('.', '_')} WHERE id = %s", row
    )
    asking = {"login": login, "model": model}

    assert world.refuses(
        method="write", ids=[row], vals={"date": "2020-01-01"}, **asking
    )
    assert world.refuses(method="unlink", ids=[row], **asking)
    assert world.refuses(method="copy", ids=[row], **asking)
    new = {"partner_id": world.customers["of own"], "company_id": world.a}
    assert world.refuses(method="create", vals_list=[new], **asking)
    assert [values] == world.query(
        f"SELECT * FROM {model.replace('.', '_')} WHERE id = %s", row
    )


@pytest.mark.parametrize("login", ["own", "manager", "configurator", "admin"])
@pytest.mark.parametrize(
    "vals",
    [
        {"revenue": 1_000_000},
        {"order_count": 99},
        {"last_order_date": "2020-01-01"},
        {"rhythm_ratio": 0.5},
        {"user_id": 2},
        {"partner_id": 1},
        {"active": False},
        {"stage_date": "2020-01-01"},
        {"segment_date": "2020-01-01"},
        {"computed_segment_id": 1},
        {"segment_id": 1, "revenue": 1},
        {"stage_pinned_until": "2099-01-01", "days_since_order": 1},
    ],
    ids=lambda vals: "+".join(vals),
)
def test_nobody_writes_what_is_computed_in_a_profile(world, login, vals):
    [profile] = world.rows_of("relationship.profile", "of own")
    asking = {"login": login, "model": "relationship.profile", "ids": [profile]}

    assert world.refuses(method="write", vals=vals, **asking)
    assert world.refuses(
        method="write", vals=vals, context={"relationship_pinning": True}, **asking
    )


@pytest.mark.parametrize("login", ["own", "manager", "configurator", "admin"])
def test_nobody_makes_or_removes_a_profile(world, login):
    [profile] = world.rows_of("relationship.profile", "of own")
    asking = {"login": login, "model": "relationship.profile"}
    new = {"partner_id": 1, "company_id": world.a}

    assert world.refuses(method="create", vals_list=[new], **asking)
    assert world.refuses(method="copy", ids=[profile], **asking)
    assert world.refuses(method="unlink", ids=[profile], **asking)


@pytest.mark.parametrize("context", [{}, {"relationship_pinning": True}])
def test_a_stage_set_by_hand_is_logged_whatever_the_client_says(world, context):
    [profile] = world.rows_of("relationship.profile", "of own")
    [[before]] = world.query(
        "SELECT stage_id FROM relationship_profile WHERE id = %s", profile
    )
    [[stage]] = world.query(
        "SELECT MIN(id) FROM relationship_stage WHERE id != %s AND company_id IS NULL",
        before,
    )

    world.call(
        "own",
        "relationship.profile",
        "write",
        ids=[profile],
        vals={"stage_id": stage},
        context=context,
    )

    [last] = world.query(
        "SELECT from_stage_id, to_stage_id, automatic, create_uid"
        "  FROM relationship_stage_move WHERE partner_id = %s ORDER BY id DESC LIMIT 1",
        world.customers["of own"],
    )
    assert last[:2] == (before, stage)
    assert not last[2]
    assert last[3] == world.users["own"]


@pytest.mark.parametrize("login", ["own", "manager", "admin"])
def test_nobody_takes_the_stage_from_a_customer(world, login):
    [profile] = world.rows_of("relationship.profile", "of own")

    with pytest.raises(requests.HTTPError):
        world.call(
            login,
            "relationship.profile",
            "write",
            ids=[profile],
            vals={"stage_id": False},
        )

    assert not world.query("SELECT 1 FROM relationship_profile WHERE stage_id IS NULL")


def test_only_those_who_configure_rules_and_stages_may_run_and_change_them(world):
    [rule] = world.query(
        "SELECT id FROM relationship_rule WHERE company_id = %s", world.a
    )
    [stage] = world.query(
        "SELECT id FROM relationship_stage WHERE company_id = %s", world.a
    )

    for login in ("own", "leader", "all"):
        for model, record in (
            ("relationship.rule", rule),
            ("relationship.stage", stage),
        ):
            asking = {"login": login, "model": model, "ids": list(record)}
            assert world.call(method="read", fields=["name"], **asking)
            assert world.refuses(method="write", vals={"name": "Mine"}, **asking)
            assert world.refuses(method="unlink", **asking)
        assert world.refuses(login, "relationship.rule", "action_run", ids=list(rule))
    for login in ("manager", "configurator"):
        assert world.call(login, "relationship.rule", "action_run", ids=list(rule))


def test_a_rule_for_all_companies_acts_only_where_the_person_who_runs_it_works(world):
    [[rule]] = world.query(
        "SELECT id FROM relationship_rule WHERE company_id IS NULL AND state = 'on'"
    )
    world.query(
        "UPDATE relationship_touch SET dedup_key = dedup_key || ' of long ago'"
        " WHERE rule_id = %s RETURNING id",
        rule,
    )
    before = world.rows("relationship.touch")

    world.call("manager", "relationship.rule", "action_run", ids=[rule])

    new = world.rows("relationship.touch") - before
    assert new
    assert new <= world.rows("relationship.touch", world.a)


def test_the_administrator_asks_for_a_refresh_of_the_company_at_work(world):
    last = max(world.rows("relationship.refresh"))

    action = world.call("admin", "res.config.settings", "action_relationship_refresh")

    assert action["tag"] == "display_notification"
    rows = world.query(
        "SELECT company_id, state FROM relationship_refresh WHERE id > %s", last
    )
    assert rows == [(world.a, "running")]
    for login in ("own", "employee", "portal"):
        assert world.refuses(
            login, "res.config.settings", "action_relationship_refresh"
        )


def test_figures_are_explained_to_whoever_sees_the_customer(world):
    [own] = world.rows_of("relationship.profile", "of own")
    said = world.call("own", "relationship.profile", "explain", ids=[own])
    assert "Recency" in said[str(own)]["recency_score"]
    assert "500" in said[str(own)]["revenue"]
    [colleague] = world.rows_of("relationship.profile", "of colleague")
    assert world.refuses("own", "relationship.profile", "explain", ids=[colleague])


def test_figures_of_all_customers_are_told_to_whoever_sees_them_all(world):
    everybody = world.call("all", "relationship.profile", "get_rfv_grid")
    own = world.call("own", "relationship.profile", "get_rfv_grid")
    assert 0 < own["count"] < everybody["count"]
    assert world.refuses("portal", "relationship.profile", "get_rfv_grid")
    assert world.refuses(
        "own", "relationship.segment", "web_resequence", ids=[1], specification={}
    )
    assert world.refuses(
        "own", "relationship.score.limit", "default_get", fields_list=["value_5"]
    )
