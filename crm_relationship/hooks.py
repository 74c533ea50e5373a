"""What happens once, when the add-on comes into a database or leaves it."""

import logging

from odoo.tools import SQL
from odoo.tools.sql import drop_constraint

from .models.relationship_profile_queue import LEAVING

_logger = logging.getLogger(__name__)


def post_init_hook(env):
    """Give every customer a profile and a stage, then run the rules once.

    A company that installs the add-on sees its history the same minute. The work
    is one set-based statement per slice of customers; progress goes to the log.
    """
    companies = env["res.company"].search([])
    for company in companies:
        _logger.info("Building the customer profiles of %s", company.display_name)
        env["relationship.profile"]._refresh_everybody(company)
    env["mail.activity.type"]._relate_channels()
    env["relationship.backfill"]._start()
    for rule in env["relationship.rule"].search([("state", "=", "on")]):
        run = rule._run(any_day=True)  # whichever day the add-on is installed on
        _logger.info("Rule %s scheduled %s activities", rule.name, run.treated_count)


def uninstall_hook(env):
    """Remove what the ORM does not know to be ours, and what would be in its way.

    Activities that rules scheduled on customers stay: somebody still has to do them.
    """
    env.cr.cache[LEAVING] = True
    _remove_demo_invoices(env)
    for model in (
        "relationship.interaction",
        "relationship.touch",
        "relationship.stage.move",
        "relationship.segment.move",
        "relationship.segment.snapshot",
        "relationship.consent",
        "relationship.rule",
        "relationship.profile",
        "relationship.key.date",
        "relationship.case",
        "relationship.case.category",
    ):
        table = SQL.identifier(env[model]._table)
        env.cr.execute(SQL("DELETE FROM %s", table))  # they restrict configuration
    for place in ("stage", "segment"):
        drop_constraint(  # orders restrict it too, and are in their columns only
            env.cr, "sale_order", f"sale_order_relationship_confirmed_{place}_id_fkey"
        )
    env["relationship.case.team"].with_context(active_test=False).search([]).unlink()
    env["ir.sequence"].search([("code", "=", "relationship.case")]).unlink()
    own_models = [name for name in env if name.startswith("relationship.")]
    for model in ("mail.activity", "mail.followers", "ir.attachment"):
        env[model].sudo().with_context(active_test=False).search(
            [("res_model", "in", own_models)]
        ).unlink()
    env["mail.message"].sudo().search([("model", "in", own_models)]).unlink()
    env["rating.rating"].sudo().search([("res_model", "in", own_models)]).unlink()
    env["ir.filters"].sudo().with_context(active_test=False).search(
        [("model_id", "in", own_models)]
    ).unlink()
    env["ir.config_parameter"].sudo().search(
        [("key", "=like", "crm_relationship.%")]
    ).unlink()
    _remove_names(env, own_models)
    env["ir.exports"].sudo().search([("resource", "in", own_models)]).unlink()


def _remove_names(env, own_models):
    """What a model of ours has from a mixin, choices of fields and the inheritance
    itself, bears the name of an add-on of the mixin, and Odoo forgets those names."""
    names = env["ir.model.data"].search(
        [
            ("model", "in", ("ir.model.fields.selection", "ir.model.inherit")),
            ("module", "!=", "crm_relationship"),
            ("name", "=like", "%\\_\\_relationship\\_%"),
        ]
    )
    tables = {name.replace(".", "_") for name in own_models}
    names.filtered(lambda data: data.name.split("__")[1] in tables).unlink()


def _remove_demo_invoices(env):
    """Posted invoices are not deleted with the rest of the demo data, and their
    customers could not be; nobody owes anything for these."""
    demo = env["ir.model.data"].search(
        [("module", "=", "crm_relationship"), ("model", "=", "account.move")]
    )
    invoices = env["account.move"].browse(demo.mapped("res_id")).exists()
    payments = invoices.matched_payment_ids
    env["account.payment.register"].search(
        [("partner_id", "in", invoices.partner_id.ids)]
    ).unlink()  # the wizards that made them, where they are not cleaned up yet
    invoices.line_ids.remove_move_reconcile()
    payments.action_draft()
    payments.unlink()
    invoices.button_draft()
    invoices.with_context(force_delete=True).unlink()
