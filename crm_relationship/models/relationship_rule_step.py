from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date

from .relationship_rule_step_sql import followed, is_reached
from .relationship_rule_trigger_sql import undecided

# Steps do as their rule where they say nothing else.
INHERITED = (
    "company_id",
    "purpose",
    "channel_id",
    "window_days",
    "skip_complaint",
    "daily_capacity",
    "late_days",
)
# Steps go with their rule.
SHARED = ("state", "company_id")
# Steps follow their rule in these, unless theirs is another.
FOLLOWED = ("purpose", "skip_complaint", "daily_capacity", "late_days")
# What is noted of a step, or comes from its rule, needs no check that it can act.
UNCHECKED = {
    *SHARED,
    "active",
    "is_archived_with_rule",
    "sequence",
    "start_date",
    "failure_count",
    "pause_reason",
}
# Triggers whose reason lasts as long as they hold for an occurrence. Of the others some
# are about a day that is over, and some end with what the rule itself does.
LASTING = (
    "rhythm",
    "probability",
    "stage",
    "stay",
    "segment",
    "overdue",
    "complaint",
    "quotation",
    "consent",
    "domain",
)


class RelationshipRule(models.Model):
    """Steps: what follows some days after a rule has acted, unless that helped.

    A step is a rule of its own, with the guards, the touches and the runs of one. Its
    trigger is the touch of the rule that it follows: the customer's latest. So
    customers who are held out, or left alone for another reason, get no steps either.
    """

    _inherit = "relationship.rule"  # pylint: disable=consider-merging-classes-inherited

    trigger = fields.Selection(
        selection_add=[("step", "Another rule has acted some days ago")],
        ondelete={"step": "cascade"},
    )
    parent_id = fields.Many2one(
        "relationship.rule",
        string="Step Of",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        help="The rule that this one goes on with.",
    )
    step_ids = fields.One2many(
        "relationship.rule",
        "parent_id",
        string="Steps",
        copy=True,
        context={"active_test": False},  # those that were stopped are shown, too
        help="What follows some days after the rule has acted, unless the goal was "
        "reached, or the reason is gone.",
    )
    is_archived_with_rule = fields.Boolean(
        readonly=True, copy=False, export_string_translation=False
    )
    wait_days = fields.Integer(
        string="After Days",
        default=10,
        help="Days since the rule acted for the customer.",
    )
    goal = fields.Selection(
        [
            ("order", "The customer has ordered"),
            ("contact", "The customer has been in touch"),
            ("none", "Nothing: always go on"),
        ],
        string="Unless",
        required=True,
        default="order",
        help="What the rule was for. Who has reached it since the rule acted gets no "
        "more steps.",
    )

    _wait_days_positive = models.Constraint(
        "CHECK (wait_days > 0)", "A step waits for a day at least."
    )

    @api.model
    def _get_trigger_fields(self):
        return [*super()._get_trigger_fields(), "parent_id", "wait_days", "goal"]

    @api.depends(
        "step_ids.active",
        "step_ids.wait_days",
        "step_ids.goal",
        "step_ids.action_kind",
        "step_ids.activity_type_id",
        "step_ids.template_id",
        "step_ids.tag_id",
        "parent_id.name",
    )
    def _compute_sentence(self):
        result = super()._compute_sentence()
        for rule in self:
            for step in rule._get_live_steps().sorted("wait_days"):
                rule.sentence += " " + step._say_step()
        return result

    @api.depends("state", "step_ids.state", "step_ids.active")
    def _compute_problem(self):
        """Where the rule itself can act, but not all of its steps."""
        result = super()._compute_problem()
        for rule in self:
            paused = rule._get_live_steps().filtered(lambda s: s.state == "paused")
            if paused and not rule.problem and rule.state == "on":
                rule.problem = self.env._(
                    "The step “%s” has paused after it failed again and again.",
                    paused[0].name,
                )
        return result

    @api.constrains("trigger", "parent_id", "step_ids")
    def _check_step(self):
        """:raise ValidationError: a step without a rule, a rule of a step, or a step of
        a step"""
        for rule in self:
            if bool(rule.parent_id) != (rule.trigger == "step"):
                raise ValidationError(
                    self.env._(
                        "“%s”: a step is added to the rule that it goes on with.",
                        rule.name,
                    )
                )
            if rule.parent_id and (rule.step_ids or rule.parent_id.parent_id):
                raise ValidationError(
                    self.env._(
                        "“%s” is a step and has no steps of its own: add them to the "
                        "rule itself, with more days to wait.",
                        rule.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Steps do as their rule where they say nothing else.

        :raise ValidationError: the step of a running rule can't act
        """
        rules = super().create(
            [
                self._get_step_defaults(vals["parent_id"], vals) | vals
                if vals.get("parent_id")
                else vals
                for vals in vals_list
            ]
        )
        rules._check_running_steps()
        return rules

    def write(self, vals):
        """Steps are switched on and off, and archived, with their rule; its guards are
        theirs, where they are not said otherwise.

        :raise ValidationError: the step of a running rule can't act any more
        """
        followed = [
            (rule, name, rule[name], rule._get_steps_with_own(name))
            for rule in self
            for name in FOLLOWED
            if name in vals
        ]
        turned = self.filtered(lambda rule: rule.active != vals.get("active"))
        result = super().write(vals)
        for rule, name, before, own in followed:
            steps = (rule._get_all_steps() - own).filtered(
                lambda step, name=name, before=before: step[name] == before
            )
            if steps and rule[name] != before:
                steps.write({name: vals[name]})
        if vals.keys() - UNCHECKED:
            self._check_running_steps()
        shared = {name: vals[name] for name in SHARED if name in vals}
        if shared.get("state") in ("on", "off"):  # they begin anew, too
            shared |= {"failure_count": 0, "pause_reason": False}
        if shared and (steps := self._get_all_steps()):
            steps.write(shared)
        if "active" in vals:
            turned._turn_steps(vals["active"])
        return result

    def _turn_steps(self, active):
        """Archive steps with their rule, and restore those that were archived so: who
        restores or saves a rule starts no step that was stopped."""
        steps = self._get_all_steps()
        if active:
            steps = steps.filtered("is_archived_with_rule")
        else:
            steps = steps.filtered("active")
        if steps:
            steps.write({"active": active, "is_archived_with_rule": not active})

    def unlink(self):
        """A step that has acted and is taken from its rule is stopped, and stays in the
        ledger."""
        stopped = self.filtered(lambda step: step.parent_id - self and step.touch_count)
        stopped.write({"active": False})
        gone = self - stopped
        return super(RelationshipRule, gone | gone._get_all_steps()).unlink()

    def _get_live_steps(self):
        """All but those that were stopped."""
        return self.step_ids.filtered(lambda s: s.active or not s.parent_id.active)

    def _check_can_act(self):
        """A rule is switched on with its steps."""
        result = super()._check_can_act()
        self.step_ids._check_steps_can_act()
        return result

    def _check_running_steps(self):
        running = self.filtered(lambda rule: rule.state == "on" and rule.active)
        running.filtered("parent_id")._check_steps_can_act()

    def _check_steps_can_act(self):
        for step in self:
            try:
                step._check_can_act()
            except ValidationError as error:
                problem = f"{self.env._('“%s”', step.name)}: {error}"
                raise ValidationError(problem) from error

    def _get_all_steps(self):
        """Also those that are archived."""
        steps = self.with_context(active_test=False).step_ids
        return steps.with_env(self.env)

    def _get_steps_with_own(self, name):
        """The steps that do not do as their rule."""
        return self._get_all_steps().filtered(lambda step: step[name] != self[name])

    @api.model
    def _get_step_defaults(self, parent_id, vals) -> dict:
        parent = self.browse(parent_id)
        own = {name: parent[name] for name in INHERITED}
        own = parent._convert_to_write(own)
        email = self.env.ref("crm_relationship.channel_email", raise_if_not_found=False)
        if vals.get("action_kind") == "email" and parent.channel_id.reach != "email":
            own["channel_id"] = email and email.id
        own |= {"trigger": "step", "state": parent.state, "holdout_share": 0}
        return own

    @api.model
    def _get_goals(self) -> dict:
        return {
            "order": self.env._("and the customer has not ordered since"),
            "contact": self.env._("and the customer has not been in touch since"),
        }

    def _say_step(self) -> str:
        """The step as a sentence, said after that of its rule."""
        said = {"days": self._say_days(self.wait_days), "action": self._say_action()}
        if self.goal == "order":
            return self.env._(
                "If the customer has not ordered %(days)s later: %(action)s.", **said
            )
        if self.goal == "contact":
            return self.env._(
                "If the customer has not been in touch %(days)s later: %(action)s.",
                **said,
            )
        return self.env._("%(days)s later, whatever happened: %(action)s.", **said)

    def _say_trigger_step(self) -> str:
        said = self.env._(
            "“%(rule)s” acted %(days)s ago",
            rule=self.parent_id.name or "",
            days=self._say_days(self.wait_days),
        )
        goal = self._get_goals().get(self.goal)
        return f"{said}, {goal}" if goal else said

    @api.model
    def _describe_trigger_step(self, evidence) -> str:
        return self.env._(
            "Goes on with “%(rule)s” of %(day)s.",
            rule=self._name_record(
                "relationship.rule",
                evidence["step_rule_id"],
                self.env._("a rule that is gone"),
            ),
            day=format_date(self.env, evidence["step_date"]),
        )

    def _heeds_complaints(self) -> bool:
        """Nor does a step of a rule about open complaints."""
        parent = self.parent_id
        if parent.trigger == "complaint" and parent.complaint_when == "open":
            return False
        return super()._heeds_complaints()

    def _get_problem_step(self) -> str:
        # Whatever stops the rule does not concern what it has begun.
        return "" if self.parent_id else self.env._("The rule it goes on with is gone.")

    def _add_trigger_step(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """The rule has acted for the customer so many days ago, not again since then,
        its goal was not reached, and its reason is not gone.

        The occurrence is the touch of the rule.
        """
        # The query may be about any company; each touch is of one.
        last = as_of - timedelta(days=self.wait_days)
        first = last - timedelta(days=self.late_days) if self.late_days else date.min
        rule = self.parent_id._origin
        query.add_join(
            "JOIN",
            "step",
            followed(rule.id, first, last, as_of),
            SQL(
                "step.partner_id = relationship_profile.partner_id"
                " AND step.company_id = relationship_profile.company_id"
            ),
        )
        if self.goal != "none":
            self.env["relationship.interaction"].flush_model()
            query.add_where(SQL("(%s) IS NOT TRUE", is_reached(self.goal, as_of)))
        if rule.trigger in LASTING:
            query.add_where(rule._get_still_holding_sql(as_of))
        return SQL("step.id::text"), {
            "step_rule_id": SQL("%s::int", rule.id or None),
            "step_date": SQL("step.date"),
        }

    def _get_still_holding_sql(self, as_of) -> SQL:
        """Condition over ``step``, a touch of this rule: its occurrence is not over. By
        the code of the trigger, however long ago it began to hold."""
        Profile = self.env["relationship.profile"]
        if self.trigger == "consent":  # asked already, whatever it was needed for
            return undecided(
                self._get_trigger_scope(as_of),
                self.consent_purpose,
                self.consent_channel_id.id or 0,
                SQL("step.partner_id"),
            )
        if self.trigger == "domain":
            meeting = Profile._search(self._get_trigger_domain(), bypass_access=True)
            return SQL(
                "(step.partner_id, step.company_id) IN %s",
                meeting.subselect(
                    SQL("relationship_profile.partner_id"),
                    SQL("relationship_profile.company_id"),
                ),
            )
        rule = self.with_context(relationship_since=date.min)
        anew = {"late_days": 0}
        if self.trigger == "quotation":  # the rule itself has ended the silence
            anew["trigger_days"] = 0
        rule = rule.new(anew, origin=rule)
        held = Profile._search([], bypass_access=True)
        key, _evidence = rule._add_trigger(held, as_of)
        return SQL(
            "(step.partner_id, step.company_id, step.occurrence) IN %s",
            held.subselect(
                SQL("relationship_profile.partner_id"),
                SQL("relationship_profile.company_id"),
                key,
            ),
        )
