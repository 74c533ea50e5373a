"""Run a command of a setup step: quietly, with a log, and a clear failure."""

import subprocess

from . import console, paths

TAIL_LINES = 20


def run(command, *, title, log_name, hint="", **options):
    """Run a command as one visible step and return the path of its log.

    Options go to :func:`subprocess.run`. The log is written anew.
    """
    paths.make_local()
    log = paths.LOGS / f"{log_name}.log"
    with console.step(title), log.open("wb") as stream:
        code = call(command, stream=stream, **options)
    if code:
        raise console.Failure(
            f"{title} (exit status {code})", hint=hint, log=log, tail=tail(log)
        )
    return log


def call(command, *, stream, **options):
    """Run a command with all its output in a stream and return its exit status."""
    try:
        finished = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            check=False,
            **options,
        )
    except FileNotFoundError as error:
        raise console.Failure(f"the command {error.filename} is not there") from error
    return finished.returncode


def tail(log, lines=TAIL_LINES):
    """Return the last lines of a log."""
    return log.read_text(errors="replace").splitlines()[-lines:]
