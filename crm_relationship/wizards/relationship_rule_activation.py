from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Left alone by a rule that is switched on for the first time, in percent.
HOLDOUT_SHARE = 10.0


class RelationshipRuleActivation(models.TransientModel):
    """Switches a rule on, and asks what to do with what holds already."""

    _name = "relationship.rule.activation"
    _description = "Switch On a Rule"

    rule_id = fields.Many2one("relationship.rule", required=True, readonly=True)
    sentence = fields.Char(related="rule_id.sentence", related_sudo=False)
    is_paused = fields.Boolean(compute="_compute_is_paused")
    due_count = fields.Integer(
        string="Already Due",
        compute="_compute_due_count",
        help="Occurrences that hold now and for which the rule has not acted.",
    )
    backlog = fields.Selection(
        [
            ("resume", "Go on where the rule stopped"),
            ("ignore", "Leave them alone; act on what happens from now on"),
            ("spread", "Spread them over some days"),
            ("all", "Act for all of them"),
        ],
        string="What Is Due Already",
        required=True,
        default="ignore",
    )
    spread_days = fields.Integer(string="Days", default=10)
    holdout_share = fields.Float(
        string="Left Alone (%)",
        digits=(16, 1),
        help="This share of the customers, drawn once and for all, is left alone to "
        "see what they do by themselves; only so the effect of the rule can be proved.",
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        rule = self.env["relationship.rule"].browse(values.get("rule_id"))
        share = rule.holdout_share
        if not rule.touch_count:
            share = share or HOLDOUT_SHARE
        if rule.state == "paused":
            values["backlog"] = "resume"
        return values | {"holdout_share": share}

    @api.depends("rule_id.state")
    def _compute_is_paused(self):
        for wizard in self:
            wizard.is_paused = wizard.rule_id.state == "paused"

    @api.depends("rule_id")
    def _compute_due_count(self):
        for wizard in self:
            wizard.rule_id.check_access("write")
            wizard.due_count = wizard.rule_id._count_backlog() if wizard.rule_id else 0

    @api.constrains("backlog", "spread_days")
    def _check_spread_days(self):
        for wizard in self:
            if wizard.backlog == "spread" and not 1 < wizard.spread_days <= 365:
                raise ValidationError(
                    self.env._("Spread over 2 to 365 days, or act for all at once.")
                )

    @api.constrains("backlog", "rule_id")
    def _check_resume(self):
        """:raise ValidationError: a rule goes on that has not stopped by itself"""
        for wizard in self:
            if wizard.backlog == "resume" and not wizard.is_paused:
                raise ValidationError(
                    self.env._("Only a rule that has paused can go on.")
                )

    def action_switch_on(self):
        """:raise ValidationError: the rule can't act, and why"""
        self.ensure_one()
        self.rule_id.check_access("write")
        self.rule_id._switch_on(self.backlog, self.spread_days, self.holdout_share)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("“%s” is on.", self.rule_id.name),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
