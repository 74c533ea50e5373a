from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date, format_list

from .relationship_rule_entry_sql import latest_entries

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

    @api.model
    def _get_trigger_fields(self):
        return [
            *super()._get_trigger_fields(),
            "stage_ids",
            "start_date",
            "with_rule_changes",
        ]

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

    @api.model
    def _describe_trigger_stage(self, evidence) -> str:
        return self.env._(
            "Entered “%(stage)s” on %(day)s.",
            stage=self._name_record(
                "relationship.stage",
                evidence["entered_stage_id"],
                self.env._("a stage that is gone"),
            ),
            day=format_date(self.env, evidence["entered_date"]),
        )

    def _get_problem_stage(self) -> str:
        if self.stage_ids.filtered("active"):
            return ""
        return self.env._("Nobody enters the stages of this rule: they are archived.")
