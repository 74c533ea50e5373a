from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .relationship_case_stage import CLOSED, RUNNING

# Measures that say nothing until something has happened: {field: when it has}.
MEASURED_WHEN = {
    "hours_to_answer": Domain("date_first_answer", "!=", False),
    "hours_to_resolve": Domain("stage_kind", "=", "resolved"),
    "rating_last_value": Domain("rating_last_value", ">", 0),
}


class RelationshipCaseService(models.AbstractModel):
    """The clock of a case: what was promised, when it stands still, what it took.

    A part of ``relationship.case``. The clock runs in working hours, and only while it
    is up to the company: not while a case waits for the customer, nor while it is
    closed, should it be reopened.
    """

    _name = "relationship.case.service"
    _description = "Clock of a Case"

    date_open = fields.Datetime(
        string="Opened",
        required=True,
        default=fields.Datetime.now,
        copy=False,
    )
    date_assigned = fields.Datetime(string="Assigned", readonly=True, copy=False)
    date_first_answer = fields.Datetime(
        string="First Answer",
        readonly=True,
        copy=False,
        help="When the customer was first written or spoken to, or the case resolved.",
    )
    date_closed = fields.Datetime(string="Closed On", readonly=True, copy=False)
    paused_since = fields.Datetime(readonly=True, copy=False)
    paused_hours = fields.Float(
        string="Hours Waited",
        readonly=True,
        copy=False,
        help="Working hours in which the case waited for the customer, or was closed.",
    )
    level_id = fields.Many2one(
        "relationship.case.level",
        string="Service Level",
        compute="_compute_level_id",
        store=True,
        index="btree_not_null",
        ondelete="set null",
    )
    # As the level said when it became that of the case.
    answer_hours = fields.Float(
        string="Promised Hours to Answer",
        compute="_compute_level_id",
        store=True,
        aggregator=None,
    )
    resolve_hours = fields.Float(
        string="Promised Hours to Resolve",
        compute="_compute_level_id",
        store=True,
        aggregator=None,
    )
    answer_deadline = fields.Datetime(
        string="Answer Until", compute="_compute_deadlines", store=True
    )
    deadline = fields.Datetime(
        compute="_compute_deadlines",
        store=True,
        help="When the case is to be resolved, by its service level. It moves on by "
        "the working hours that the case waits for the customer.",
    )
    hours_to_answer = fields.Float(
        string="Hours to First Answer",
        compute="_compute_hours_to_answer",
        store=True,
        aggregator="avg",
        help="Working hours.",
    )
    hours_to_resolve = fields.Float(
        string="Hours to Resolve",
        compute="_compute_hours_to_resolve",
        store=True,
        aggregator="avg",
        help="Working hours, without the time in which the case waited for the "
        "customer.",
    )
    is_overdue = fields.Boolean(
        string="Overdue",
        compute="_compute_is_overdue",
        search="_search_is_overdue",
        help="Not answered, or not resolved, in time.",
    )
    days_left = fields.Integer(compute="_compute_days_left")

    @api.depends("severity", "customer_id", "company_id")
    def _compute_level_id(self):
        # Levels are shared configuration; who is a customer of which kind decides,
        # whoever writes the case.
        levels = self.env["relationship.case.level"].sudo()._match(self)
        for case in self:
            level = levels.get(case, case.level_id.browse())
            promised = case.answer_hours, case.resolve_hours
            # Changing a level does not change what was promised before.
            if level != case.level_id:
                promised = level.hours_to_answer, level.hours_to_resolve
            case.level_id = level
            case.answer_hours, case.resolve_hours = promised

    @api.depends(
        "answer_hours",
        "resolve_hours",
        "team_id",
        "company_id",
        "date_open",
        "paused_hours",
    )
    def _compute_deadlines(self):
        for case in self:
            case.answer_deadline = case._plan(case.answer_hours, case.paused_hours)
            case.deadline = case._plan(case.resolve_hours, case.paused_hours)

    @api.depends("date_first_answer", "date_open", "team_id", "company_id")
    def _compute_hours_to_answer(self):
        for case in self:
            case.hours_to_answer = case._count_hours(
                case.date_open, case.date_first_answer
            )

    @api.depends("date_closed", "date_open", "paused_hours", "team_id", "company_id")
    def _compute_hours_to_resolve(self):
        for case in self:
            hours = case._count_hours(case.date_open, case.date_closed)
            case.hours_to_resolve = max(0.0, hours - case.paused_hours)

    @api.depends("deadline", "answer_deadline", "date_first_answer", "stage_kind")
    def _compute_is_overdue(self):
        overdue = self.filtered_domain(self._get_overdue_domain())
        for case in self:
            case.is_overdue = case in overdue

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = self._get_overdue_domain()
        if True in value:
            return Domain.TRUE if False in value else overdue
        return ~Domain("id", "in", self.sudo()._search(overdue))

    @api.model
    def _get_overdue_domain(self) -> Domain:
        now = fields.Datetime.now()
        return Domain("stage_kind", "in", RUNNING) & (
            Domain("deadline", "<", now)
            | Domain("date_first_answer", "=", False)
            & Domain("answer_deadline", "<", now)
        )

    @api.depends("deadline", "company_id.relationship_tz")
    def _compute_days_left(self):
        for case in self:
            company = (case.company_id or self.env.company).sudo()
            if not case.deadline:
                case.days_left = 0
                continue
            day = fields.Datetime.context_timestamp(
                case.with_context(tz=company._relationship_tz()), case.deadline
            ).date()
            case.days_left = (day - company._relationship_today()).days

    @api.model_create_multi
    def create(self, vals_list):
        cases = super().create(vals_list)
        for case in cases:
            # Whoever takes it on the phone or at the counter answers at once.
            if case.channel_id.is_conversation and not case.date_first_answer:
                case.date_first_answer = case.date_open
        return cases

    def action_answered(self):
        """The customer was answered by a way that nothing here knows of."""
        self.filtered(
            lambda case: not (case.date_first_answer or case.is_closed)
        ).date_first_answer = fields.Datetime.now()

    def _read_group_select(self, aggregate_spec, query):
        """Means of what has happened: a case that is open, or cancelled, has no hours
        to resolve, and one that was not rated no rating; 0 would spoil the mean."""
        name, _separator, function = aggregate_spec.partition(":")
        select = super()._read_group_select(aggregate_spec, query)
        if function not in ("avg", "min"):
            return select
        if name not in MEASURED_WHEN:
            return select
        happened = MEASURED_WHEN[name].optimize_full(self)
        return SQL(
            "%s FILTER (WHERE %s)", select, happened._to_sql(self, self._table, query)
        )

    def _get_calendar(self):
        """The working hours that deadlines count."""
        self.ensure_one()
        company = self.company_id or self.env.company
        # Working hours are no secret; a member need not be allowed to read the
        # settings of the company.
        return (
            self.sudo().team_id.resource_calendar_id
            or company.sudo().resource_calendar_id
        )

    def _plan(self, hours, paused=0.0):
        """When so many working hours have passed since the case was opened.

        :return: a datetime, or False without a promise
        """
        if not (hours and self.date_open):
            return False
        hours += paused
        calendar = self._get_calendar()
        planned = calendar and calendar.plan_hours(
            hours, self.date_open, compute_leaves=True
        )
        # Where nobody works by a calendar, all hours count.
        return planned or self.date_open + timedelta(hours=hours)

    def _count_hours(self, start, end) -> float:
        """Working hours between two moments; 0 where one is missing."""
        if not (start and end) or end <= start:
            return 0.0
        calendar = self._get_calendar()
        if not calendar:
            return (end - start).total_seconds() / 3600
        return calendar.get_work_hours_count(start, end)

    def _prepare_clock_vals(self) -> dict:
        """After a change of stage: count what was waited, stop or start the clock."""
        self.ensure_one()
        now = fields.Datetime.now()
        if self.date_closed and self.stage_kind in CLOSED:
            # Closed otherwise, at most: what it took is what it took.
            return {"date_first_answer": self.date_first_answer or self.date_closed}
        paused = self.stage_kind == "waiting" or self.stage_kind in CLOSED
        values = {"paused_since": now if paused else False}
        if self.paused_since:
            waited = self._count_hours(self.paused_since, now)
            values["paused_hours"] = self.paused_hours + waited
        if self.stage_kind in CLOSED:
            values["date_closed"] = self.date_closed or now
            if self.stage_kind == "resolved" and not self.date_first_answer:
                values["date_first_answer"] = values["date_closed"]
        else:
            values["date_closed"] = False
        return values
