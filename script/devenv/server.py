"""Processes of Odoo: a server of one database, and a script fed to the shell."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from . import console, logcheck, odoo, paths, process

START_SECONDS = 180
STOP_SECONDS = 30


class OdooProcess:
    """A running Odoo with its log in a file; use it in a ``with`` statement."""

    def __init__(self, arguments, log_name, **options):
        paths.make_local()
        self.log = paths.LOGS / f"{log_name}.log"
        with self.log.open("wb") as stream:
            self.popen = subprocess.Popen(
                odoo.command(*arguments),
                stderr=stream,
                # Ctrl-C in the terminal reaches the script, which stops Odoo cleanly.
                start_new_session=True,
                **options,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.stop()

    @property
    def running(self):
        return self.popen.poll() is None

    def stop(self):
        """Stop it cleanly, or by force if it does not end in time."""
        if self.running:
            self.popen.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(STOP_SECONDS)
        self.kill()

    def kill(self):
        """End it at once, as a power cut would (kill -9)."""
        if self.running:
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def log_text(self):
        """Return what it has logged so far."""
        return self.log.read_text(errors="replace")


class OdooServer(OdooProcess):
    """A web server of one database, scheduled jobs included."""

    def __init__(self, database, *, port=None, interface="127.0.0.1", options=()):
        self.database = database
        self.port = port or free_port()
        self.url = f"http://{_reachable(interface)}:{self.port}"
        arguments = [
            f"--config={paths.ODOO_CONFIG}",
            f"--database={database}",
            f"--db-filter=^{database}$",
            f"--http-interface={interface}",
            f"--http-port={self.port}",
            *options,
        ]
        super().__init__(arguments, f"server-{database}", stdin=subprocess.DEVNULL)

    def wait_until_ready(self):
        """Return when the login page answers; fail if the server ends before."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if not self.running or time.monotonic() > deadline:
                raise console.Failure(
                    f"the start of Odoo on {self.database}",
                    log=self.log,
                    tail=process.tail(self.log),
                    hint="the log says why; script/setup checks the rest.",
                )
            time.sleep(0.2)

    def check_log(self):
        """Fail if it has logged a warning, or worse, that nobody has explained."""
        logcheck.check(self.log, f"the run of the server on {self.database}")

    def _answers(self):
        try:
            page = urllib.request.urlopen(f"{self.url}/web/login", timeout=60)
        except urllib.error.HTTPError as error:
            error.close()
            return False
        except OSError:
            return False
        page.close()
        return True


class OdooScript(OdooProcess):
    """A Python script running in Odoo's shell on a database."""

    def __init__(self, database, script, log_name="script"):
        super().__init__(
            odoo.shell_arguments(database, log_level="info"),
            f"{log_name}-{database}",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.popen.stdin.write(script)
        self.popen.stdin.close()

    def result(self):
        """Wait for its end and return what it has printed; fail if it failed."""
        output = self.popen.stdout.read()
        if self.popen.wait():
            raise console.Failure(
                f"a script in Odoo's shell (exit status {self.popen.returncode})",
                log=self.log,
                tail=process.tail(self.log),
            )
        return output


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(interface, port):
    """Tell whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((interface, port))
        except OSError:
            return False
    return True


def _reachable(interface):
    return "127.0.0.1" if interface in ("0.0.0.0", "") else interface
