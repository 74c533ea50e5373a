"""Fixtures of the black-box tests: databases, running servers, clients, a browser."""

import itertools
import os
from contextlib import ExitStack, closing

import psycopg2
import pytest

from clients import Json2, WebPage
from devenv import browser as browsers
from devenv import console, databases, environment
from devenv.server import OdooScript, OdooServer

# Chromium runs as root too, and asks nobody for anything.
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def database_factory(pytestconfig):
    """Return a function that creates a database with the add-on, or a copy of one.

    ``factory(demo=True)`` has demo data, ``factory(beside=True)`` what our bridges
    connect with, and them; ``factory(source=name)`` is a copy of a database to which
    nobody is connected. All are dropped at the end.
    """
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        environment.ensure()
    with ExitStack() as stack:

        def factory(*, demo=False, beside=False, source=None):
            name = f"relationship_blackbox_{os.getpid()}_{next(_numbers)}"
            stack.callback(databases.drop, name)
            with capture.global_and_fixture_disabled():
                if source:
                    databases.copy(source, name)
                else:
                    databases.create(name, demo=demo, beside=beside)
            return name

        yield factory


@pytest.fixture
def database(database_factory):
    """Return a new database with the add-on and without demo data."""
    return database_factory()


@pytest.fixture
def start_server():
    """Return a function that starts a server on a database and waits for it.

    The servers are stopped after the test; then their logs must be clean.
    """
    with ExitStack() as stack:

        def start(database, **options):
            return stack.enter_context(CleanServer(database, **options))

        yield start


@pytest.fixture(scope="session")
def server(database_factory):
    """Return a running server with demo data, for tests that do not disturb others."""
    with CleanServer(database_factory(demo=True)) as running:
        yield running


class CleanServer(OdooServer):
    """A server that has to leave a clean log unless its test failed already."""

    def __enter__(self):
        try:
            self.wait_until_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *exception):
        super().__exit__(*exception)
        if not exception[0]:
            self.check_log()


@pytest.fixture
def run_script():
    """Return a function that runs Python in Odoo's shell and returns what it prints."""

    def run(database, script):
        with OdooScript(database, script) as process:
            return process.result()

    return run


@pytest.fixture
def start_script():
    """Return a function that starts Python in Odoo's shell, to be killed."""
    with ExitStack() as stack:

        def start(database, script):
            return stack.enter_context(OdooScript(database, script))

        yield start


@pytest.fixture
def connect(database_factory):
    """Return a function that connects psycopg2 to a database; closed at the end."""
    with ExitStack() as stack:

        def open_connection(database):
            return stack.enter_context(closing(psycopg2.connect(dbname=database)))

        yield open_connection


@pytest.fixture(scope="session")
def json2(server):
    """Return a client of the server's JSON-2 interface, as the administrator."""
    return Json2.for_user(server, "admin")


@pytest.fixture(scope="session")
def browser():
    """Return a running browser, or skip where there is none."""
    playwright = pytest.importorskip("playwright.sync_api")
    executable = browsers.find()
    if not executable:
        if console.IN_CI:
            pytest.fail(f"there is no browser: {browsers.HINT}")
        pytest.skip(f"there is no browser: {browsers.HINT}")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(
            executable_path=executable, args=CHROMIUM_OPTIONS
        )
        yield running
        running.close()


@pytest.fixture
def web_page(browser, server):
    """Return a page of the server's web client, logged in as the administrator."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    with closing(context):
        page = WebPage(context.new_page(), server.url)
        page.log_in("admin", "admin")
        yield page
