from odoo.tools import SQL


def migrate(cr, version):
    """Rules of before say by which channel they contact: by phone, as they did."""
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
