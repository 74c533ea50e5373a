from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.customers import Customers
from ..tools.periods import Period, end_of_month, get_months, get_periods
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

    @api.model
    @api.readonly
    def get_action(self, figure, domain=None, period=None, **of_what) -> dict:
        """Open whom a figure counts: a list of as many rows.

        :param figure: a name of `get_funnel`, ``flow`` or ``cohort``
        :param of_what: ``stage_id``, and ``before`` for the period before; for a flow
            ``from_stage_id`` and ``to_stage_id``; for a cohort its ``cohort`` and, but
            for all of them, a ``month``, both as ``2026-06``
        """
        now, before = self._get_periods(period)
        if of_what.pop("before", False):
            now = before
        if figure == "flow":
            listed = self._get_flow_domain(domain, now, **of_what)
            action = "crm_relationship.relationship_stage_move_action"
        elif figure == "cohort":
            listed = self._get_cohort_domain(domain, now, **of_what)
            action = "crm_relationship.relationship_profile_action_value"
        else:
            listed = self._get_figure_domain(figure, domain, now, **of_what)
            action = "crm_relationship.relationship_profile_action_value"
        action = self.env["ir.actions.act_window"]._for_xml_id(action)
        # Neither its name in the address nor its default filters are those of the list.
        action.pop("path", None)
        return action | {"domain": list(listed), "context": {}}

    # Periods

    def _get_periods(self, period) -> tuple[Period, Period]:
        period = period or {"key": "last_12_months"}
        try:
            return get_periods(
                period["key"],
                self.env.company._relationship_today(),
                fields.Date.to_date(period.get("since")),
                fields.Date.to_date(period.get("until")),
            )
        except (KeyError, ValueError, OverflowError) as error:
            raise UserError(
                self.env._("A period needs a first day and a last day after it.")
            ) from error

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

    def _get_profile_domain(self, domain) -> Domain:
        """The customers of the reports. That they are active is said, for a list may
        show others too."""
        domain = Domain(domain or [])
        if not any(leaf.field_expr == "active" for leaf in domain.iter_conditions()):
            domain &= Domain("active", "=", True)
        return domain & Domain("company_id", "=", self.env.company.id)

    def _get_move_domain(self, domain, period, since=None) -> Domain:
        """Their moves in a period."""
        return (
            Domain("company_id", "=", self.env.company.id)
            & Domain("profile_id", "any", self._get_profile_domain(domain))
            & Domain("counts", "=", True)
            & Domain("date", ">=", period.since)
            & Domain("date", "<=", period.until)
        )

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
        """The stages of the funnel in their order, and those that were a part of it."""
        stages = self.env["relationship.stage"].with_context(active_test=False)
        mine = Domain("company_id", "in", [False, self.env.company.id])
        return stages.search(
            mine & (Domain("active", "=", True) | Domain("id", "in", ids))
        )

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

    # Lists behind figures

    def _get_figure_domain(self, figure, domain, period, stage_id) -> Domain:
        """The customers of a figure of a stage."""
        customers = self._get_profile_domain(domain)
        came = self._get_moved_domain(period, to_stage_id=stage_id)
        if figure in ("count", "value"):
            return customers & self._get_as_of_domain(period.until, stage_id)
        if figure == "present":
            start = fields.Date.subtract(period.since, days=1)
            return customers & (self._get_as_of_domain(start, stage_id) | came)
        if figure == "came":
            return customers & came
        direction = {"went_up": "up", "went_down": "down"}[figure]
        return customers & self._get_moved_domain(
            period, from_stage_id=stage_id, direction=direction
        )

    def _get_as_of_domain(self, day, stage_id) -> Domain:
        return Domain("stage_as_of", "=", f"{day}/{stage_id}")

    def _get_moved_domain(self, period, **values) -> Domain:
        """Customers with a move in the period of these values."""
        moves = Domain("date", ">=", period.since) & Domain("date", "<=", period.until)
        for name, value in values.items():
            moves &= Domain(name, "=", value)
        return Domain("move_ids", "any", moves)

    def _get_flow_domain(self, domain, period, from_stage_id, to_stage_id) -> Domain:
        return (
            self._get_move_domain(domain, period)
            & Domain("from_stage_id", "=", from_stage_id or False)
            & Domain("to_stage_id", "=", to_stage_id or False)
        )

    def _get_cohort_domain(self, domain, period, first, last=None, month=None):
        """Customers whose first order was in these months, who bought in a month."""
        first, last = (self._to_month(item) for item in (first, last or first))
        customers = (
            self._get_profile_domain(domain)
            & Domain("first_order_date", ">=", max(first, period.since))
            & Domain("first_order_date", "<=", min(end_of_month(last), period.until))
        )
        if month:
            customers &= Domain("order_month", "=", month)
        return customers

    def _to_month(self, month) -> date:
        if isinstance(month, date):
            return month
        return self.env["relationship.profile"]._parse_month(month)
