from collections import Counter

from odoo import fields, models
from odoo.tools import SQL

from ..tools.limits import Capacity, Limits
from ..tools.plan import HELD_OUT, TREAT

# Kinds of action of which the customer notices nothing. Code may do anything.
SILENT = ["tag", "pricelist"]
# What counts as a touch. Who is held out counts as if treated; see `Limits`.
TOUCHED = [TREAT, HELD_OUT]


class RelationshipRuleGuardLimit(models.AbstractModel):
    """The limits of retention rules: how often a customer is contacted, and how much a
    person gets to do. A part of ``relationship.rule``.

    A touch that is dated later than today counts, too: where the clock was put back,
    nobody is contacted again for it.
    """

    _name = "relationship.rule.guard.limit"
    _description = "Rule Limit"

    cooldown_days = fields.Integer(
        string="Days between Two Touches",
        default=14,
        help="After the rule has acted for a customer, it leaves the customer alone "
        "for so many days, whatever happens. 0: it acts on every occurrence.",
    )

    def _get_limits(self, company, as_of, capacity) -> Limits:
        """What the rule may do in a company; one query where touches are capped."""
        settings = company.sudo()
        cap = settings.relationship_touch_cap if self._contacts() else 0
        return Limits(
            per_customer=cap,
            touched=self._get_touched(settings, as_of) if cap else Counter(),
            is_cooling=self.cooldown_days > 0,
            per_person=self.daily_capacity,
            per_person_of_all=self._takes_time()
            and settings.relationship_user_capacity,
            capacity=capacity,
        )

    def _contacts(self) -> bool:
        """Whether customers hear of what the rule does."""
        return self.action_kind not in SILENT

    def _takes_time(self) -> bool:
        """Whether somebody has something to do for each customer."""
        return self.action_kind == "activity"

    def _get_touched(self, company, as_of) -> Counter:
        """Touches of customers by all rules in the rolling days, as far as they heard
        of them; one query."""
        self.env["relationship.touch"].flush_model()
        since = fields.Date.subtract(as_of, days=company.relationship_touch_cap_days)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id, COUNT(*)
                  FROM relationship_touch
                 WHERE company_id = %s
                   AND date > %s
                   AND state = ANY(%s)
                   AND COALESCE(action_kind, '') != ALL(%s)
                 GROUP BY partner_id
                """,
                company.id,
                since,
                TOUCHED,
                SILENT,
            )
        )
        return Counter(dict(rows))

    def _get_cooling_customers(self, company, as_of):
        """The customers for whom the rule has acted in the last `cooldown_days`; one
        query."""
        if self.cooldown_days <= 0 or not self._origin.id:
            return set()
        self.env["relationship.touch"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT partner_id
                  FROM relationship_touch
                 WHERE rule_id = %s
                   AND company_id = %s
                   AND date > %s
                   AND state = ANY(%s)
                """,
                self._origin.id,
                company.id,
                fields.Date.subtract(as_of, days=self.cooldown_days),
                TOUCHED,
            )
        )
        return {partner_id for (partner_id,) in rows}

    def _get_used_capacity(self, as_of) -> Capacity:
        """Customers for whom each person got something to do that day; two queries."""
        Touch = self.env["relationship.touch"]
        today = [("date", "=", as_of), ("state", "=", TREAT)]
        by_rule = Touch._read_group(
            [("rule_id", "=", self._origin.id), *today], ["user_id"], ["__count"]
        )
        by_all = Touch._read_group(
            [("action_kind", "=", "activity"), *today], ["user_id"], ["__count"]
        )
        return Capacity(
            *(
                Counter({user.id or None: count for user, count in groups})
                for groups in (by_rule, by_all)
            )
        )
