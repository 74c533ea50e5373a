from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Where Odoo's CRM is, the second add-on comes along: Odoo installs such ones by
    themselves only with what is installed anew."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    modules = env["ir.module.module"]
    if modules.search_count([("name", "=", "crm"), ("state", "=", "installed")]):
        modules.search(
            [("name", "=", "crm_relationship_crm"), ("state", "=", "uninstalled")]
        ).button_install()
