from odoo import models
from odoo.tools import SQL


class RelationshipRuleTrigger(models.AbstractModel):
    """The triggers of retention rules. A part of ``relationship.rule``.

    To add one, extend ``relationship.rule``: its selection ``trigger`` by ``name``, and

    - ``_add_trigger_<name>(query, as_of)``: restricts the query over
      ``relationship_profile`` to customers with an occurrence as of that day, by
      ``query.add_where``, and returns (SQL of a text that names the occurrence among
      those of the same customer, the same on every day; {name: SQL} of figures for
      the reason, see ``_describe`` of the profile);
    - ``_say_trigger_<name>()``: the trigger as a part of a sentence.
    """

    _name = "relationship.rule.trigger"
    _description = "Rule Trigger"

    def _add_trigger(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        return getattr(self, f"_add_trigger_{self.trigger}")(query, as_of)

    def _say_trigger(self) -> str:
        return getattr(self, f"_say_trigger_{self.trigger}")()

    def _say_purpose(self) -> str:
        """What the customer is contacted for, as a part of a sentence."""
        return {
            "offers": self.env._("with offers"),
            "service": self.env._("for service"),
            "research": self.env._("for research"),
        }.get(self.purpose, "")

    def _add_trigger_rhythm(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """No order for `rhythm_factor` times the customer's own median interval.

        The occurrence is the quiet spell, named by the day it began with: the last
        order. The days are counted here and not read from the profile, so that a
        skipped nightly refresh makes nobody less late.
        """
        days = SQL("(%s - relationship_profile.last_order_date)", as_of)
        query.add_where(
            SQL(
                """
                relationship_profile.order_day_count >= %(order_days)s
                AND %(days)s >= %(min_days)s
                AND %(days)s >= %(factor)s * relationship_profile.interval_median
                """,
                order_days=self.min_order_days,
                days=days,
                min_days=self.min_days_since_order,
                factor=self.rhythm_factor,
            )
        )
        return SQL("relationship_profile.last_order_date::text"), {
            "days_since_order": days,
            "rhythm_ratio": SQL("%s / relationship_profile.interval_median", days),
        }

    def _say_trigger_rhythm(self) -> str:
        return self.env._(
            "a customer with at least %(order_days)s order days has not ordered for "
            "%(factor)s times their usual interval",
            order_days=self.min_order_days,
            factor=self.env["relationship.profile"]._describe_number(
                self.rhythm_factor
            ),
        )
