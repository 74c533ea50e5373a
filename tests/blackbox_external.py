"""A telephone system and its user, for the black-box tests of the way in."""

import json

import requests

TIMEOUT_SECONDS = 120
PATH = "json/2/relationship.interaction/log_external"

# A user that has nothing but the right to deliver events, and customers.
SET_UP = """
from odoo.fields import Command
groups = env.ref("base.group_user")
external = env.ref("crm_relationship.group_relationship_external")
env.company.country_id = env.ref("base.br")
other = env["res.company"].create({"name": "Another company"})


def make(login, groups):
    user = env["res.users"].with_context(no_reset_password=True).create({
        "name": login.title(), "login": login, "password": login + login,
        "group_ids": [Command.set(groups.ids)],
        "company_id": env.company.id,
        "company_ids": [Command.set(env.company.ids)],
    })
    keys = env["res.users.apikeys"].with_user(user).sudo()
    return keys._generate("rpc", "test", None)


result = {
    "company": env.company.id,
    "other": other.id,
    "keys": {
        "pbx": make("pbx", groups + external),
        "employee": make("employee", groups),
        "portal": make("portal", env.ref("base.group_portal")),
        "seller": make("seller", env.ref("sales_team.group_sale_manager")),
    },
    "customers": env["res.partner"].create([
        {
            "name": f"Customer {n}", "ref": f"C-{n}",
            "phone": f"+55 11 9{n:04}-{n:04}", "email": f"c{n}@external.test",
        }
        for n in range(200)
    ]).ids,
}
"""


class System:
    """Delivers events to a server with a key."""

    def __init__(self, server, key):
        self.url = f"{server.url}/{PATH}"
        self.session = requests.Session()
        self.session.headers.update(
            {
                "Authorization": f"bearer {key}",
                "X-Odoo-Database": server.database,
                "Content-Type": "application/json",
            }
        )

    def post(self, body, **options):
        """Send a body, text or what is to become JSON; return the answer as it is."""
        if not isinstance(body, str | bytes):
            body = json.dumps(body)
        return self.session.post(
            self.url, data=body, timeout=TIMEOUT_SECONDS, **options
        )

    def log(self, events):
        """Deliver events and return the result."""
        answer = self.post({"events": events})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def call(self, model, method, **arguments):
        """Call another method with the same key; return the answer as it is."""
        url = self.url.replace(PATH, f"json/2/{model}/{method}")
        return self.session.post(
            url, data=json.dumps(arguments), timeout=TIMEOUT_SECONDS
        )
