import logging

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import format_date

from ..tools.forecasts import InForce
from ..tools.transactions import Conflict, retry
from .relationship_value_model_candidate import KINDS

_logger = logging.getLogger(__name__)

TODO = ("draft", "running")
CRON = "crm_relationship.ir_cron_fit"
# What the forecasts rest on: a change of it makes what is cached out of date.
IN_FORCE_FIELDS = {
    "state",
    "date",
    "kind",
    "parameters",
    "calibration",
    "reason_code",
    "reason_figures",
}


class RelationshipValueModel(models.Model):
    """Model card: what the forecasts of a company rest on, how good it is, and why.

    A new one is made every month; those before it are kept, for they tell what was
    forecast then. Written by the fit only; see ``relationship.value.model.fit``.
    """

    _name = "relationship.value.model"
    _inherit = ["relationship.value.model.fit", "relationship.value.model.text"]
    _description = "Value Model"
    _order = "date desc, id desc"
    _rec_name = "date"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    date = fields.Date(
        string="As Of", required=True, readonly=True, help="The last day it knows."
    )
    state = fields.Selection(
        [
            ("draft", "Waiting"),
            ("running", "Running"),
            ("done", "Done"),
            ("refused", "No Forecast"),
            ("failed", "Failed"),
        ],
        string="Status",
        default="draft",
        required=True,
        readonly=True,
    )
    kind = fields.Selection(KINDS, string="Model", readonly=True)
    horizon_days = fields.Integer(string="Horizon", readonly=True, help="In days.")
    reason_code = fields.Char(readonly=True, export_string_translation=False)
    reason_figures = fields.Json(readonly=True, export_string_translation=False)
    reason = fields.Char(
        string="Why", compute="_compute_reason", export_string_translation=False
    )
    parameters = fields.Json(readonly=True, export_string_translation=False)
    calibration = fields.Json(readonly=True, export_string_translation=False)
    charts = fields.Json(readonly=True, export_string_translation=False)
    parameter_table = fields.Html(
        string="Parameters in Days", compute="_compute_parameter_table"
    )
    cutoff_table = fields.Html(string="Cut-Offs", compute="_compute_cutoff_table")
    candidate_ids = fields.One2many(
        "relationship.value.model.candidate",
        "model_id",
        string="Candidates",
        readonly=True,
    )

    # The data
    customer_count = fields.Integer(
        string="Customers", readonly=True, help="With at least one order."
    )
    order_day_count = fields.Integer(string="Order Days", readonly=True)
    first_date = fields.Date(string="First Order", readonly=True)
    last_date = fields.Date(string="Last Order", readonly=True)
    sample_count = fields.Integer(
        string="Customers Used",
        readonly=True,
        help="Of very many customers a part is enough, always the same one.",
    )
    auc = fields.Float(string="AUC", compute="_compute_figures", digits=(6, 3))
    calibration_error = fields.Float(
        compute="_compute_figures",
        digits=(6, 1),
        help="Mean difference of what was said and what was seen, in points.",
    )

    # The bookmark
    cutoffs = fields.Json(readonly=True, export_string_translation=False)
    work = fields.Binary(
        readonly=True, attachment=True, export_string_translation=False
    )
    progress = fields.Float(compute="_compute_progress", help="In percent.")
    date_end = fields.Datetime(string="Finished On", readonly=True)
    error = fields.Text(readonly=True)

    @api.depends("date", "kind", "state")
    @api.depends_context("lang")
    def _compute_display_name(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        for model in self:
            what = self._get_kind_name(model.kind) if model.kind else ""
            model.display_name = self.env._(
                "%(model)s as of %(day)s",
                model=what or states.get(model.state, ""),
                day=format_date(self.env, model.date),
            )

    @api.depends("state", "cutoffs")
    def _compute_progress(self):
        for model in self:
            cutoffs = model.cutoffs or []
            done = sum(cutoff["count"] is not None for cutoff in cutoffs)
            if model.state == "running":
                model.progress = 100 * (1 + done) / (2 + len(cutoffs))
            else:
                model.progress = 0 if model.state == "draft" else 100

    @api.depends("candidate_ids.is_chosen")
    def _compute_figures(self):
        for model in self:
            chosen = model.candidate_ids.filtered("is_chosen")[:1]
            model.auc = chosen.auc
            model.calibration_error = chosen.calibration_error

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if IN_FORCE_FIELDS & vals.keys():
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    def action_fit(self):
        """Fit the models of the current company again, in the background.

        :raise AccessError: the user is no administrator of the add-on
        """
        if not self.env.user.has_group("crm_relationship.group_relationship_manager"):
            raise AccessError(self.env._("Only administrators fit value models."))
        model = self._request(self.env.company)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_value_model_action"
        )
        return action | {"views": [(False, "form")], "res_id": model.id}

    def action_reload(self):
        """Show how far it is: a button reloads its form."""
        self.check_access("read")

    @api.readonly
    def get_charts(self) -> dict:
        """What the client draws.

        :return: {"calibration": [{"said", "seen", "count"}, ...], by tenths of the
            customers, "lorenz": [[share of customers, share of value], ...]}
        """
        self.ensure_one()
        self.check_access("read")
        return {"calibration": [], "lorenz": []} | (self.charts or {})

    @api.model
    def _get_in_force(self, company, as_of=None) -> InForce | None:
        """The model that forecasts of a company rest on as of a day; no query once it
        is cached. What it says is for whoever sees a profile.

        :param as_of: None is today
        """
        for model in self._get_finished(company.id):
            if as_of is None or model.date <= as_of:
                return model
        return None

    @api.model
    @tools.ormcache("company_id")
    def _get_finished(self, company_id) -> tuple[InForce, ...]:
        """All models of a company that have come to a result, the latest first."""
        # Cached for everybody, so it can't depend on who asks first.
        finished = self.sudo().search(
            [("company_id", "=", company_id), ("state", "in", ("done", "refused"))]
        )
        return tuple(model._as_in_force() for model in finished)

    @api.model
    def _request(self, company, as_of=None):
        """Have the models of a company fitted by the scheduled job, now.

        :param as_of: the last day that they may know; None is today
        :return: the model card; one that waits already is enough
        """
        # What is fitted is the system's to write, whoever asked for it.
        Model = self.sudo()
        values = {
            "company_id": company.id,
            "date": as_of or company._relationship_today(),
            "state": "draft",
        }
        domain = [(name, "=", value) for name, value in values.items()]
        model = Model.search(domain, limit=1) or Model.create(values)
        self.env.ref(CRON).sudo()._trigger()
        return model.sudo(False)

    @api.model
    def _request_first(self, company):
        """After a refresh: a company that has no model yet gets one."""
        if not self.search_count([("company_id", "=", company.id)], limit=1):
            self._request(company)

    @api.model
    def _request_due(self):
        """Have those companies' models fitted whose latest is a month old."""
        limit = fields.Date.subtract(fields.Date.today(), months=1)
        recent = self.search(
            Domain("date", ">", limit) | Domain("state", "in", TODO)
        ).company_id
        for company in self.env["res.company"].search([("id", "not in", recent.ids)]):
            self._request(company)

    @api.model
    def _cron_fit(self):
        """Monthly for each company, one step per commit.

        A job that was killed goes on where the last commit left it.
        """
        self._request_due()
        remaining = self.search_count([("state", "in", TODO)])
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        while remaining := retry(self.env.cr, self._step_in_turn):
            if not self.env["ir.cron"]._commit_progress(1, remaining=remaining):
                return
        self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _step_in_turn(self) -> int:
        """Work on the oldest model card that nobody else is at; one company's trouble
        is not another's.

        :return: number of cards to work on; 0 if there is no work
        """
        todo = self.search([("state", "in", TODO)], order="id")
        model = todo.try_lock_for_update(limit=1)
        if not model:
            return 0
        try:
            with self.env.cr.savepoint():
                model._fit_step()
        except Conflict:
            raise
        except Exception as error:
            _logger.exception("Fitting value models of company %s", model.company_id.id)
            model.write(
                {
                    "state": "failed",
                    "error": f"{type(error).__name__}: {error}",
                    "work": False,
                }
            )
        return len(todo)

    @api.autovacuum
    def _gc_models(self):
        """Keep three years of cards, and whatever is in force."""
        limit = fields.Date.subtract(fields.Date.today(), years=3)
        latest = self._read_group(
            [("state", "in", ("done", "refused")), ("date", "<=", limit)],
            ["company_id"],
            ["date:max"],
        )
        kept = Domain.OR(
            Domain("company_id", "=", company.id) & Domain("date", "=", day)
            for company, day in latest
        )
        old = self.search(Domain("date", "<", limit) & ~kept, limit=1000)
        old.unlink()
        return len(old), len(old) == 1000
