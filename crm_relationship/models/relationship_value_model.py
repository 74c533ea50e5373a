from odoo import api, fields, models, tools
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import format_date

from ..tools.forecasts import InForce
from .relationship_value_model_candidate import KINDS

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
    _inherit = [
        "relationship.value.model.fit",
        "relationship.value.model.job",
        "relationship.value.model.text",
    ]
    _description = "Value Model"
    _order = "date desc, id desc"
    _rec_name = "date"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    date = fields.Date(
        string="As Of",
        required=True,
        readonly=True,
        help="What was bought before this day is what it knows.",
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
    tries = fields.Integer(default=0, readonly=True, export_string_translation=False)
    # What went wrong may quote anything.
    error = fields.Text(
        readonly=True, groups="crm_relationship.group_relationship_manager"
    )

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
        models = super().create(vals_list)
        models._forget_in_force()
        return models

    def write(self, vals):
        result = super().write(vals)
        if IN_FORCE_FIELDS & vals.keys():
            self._forget_in_force()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_in_force()
        return result

    def _forget_in_force(self):
        """What is in force has changed: now for this transaction, and for all others
        once it is committed. Until then they may well cache what was before."""
        if not self:
            return
        registry = self.env.registry

        def forget():
            registry.clear_cache()
            if registry.ready:  # no other worker knows one that is being made
                registry.signal_changes()

        registry.clear_cache()
        self.env.cr.postcommit.add(forget)

    def action_fit(self):
        """Fit the models again, in the background: those of the cards' companies, or of
        the current one.

        :raise AccessError: the user is no administrator of the add-on
        """
        if not self.env.user.has_group("crm_relationship.group_relationship_manager"):
            raise AccessError(self.env._("Only administrators fit value models."))
        for company in self.company_id or self.env.company:
            model = self._request(company)
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
            customers, "lorenz": [[share of customers, share of value], ...], by what
            was expected of them, "foresight": the same by what came}
        """
        self.ensure_one()
        self.check_access("read")
        empty = {"calibration": [], "lorenz": [], "foresight": []}
        return empty | (self.charts or {})

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
    def _read_in_force(self, company, as_of) -> InForce | None:
        """The same for what is kept: a forecast must not rest on a model that is in
        force no more because another worker has not heard of it yet. One query."""
        # What it says is for whoever sees a profile.
        model = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("done", "refused")),
                ("date", "<=", as_of),
            ],
            limit=1,
        )
        return model._as_in_force() if model else None

    @api.model
    @tools.ormcache("company_id")
    def _get_finished(self, company_id) -> tuple[InForce, ...]:
        """All models of a company that have come to a result, the latest first."""
        # Cached for everybody, so it can't depend on who asks first.
        finished = self.sudo().search(
            [("company_id", "=", company_id), ("state", "in", ("done", "refused"))]
        )
        return tuple(model._as_in_force() for model in finished)

    @api.autovacuum
    def _gc_models(self):
        """Keep three years of cards, and whatever is in force; failures for a month."""
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
        month = fields.Date.subtract(fields.Date.today(), months=1)
        failed = Domain("state", "=", "failed") & Domain("date", "<", month)
        old = self.search(Domain("date", "<", limit) & ~kept | failed, limit=1000)
        old.unlink()
        return len(old), len(old) == 1000
