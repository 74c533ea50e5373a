from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Where coupons are, the add-on for them comes along: Odoo installs such ones by
    themselves only with what is installed anew."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    modules = env["ir.module.module"]
    states = ("installed", "to upgrade", "to install")
    if modules.search_count([("name", "=", "sale_loyalty"), ("state", "in", states)]):
        modules.search(
            [("name", "=", "crm_relationship_loyalty"), ("state", "=", "uninstalled")]
        ).button_install()
