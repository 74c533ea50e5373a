"""Odoo inside this process, for code that needs an environment.

To be run by the virtual environment's Python, after the set-up.
"""

import contextlib

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

from . import paths


def registry(database):
    """Start Odoo without its web server and jobs; return a database's registry."""
    config.parse_config(
        [
            f"--config={paths.ODOO_CONFIG}",
            f"--database={database}",
            "--no-http",
            "--max-cron-threads=0",
            "--log-level=warn",
        ],
        setup_logging=True,
    )
    return Registry(database)


@contextlib.contextmanager
def admin_env(database_registry, *, su=True):
    """Open an environment of the administrator in the main company.

    :param su: whether rules and access rights are off
    """
    with database_registry.cursor() as cr:
        root = api.Environment(cr, SUPERUSER_ID, {})
        company = root.ref("base.main_company")
        admin = root.ref("base.user_admin")
        yield root(user=admin, su=su, context={"allowed_company_ids": company.ids})
