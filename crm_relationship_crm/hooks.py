"""What happens once, when the bridge comes into a database or leaves it."""

import logging

from odoo.exceptions import ValidationError
from odoo.tools import SQL

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
    _archive_asking(env)
    for name in STAGES:
        if stage := env.ref(f"crm_relationship_crm.{name}", False):
            stage.write({"active": False, "domain": False})
    for company in env["res.company"].search([]):
        env["relationship.profile"]._place(company)
    _rename(env, "crm_relationship_crm", "crm_relationship")


def _archive_asking(env):
    """Archive what asks for what is not known any more: it would be an error from now
    on, whoever wrote it."""
    going = set(
        env["ir.module.module"].search([("state", "=", "to remove")]).mapped("name")
    ) | {"crm_relationship_crm"}
    for name in ("stage", "segment", "rule", "case.level"):
        conditions = env[f"relationship.{name}"].search([("domain", "!=", False)])
        asking = conditions.filtered(lambda condition: _asks_for(condition, going))
        asking.write({"active": False})
        for condition in asking:
            _logger.info("Archived, for it asked for leads: %s", condition)


def _asks_for(condition, modules) -> bool:
    """Whether a condition looks at a field that leaves with these modules."""
    try:
        asked = condition._get_asked_fields(condition._get_domain())
    except ValidationError:
        return False  # it does not hold now either
    data = condition.env["ir.model.data"]
    for model, name in asked:
        field = condition.env["ir.model.fields"]._get(model, name)
        known = [("model", "=", field._name), ("res_id", "=", field.id)]
        owners = set(data.search(known).mapped("module")) if field else set()
        if owners and owners <= modules:
            return True
    return False


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
