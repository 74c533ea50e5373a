"""Python's garbage collector, while very many things are made that are all kept."""

import gc
from contextlib import contextmanager


@contextmanager
def without_collecting():
    """Put off the garbage collector, which would look at all that is kept again and
    again. As ``odoo.tools.gc.disabling_gc``, but an error switches it on again, too.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
