from odoo import api, fields, models
from odoo.exceptions import UserError

from .relationship_consent import PURPOSES


class RelationshipRule(models.Model):
    """When (trigger) - Only if (domain) - Unless (guards) - Then (actions).

    What a rule says; `relationship_rule_engine` carries it out.
    """

    _name = "relationship.rule"
    _inherit = [
        "relationship.domain.mixin",
        "relationship.rule.trigger.habits",
        "relationship.rule.trigger.products",
        "relationship.rule.trigger.dates",
        "relationship.rule.trigger.documents",
        "relationship.rule.trigger.journey",
        "relationship.rule.trigger.domain",
        "relationship.rule.trigger.past",
        "relationship.rule.entry",
        "relationship.rule.assignment",
        "relationship.rule.trigger",
        "relationship.rule.guard",
        "relationship.rule.guard.limit",
        "relationship.rule.guard.quiet",
        "relationship.rule.guard.holdout",
        "relationship.rule.email",
        "relationship.rule.unsubscribe",
        "relationship.rule.code",
        "relationship.rule.pricelist",
        "relationship.rule.note",
        "relationship.rule.activity",
        "relationship.rule.action",
        "relationship.rule.engine",
        "relationship.rule.job",
        "relationship.rule.failure",
        "relationship.rule.switch",
        "relationship.rule.explain",
        "relationship.rule.condition",
        "relationship.rule.sentence",
        "relationship.rule.status",
        "relationship.rule.preview",
        "relationship.rule.proof.verdict",
        "relationship.rule.proof",
    ]
    _description = "Retention Rule"
    _order = "sequence, id"
    _check_company_auto = True

    active = fields.Boolean(
        default=True, help="An archived rule does not run; its touches stay."
    )
    state = fields.Selection(
        [("off", "Off"), ("on", "On"), ("paused", "Paused")],
        required=True,
        readonly=True,
        copy=False,
        default="off",
        group_expand="_sort_states",
        help="Only rules that are on run by themselves. A rule pauses itself when it "
        "fails again and again.",
    )
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: the rule runs for every company."
    )

    # When: see relationship_rule_trigger
    stage_ids = fields.Many2many(
        "relationship.stage",
        "relationship_rule_stage_rel",
        "rule_id",
        "stage_id",
        string="Stages",
        check_company=True,
        help="The rule acts when a customer enters one of them, and is still there.",
    )
    # Only if
    domain = fields.Char(string="Only If")

    # Unless
    purpose = fields.Selection(
        PURPOSES,
        required=True,
        default="service",
        help="What the customer is contacted for. Whoever may not be contacted for it "
        "is left out, until they consent.",
    )
    channel_id = fields.Many2one(
        "relationship.channel",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        default=lambda self: self.env.ref(
            "crm_relationship.channel_phone", raise_if_not_found=False
        ),
        help="By which way the customer is contacted. Its blacklist is heeded too.",
    )
    skip_complaint = fields.Boolean(
        string="Not While a Complaint Is Open",
        default=True,
        help="A customer with an open complaint is left out, until it is settled.",
    )
    daily_capacity = fields.Integer(
        string="Customers per Person and Day",
        default=20,
        help="The customers with the highest value at risk come first; the rest waits "
        "for the next days. 0: no limit.",
    )

    # Proof
    holdout_share = fields.Float(
        string="Left Alone (%)",
        digits=(16, 1),
        help="This share of the customers, drawn once and for all, is left alone to "
        "see what they do by themselves; only so the effect of the rule can be proved.",
    )
    window_days = fields.Integer(
        string="Days to Look for Orders",
        required=True,
        default=30,
        help="Orders confirmed within this many days are counted as results.",
    )

    # Then: see relationship_rule_action and its likes

    sentence = fields.Char(compute="_compute_sentence")
    touch_count = fields.Integer(string="Touches", compute="_compute_touch_count")
    run_ids = fields.One2many(
        "relationship.rule.run",
        "rule_id",
        string="Runs",
        groups="crm_relationship.group_relationship_manager",
    )

    _holdout_share_valid = models.Constraint(
        "CHECK (holdout_share >= 0 AND holdout_share <= 50)",
        "Between 0 and 50 % of the customers can be left alone.",
    )
    _window_days_positive = models.Constraint(
        "CHECK (window_days > 0)", "Results need at least a day."
    )
    _not_negative = models.Constraint(
        "CHECK (daily_capacity >= 0 AND activity_days >= 0"
        " AND min_days_since_order >= 0 AND contact_days >= 0"
        " AND cooldown_days >= 0)",
        "Capacity and days can't be negative.",
    )

    @api.depends(
        lambda self: (
            *self._get_trigger_fields(),
            "domain",
            "action_kind",
            "activity_type_id",
            "activity_days",
            "assign_to",
            "user_id",
            "template_id",
            "tag_id",
            "pricelist_id",
            "server_action_id",
            "purpose",
            "channel_id",
            "skip_complaint",
        )
    )
    @api.depends_context("lang")
    def _compute_sentence(self):
        for rule in self:
            when, condition = rule._say_trigger(), rule._say_condition()
            if condition:
                when = self.env._(
                    "%(trigger)s, and %(condition)s", trigger=when, condition=condition
                )
            if not rule._contacts():
                rule.sentence = self.env._(
                    "When %(trigger)s, %(action)s; once per occurrence.",
                    trigger=when,
                    action=rule._say_action(),
                )
                continue
            rule.sentence = self.env._(
                "When %(trigger)s, %(action)s; once per occurrence, and only if the "
                "customer may be contacted %(purpose)s by “%(channel)s”.",
                trigger=when,
                action=rule._say_action(),
                purpose=rule._say_purpose(),
                channel=rule.channel_id.name or self.env._("any channel"),
            )
            if rule._heeds_complaints():
                rule.sentence += " " + self.env._(
                    "Not while a complaint of the customer is open."
                )

    @api.model
    def _sort_states(self, states, domain):
        """Grouped by it, rules that are on come first."""
        return [state for state in ("on", "off", "paused") if state in states]

    def _compute_touch_count(self):
        counts = dict(
            self.env["relationship.touch"]._read_group(
                [("rule_id", "in", (self | self._get_all_steps()).ids)],
                ["rule_id"],
                ["__count"],
            )
        )
        for rule in self:
            own = (rule | rule._get_all_steps())._origin
            rule.touch_count = sum(counts.get(part, 0) for part in own)

    @api.model
    def default_get(self, fields):
        """A new rule is off, also below the heading of those that are on: only the
        question about the backlog switches it on."""
        values = super().default_get(fields)
        return values | {"state": "off"} if "state" in values else values

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fired(self):
        fired = self.filtered("touch_count")
        if fired:
            raise UserError(
                self.env._(
                    "Rule “%s” has acted already; archive it instead, so that nothing "
                    "it did is done again.",
                    fired[0].name,
                )
            )

    def action_run(self):
        """Run now, and tell what happened."""
        self.ensure_one()
        self.check_access("write")
        self._check_may_run_code()
        if not self.active:
            raise UserError(self.env._("An archived rule does not run."))
        if self.state != "on":  # whoever switches it on is asked about the backlog
            raise UserError(self.env._("Switch the rule on first."))
        run = self._try_turn() and self._run()
        message = (
            run._get_summary()
            if run
            else self.env._("Rules are running just now; try again in a minute.")
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if not run or run.failed_count else "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_preview(self):
        """Open the customers for whom the rule would act now."""
        self.ensure_one()
        self.check_access("write")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_profile_action_list"
        )
        partner_ids = [item.partner_id for item in self.evaluate().to_treat]
        action["domain"] = [("partner_id", "in", partner_ids)]
        action["context"] = {}
        return action

    def action_open_form(self):
        self.ensure_one()
        return self._get_records_action()

    def action_open_touches(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_touch_action"
        )
        action["domain"] = [("rule_id", "in", (self | self._get_all_steps()).ids)]
        action["context"] = {}
        return action
