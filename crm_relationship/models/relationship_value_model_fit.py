from datetime import date, timedelta

import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import cutoffs as tables
from ..tools.samples import Sample
from ..tools.value import backtest, fitting, naive
from .relationship_value_model_sql import (
    customers_at,
    cut_dates,
    known_margin,
    order_span,
)

# A part of so many customers tells as much as all of them.
MOST_CUSTOMERS = 200_000
MOST_CUTOFFS = 8
# Rows per read: a million customers are never in memory as Python objects.
BATCH = 20_000


class RelationshipValueModelFit(models.AbstractModel):
    """The making of a model card. A part of ``relationship.value.model``.

    One step per transaction: the plan, then one query for each cut-off day, then the
    backtest and the choice. What the steps have read waits in the record, so a job that
    dies goes on behind the last step that was saved.
    """

    _name = "relationship.value.model.fit"
    _description = "Fit of Value Models"

    def _fit_step(self) -> bool:
        """Do the next step; does not commit.

        :return: whether there is another one
        """
        self.ensure_one()
        if self.state == "draft":
            self._begin()
        elif cutoff := self._get_next_cutoff():
            self._read_cutoff(cutoff)
        else:
            self._finish()
        self.flush_recordset()
        return self.state == "running"

    def _fit(self):
        """Do all the steps at once."""
        while self._fit_step():
            pass

    def _begin(self):
        """Look what there is, and plan the cut-off days."""
        company = self.company_id
        customers, days, first, last, margin, revenue = self._read_totals()
        horizon = company.relationship_forecast_days
        known = self._get_known_day()
        dates = cut_dates(first, known, horizon, MOST_CUTOFFS) if first else []
        share = float(margin / revenue) if revenue and revenue > 0 else None
        self.write(
            {
                "state": "running",
                "horizon_days": horizon,
                "customer_count": customers,
                "order_day_count": days,
                "first_date": first,
                "last_date": last,
                "cutoffs": [{"day": str(day), "count": None} for day in dates],
                "parameters": {"margin_share": share},
            }
        )
        gates = self._get_gates()
        figures = {"horizon": horizon}
        if customers < gates.minimum:
            figures |= {"customers": customers, "minimum": gates.minimum}
            self._refuse(backtest.TOO_FEW, figures)
        elif not dates:
            self._refuse(backtest.TOO_SHORT, figures)

    def _read_totals(self) -> tuple:
        """Customers, order days, first and last; margin and revenue of a known cost: of
        the profiles as they were on the day of the card."""
        company = self.company_id
        Profile = self.env["relationship.profile"]
        Profile.flush_model()
        Profile._flush_sources()
        [totals] = self.env.execute_query(
            SQL(
                "%s span AS (%s), margin AS (%s) SELECT * FROM span, margin",
                Profile._get_as_of_sql(company, self.date),
                order_span(company.id),
                known_margin(company.id),
            )
        )
        return totals

    def _get_known_day(self) -> date:
        """The last day that is over: a horizon of seven days that ends with a day at
        whose first hour the job runs would have six."""
        return self.date - timedelta(1)

    def _get_next_cutoff(self) -> dict | None:
        """The cut-off day that was not read yet; the latest is the last."""
        for cutoff in self.cutoffs or []:
            if cutoff["count"] is None:
                return cutoff
        return None

    def _read_cutoff(self, cutoff):
        """Take in the customers as they were on a day, and what became of them."""
        day = date.fromisoformat(cutoff["day"])
        table = self._read_customers(day, day + timedelta(self.horizon_days))
        packed = tables.unpack(self.work)
        kept = {name: packed[name] for name in packed} | {cutoff["day"]: table}
        cutoff = cutoff | {
            "count": len(table),
            "bought": int((table[:, tables.COLUMNS.index("orders_after")] > 0).sum()),
        }
        self.write(
            {
                "work": tables.pack(kept),
                "cutoffs": [
                    cutoff if one["day"] == cutoff["day"] else one
                    for one in self.cutoffs
                ],
            }
        )

    def _read_customers(self, day, until):
        """One row per customer as of ``day``, with what came up to ``until``."""
        share = min(1.0, MOST_CUSTOMERS / max(self.customer_count, 1))
        Profile = self.env["relationship.profile"]
        Profile._flush_sources()
        scope = Profile._get_scope(self.company_id, Sample(share), until)
        self.env.cr.execute(customers_at(scope, day, self.horizon_days))
        parts = [np.empty((0, len(tables.COLUMNS)))]
        while rows := self.env.cr.fetchmany(BATCH):
            parts.append(np.array(rows, dtype=float))
        return np.concatenate(parts)

    def _finish(self):
        """Judge the candidates, choose one, and keep what tells why."""
        known = self._get_known_day()
        now = tables.cutoff_data(
            self._read_customers(known, known), known, is_over=False
        )
        packed = tables.unpack(self.work)
        data = (
            tables.cutoff_data(packed[cutoff["day"]], date.fromisoformat(cutoff["day"]))
            for cutoff in self.cutoffs
        )
        result = backtest.run(data, self._get_gates(), now=now)
        self.sample_count = now.count
        self.candidate_ids.unlink()
        self.candidate_ids = [
            fields.Command.create(self._prepare_candidate_vals(number, candidate))
            for number, candidate in enumerate(sorted(result.candidates, key=_rank))
        ]
        if result.status != "done":
            self._refuse(result.reason, result.figures)
            return
        self._choose(result, now)

    def _get_gates(self):
        return backtest.Gates(horizon=self.horizon_days)

    def _choose(self, result, now):
        [chosen] = [one for one in result.candidates if one.is_chosen]
        figures = result.figures | {
            "calibration_error": chosen.calibration_error,
            "auc": chosen.auc,
            "judged": len(result.judged),
        }
        self.write(
            {
                "state": "done",
                "kind": chosen.kind,
                "reason_code": result.reason,
                "reason_figures": tables.plain(figures),
                "parameters": tables.plain(
                    self._prepare_parameters(result, chosen, now)
                ),
                "calibration": tables.plain(chosen.calibration),
                "charts": tables.plain(
                    {
                        "calibration": chosen.figures.get("rows", []),
                        "lorenz": result.lorenz,
                        "foresight": result.foresight,
                    }
                ),
                "date_end": fields.Datetime.now(),
                "work": False,
            }
        )
        self.env["relationship.refresh"]._request(self.company_id)

    def _prepare_parameters(self, result, chosen, now) -> dict:
        """What scoring needs to know, whichever model it is:

        - model: the chosen model's own parameters, times in weeks
        - value: of Gamma-Gamma, in company currency, or None; value_mean: what to
          expect of customers without a mean of their own, where it is None
        - cuts: the cut values of the RFV scores
        - order_rate: repeat order days per day of all customers together
        - retention: share of the customers of a year who buy in the next
        - margin_share: of the revenue whose cost is known, or None
        """
        repeated = now.z[(now.x > 0) & (now.z > 0)]
        return {
            "model": chosen.parameters,
            "value": result.value_parameters,
            "value_mean": float(repeated.mean()) if len(repeated) else 0.0,
            "cuts": tables.score_cuts(now.T, now.t_x, now.x, now.z * (now.x + 1)),
            "order_rate": naive.order_rate(now.x, now.T),
            "retention": tables.retention(now),
            "margin_share": (self.parameters or {}).get("margin_share"),
        }

    def _refuse(self, code, figures):
        """There is no forecast, and this is why."""
        if code == backtest.TOO_SHORT and self.first_date:
            step = max(30, self.horizon_days // 3)
            figures = figures | {
                "days": (self._get_known_day() - self.first_date).days,
                "needed": 3 * self.horizon_days + step,
            }
        before = self._read_in_force(self.company_id, self.date)
        self.write(
            {
                "state": "refused",
                "parameters": False,
                "reason_code": code,
                "reason_figures": tables.plain(figures),
                "date_end": fields.Datetime.now(),
                "work": False,
            }
        )
        if before and before.forecasts:
            self.env["relationship.refresh"]._request(self.company_id)

    @api.model
    def _prepare_candidate_vals(self, number, candidate) -> dict:
        names = ("auc", "brier", "calibration_error", "spearman", "lift")
        return {
            "sequence": number,
            "kind": candidate.kind,
            "count": candidate.count,
            "is_chosen": candidate.is_chosen,
            "is_naive": candidate.is_naive,
            "status": candidate.status,
            "figures": tables.plain(
                candidate.figures | {"parameters": candidate.parameters}
            ),
        } | {name: tables.plain(getattr(candidate, name)) for name in names}


def _rank(candidate):
    """Those that were refused after all others, whatever their figures."""
    refused = candidate.status != fitting.OK or candidate.brier is None
    return refused, candidate.brier or 0
