"""Clients of a running Odoo: its JSON-2 interface, and its web client."""

import requests

from devenv.server import OdooScript

TIMEOUT_SECONDS = 120
_NEW_KEY = """
user = env["res.users"].search([("login", "=", {login!r})])
keys = env["res.users.apikeys"].with_user(user).sudo()
print(keys._generate("rpc", "black-box test", None))
env.cr.commit()
"""


class Json2:
    """Call public methods of models as a user: ``json2.call("res.partner", "search")``.

    Raises :class:`requests.HTTPError` with the server's message.
    """

    def __init__(self, url, database, key):
        self._url = url
        self._session = requests.Session()
        self._session.headers.update(
            {"Authorization": f"bearer {key}", "X-Odoo-Database": database}
        )

    @classmethod
    def for_user(cls, server, login):
        """Return a client with a new API key of the user."""
        with OdooScript(server.database, _NEW_KEY.format(login=login)) as script:
            return cls(server.url, server.database, script.result().strip())

    def call(self, model, method, **arguments):
        """Call a method with named arguments; ``ids`` are those of the records."""
        answer = self._session.post(
            f"{self._url}/json/2/{model}/{method}",
            json=arguments,
            timeout=TIMEOUT_SECONDS,
        )
        if not answer.ok:
            raise requests.HTTPError(answer.text, response=answer)
        return answer.json()


class WebPage:
    """A page of Odoo's web client that remembers what went wrong in it."""

    def __init__(self, page, url):
        self.page = page
        self.errors = []
        self._url = url
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("requestfailed", self._on_request_failed)

    def log_in(self, login, password):
        """Log in, and wait until the web client is there."""
        self.page.goto(f"{self._url}/web/login", timeout=TIMEOUT_SECONDS * 1000)
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", password)
        self.page.click("button[type=submit]:visible")
        self.page.wait_for_selector(
            ".o_web_client .o_main_navbar", timeout=TIMEOUT_SECONDS * 1000
        )

    def open(self, path):
        """Open a path of the web client, such as "/odoo/contacts"."""
        self.page.goto(f"{self._url}{path}", timeout=TIMEOUT_SECONDS * 1000)
        self.page.wait_for_selector(".o_action_manager > *")

    def _on_console(self, message):
        if message.type == "error":
            self.errors.append(message.text)

    def _on_request_failed(self, request):
        # A page that is left aborts what it was still loading.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.errors.append(f"{request.url}: {request.failure}")
