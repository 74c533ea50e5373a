from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

# What the list says of the past.
RECENT_DAYS = 30


class RelationshipRuleStatus(models.AbstractModel):
    """When a rule runs, and what it did lately. A part of ``relationship.rule``."""

    _name = "relationship.rule.status"
    _description = "Status of a Rule"

    schedule = fields.Char(
        compute="_compute_schedule", help="When the rule runs by itself."
    )
    recent_touch_count = fields.Integer(
        string="Treated in 30 Days", compute="_compute_recent_touch_count"
    )
    last_run_date = fields.Datetime(
        string="Last Run",
        compute="_compute_last_run",
        groups="crm_relationship.group_relationship_manager",
    )
    last_result = fields.Char(
        compute="_compute_last_run",
        groups="crm_relationship.group_relationship_manager",
    )

    @api.depends("state", "active", "trigger")
    @api.depends_context("lang", "tz")
    def _compute_schedule(self):
        for rule in self:
            rule.schedule = rule._say_schedule()

    def _compute_recent_touch_count(self):
        since = fields.Date.subtract(
            self.env.company._relationship_today(), days=RECENT_DAYS
        )
        counts = dict(
            self.env["relationship.touch"]._read_group(
                [
                    ("rule_id", "in", self.ids),
                    ("state", "=", "treated"),
                    ("date", ">=", since),
                ],
                ["rule_id"],
                ["__count"],
            )
        )
        for rule in self:
            rule.recent_touch_count = counts.get(rule._origin, 0)

    def _compute_last_run(self):
        runs = self._get_last_runs()
        for rule in self:
            run = runs.get(rule._origin.id)
            rule.last_run_date = run and run.create_date
            rule.last_result = run and (run.error or run._get_summary())

    def _get_last_runs(self) -> dict:
        """{id of a rule: its last run}; one query by index."""
        Run = self.env["relationship.rule.run"]
        Run.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT rule.id, run.id
                  FROM UNNEST(%s::int[]) AS rule(id)
                 CROSS JOIN LATERAL (
                       SELECT id
                         FROM relationship_rule_run
                        WHERE rule_id = rule.id
                        ORDER BY id DESC
                        LIMIT 1
                 ) run
                """,
                self._origin.ids,
            )
        )
        runs = Run.browse(run_id for _rule_id, run_id in rows)
        return {run.rule_id.id: run for run in runs}

    def _say_schedule(self) -> str:
        """When the rule runs by itself, in words."""
        if not self.active:
            return self.env._("Archived: does not run.")
        if self.state == "paused":
            return self.env._("Paused: does not run until it is switched on again.")
        if self.state != "on":
            return self.env._("Off: does not run by itself.")
        job = self._get_job("crm_relationship.ir_cron_run_rules")
        if not job:
            return self.env._("The scheduled job is switched off: it does not run.")
        times = {
            "job": self._say_interval(job),
            "next": format_datetime(self.env, job.nextcall, dt_format="short"),
        }
        if self.trigger == "stage":
            return self.env._(
                "Runs within minutes of the entry, and %(job)s; next %(next)s.", **times
            )
        said = self.env._("Runs %(job)s; next %(next)s.", **times)
        if self._get_companies().filtered("relationship_quiet_days"):
            said += " " + self.env._("It acts on working days.")
        return said

    @api.model
    def _get_job(self, name):
        """A scheduled job, if it is on."""
        # When a job runs is no secret.
        job = self.env.ref(name, raise_if_not_found=False)
        return job and job.sudo().filtered("active")

    @api.model
    def _say_interval(self, job) -> str:
        number = job.interval_number
        if number == 1:
            return {
                "minutes": self.env._("every minute"),
                "hours": self.env._("every hour"),
                "days": self.env._("every day"),
                "weeks": self.env._("every week"),
                "months": self.env._("every month"),
            }[job.interval_type]
        return {
            "minutes": self.env._("every %s minutes", number),
            "hours": self.env._("every %s hours", number),
            "days": self.env._("every %s days", number),
            "weeks": self.env._("every %s weeks", number),
            "months": self.env._("every %s months", number),
        }[job.interval_type]
