from odoo import SUPERUSER_ID, api
from odoo.tools import SQL


def migrate(cr, version):
    """Rules are off until somebody switches them on; those that ran before go on.

    By SQL: through the ORM they would begin anew, and what waits from the days before,
    e.g. for somebody who has time, would be lost. Archived ones stay off.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    templates = env["ir.model.data"].search(
        [("model", "=", "relationship.rule"), ("name", "=like", "rule\\_template\\_%")]
    )
    rules = env["relationship.rule"].search(
        [("id", "not in", templates.mapped("res_id"))]
    )
    rules.flush_recordset()
    cr.execute(
        SQL("UPDATE relationship_rule SET state = 'on' WHERE id = ANY(%s)", rules.ids)
    )
    rules.invalidate_recordset()
