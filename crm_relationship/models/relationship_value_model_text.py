from datetime import date

from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_date, formatLang

from ..tools.forecasts import InForce
from ..tools.value import backtest, fitting

# Parameters are shown in days, as everything else is.
DAYS = 7


class RelationshipValueModelText(models.AbstractModel):
    """What a model card says, in words. A part of ``relationship.value.model``."""

    _name = "relationship.value.model.text"
    _description = "Texts of Value Models"

    @api.depends("reason_code", "reason_figures", "state")
    @api.depends_context("lang")
    def _compute_reason(self):
        for model in self:
            if model.state == "failed":
                model.reason = self.env._(
                    "An error occurred; administrators see it here. It is tried again "
                    "the next day."
                )
            else:
                model.reason = self._describe_reason(model._as_in_force())

    @api.depends("parameters", "kind", "calibration")
    @api.depends_context("lang")
    def _compute_parameter_table(self):
        for model in self:
            model.parameter_table = _table(model._get_parameter_rows())

    @api.depends("cutoffs", "horizon_days")
    @api.depends_context("lang")
    def _compute_cutoff_table(self):
        for model in self:
            rows = [
                (
                    format_date(self.env, date.fromisoformat(cutoff["day"])),
                    self._format(cutoff["count"]),
                    self._format_share(cutoff["bought"], cutoff["count"]),
                )
                for cutoff in model.cutoffs or []
                if cutoff["count"] is not None
            ]
            heads = (
                self.env._("As of"),
                self.env._("Customers"),
                self.env._("Bought within %s days", model.horizon_days),
            )
            model.cutoff_table = _table(rows, heads)

    def _as_in_force(self) -> InForce:
        self.ensure_one()
        return InForce(
            id=self.id,
            date=self.date,
            state=self.state,
            kind=self.kind or None,
            horizon_days=self.horizon_days,
            parameters=self.parameters or {},
            calibration=self.calibration or {},
            reason=self.reason_code or "",
            figures=self.reason_figures or {},
        )

    def _get_parameter_rows(self) -> list[tuple]:
        """(what it is, its value) of each parameter, as people read them."""
        self.ensure_one()
        parameters = self.parameters or {}
        rows = [
            (label, self._format(own, 4))
            for label, own in self._get_own_parameters(parameters.get("model") or {})
            if own is not None
        ]
        for name, number in (parameters.get("value") or {}).items():
            rows.append((self.env._("Order value: %s", name), self._format(number, 4)))
        named = [
            (self.env._("Repeat order days per customer and day"), "order_rate"),
            (self.env._("Customers of a year who buy in the next"), "retention"),
            (self.env._("Margin where the cost is known"), "margin_share"),
        ]
        for label, name in named:
            if parameters.get(name) is not None:
                rows.append((label, self._format(parameters[name], 3)))
        calibration = self.calibration or {}
        if calibration.get("kind") == "logistic":
            rows += [
                (self.env._("Correction: level"), self._format(calibration["c0"], 3)),
                (self.env._("Correction: slope"), self._format(calibration["c1"], 3)),
            ]
        elif calibration.get("kind") == "steps":
            count = len(calibration["values"])
            rows.append((self.env._("Correction: steps"), self._format(count)))
        return rows

    def _get_own_parameters(self, own):
        return [
            (self.env._("Purchase rate: shape r"), own.get("r")),
            (
                self.env._("Purchase rate: scale alpha, in days"),
                own.get("alpha") and own["alpha"] * DAYS,
            ),
            (self.env._("Leaving: a"), own.get("a")),
            (self.env._("Leaving: b"), own.get("b")),
            (self.env._("Log-likelihood"), own.get("log_likelihood")),
            (self.env._("Usual interval, in days"), own.get("interval")),
        ]

    @api.model
    def _get_kind_name(self, kind) -> str:
        return dict(self._fields["kind"]._description_selection(self.env)).get(kind, "")

    @api.model
    def _get_summary(self, company) -> str:
        """What the forecasts of a company rest on, in words."""
        # Read for whoever may see the settings of the company.
        cards = self.sudo()
        of_company = [("company_id", "=", company.id)]
        todo = [*of_company, ("state", "in", ("draft", "running"))]
        if running := cards.search(todo, limit=1):
            return self.env._("Being fitted: %s%%.", self._format(running.progress))
        summary = self._describe_in_force(company)
        latest = cards.search(of_company, limit=1)
        if latest.state != "failed":
            return summary
        return self.env._(
            "The fit of %(day)s failed, see its card. %(summary)s",
            day=format_date(self.env, latest.date),
            summary=summary,
        )

    @api.model
    def _describe_in_force(self, company) -> str:
        model = self._get_in_force(company)
        if not model:
            return self.env._("No model was fitted yet.")
        if not model.forecasts:
            return self._describe_reason(model)
        return self.env._(
            "%(model)s as of %(day)s. %(reason)s",
            model=self._get_kind_name(model.kind),
            day=format_date(self.env, model.date),
            reason=self._describe_reason(model),
        )

    @api.model
    def _describe_reason(self, model) -> str:
        """Why a model was chosen, or why there is no forecast, in one sentence.

        :param model: an ``InForce``
        """
        describe = {
            backtest.TOO_FEW: self._describe_too_few,
            backtest.TOO_SHORT: self._describe_too_short,
            backtest.ONE_OUTCOME: self._describe_one_outcome,
            backtest.NOT_FINITE: self._describe_not_finite,
            backtest.MODEL_WINS: self._describe_model_wins,
            backtest.NAIVE_WINS: self._describe_naive_wins,
            backtest.NAIVE_RANKS: self._describe_naive_ranks,
            backtest.MODELS_REFUSED: self._describe_models_refused,
        }.get(model.reason)
        return describe(model.figures) if describe else ""

    def _describe_too_few(self, figures):
        return self.env._(
            "No forecast: only %(customers)s customers with orders, %(minimum)s are "
            "needed.",
            customers=self._format(figures.get("customers", 0)),
            minimum=self._format(figures.get("minimum", 0)),
        )

    def _describe_too_short(self, figures):
        return self.env._(
            "No forecast: the orders go back %(days)s days, and %(needed)s are needed "
            "to test forecasts of %(horizon)s days.",
            days=self._format(figures.get("days", 0)),
            needed=self._format(figures.get("needed", 0)),
            horizon=self._format(figures.get("horizon", 0)),
        )

    def _describe_one_outcome(self, figures):
        return self.env._(
            "No forecast: after the latest cut-off days nobody bought again, or "
            "everybody did, so that nothing tells customers apart."
        )

    def _describe_not_finite(self, figures):
        return self.env._("No forecast: nothing can be computed with these orders.")

    def _describe_model_wins(self, figures):
        if not figures.get("rule"):
            return self.env._("No rule of thumb could be computed to compare it with.")
        return self.env._(
            "In the backtest its error was less than that of the best rule of thumb, "
            "%(rule)s: %(brier)s against %(other)s.",
            rule=self._get_kind_name(figures["rule"]),
            brier=self._format(figures["model_brier"], 4),
            other=self._format(figures["rule_brier"], 4),
        )

    def _describe_naive_wins(self, figures):
        return self.env._(
            "In the backtest the error of this rule of thumb was less than that of the "
            "best model, %(model)s: %(brier)s against %(other)s.",
            model=self._get_kind_name(figures["model"]),
            brier=self._format(figures["rule_brier"], 4),
            other=self._format(figures["model_brier"], 4),
        )

    def _describe_naive_ranks(self, figures):
        return self.env._(
            "In the backtest this rule of thumb told better who buys than the best "
            "model, %(model)s: AUC %(auc)s against %(other)s.",
            model=self._get_kind_name(figures["model"]),
            auc=self._format(figures["rule_auc"], 3),
            other=self._format(figures["model_auc"], 3),
        )

    def _describe_models_refused(self, figures):
        brier = self._format(figures["rule_brier"], 4)
        if set((figures.get("statuses") or {}).values()) == {fitting.DEGENERATE}:
            return self.env._(
                "Neither MBG/NBD nor BG/NBD fits these customers (hardly anybody is "
                "seen leaving); of the rules of thumb this one had the least error in "
                "the backtest, %s.",
                brier,
            )
        return self.env._(
            "Neither MBG/NBD nor BG/NBD can be used for these customers; of the rules "
            "of thumb this one had the least error in the backtest, %s.",
            brier,
        )

    @api.model
    def _format(self, number, digits=0) -> str:
        return formatLang(self.env, number or 0, digits=digits)

    @api.model
    def _format_share(self, part, total) -> str:
        return self.env._("%s%%", self._format(100 * part / (total or 1)))


def _table(rows, heads=()) -> Markup:
    """A table as HTML; nothing without rows."""
    if not rows:
        return Markup("")
    head = Markup("").join(Markup("<th>%s</th>") % text for text in heads)
    body = Markup("").join(
        Markup("<tr>%s</tr>")
        % Markup("").join(
            Markup('<td class="%s">%s</td>') % ("text-end" if number else "", text)
            for number, text in enumerate(row)
        )
        for row in rows
    )
    return Markup(
        '<table class="table table-sm w-auto"><thead><tr>%s</tr></thead>'
        "<tbody>%s</tbody></table>"
    ) % (head, body)
