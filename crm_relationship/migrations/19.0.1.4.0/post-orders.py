from odoo import SUPERUSER_ID, api

SOURCE = "relationship.order.history"


def migrate(cr, version):
    """Orders of before get their number by the scheduled job. The other histories
    stand where they are."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    Backfill = env["relationship.backfill"]
    if not Backfill.search_count([("source", "=", SOURCE)], limit=1):
        Backfill.create({"source": SOURCE})
        Backfill._trigger()
