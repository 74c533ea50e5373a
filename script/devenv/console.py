"""What a person sees: steps with their progress, and failures in plain words."""

import contextlib
import functools
import os
import signal
import sys
import threading
import time

IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
_LIVE = sys.stderr.isatty() and not IN_CI
_FRAMES = "|/-\\"
_QUIET_SECONDS = 30


class Failure(Exception):
    """An expected failure: what failed, what to do, and where the log is."""

    def __init__(self, what, *, hint="", log=None, tail=()):
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.log = log
        self.tail = list(tail)

    def __str__(self):
        lines = [f"FAILED: {self.what}"]
        lines += [f"    {line}" for line in self.tail]
        if self.log:
            lines.append(f"Log: {self.log}")
        if self.hint:
            lines.append(f"What to do: {self.hint}")
        return "\n".join(lines)


def say(text):
    """Tell the person something; standard output belongs to the command's result."""
    print(text, file=sys.stderr, flush=True)


def warn(text):
    """Say something that must not be overlooked."""
    say(f"!!! {text}")


@contextlib.contextmanager
def step(title):
    """Show that a long step is under way, and how long it has taken."""
    started = time.monotonic()
    done = threading.Event()
    show = _spin if _LIVE else _report_now_and_then
    thread = threading.Thread(target=show, args=(title, started, done), daemon=True)
    thread.start()
    outcome = "failed"
    try:
        yield
        outcome = "done"
    finally:
        done.set()
        thread.join()
        elapsed = time.monotonic() - started
        say(f"{_line_start()}{title}: {outcome} ({elapsed:.1f} s)")


def _line_start():
    return "\r\033[K" if _LIVE else ""


def _spin(title, started, done):
    count = 0
    while not done.wait(0.2):
        count += 1
        frame = _FRAMES[count % len(_FRAMES)]
        elapsed = time.monotonic() - started
        line = f"{_line_start()}{frame} {title} ... {elapsed:.0f} s"
        print(line, end="", file=sys.stderr, flush=True)


def _report_now_and_then(title, started, done):
    say(f"{title} ...")
    while not done.wait(_QUIET_SECONDS):
        say(f"{title} ... {time.monotonic() - started:.0f} s")


def command(function):
    """Decorate a script's main function: expected failures end without traceback."""

    @functools.wraps(function)
    def wrapper():
        signal.signal(signal.SIGTERM, _stop_on_terminate)
        try:
            status = function()
        except Failure as failure:
            say(str(failure))
            status = 1
        except KeyboardInterrupt:
            say("Interrupted.")
            status = 130
        sys.exit(status or 0)

    return wrapper


def _stop_on_terminate(_signal, _frame):
    raise KeyboardInterrupt
