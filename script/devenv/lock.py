"""One set-up at a time in one checkout."""

import contextlib
import fcntl

from . import console, paths


@contextlib.contextmanager
def exclusive(name="setup"):
    """Hold the checkout's lock of that name; say so when it has to wait."""
    paths.make_local()
    with (paths.LOCAL / f"{name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.say(f"Another script holds the {name} lock here; waiting for it.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
