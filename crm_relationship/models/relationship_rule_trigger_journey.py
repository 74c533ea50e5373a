from odoo import api, fields, models
from odoo.tools import SQL, format_date, format_list

from .relationship_rule_entry_sql import latest_entries
from .relationship_rule_trigger_sql import segment_drops


class RelationshipRuleTriggerJourney(models.AbstractModel):
    """Triggers about where a customer stands: ``stay``, ``segment``; for ``stage`` see
    ``relationship.rule.entry``. A part of ``relationship.rule``."""

    _name = "relationship.rule.trigger.journey"
    _description = "Rule Trigger about Stages and Segments"

    stay_limit = fields.Selection(
        [("days", "A number of days"), ("target", "The target of the stage")],
        string="Longer Than",
        required=True,
        default="days",
    )
    segment_ids = fields.Many2many(
        "relationship.segment",
        "relationship_rule_segment_rel",
        "rule_id",
        "segment_id",
        string="Segments",
        check_company=True,
        help="The segments into which a customer drops. Empty: any that is worse.",
    )

    @api.model
    def _get_trigger_fields(self):
        return [*super()._get_trigger_fields(), "stay_limit", "segment_ids"]

    # Too long in a stage
    def _add_trigger_stay(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """The occurrence is the stay, named as for ``stage``: by the move with which it
        began, so that a move that is taken back does not begin it anew."""
        stages = self.stage_ids
        if not stages:
            stages = self.env["relationship.stage"].with_context(active_test=False)
            stages = stages.sudo().search([])  # whoever looks at the rule
        self.env["relationship.stage.move"].flush_model()
        self.env["relationship.stage"].flush_model(["target_days"])
        query.add_join(
            "JOIN",
            "entry",
            latest_entries(stages.ids, None, as_of, with_rule_changes=True),
            SQL(
                """
                entry.partner_id = relationship_profile.partner_id
                AND entry.company_id = relationship_profile.company_id
                AND entry.stage_id = relationship_profile.stage_id
                """
            ),
        )
        query.add_join(
            "JOIN",
            "stay",
            SQL.identifier("relationship_stage"),
            SQL("stay.id = entry.stage_id"),
        )
        days = SQL("(%s - entry.date)", as_of)
        limit = SQL("NULLIF(stay.target_days, 0)")
        if self.stay_limit == "days":
            limit = SQL("%s", self.trigger_days)
        query.add_where(SQL("%s > %s", days, limit))
        return SQL("entry.move_id::text"), {
            "stay_stage_id": SQL("entry.stage_id"),
            "stay_date": SQL("entry.date"),
            "stay_days": days,
            "stay_limit": limit,
        }

    def _say_trigger_stay(self) -> str:
        names = [self.env._("“%s”", stage.name) for stage in self.stage_ids]
        stages = format_list(self.env, names, "or") or self.env._("a stage")
        if self.stay_limit == "target":
            return self.env._(
                "a customer stays in %s for longer than its target", stages
            )
        return self.env._(
            "a customer stays in %(stages)s for more than %(days)s",
            stages=stages,
            days=self._say_days(self.trigger_days),
        )

    @api.model
    def _describe_trigger_stay(self, evidence) -> str:
        return self.env._(
            "In “%(stage)s” for %(days)s, since %(day)s; the limit is %(limit)s.",
            stage=self._name_record(
                "relationship.stage",
                evidence["stay_stage_id"],
                self.env._("a stage that is gone"),
            ),
            days=self._say_days(evidence["stay_days"]),
            day=format_date(self.env, evidence["stay_date"]),
            limit=self._say_days(evidence["stay_limit"]),
        )

    # Dropped to a worse segment
    def _add_trigger_segment(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """The occurrence is the day of the drop; see `segment_drops`."""
        self.env["relationship.segment"].flush_model(["rank"])
        first = self._get_due_days(as_of)[0]
        query.add_join(
            "JOIN",
            "dropped",
            SQL(
                "(%s)",
                segment_drops(
                    self._get_trigger_scope(as_of), first, self.with_rule_changes
                ),
            ),
            SQL(
                """
                dropped.partner_id = relationship_profile.partner_id
                AND dropped.to_segment_id = relationship_profile.segment_id
                """
            ),
        )
        if self.segment_ids:
            query.add_where(
                SQL("dropped.to_segment_id = ANY(%s)", list(self.segment_ids.ids))
            )
        return SQL("dropped.date::text"), {
            "dropped_date": SQL("dropped.date"),
            "dropped_from_id": SQL("dropped.from_segment_id"),
            "dropped_to_id": SQL("dropped.to_segment_id"),
        }

    def _say_trigger_segment(self) -> str:
        names = [self.env._("“%s”", segment.name) for segment in self.segment_ids]
        return self.env._(
            "a customer drops to %s",
            format_list(self.env, names, "or") or self.env._("a worse segment"),
        )

    @api.model
    def _describe_trigger_segment(self, evidence) -> str:
        gone = self.env._("a segment that is gone")
        return self.env._(
            "Dropped from “%(origin)s” to “%(target)s” on %(day)s.",
            origin=self._name_record(
                "relationship.segment", evidence["dropped_from_id"], gone
            ),
            target=self._name_record(
                "relationship.segment", evidence["dropped_to_id"], gone
            ),
            day=format_date(self.env, evidence["dropped_date"]),
        )
