from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..tools.customers import Customers
from .relationship_rule_trigger_sql import company_interval


class RelationshipRuleTriggerHabits(models.AbstractModel):
    """Triggers about what customers do and leave undone: ``rhythm``, ``probability``,
    ``silence``. A part of ``relationship.rule``.

    Days are counted here and not read from the profile, so that a skipped nightly
    refresh makes nobody less late.
    """

    _name = "relationship.rule.trigger.habits"
    _description = "Rule Trigger about Habits"

    rhythm_factor = fields.Float(
        string="Times the Usual Interval",
        default=2.0,
        digits=(16, 2),
        help="Fires when the days since the last order reach this multiple of the "
        "customer's own usual (median) interval.",
    )
    rhythm_fallback = fields.Selection(
        [
            ("none", "Leave them alone"),
            ("company", "Use the usual interval of all customers"),
            ("days", "Use a number of days"),
        ],
        string="With Fewer Orders",
        required=True,
        default="none",
        help="What to do about customers with too few order days for a rhythm of "
        "their own.",
    )
    fallback_days = fields.Integer(
        string="Interval of Others",
        default=60,
        help="The interval, in days, of customers who have no rhythm of their own.",
    )
    probability_limit = fields.Float(
        string="Below",
        default=0.3,
        help="Fires when the probability that the customer buys again is below this.",
    )

    _factor_positive = models.Constraint(
        "CHECK (rhythm_factor > 0)", "The multiple of the interval must be positive."
    )
    _probability_valid = models.Constraint(
        "CHECK (probability_limit >= 0 AND probability_limit <= 1)",
        "A probability is between 0 and 100 %.",
    )
    _fallback_positive = models.Constraint(
        "CHECK (fallback_days > 0)", "An interval has one day at least."
    )

    @api.model
    def _get_trigger_fields(self):
        return [
            *super()._get_trigger_fields(),
            "rhythm_factor",
            "rhythm_fallback",
            "fallback_days",
            "probability_limit",
        ]

    # Rhythm
    def _add_trigger_rhythm(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """No order for `rhythm_factor` times the customer's own median interval.

        The occurrence is the quiet spell, named by the day it began with: the last
        order.
        """
        days = SQL("(%s - relationship_profile.last_order_date)", as_of)
        has_rhythm = SQL(
            "relationship_profile.order_day_count >= %s", self.min_order_days
        )
        own, other = (
            SQL("relationship_profile.interval_median"),
            self._get_fallback_interval(as_of),
        )
        query.add_where(
            SQL(
                """
                %(days)s >= %(min_days)s
                AND %(days)s >= %(factor)s
                    * CASE WHEN %(has_rhythm)s THEN %(own)s ELSE %(other)s::float8 END
                """,
                has_rhythm=has_rhythm,
                days=days,
                min_days=self.min_days_since_order,
                factor=self.rhythm_factor,
                own=own,
                other=other,
            )
        )
        return SQL("relationship_profile.last_order_date::text"), {
            "days_since_order": days,
            "rhythm_ratio": SQL("%s / NULLIF(%s, 0)", days, own),
            "rhythm_of_others": SQL(
                "CASE WHEN NOT (%s) THEN %s::float8 END", has_rhythm, other
            ),
        }

    def _get_fallback_interval(self, as_of):
        """The interval, in days, of customers with few orders; None: they have none."""
        if self.rhythm_fallback == "days":
            return self.fallback_days
        if self.rhythm_fallback == "none":
            return None
        company = self.env.company
        sample = self._get_sample(company)
        scope = self._get_trigger_scope(as_of)._replace(customers=Customers(ids=sample))
        [[interval]] = self.env.execute_query(
            company_interval(scope, self.min_order_days)
        )
        return interval

    def _say_trigger_rhythm(self) -> str:
        said = self.env._(
            "a customer with at least %(order_days)s order days has not ordered for "
            "%(factor)s times their usual interval",
            order_days=self.min_order_days,
            factor=self.env["relationship.profile"]._describe_number(
                self.rhythm_factor
            ),
        )
        if self.rhythm_fallback == "company":
            return self.env._(
                "%s, or one with fewer for as long by the interval of all customers",
                said,
            )
        if self.rhythm_fallback == "days":
            return self.env._(
                "%(said)s, or one with fewer for as long by an interval of %(days)s "
                "days",
                said=said,
                days=self.fallback_days,
            )
        return said

    @api.model
    def _describe_trigger_rhythm(self, evidence) -> str:
        if interval := evidence.get("rhythm_of_others"):
            return self.env._(
                "Too few orders for a rhythm; others order again after %s days.",
                self.env["relationship.profile"]._describe_number(interval),
            )
        return ""

    # Probability
    def _add_trigger_probability(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """The probability falls while nothing is bought: the occurrence is the quiet
        spell, named by the last order."""
        days = SQL("(%s - relationship_profile.last_order_date)", as_of)
        query.add_where(
            SQL(
                """
                relationship_profile.buy_probability < %s
                AND relationship_profile.last_order_date IS NOT NULL
                AND %s >= %s
                """,
                self.probability_limit,
                days,
                self.min_days_since_order,
            )
        )
        return SQL("relationship_profile.last_order_date::text"), {
            "days_since_order": days,
            "buy_probability": SQL("relationship_profile.buy_probability"),
        }

    def _say_trigger_probability(self) -> str:
        return self.env._(
            "a customer's probability of buying again falls below %s %%",
            self.env["relationship.profile"]._describe_number(
                100 * self.probability_limit
            ),
        )

    @api.model
    def _describe_trigger_probability(self, evidence) -> str:
        share = 100 * (evidence.get("buy_probability") or 0)
        return self.env._("Buys again with a probability of %s %%.", round(share))

    # Silence
    def _add_trigger_silence(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """No real contact on any channel; any contact begins a new spell, which is
        named by its day. Who never had one is silent since the last order, or since
        the customer came to us."""
        last = SQL("relationship_profile.last_interaction_date")
        since = SQL(
            "COALESCE(%s, relationship_profile.last_order_date,"
            " relationship_profile.acquisition_date)",
            last,
        )
        days = SQL("(%s - %s)", as_of, since)
        query.add_where(SQL("%s >= %s", days, self.trigger_days))
        return SQL("COALESCE(%s::text, 'never')", last), {
            "contact_date": last,
            "contact_days": days,
        }

    def _say_trigger_silence(self) -> str:
        return self.env._(
            "there has been no contact with a customer on any channel for %s",
            self._say_days(self.trigger_days),
        )

    @api.model
    def _describe_trigger_silence(self, evidence) -> str:
        if not evidence.get("contact_date"):
            return self.env._("No contact so far.")
        return self.env._(
            "No contact for %(days)s, since %(day)s.",
            days=self._say_days(evidence["contact_days"]),
            day=format_date(self.env, evidence["contact_date"]),
        )
