"""The command ``script/load``: set up, then hand over to Odoo's Python."""

import os

from . import console, databases, environment, history_file, paths

# What a person needs to look at customers, products and orders.
MODULES = ("contacts", "sale_management", paths.ADDON_NAME)


def load(path, name, rejects):
    """Let this process become the loader of a file into a database.

    So a signal to this process reaches the loader itself, and a terminal too.
    """
    databases.check_name(name)
    with history_file.opened(path):
        console.say(f"{path.name} has the columns that it needs.")
    environment.ensure()
    databases.ensure(name, demo=False)
    databases.install(name, MODULES)
    python = str(paths.VENV / "bin/python")
    os.environ.update(PYTHONPATH=str(paths.ROOT / "script"), PYTHONSAFEPATH="1")
    module = f"{__package__}.history_load"
    os.execv(python, [python, "-m", module, str(path), name, str(rejects)])
