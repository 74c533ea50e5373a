from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date, format_list

from ..tools.customers import Customers
from .relationship_rule_entry_sql import entered_customers, latest_entries

# Whoever changes one of these widens what a rule acts for.
WIDENING = (
    "active",
    "state",
    "trigger",
    "stage_ids",
    "with_rule_changes",
    "domain",
    "company_id",
)
# Says in a transaction that the job was asked for.
NOTED = "crm_relationship.entries"
# What the form says of the past.
RECENT_DAYS = 30


class RelationshipRuleEntry(models.AbstractModel):
    """The trigger ``stage``: a customer enters a stage. A part of
    ``relationship.rule``.

    The occurrence is the customer's present stay in the stage, named by the move with
    which it began: the first one into the stage on that day. A customer who has gone on
    by the time the rule runs is left alone, as is one whose entry was undone.
    """

    _name = "relationship.rule.entry"
    _description = "Rule about Entries into Stages"

    start_date = fields.Date(
        string="Entries Since",
        required=True,
        copy=False,
        default=lambda self: self.env.company._relationship_today(),
        help="Customers who entered the stage before this day are left alone, so that "
        "switching a rule on floods nobody. It is set to today when the rule is "
        "switched on, or made to hold for more stages.",
    )
    with_rule_changes = fields.Boolean(
        string="Also When the Funnel Is Changed",
        help="Act also for customers who enter because somebody changed the entry "
        "rules. By default only what happens to the customer counts, so that a change "
        "of the funnel sends no thousand e-mails.",
    )
    recent_count = fields.Integer(
        string="Would Have Acted in 30 Days",
        compute="_compute_recent_count",
        groups="crm_relationship.group_relationship_manager",
        help="Entries of the last 30 days by the log of stage moves, of customers for "
        "whom the condition held on that day; before the guards.",
    )

    @api.depends("trigger", "stage_ids", "with_rule_changes", "domain", "company_id")
    def _compute_recent_count(self):
        for rule in self:
            try:
                rule.recent_count = rule._count_past(RECENT_DAYS)
            except ValidationError:
                rule.recent_count = 0  # while somebody is at writing the condition

    @api.constrains("trigger", "stage_ids")
    def _check_stages(self):
        for rule in self:
            if rule.trigger == "stage" and not rule.stage_ids:
                raise ValidationError(
                    self.env._("Say which stage makes “%s” act.", rule.name)
                )

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()  # see `_has_entry_rules`
        return rules

    def write(self, vals):
        """What becomes wider acts from today on, unless a day is given."""
        before = {rule: rule._get_width() for rule in self}
        result = super().write(vals)
        if "start_date" not in vals:
            wider = self.filtered(lambda rule: rule._is_wider(before[rule]))
            if wider:
                today = self.env.company._relationship_today()
                super(RelationshipRuleEntry, wider).write({"start_date": today})
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _get_width(self) -> tuple:
        return tuple(self[name] for name in WIDENING)

    def _is_wider(self, before) -> bool:
        """Whether the rule may act for customers for whom it did not before."""
        active, state, trigger, stages, with_rule_changes, domain, company = before
        return (
            (self.active and not active)
            or (self.state == "on" and state != "on")
            or self.trigger != trigger
            or bool(self.stage_ids - stages)
            or (self.with_rule_changes and not with_rule_changes)
            or (self.domain or "[]") != (domain or "[]")
            or bool(company and self.company_id != company)
        )

    @api.model
    @tools.ormcache()
    def _has_entry_rules(self) -> bool:
        return bool(self.sudo().search_count([("trigger", "=", "stage")], limit=1))

    @api.model
    def _note_entries(self):
        """Customers have moved: let the rules about it run soon after the commit. Asks
        once per transaction."""
        noted = self.env.cr.precommit.data
        if NOTED in noted or not self._has_entry_rules():
            return
        noted[NOTED] = True
        job = "crm_relationship.ir_cron_run_entry_rules"
        if cron := self.env.ref(job, raise_if_not_found=False):
            cron.sudo()._trigger()  # whoever moves a customer starts the job

    @api.model
    def _cron_run_entries(self):
        """Run the rules about entries into stages; asked for by `_note_entries`."""
        rules = self.search([("trigger", "=", "stage"), ("state", "=", "on")])
        if not self._run_all(rules, quiet=True):
            self._run_again_soon("crm_relationship.ir_cron_run_entry_rules")

    def _count_past(self, days) -> int:
        """For how many entries of the last days the rule would have acted, had it been
        there and run at the end of each day; by the code that acts, over the log.

        One statement a company, and one more a day where there is a condition.
        """
        if self.trigger != "stage":
            return 0
        count = 0
        # A rule acts for every customer of its companies, see `evaluate`.
        rule = self.sudo()
        for company in self._get_companies():
            today = company._relationship_today()
            since = fields.Date.subtract(today, days=days)
            by_day = rule._get_entered_customers(company, since, today)
            for day, partner_ids in by_day.items():
                if rule._get_domain().is_true():
                    count += len(partner_ids)
                    continue
                fresh, already = rule.with_context(
                    relationship_since=day
                )._get_occurrences(company, day, Customers(ids=tuple(partner_ids)))
                count += len(fresh) + already
        return count

    def _get_entered_customers(self, company, since, until) -> dict:
        """Who was at the end of a day in a stage that he or she entered on that day.

        :return: {day: ids of customers}
        """
        self.env["relationship.stage.move"].flush_model()
        rows = self.env.execute_query(
            entered_customers(
                self.stage_ids.ids, company.id, since, until, self.with_rule_changes
            )
        )
        return dict(rows)

    def _add_trigger_stage(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """The customer is in the stage since `start_date` or later; to look back,
        since the day in the context."""
        since = self.env.context.get("relationship_since") or self.start_date
        self.env["relationship.stage.move"].flush_model()
        query.add_join(
            "JOIN",
            "entry",
            latest_entries(self.stage_ids.ids, since, as_of, self.with_rule_changes),
            SQL(
                """
                entry.partner_id = relationship_profile.partner_id
                AND entry.company_id = relationship_profile.company_id
                AND entry.stage_id = relationship_profile.stage_id
                """
            ),
        )
        return SQL("entry.move_id::text"), {
            "entered_stage_id": SQL("entry.stage_id"),
            "entered_date": SQL("entry.date"),
        }

    def _say_trigger_stage(self) -> str:
        names = [self.env._("“%s”", stage.name) for stage in self.stage_ids]
        return self.env._(
            "a customer enters %(stages)s, from %(day)s on",
            stages=format_list(self.env, names, "or") or self.env._("a stage"),
            day=format_date(self.env, self.start_date),
        )

    def _get_problem_stage(self) -> str:
        if self.stage_ids.filtered("active"):
            return ""
        return self.env._("Nobody enters the stages of this rule: they are archived.")
