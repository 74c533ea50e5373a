from odoo import api, fields, models

from ..tools.plan import ALREADY
from .relationship_rule_explain import GUARDS


class RelationshipRuleRun(models.Model):
    """One evaluation of a rule: counts per outcome, duration, first error."""

    _name = "relationship.rule.run"
    _description = "Rule Run"
    _order = "id desc"
    _rec_name = "rule_id"

    rule_id = fields.Many2one(
        "relationship.rule",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        index="btree_not_null",
        help="Empty: the run was for several companies.",
    )
    as_of = fields.Date(required=True, readonly=True)
    duration = fields.Float(string="Seconds", readonly=True, aggregator="avg")
    treated_count = fields.Integer(string="Treated", readonly=True)
    waiting_count = fields.Integer(string="Waiting", readonly=True)
    no_responsible_count = fields.Integer(
        string="Without a Responsible Person", readonly=True
    )
    refused_count = fields.Integer(
        string="Refused",
        readonly=True,
        help="Customers who may not be contacted: by a blacklist, or for want of a "
        "consent.",
    )
    complaint_count = fields.Integer(
        string="Open Complaint",
        readonly=True,
        help="Customers whose complaint is to be settled first.",
    )
    contacted_count = fields.Integer(
        string="In Touch Lately",
        readonly=True,
        help="Customers who were in touch on any channel a short time ago.",
    )
    cooldown_count = fields.Integer(
        string="Touched Lately",
        readonly=True,
        help="Customers for whom the rule acted a short time ago.",
    )
    capped_count = fields.Integer(
        string="Touched Often",
        readonly=True,
        help="Customers whom all rules together have touched often enough.",
    )
    quiet_count = fields.Integer(string="Quiet Day", readonly=True)
    spread_count = fields.Integer(
        string="Spread",
        readonly=True,
        help="Customers whose day has not come yet since the rule was switched on.",
    )
    held_out_count = fields.Integer(
        string="Left Alone",
        readonly=True,
        help="Customers drawn to be left alone, to see what they do by themselves.",
    )
    past_count = fields.Integer(
        string="Past",
        readonly=True,
        help="Left alone because it was past when the rule was switched on.",
    )
    no_address_count = fields.Integer(
        string="Without an E-mail Address",
        readonly=True,
        help="Customers to whom the e-mail could not be sent.",
    )
    gone_count = fields.Integer(
        string="Gone",
        readonly=True,
        help="Customers who were archived or merged while the rule ran.",
    )
    already_count = fields.Integer(string="Already Treated", readonly=True)
    failed_count = fields.Integer(string="Failed", readonly=True)
    failed_customers = fields.Json(
        readonly=True,
        export_string_translation=False,
        help="Their ids: who is missing among those for whom the rule acted.",
    )
    error = fields.Text(string="First Error", readonly=True)
    error_partner_id = fields.Many2one(
        "res.partner",
        string="Customer of the First Error",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    summary = fields.Char(
        compute="_compute_summary", help="What the run did, in words."
    )

    @api.depends_context("lang")
    def _compute_summary(self):
        for run in self:
            run.summary = run._get_summary()

    @api.model
    def _log(self, rule, plan, companies):
        """The record of a run that is about to act on a plan."""
        counts = plan.counts
        return self.create(
            {
                "rule_id": rule.id,
                "company_id": companies.id if len(companies) == 1 else False,
                "as_of": plan.as_of,
                "already_count": counts[ALREADY],
            }
            | {f"{outcome}_count": counts[outcome] for outcome in GUARDS}
        )

    @api.model
    def _log_error(self, rule, error):
        """The record of a run that ended before it could act.

        One that is tried again every few minutes is not logged every few minutes.
        """
        latest = self.search([("rule_id", "=", rule.id)], limit=1)
        if latest.error == str(error) and latest.as_of == fields.Date.today():
            return latest
        return self.create(
            {
                "rule_id": rule.id,
                "company_id": rule.company_id.id,
                "as_of": fields.Date.today(),
                "failed_count": 1,
                "error": str(error),
            }
        )

    def _note_error(self, partner_id, error):
        """Keep the first error of the run, with its customer, and who has failed."""
        if self:
            self.failed_customers = [*(self.failed_customers or []), partner_id]
        if self and not self.error:
            self.write({"error": str(error), "error_partner_id": partner_id})

    def _get_summary(self) -> str:
        """The outcome in words."""
        self.ensure_one()
        parts = [self._get_done()]
        texts = self._get_texts()
        parts += [texts[name] for name in texts if self[name]]
        return " ".join(parts)

    def _get_texts(self) -> dict:
        """What each count says, in the order in which they matter."""
        return {
            "held_out_count": self.env._("Left alone: %s.", self.held_out_count),
            "past_count": self.env._("Left alone as past: %s.", self.past_count),
            "waiting_count": self.env._(
                "Waiting for the next days: %s.", self.waiting_count
            ),
            "spread_count": self.env._("Their day comes later: %s.", self.spread_count),
            "quiet_count": self.env._("Quiet day: %s.", self.quiet_count),
            "no_responsible_count": self.env._(
                "Without a responsible person: %s; name one in the settings.",
                self.no_responsible_count,
            ),
            "refused_count": self.env._(
                "May not be contacted: %s.", self.refused_count
            ),
            "complaint_count": self.env._(
                "With an open complaint: %s.", self.complaint_count
            ),
            "no_address_count": self.env._(
                "Without an e-mail address: %s.", self.no_address_count
            ),
            "contacted_count": self.env._(
                "In touch a short time ago: %s.", self.contacted_count
            ),
            "cooldown_count": self.env._(
                "Touched by this rule a short time ago: %s.", self.cooldown_count
            ),
            "capped_count": self.env._(
                "Touched often enough by all rules: %s.", self.capped_count
            ),
            "already_count": self.env._("Treated before: %s.", self.already_count),
            "gone_count": self.env._("Archived or merged: %s.", self.gone_count),
            "failed_count": self.env._("Failed: %s.", self.failed_count),
        }

    def _get_done(self) -> str:
        """What the run did, in words."""
        count = self.treated_count
        done = {
            "activity": self.env._("Activities scheduled: %s.", count),
            "email": self.env._("E-mails on their way: %s.", count),
            "tag": self.env._("Customers tagged: %s.", count),
        }
        return done.get(self.rule_id.action_kind, self.env._("Treated: %s.", count))

    @api.autovacuum
    def _gc_runs(self):
        """Keep a quarter of a year of the log; runs with touches stay with them."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), months=3)
        old = self.search(
            [
                ("create_date", "<", limit),
                ("treated_count", "=", 0),
                ("held_out_count", "=", 0),
                ("past_count", "=", 0),
            ],
            limit=1000,
        )
        old.unlink()
        return len(old), len(old) == 1000
