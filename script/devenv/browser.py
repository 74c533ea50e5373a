"""The browser of the browser tests: Debian's Chromium, or one that is there."""

import contextlib
import os
import shutil
import subprocess
import tempfile

from . import console, paths, process

# The names by which Odoo's tours look for a browser.
NAMES = ("chromium", "chromium-browser", "google-chrome")
START_SECONDS = 120
HINT = "install the Debian package chromium."


def find():
    """Return the path of a browser, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def ensure():
    """Install a browser where that is allowed; without one, say so loudly.

    Under CI a missing browser is a failure.
    """
    if not find() and os.geteuid() == 0 and shutil.which("apt-get"):
        _install()
    if find():
        _read_from_disk()
        return
    if console.IN_CI:
        raise console.Failure("there is no browser for the browser tests", hint=HINT)
    console.warn(f"There is no browser: browser tests are skipped. To run them, {HINT}")


def _read_from_disk():
    """Start the browser once: for the first start tests would wait too short a time."""
    command = [find(), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    paths.make_local()
    with (
        tempfile.TemporaryDirectory() as profile,
        (paths.LOGS / "browser-start.log").open("wb") as log,
        contextlib.suppress(subprocess.TimeoutExpired),
    ):
        process.call(
            [*command, f"--user-data-dir={profile}", "--dump-dom", "about:blank"],
            stream=log,
            timeout=START_SECONDS,
        )


def _install():
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt_get = ["apt-get", "-y", "-o", "DPkg::Lock::Timeout=300"]
    try:
        process.run(
            [*apt_get, "update"],
            title="Read the system's package lists",
            log_name="browser-update",
            env=environment,
        )
        process.run(
            [*apt_get, "install", "--no-install-recommends", "chromium"],
            title="Install Chromium for the browser tests",
            log_name="browser-install",
            env=environment,
        )
    except console.Failure as failure:
        console.warn(str(failure))
