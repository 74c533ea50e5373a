"""Odoo processes that stay up and run what a test sends them, when it says so."""

import os
import signal
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import Listener
from pathlib import Path
from subprocess import TimeoutExpired

from devenv import logcheck
from devenv.server import OdooScript

# Runs in Odoo's shell, which has to read all of its script before it starts: so the
# orders come over a socket. Each is run in a transaction of its own, as a job is.
_LOOP = '''
import os, time, traceback
from multiprocessing.connection import Client
from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry

connection = Client({address!r})


def pause():
    """Stay where we are until the test says so."""
    connection.send(("paused", None))
    connection.recv()


def run(code):
    registry = Registry(env.cr.dbname).check_signaling()
    with registry.cursor() as cr:
        scope = {{
            "env": api.Environment(cr, SUPERUSER_ID, {{}}),
            "pause": pause,
            "result": None,
        }}
        started = time.time()
        exec(code, scope)
        cr.commit()
        return scope["result"], started, time.time()


def run_in_a_child(code):
    """Run in a process that the test can kill, without starting Odoo for it."""
    sql_db.close_all()
    pid = os.fork()
    if not pid:
        try:
            run(code)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    connection.send(("forked", pid))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


while True:
    try:
        moment, kind, code = connection.recv()
    except EOFError:
        break
    time.sleep(max(0, moment - time.time()))
    try:
        answer = (run_in_a_child if kind == "fork" else run)(code)
        connection.send(("done", answer))
    except Exception:
        connection.send(("failed", traceback.format_exc()))
os._exit(0)  # the shell would use its cursor again, which a fork has closed
'''
# Put before code that runs in a child: a power cut right before a statement or commit.
DIE_AFTER = """
import os, signal
from odoo.sql_db import Cursor
left = [{statements}]
def mortal(method):
    def call(*args, **options):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return method(*args, **options)
    return call
Cursor.execute = mortal(Cursor.execute)
Cursor.commit = mortal(Cursor.commit)
"""
# Put before code that makes rules: they act at once, on any day.
LIFT_LIMITS = """
defaults = {
    "relationship.rule": {"contact_days": 0, "cooldown_days": 0},
    "res.company": {"relationship_quiet_days": False, "relationship_touch_cap": 0},
}
for model, values in defaults.items():
    for name, value in values.items():
        env["ir.default"].set(model, name, value)
    env[model].with_context(active_test=False).search([]).write(values)
"""
ANSWER_SECONDS = 120
STOP_SECONDS = 10
_SET_CONSTANT = """
import sys
import odoo.addons.crm_relationship.models
defining = [
    module
    for name, module in sys.modules.items()
    if name.startswith("odoo.addons.crm_relationship.models.")
    and "{name}" in vars(module)
]
assert defining, "the add-on has no constant {name} any more"
for module in defining:
    module.{name} = {value!r}
"""


def set_constant(name, value):
    """Return code that sets a constant of the add-on's modules in its process."""
    return _SET_CONSTANT.format(name=name, value=value)


class JobFailed(Exception):
    """A job ended with an exception; its text is the traceback."""


class Worker(OdooScript):
    """An Odoo on a database that runs code with ``env`` in scope and is its own user.

    ``run`` waits for the end; ``start`` and ``finish`` let several run at once.
    The result is what the code leaves in the variable ``result``.
    """

    def __init__(self, database, name="worker"):
        with tempfile.TemporaryDirectory() as folder:
            address = str(Path(folder) / "socket")
            with Listener(address) as listener:
                super().__init__(database, _LOOP.format(address=address), name)
                # Without this, a worker that dies at its start would never connect.
                listener._listener._socket.settimeout(ANSWER_SECONDS)
                self._connection = listener.accept()

    def stop(self):
        """Let it end by itself, so that its log is complete."""
        self._connection.close()
        with suppress(TimeoutExpired):
            self.popen.wait(STOP_SECONDS)
        super().stop()

    def check_log(self):
        """Fail if it has logged a warning, or worse, that nobody has explained."""
        logcheck.check(self.log, f"the work of {self.log.stem}")

    def run(self, code):
        """Run code to its end and return its result."""
        self.start(code)
        return self.finish()

    def start(self, code, at=0.0):
        """Start code at that moment (seconds since the epoch), and do not wait."""
        self._connection.send((at, "run", code))

    def finish(self):
        """Wait for the end of the code and return its result.

        ``span`` has the moments at which it started and ended.
        """
        result, *self.span = self._receive("done")
        return result

    def wait_for_pause(self):
        """Wait until the code calls ``pause()``."""
        self._receive("paused")

    def resume(self):
        """Let code that called ``pause()`` go on."""
        self._connection.send(None)

    @contextmanager
    def child(self, code):
        """Run code in a child process; the value can be killed and has its status."""
        self._connection.send((0.0, "fork", code))
        process = Child(self._receive("forked"))
        yield process
        process.exit_code = self._receive("done")

    def _receive(self, expected):
        if not self._connection.poll(ANSWER_SECONDS):
            raise TimeoutError(f"no answer from {self.log.stem}")
        kind, answer = self._connection.recv()
        if kind == "failed":
            raise JobFailed(answer)
        assert kind == expected, (kind, answer)
        return answer


@contextmanager
def clean_workers():
    """Give a function that starts a worker; at the end their logs must be clean."""
    with ExitStack() as stack:

        def start(database, name="worker"):
            worker = stack.enter_context(Worker(database, name))
            started.append(worker)
            return worker

        started = []
        yield start
    for worker in started:
        worker.check_log()


class Child:
    """A process that runs one piece of code; ``exit_code`` is set at its end."""

    def __init__(self, pid):
        self.pid = pid
        self.exit_code = None

    def kill(self):
        """End it as a power cut would."""
        os.kill(self.pid, signal.SIGKILL)

    @property
    def was_killed(self):
        return self.exit_code == -signal.SIGKILL


def wait_until(condition, seconds=30, every=0.002):
    """Wait until a function returns something true, and return that."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(every)
    raise TimeoutError(f"not within {seconds} seconds")
