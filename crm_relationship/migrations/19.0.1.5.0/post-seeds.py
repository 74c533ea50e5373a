import secrets

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Each rule draws others to be left alone; the new column has one value."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for rule in env["relationship.rule"].with_context(active_test=False).search([]):
        rule.holdout_seed = secrets.token_hex(8)
