from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """What happened before there were interactions becomes some, by the scheduled
    job."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["mail.activity.type"]._relate_channels()
    env["relationship.backfill"]._start()
