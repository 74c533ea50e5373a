from odoo import SUPERUSER_ID, api
from odoo.tools import SQL


def migrate(cr, version):
    """Rules of before say by which channel they contact: by phone, as they did. And
    profiles are computed again, for they have learned of habits."""
    cr.execute(
        SQL(
            """
            UPDATE relationship_rule rule
               SET channel_id = data.res_id
              FROM ir_model_data data
             WHERE rule.channel_id IS NULL
               AND data.module = 'crm_relationship'
               AND data.name = 'channel_phone'
            """
        )
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    for company in env["res.company"].search([]):
        env["relationship.refresh"]._request(company)
