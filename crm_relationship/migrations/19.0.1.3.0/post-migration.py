from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Values, scores and segments come with the next refresh of everybody: ask for one
    now."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for company in env["res.company"].search([]):
        env["relationship.refresh"]._request(company)
