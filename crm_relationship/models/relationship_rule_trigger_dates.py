from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .relationship_consent import PURPOSES
from .relationship_rule_trigger_sql import kept_key_dates, undecided


class RelationshipRuleTriggerDates(models.AbstractModel):
    """Triggers about days to come: ``key_date``, ``consent``. A part of
    ``relationship.rule``."""

    _name = "relationship.rule.trigger.dates"
    _description = "Rule Trigger about Dates"

    kinship_ids = fields.Many2many(
        "relationship.kinship",
        "relationship_rule_kinship_rel",
        "rule_id",
        "kinship_id",
        string="Whose Dates",
        check_company=True,
        help="Empty: all key dates.",
    )
    consent_purpose = fields.Selection(
        PURPOSES,
        string="Consent To",
        required=True,
        default="offers",
        help="What the customer has not been asked about.",
    )
    consent_channel_id = fields.Many2one(
        "relationship.channel",
        string="Consent By",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        default=lambda self: self.env.ref(
            "crm_relationship.channel_email", raise_if_not_found=False
        ),
        help="Through which channel the customer would be contacted.",
    )

    @api.onchange("trigger")
    def _onchange_trigger_late_days(self):
        """Nobody prepares for what is over, unless it is chosen."""
        default = self.default_get(["late_days"]).get("late_days", 0)
        self.late_days = 0 if self.trigger == "key_date" else default

    @api.model_create_multi
    def create(self, vals_list):
        """See `_onchange_trigger_late_days`."""
        return super().create(
            [
                {"late_days": 0} | vals if vals.get("trigger") == "key_date" else vals
                for vals in vals_list
            ]
        )

    @api.model
    def _get_trigger_fields(self):
        return [
            *super()._get_trigger_fields(),
            "kinship_ids",
            "consent_purpose",
            "consent_channel_id",
        ]

    # Key date
    def _add_trigger_key_date(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """The occurrence is the date and the year in which it is kept."""
        first, last = self._get_due_days(as_of)
        if first is None:  # until the date itself
            first = last - timedelta(self.trigger_days)
        self._join_key_dates(query, as_of, first, last)
        return SQL("kept.id || '/' || kept.year"), {
            "key_date": SQL("kept.day"),
            "key_date_name": SQL("kept.name"),
            "key_date_kinship_id": SQL("kept.kinship_id"),
            "key_date_age": SQL("kept.age"),
        }

    def _join_key_dates(self, query, as_of, first, last):
        query.add_join(
            "JOIN",
            "kept",
            SQL(
                "(%s)",
                kept_key_dates(
                    self._get_trigger_scope(as_of),
                    first,
                    last,
                    self.trigger_days,
                    self.kinship_ids.ids,
                ),
            ),
            SQL("kept.partner_id = relationship_profile.partner_id"),
        )

    def _say_trigger_key_date(self) -> str:
        if self.trigger_days:
            return self.env._(
                "a key date is %s away", self._say_days(self.trigger_days)
            )
        return self.env._("the day of a key date has come")

    @api.model
    def _describe_trigger_key_date(self, evidence) -> str:
        kinship = self._name_record(
            "relationship.kinship",
            evidence["key_date_kinship_id"],
            self.env._("Key date"),
        )
        who = evidence["key_date_name"]
        said = self.env._(
            "%(kinship)s on %(day)s",
            kinship=f"{kinship}: {who}," if who else kinship,
            day=format_date(self.env, evidence["key_date"]),
        )
        if age := evidence.get("key_date_age"):
            return self.env._("%(said)s (%(years)s years).", said=said, years=age)
        return f"{said}."

    # Consent
    def _add_trigger_consent(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        """Nobody knows whether the customer agrees, and there will be reason to ask
        for it soon. The occurrence is that reason: the order that follows the last
        one, or a key date of a year."""
        scope = self._get_trigger_scope(as_of)
        until = as_of + timedelta(self.trigger_days)
        customer = SQL("relationship_profile.partner_id")
        dates = kept_key_dates(scope, as_of, until, 0, None)
        query.add_join(
            "JOIN",
            "need",
            SQL(
                """
                LATERAL (
                    SELECT relationship_profile.next_order_date AS day,
                           'order/' || relationship_profile.last_order_date AS key
                     WHERE relationship_profile.next_order_date
                           BETWEEN %(as_of)s AND %(until)s
                     UNION ALL
                    SELECT kept.day, 'date/' || kept.id || '/' || kept.year
                      FROM (%(dates)s) kept
                     WHERE kept.partner_id = relationship_profile.partner_id
                )
                """,
                as_of=as_of,
                until=until,
                dates=dates,
            ),
            SQL("TRUE"),
        )
        query.add_where(
            undecided(
                scope, self.consent_purpose, self.consent_channel_id.id or 0, customer
            )
        )
        return SQL("need.key"), {
            "consent_day": SQL("need.day"),
            "consent_purpose": SQL("%s::text", self.consent_purpose),
            "consent_channel_id": SQL("%s::int", self.consent_channel_id.id or None),
        }

    def _say_trigger_consent(self) -> str:
        return self.env._(
            "nobody knows whether a customer agrees to %(purpose)s by “%(channel)s”, "
            "and an order or a key date is expected within %(days)s",
            purpose=self._say_consent_purpose(self.consent_purpose),
            channel=self.consent_channel_id.name or self.env._("any channel"),
            days=self._say_days(self.trigger_days),
        )

    @api.model
    def _describe_trigger_consent(self, evidence) -> str:
        channel = self._name_record(
            "relationship.channel",
            evidence["consent_channel_id"],
            self.env._("a channel that is gone"),
        )
        return self.env._(
            "Not asked yet about %(purpose)s by “%(channel)s”; it will be of use on "
            "%(day)s.",
            purpose=self._say_consent_purpose(evidence["consent_purpose"]),
            channel=channel,
            day=format_date(self.env, evidence["consent_day"]),
        )

    @api.model
    def _say_consent_purpose(self, purpose) -> str:
        return {
            "offers": self.env._("offers"),
            "service": self.env._("service"),
            "research": self.env._("research"),
        }.get(purpose, "")

    def _get_problem_consent(self) -> str:
        if self.consent_channel_id:
            return ""
        return self.env._("Choose the channel that the consent is about.")
