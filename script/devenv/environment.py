"""The whole environment, in the order of its parts."""

from . import lock, odoo, paths, postgres, venv


def ensure():
    """Set up Python packages, Odoo and PostgreSQL; nothing is done twice."""
    with lock.exclusive():
        venv.ensure(paths.VENV, paths.ROOT / "requirements.txt")
        odoo.ensure()
        postgres.ensure()
