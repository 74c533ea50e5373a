import json

from odoo import api, fields, models
from odoo.tools import SQL, json_default

from ..tools.plan import PAST
from ..tools.transactions import execute


class RelationshipTouch(models.Model):
    """The ledger of retention: one row per rule x customer x occurrence.

    `dedup_key` makes an occurrence happen once.
    """

    _name = "relationship.touch"
    _inherit = ["relationship.ledger.mixin", "relationship.touch.merge"]
    _description = "Touch"
    _order = "id desc"
    _rec_name = "rule_id"

    rule_id = fields.Many2one(
        "relationship.rule",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    run_id = fields.Many2one(
        "relationship.rule.run",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", readonly=True, index="btree_not_null"
    )
    occurrence = fields.Char(
        required=True,
        readonly=True,
        help="Names the occurrence, e.g. the day on which a quiet spell began.",
    )
    action_kind = fields.Char(
        readonly=True,
        default="activity",
        export_string_translation=False,
        help="What was done; the rule may do something else by now.",
    )
    state = fields.Selection(
        [("treated", "Treated"), ("held_out", "Left Alone"), ("skipped", "Skipped")],
        required=True,
        readonly=True,
        default="treated",
    )
    skip_reason = fields.Selection(
        [("past", "Was past when the rule was switched on")],
        string="Skipped For",
        readonly=True,
    )
    holdout = fields.Selection(
        [("rule", "The rule"), ("company", "All rules")],
        string="Left Alone By",
        readonly=True,
        help="Drawn to be left alone by this rule, or by all rules.",
    )
    rule_share = fields.Float(
        string="Drawn by the Rule (%)",
        digits=(16, 1),
        readonly=True,
        help="So many in 100 customers were left alone by the rule then. 0: no draw.",
    )
    company_share = fields.Float(
        string="Drawn for All Rules (%)",
        digits=(16, 1),
        readonly=True,
        help="So many in 100 customers were left alone by all rules then. 0: no draw.",
    )
    team_id = fields.Many2one("crm.team", readonly=True, index="btree_not_null")
    stage_id = fields.Many2one(
        "relationship.stage",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Where the customer was.",
    )
    segment_id = fields.Many2one(
        "relationship.segment",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="In which segment the customer was.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    value_at_risk = fields.Monetary(
        readonly=True, help="What was expected of the customer, times the risk."
    )
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, index="btree_not_null", ondelete="set null"
    )
    message_id = fields.Many2one(
        "mail.message",
        string="E-mail",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Empty also where the template has sent e-mails deleted.",
    )
    is_released = fields.Boolean(
        string="Free Again",
        readonly=True,
        help="Skipped at first; then the rule was switched on so that it may act on "
        "the occurrence after all.",
    )
    dedup_key = fields.Char(
        required=True, readonly=True, export_string_translation=False
    )

    _dedup_key_uniq = models.UniqueIndex("(dedup_key)", "An occurrence happens once.")
    _partner_idx = models.Index("(partner_id, company_id, id DESC)")
    # What was done lately: by a rule, for customers, by people.
    _rule_date_idx = models.Index("(rule_id, date)")
    _recent_idx = models.Index(
        "(company_id, date, partner_id) WHERE state != 'skipped'"
    )
    _day_idx = models.Index("(date, user_id) WHERE state = 'treated'")

    @api.depends("evidence")
    @api.depends_context("lang")
    def _compute_reason(self):
        for touch in self:
            touch.reason = self._describe(touch.evidence or {})

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    @api.model
    def _describe(self, evidence) -> str:
        """Why a rule acted, in words and with the figures.

        :param evidence: the figures of a profile and those of the rule's trigger
        """
        said = self.env["relationship.rule"]._describe_trigger(evidence)
        reason = self.env["relationship.profile"]._describe(evidence)
        return f"{said} {reason}" if said else reason

    @api.model
    def _get_dedup_key(self, rule_id, company_id, partner_id, occurrence) -> str:
        return f"{rule_id}|{company_id}|{partner_id}|{occurrence}"

    @api.model
    def _get_known_sql(self, rule_id, company_id, occurrence) -> SQL:
        """Condition over ``relationship_profile``: the ledger knows this occurrence.

        :param occurrence: SQL of its name
        """
        return SQL(
            "EXISTS (SELECT FROM relationship_touch WHERE dedup_key ="
            " CONCAT(%s, relationship_profile.partner_id, '|', %s)%s)",
            f"{rule_id}|{company_id}|",
            occurrence,
            SQL(" AND state != 'skipped'")
            if self.env.context.get("relationship_past_is_open")
            else SQL(),
        )

    @api.model
    def _enter(self, rule, items, run) -> dict:
        """Enter occurrences into the ledger; those that it has already stay as they
        are, also if a concurrent transaction is entering them now.

        :param items: list of :class:`PlanItem`
        :return: {item: touch} of those that were new
        """
        if not items:
            return {}
        by_key = {
            self._get_dedup_key(
                rule.id, item.company_id, item.partner_id, item.occurrence
            ): item
            for item in items
        }
        values = SQL(", ").join(
            SQL(
                "(%s, %s::int, %s, %s, %s::int, %s::int, %s::int, %s::int, %s::numeric,"
                " %s, %s, %s, %s::varchar, %s, %s, %s, %s::jsonb, %s)",
                rule.id,
                run.id or None,
                item.partner_id,
                item.company_id,
                item.user_id,
                item.found.team_id,
                item.found.stage_id,
                item.found.segment_id,
                item.found.value_at_risk,
                item.day,
                item.occurrence,
                item.outcome,
                item.holdout,
                item.rule_share,
                item.company_share,
                rule.action_kind,
                json.dumps(item.evidence, default=json_default),
                key,
            )
            for key, item in by_key.items()
        )
        rows = execute(
            self.env,
            SQL(
                """
                INSERT INTO relationship_touch (
                    rule_id, run_id, partner_id, company_id, user_id, team_id, stage_id,
                    segment_id, value_at_risk, date, occurrence, state, holdout,
                    rule_share, company_share, action_kind, evidence, dedup_key,
                    create_uid, write_uid, create_date, write_date
                )
                SELECT entry.*, %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM (VALUES %(values)s) entry
                ON CONFLICT (dedup_key) DO NOTHING
                RETURNING id, dedup_key
                """,
                values=values,
                uid=self.env.uid,
                now=SQL("(NOW() AT TIME ZONE 'UTC')"),
            ),
        )
        return {by_key[key]: self.browse(touch_id) for touch_id, key in rows}

    @api.model
    def _enter_past(self, rule, company, day, run, found, names) -> int:
        """Enter all that a rule finds as past when it was switched on, as `_enter`;
        one statement, however many they are.

        :param found: ``WITH`` clause, see `_get_found_sql`
        :param names: of the figures in it
        :return: number of those that were new
        """
        prefix = self._get_dedup_key(rule.id, company.id, "", "")[:-1]
        [(count,)] = execute(
            self.env,
            SQL(
                """
                %(found)s, entered AS (
                    INSERT INTO relationship_touch (
                        rule_id, run_id, partner_id, company_id, team_id, stage_id,
                        segment_id, value_at_risk, date, occurrence, state,
                        skip_reason, action_kind, evidence, dedup_key,
                        create_uid, write_uid, create_date, write_date
                    )
                    SELECT %(rule_id)s, %(run_id)s, partner_id, %(company_id)s,
                           team_id, stage_id, segment_id, value_at_risk, %(day)s::date,
                           occurrence, 'skipped', %(past)s, %(action_kind)s,
                           (SELECT TO_JSONB(figure) FROM (SELECT %(figures)s) figure),
                           CONCAT(%(prefix)s, partner_id, '|', occurrence),
                           %(uid)s, %(uid)s, %(now)s, %(now)s
                      FROM found
                     WHERE NOT known
                    ON CONFLICT (dedup_key) DO NOTHING
                    RETURNING id
                )
                SELECT COUNT(*) FROM entered
                """,
                found=found,
                rule_id=rule.id,
                run_id=run.id,
                company_id=company.id,
                day=day,
                past=PAST,
                action_kind=rule.action_kind,
                figures=SQL(", ").join(
                    SQL(
                        "%s AS %s",
                        SQL.identifier("found", f"e_{name}"),
                        SQL.identifier(name),
                    )
                    for name in names
                ),
                prefix=prefix,
                uid=self.env.uid,
                now=SQL("(NOW() AT TIME ZONE 'UTC')"),
            ),
        )
        self.invalidate_model()
        return count

    @api.model
    def _release(self, rule):
        """Set free what was left alone as past when a rule was switched on: the rule
        may act on it after all. The rows stay.
        """
        self.flush_model()
        self.env.execute_query(
            SQL(
                """
                UPDATE relationship_touch
                   SET is_released = TRUE,
                       dedup_key = CONCAT_WS('|', dedup_key, 'released', id)
                 WHERE rule_id = %s
                   AND state = 'skipped'
                   AND is_released IS NOT TRUE
                RETURNING id
                """,
                rule.id,
            )
        )
        self.invalidate_model()

    @api.model
    def _has_acted_since_skipping(self, rule) -> bool:
        """Whether a rule acted after it was switched on, if it left something alone as
        past then."""
        skipped = self.search(
            [
                ("rule_id", "=", rule.id),
                ("state", "=", "skipped"),
                ("is_released", "=", False),
            ],
            order="id desc",
            limit=1,
        )
        if not skipped:
            return False
        since = [("rule_id", "=", rule.id), ("state", "!=", "skipped")]
        return bool(self.search_count([*since, ("id", ">", skipped.id)], limit=1))
