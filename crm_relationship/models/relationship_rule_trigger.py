from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import MissingError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.customers import Customers
from ..tools.days import end_of_day
from .relationship_profile_scope import Scope

# What a trigger is usually set to: days, and the products' or the customer's interval.
USUAL_DAYS = {
    "single": 60,
    "after_order": 14,
    "silence": 90,
    "key_date": 7,
    "stay": 30,
    "quotation": 5,
    "complaint": 3,
    "overdue": 5,
    "consent": 14,
}
MAX_DAYS = 3_660


class RelationshipRuleTrigger(models.AbstractModel):
    """The triggers of retention rules. A part of ``relationship.rule``.

    To add one, extend ``relationship.rule``: its selection ``trigger`` by ``name``, and

    - ``_add_trigger_<name>(query, as_of)``: restricts the query over
      ``relationship_profile`` to customers with an occurrence as of that day, by
      ``query.add_where`` and ``query.add_join``, and returns (SQL of a text that names
      the occurrence among those of the same customer, the same on every day on which
      it holds; {name: SQL} of figures for the reason). A customer may have several
      occurrences. The company is ``self.env.company``, see `_get_trigger_scope`;
    - ``_say_trigger_<name>()``: the trigger as a part of a sentence, after "When";
    - ``_describe_trigger_<name>(evidence)``: why it held, as a sentence with its
      figures; without the method, the customer's position says it all;
    - ``_get_problem_<name>()``: why it can't hold at all now, or ""; optional;
    - its parameters are fields, named in `_get_trigger_fields`.

    ``tests/test_trigger_extension.py`` adds one.

    Triggers that hold from a day on say so by `_is_due`: not before that day, and not
    later than `late_days` after it, so that missed days are caught up, and a rule that
    is switched on floods nobody with what is long past.
    """

    _name = "relationship.rule.trigger"
    _description = "Rule Trigger"

    trigger = fields.Selection(
        [
            ("rhythm", "A customer is later than their own rhythm"),
            ("probability", "A customer's probability of buying falls"),
            ("silence", "There has been no contact for some time"),
            ("reorder", "A product is due for reorder"),
            ("single", "A product was bought once and not again"),
            ("service", "The service interval of a product is up"),
            ("after_order", "Some days after an order"),
            ("key_date", "Some days before a key date"),
            ("stage", "A customer enters a stage"),
            ("stay", "A customer stays too long in a stage"),
            ("segment", "A customer drops to a worse segment"),
            ("quotation", "A quotation was sent and nobody answers"),
            ("complaint", "A complaint is open, or has been resolved"),
            ("overdue", "An invoice is overdue"),
            ("consent", "A consent will be needed"),
            ("domain", "A condition of your own becomes true"),
        ],
        required=True,
        default="rhythm",
    )
    trigger_days = fields.Integer(string="Days", default=30)
    late_days = fields.Integer(
        string="Not Later Than",
        default=14,
        help="So many days after the day on which it was time it is too late to act. "
        "Days without a run are caught up, and a rule that is switched on does not act "
        "for what is long past. 0: never too late; for key dates, until the date.",
    )
    min_order_days = fields.Integer(
        string="Minimum Order Days",
        default=3,
        help="Customers with fewer order days have no rhythm to be late against.",
    )
    min_days_since_order = fields.Integer(
        string="Minimum Days Since Order",
        default=7,
        help="Never fires earlier than this many days after the last order.",
    )
    trigger_product_ids = fields.Many2many(
        "product.product",
        "relationship_rule_product_rel",
        "rule_id",
        "product_id",
        string="Products",
        help="Empty: all products.",
    )

    _min_order_days_positive = models.Constraint(
        "CHECK (min_order_days >= 2)",
        "A rhythm needs at least two order days.",
    )
    _trigger_days_valid = models.Constraint(
        f"CHECK (trigger_days BETWEEN 0 AND {MAX_DAYS}"
        f" AND late_days BETWEEN 0 AND {MAX_DAYS})",
        "The days of a rule are between none and ten years.",
    )

    @api.onchange("trigger")
    def _onchange_trigger(self):
        """What is usual."""
        if self.trigger in USUAL_DAYS:
            self.trigger_days = USUAL_DAYS[self.trigger]

    @api.model_create_multi
    def create(self, vals_list):
        """What is usual for the trigger, see `_onchange_trigger`."""
        return super().create(
            [
                {"trigger_days": USUAL_DAYS[vals["trigger"]]} | vals
                if vals.get("trigger") in USUAL_DAYS
                else vals
                for vals in vals_list
            ]
        )

    @api.model
    def _get_trigger_fields(self) -> list[str]:
        """The fields that say when a rule acts; preview and sentence follow them."""
        return [
            "trigger",
            "trigger_days",
            "late_days",
            "min_order_days",
            "min_days_since_order",
            "trigger_product_ids",
        ]

    def _get_trigger_query(self, company, as_of, customers=None, condition=None):
        """What the rule looks for, whatever was done about it before.

        :param customers: :class:`Customers` to look at; None means everybody
        :param condition: a domain in place of the rule's own, "Only if"
        :return: (query over ``relationship_profile``, SQL of the text that names the
            occurrence, {name: SQL} of figures for the reason)
        """
        query = self.env["relationship.profile"]._search(
            (self._get_domain() if condition is None else condition)
            & self._get_trigger_domain()
            & Domain("company_id", "=", company.id),
            bypass_access=True,
        )
        if customers is not None:
            partner_id = SQL.identifier("relationship_profile", "partner_id")
            query.add_where(customers.condition(partner_id))
        # Bound to one company and these customers.
        rule = self.with_company(company).with_context(relationship_customers=customers)
        key, evidence = rule._add_trigger(query, as_of)
        return query, key, {"trigger": SQL("%s::text", self.trigger)} | evidence

    def _get_trigger_domain(self) -> Domain:
        """The part of the trigger that is a condition over profiles."""
        return Domain.TRUE

    def _get_trigger_scope(self, as_of) -> Scope:
        """Company, customers and day that a trigger looks at, for the functions of
        ``relationship_profile_scope``."""
        company = self.env.company.sudo()  # the rule acts for it, whoever looks
        tz = company._relationship_tz()
        return Scope(
            company_id=company.id,
            customers=self.env.context.get("relationship_customers") or Customers(),
            as_of=as_of,
            until=end_of_day(as_of, tz),
            tz=tz,
            digits=company.currency_id.decimal_places,
            shared=True,
            basis=company.relationship_value_basis,
        )

    def _get_due_days(self, as_of) -> tuple:
        """(first, last) of the days on which it was time for what holds as of a day;
        the first is None where nothing is too late."""
        first = as_of - timedelta(self.late_days) if self.late_days else None
        return first, as_of

    def _is_due(self, day, as_of) -> SQL:
        """Condition: it was time on a day, and it is not too late.

        :param day: SQL of a date
        """
        first, last = self._get_due_days(as_of)
        if first is None:
            return SQL("%s <= %s", day, last)
        return SQL("%s BETWEEN %s AND %s", day, first, last)

    def _add_trigger(self, query, as_of) -> tuple[SQL, dict[str, SQL]]:
        return getattr(self, f"_add_trigger_{self.trigger}")(query, as_of)

    def _say_trigger(self) -> str:
        return getattr(self, f"_say_trigger_{self.trigger}")()

    @api.model
    def _describe_trigger(self, evidence) -> str:
        """Why a rule acted, as far as it is about the trigger.

        :param evidence: the figures of an occurrence, with the name of the ``trigger``
        """
        # Before 19.0.1.5.0 the trigger was not noted.
        name = evidence.get("trigger") or ("entered_stage_id" in evidence and "stage")
        describe = getattr(self, f"_describe_trigger_{name}", None)
        return describe(evidence) if describe else ""

    @api.model
    def _name_record(self, model, record_id, gone) -> str:
        """The name of what a reason is about, which may be gone by now.

        :param gone: what to say then
        """
        # Who sees the touch may know what it is about, of whichever company.
        record = self.env[model].sudo().browse(record_id or ())
        try:
            # Read once for all reasons that name it.
            return record.display_name or gone
        except MissingError:
            return gone

    @api.model
    def _say_days_ago(self, days) -> str:
        if not days:
            return self.env._("today")
        return self.env._("yesterday") if days == 1 else self.env._("%s days ago", days)

    @api.model
    def _say_days(self, days) -> str:
        """A number of days as a part of a sentence."""
        return self.env._("a day") if days == 1 else self.env._("%s days", days)

    def _say_purpose(self) -> str:
        """What the customer is contacted for, as a part of a sentence."""
        return {
            "offers": self.env._("with offers"),
            "service": self.env._("for service"),
            "research": self.env._("for research"),
        }.get(self.purpose, "")

    def _heeds_complaints(self) -> bool:
        """Whether who complains is left out. Not where the rule is about that."""
        return self.skip_complaint and not (
            self.trigger == "complaint" and self.complaint_when == "open"
        )
