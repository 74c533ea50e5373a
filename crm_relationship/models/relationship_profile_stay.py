from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain

STAY_STATES = [
    ("on_time", "On Time"),
    ("due", "Due"),
    ("stuck", "Stuck"),
]
# `days <operator> n` as a comparison of the day the customer came.
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
# Nobody is in a stage for longer; days further back may lie before all calendars.
MAX_DAYS = 36_500


class RelationshipProfileStay(models.AbstractModel):
    """How long a customer has been in its stage, against the stage's target. A part of
    ``relationship.profile``.

    Nothing is stored: it changes every day. Searching compares the day on which the
    customer entered with the days counted back from today.
    """

    _name = "relationship.profile.stay"
    _description = "Stay of a Customer in a Stage"

    days_in_stage = fields.Integer(
        string="Days in Stage",
        compute="_compute_days_in_stage",
        search="_search_days_in_stage",
        help="Days since the customer entered its stage.",
    )
    stage_state = fields.Selection(
        STAY_STATES,
        string="Progress",
        compute="_compute_stage_state",
        search="_search_stage_state",
        help="Stuck: longer in its stage than the stage's target. Due: in the last "
        "fifth of the target. Empty: the stage has no target.",
    )
    stage_stay = fields.Char(
        string="In Stage For",
        compute="_compute_stage_stay",
        help="Days in the stage, and its target if it has one.",
    )

    @api.depends("stage_date")
    def _compute_days_in_stage(self):
        todays = {company: company._relationship_today() for company in self.company_id}
        for profile in self:
            since = profile.stage_date
            today = todays.get(profile.company_id)
            profile.days_in_stage = since and max((today - since).days, 0)

    @api.depends("stage_date", "stage_id.target_days")
    def _compute_stage_state(self):
        for profile in self:
            target = profile.stage_id.target_days
            days = profile.days_in_stage
            profile.stage_state = (
                False
                if not target or not profile.stage_date
                else "stuck"
                if days > target
                else "due"
                if days >= self._get_due_days(target)
                else "on_time"
            )

    @api.depends("stage_date", "stage_id.target_days")
    @api.depends_context("lang")
    def _compute_stage_stay(self):
        for profile in self:
            profile.stage_stay = profile.stage_date and profile._describe_stay()

    @api.model
    def _search_days_in_stage(self, operator, value):
        if operator == "in":
            known = {int(days) for days in value if days is not False}
            domain = self._get_stay_domain(
                lambda day: Domain(
                    "stage_date", "in", [day(days) for days in sorted(known)]
                )
            )
            if False in value or 0 in known:
                domain |= Domain("stage_date", "=", False)
            return domain
        if operator not in FLIPPED:
            return NotImplemented
        return self._get_stay_domain(
            lambda day: Domain("stage_date", FLIPPED[operator], day(int(value)))
        )

    @api.model
    def _search_stage_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        targets = self._get_targets()
        return Domain.OR(
            self._get_stay_domain(
                lambda day, state=state: self._get_state_domain(state, targets, day)
            )
            for state in set(value)
        )

    @api.model
    def _get_state_domain(self, state, targets, day) -> Domain:
        """Who is in a state.

        :param targets: stages by their target
        :param day: gives the day that was so many days ago
        """
        if not state:
            staged = sum(targets.values(), self.env["relationship.stage"])
            return Domain("stage_id", "not in", staged.ids) | Domain(
                "stage_date", "=", False
            )
        return Domain.OR(
            Domain("stage_id", "in", stages.ids)
            & self._get_since_domain(state, target, day)
            for target, stages in targets.items()
        )

    @api.model
    def _get_since_domain(self, state, target, day) -> Domain:
        """When customers of a state entered a stage with that target."""
        is_stuck = Domain("stage_date", "<", day(target))
        if state == "stuck":
            return is_stuck
        due_days = self._get_due_days(target)
        if state == "due":
            return Domain("stage_date", ">=", day(target)) & Domain(
                "stage_date", "<=", day(due_days)
            )
        return Domain("stage_date", ">", day(due_days))

    @api.model
    def _get_due_days(self, target) -> int:
        """From which day on a customer is due to leave a stage with that target: in the
        last fifth of it, rounded up."""
        return -(-target * 4 // 5)

    @api.model
    def _get_targets(self) -> dict:
        """The stages that have a target, by target."""
        # The target of a stage is no secret; customers are searched by their rights.
        stages = self.env["relationship.stage"].sudo().with_context(active_test=False)
        found = stages.search([("target_days", ">", 0)])
        return found.grouped("target_days")

    @api.model
    def _get_stay_domain(self, get_domain) -> Domain:
        """A domain about days ago, in the time zone of each company.

        :param get_domain: gets a function from days to the day so many days ago
        """
        companies = self.env["res.company"].sudo().search([])
        by_today = companies.grouped(lambda company: company._relationship_today())
        domains = [
            (get_domain(partial(self._get_day_before, today)), found)
            for today, found in by_today.items()
        ]
        if len(domains) == 1:
            return domains[0][0]
        return Domain.OR(
            Domain("company_id", "in", found.ids) & domain for domain, found in domains
        )

    @api.model
    def _get_day_before(self, today, days):
        return today - timedelta(max(-MAX_DAYS, min(days, MAX_DAYS)))

    def _describe_stay(self) -> str:
        """``43 of 30 days``"""
        days, target = self.days_in_stage, self.stage_id.target_days
        if target:
            return self.env._("%(days)s of %(target)s days", days=days, target=target)
        if not days:
            return self.env._("since today")
        return self.env._("1 day") if days == 1 else self.env._("%s days", days)
