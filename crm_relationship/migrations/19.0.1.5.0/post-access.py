from odoo import SUPERUSER_ID, api
from odoo.fields import Domain


def migrate(cr, version):
    """Only administrators see whom rules leave alone. What an administrator has made
    of the record rules stays."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    hidden = Domain("state", "!=", "held_out")
    for name in ("own", "all_documents"):
        rule = env.ref(f"crm_relationship.relationship_touch_rule_{name}", False)
        force = (rule and rule.domain_force or "[]").strip()
        if rule and "held_out" not in force:
            rule.domain_force = f"{list(hidden)} + ({force})"
