"""What happens once, when the bridge comes into a database or leaves it."""

import logging

from odoo.fields import Domain
from odoo.tools import SQL

from .models.relationship_profile_lead_sql import LEAD_COLUMNS

_logger = logging.getLogger(__name__)

SOURCE = "relationship.capture.lead"
# The stages of this add-on, and their rules.
STAGES = {
    "stage_lead": '[("order_day_count", "=", 0), ("lead_count", ">", 0)]',
    "stage_opportunity": '[("order_day_count", "=", 0), "|", '
    '("opportunity_count", ">", 0), ("opportunity_won_count", ">", 0)]',
}


def pre_init_hook(env):
    """Take the stages back that an earlier installation has left."""
    _rename(env, "crm_relationship", "crm_relationship_crm")


def post_init_hook(env):
    """Compute what the leads say of every customer, and take in their history."""
    for name, domain in STAGES.items():
        stage = env.ref(f"crm_relationship_crm.{name}")
        if not stage.active:
            stage.write({"active": True, "domain": domain})
    for company in env["res.company"].search([]):
        _logger.info("Adding leads to the profiles of %s", company.display_name)
        env["relationship.profile"]._refresh_everybody(company)
    histories = env["relationship.backfill"]
    histories.create({"source": SOURCE})
    histories._trigger()


def uninstall_hook(env):
    """Leave the history readable: interactions stay, and so do the stages, archived,
    for the log of moves names them. Nobody stands in them any more."""
    leaving = env["ir.module.module"].search(
        [("name", "=", "crm_relationship"), ("state", "=", "to remove")]
    )
    for model in ("profile.queue", "capture.failure", "backfill"):
        table = SQL.identifier(env[f"relationship.{model}"]._table)
        env.cr.execute(SQL("DELETE FROM %s WHERE source = %s", table, SOURCE))
    if leaving:
        return
    # Whatever asks for what is not known any more would be an error from now on.
    asking = Domain.OR(Domain("domain", "ilike", name) for name in LEAD_COLUMNS)
    for model in ("stage", "segment", "rule"):
        env[f"relationship.{model}"].search(asking).write({"active": False})
    for name in STAGES:
        if stage := env.ref(f"crm_relationship_crm.{name}", False):
            stage.write({"active": False, "domain": False})
    for company in env["res.company"].search([]):
        env["relationship.profile"]._place(company)
    _rename(env, "crm_relationship_crm", "crm_relationship")


def _rename(env, old, new):
    """Let the stages belong to another add-on."""
    env.cr.execute(
        SQL(
            "UPDATE ir_model_data SET module = %s"
            " WHERE module = %s AND model = 'relationship.stage' AND name = ANY(%s)",
            new,
            old,
            list(STAGES),
        )
    )
    env.registry.clear_cache()
