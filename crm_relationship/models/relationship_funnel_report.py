from datetime import date

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.customers import Customers
from ..tools.periods import Period, get_months
from .relationship_funnel_report_sql import cohorts, figures, flow

FIGURES = (
    "count",
    "value",
    "present",
    "came",
    "went_up",
    "went_down",
    "days_median",
    "days_most",
)
MOVE_COLUMNS = (
    "id",
    "partner_id",
    "from_stage_id",
    "to_stage_id",
    "date",
    "direction",
    "days",
)
# Cohorts that fit on a page; of a longer period the last ones.
MAX_COHORTS = 36


class RelationshipFunnelReport(models.AbstractModel):
    """Where customers are in the funnel, where they go and when they are lost.

    All reports are about the current company's customers of today that the reader may
    see and that the search leaves, whoever served them then; whoever was merged into
    another counts as that one. Where a customer was on a day is what the log of moves
    says; days are those of the company's time zone. The database counts: a report has
    as many rows as there are stages, pairs of stages or months.

    A ``period`` is ``{"key": one of tools.periods.PERIODS}``, with ``since`` and
    ``until`` if it is ``custom``.
    """

    _name = "relationship.funnel.report"
    _inherit = ["relationship.funnel.report.list"]
    _description = "Funnel Report"

    @api.model
    @api.readonly
    def get_funnel(self, domain=None, period=None) -> dict:
        """Count and value of each stage, and who went on from it.

        - ``count``: customers in the stage at the end of the period
        - ``value``: what these bought in the period, untaxed and net of credit notes,
          in company currency; by orders or invoices, as the company's settings say
        - ``present``: customers in the stage at any time of the period
        - ``came``: customers who entered it in the period
        - ``went_up``, ``went_down``: customers who left it for a better or a worse
          stage in the period; ``went_up / present`` is the conversion
        - ``days_median``, ``days_most``: days in the stage of those moves up, half of
          them and nine of ten at most; None without such a move

        :param domain: which profiles to count
        :return: ``period`` and ``before``, each with ``since`` and ``until``;
            ``stages`` in their order, each with these figures of the period, and of
            the one ``before``; ``customers``, in a stage or not; ``currency_id``
        :raise AccessError: the reader may not read profiles
        """
        now, before = self._get_periods(period)
        figures_now = self._get_figures(domain, now)
        figures_before = self._get_figures(domain, before)
        nothing = dict.fromkeys(FIGURES, 0) | {"days_median": None, "days_most": None}
        return self._get_frame(domain, now) | {
            "before": self._format_period(before),
            "stages": [
                self._format_stage(stage)
                | figures_now.get(stage.id, nothing)
                | {"before": figures_before.get(stage.id, nothing)}
                for stage in self._get_stages({*figures_now, *figures_before})
            ],
            "customers": self.env["relationship.profile"].search_count(
                self._get_profile_domain(domain)
            ),
        }

    @api.model
    @api.readonly
    def get_flow(self, domain=None, period=None) -> dict:
        """The moves of a period from stage to stage, and the time before them.

        :return: ``period``; ``stages`` in their order; ``flows``, each with
            ``from_stage_id`` (None: joined) and ``to_stage_id`` (None: left),
            ``direction``, ``count`` of moves, and the days in the stage before:
            ``days_median`` (half of the moves) and ``days_most`` (nine of ten)
        :raise AccessError: the reader may not read profiles or moves
        """
        now, _before = self._get_periods(period)
        moves = self._get_moves_sql(self._get_move_domain(domain, now))
        rows = self.env.execute_query(flow(moves)) if moves else []
        ids = {stage_id for row in rows for stage_id in row[:2] if stage_id}
        return self._get_frame(domain, now) | {
            "stages": [self._format_stage(stage) for stage in self._get_stages(ids)],
            "flows": [
                {
                    "from_stage_id": from_id,
                    "to_stage_id": to_id,
                    "direction": direction,
                    "count": count,
                    "days_median": median,
                    "days_most": most,
                }
                for from_id, to_id, direction, count, median, most in rows
            ],
        }

    @api.model
    @api.readonly
    def get_cohorts(self, domain=None, period=None) -> dict:
        """Who still buys how long after the first order.

        A cohort are the customers whose first order was in a month of the period; they
        are counted in each later month in which they bought, until today.

        :return: ``period``; ``today``; ``cohorts``, the oldest first, each with its
            ``month``, its ``size``, and ``counts`` by months since; ``is_cut``, if the
            period has more months than are shown
        :raise AccessError: the reader may not read profiles
        """
        now, _before = self._get_periods(period)
        today = self.env.company._relationship_today()
        months = get_months(now.since, min(now.until, today))
        shown = months[-MAX_COHORTS:]
        sizes, active = {}, {}
        if shown:  # nobody has bought in a month to come
            sizes, active = self._get_cohorts(domain, shown, now, today)
        return self._get_frame(domain, now) | {
            "today": fields.Date.to_string(today),
            "is_cut": len(months) > len(shown),
            "cohorts": [
                {
                    "month": self._format_month(cohort),
                    "size": sizes.get(cohort, 0),
                    "counts": [
                        active.get((cohort, month), 0)
                        for month in get_months(cohort, today)
                    ],
                }
                for cohort in shown
            ],
        }

    # Frames

    def _get_frame(self, domain, period) -> dict:
        return {
            "period": self._format_period(period),
            "currency_id": self.env.company.currency_id.id,
        }

    def _format_period(self, period) -> dict:
        return {
            "since": fields.Date.to_string(period.since),
            "until": fields.Date.to_string(period.until),
        }

    def _format_month(self, month) -> str:
        return month.strftime("%Y-%m")

    # Whom and what to count

    def _get_moves_sql(self, domain) -> SQL | None:
        """The moves that the reader may see; None if there can be none."""
        moves = self.env["relationship.stage.move"]
        query = moves._search(domain)
        if query.is_empty():
            return None
        return query.select(
            *(moves._field_to_sql(moves._table, name, query) for name in MOVE_COLUMNS)
        )

    def _get_stages(self, ids):
        """The stages of the company's funnel in their order, and these, which were a
        part of it."""
        stages = self.env["relationship.stage"].with_context(active_test=False)
        used = stages._get_used(self.env.company)
        mine = Domain("company_id", "in", [False, self.env.company.id])
        return stages.search(mine & Domain("id", "in", [*used.ids, *ids]))

    def _format_stage(self, stage) -> dict:
        return {
            "id": stage.id,
            "name": stage.name,
            "color": stage.color,
            "phase": stage.phase,
            "rank": stage.rank,
            "active": stage.active,
        }

    # Figures

    def _get_figures(self, domain, period) -> dict:
        """{id of a stage: its figures by name}"""
        ever = Period(date.min, period.until)
        moves = self._get_moves_sql(self._get_move_domain(domain, ever))
        if moves is None:
            return {}
        query = figures(self._get_scope(period), moves, period.since)
        return {
            stage_id: dict(zip(FIGURES, row, strict=True))
            for stage_id, *row in self.env.execute_query(query)
        }

    def _get_scope(self, period):
        Profile = self.env["relationship.profile"]
        Profile._flush_sources()
        scope = Profile._get_scope(self.env.company, Customers(), period.until)
        return scope._replace(recent_since=period.since, before_since=period.since)

    def _get_cohorts(self, domain, months, period, today):
        """({month: number of customers}, {(month, later month): number of them})"""
        Profile = self.env["relationship.profile"]
        domain = self._get_cohort_domain(domain, period, months[0], months[-1])
        sizes = Profile._read_group(domain, ["first_order_date:month"], ["__count"])
        query = Profile._search(domain)
        if not sizes or query.is_empty():
            return {}, {}
        customers = query.select(
            Profile._field_to_sql(Profile._table, "partner_id", query),
            Profile._field_to_sql(Profile._table, "first_order_date", query),
        )
        scope = self._get_scope(Period(months[0], today))
        active = self.env.execute_query(cohorts(scope, customers, months[0]))
        return dict(sizes), {row[:2]: row[2] for row in active}
