from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Rules are off until somebody switches them on; those that ran before go on."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    templates = env["ir.model.data"].search(
        [("model", "=", "relationship.rule"), ("name", "=like", "rule\\_template\\_%")]
    )
    rules = env["relationship.rule"].search(
        [("id", "not in", templates.mapped("res_id"))]
    )
    rules.write({"state": "on"})
