import psycopg2

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, mute_logger

from ..tools.plan import QUIET, TREAT

# Customers shown by name.
EXAMPLES = 10


class RelationshipRulePreview(models.AbstractModel):
    """What a rule would do now, while it is being written. A part of
    ``relationship.rule``.

    By the code that acts, over a rule that exists in memory only: nothing is written.
    """

    _name = "relationship.rule.preview"
    _description = "Preview of a Rule"

    def get_preview(self, values=None) -> dict:
        """What the rule would do now with other values, as a form has them.

        :param values: as for `write`; None: as it is
        :return: ``count`` of customers to act for; ``examples``, the first ten of them
            that the user may see, with ``partner_id``, ``name``, ``reason``,
            ``value_at_risk`` in company currency, ``worth`` (it in words), ``user``;
            ``excluded``, a list of ``outcome``, ``label``, ``count``; ``problem``, why
            the rule can't act, or ""; ``error``, why it can't be evaluated, or ""
        :raise AccessError: the user does not configure rules
        """
        rule = self._with_values(values)
        preview = {"count": 0, "examples": [], "excluded": [], "problem": ""}
        try:
            # What the condition of somebody at typing does to PostgreSQL stays here.
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                rule._check_conditions()
                plan = rule.evaluate()
                problem = rule._get_problem() or ""
        except (UserError, psycopg2.DataError, psycopg2.ProgrammingError) as error:
            return preview | {"error": str(error).strip()}
        return {
            "count": len({item.partner_id for item in plan.to_treat}),
            "examples": rule._get_examples(plan),
            "excluded": [
                row
                for row in rule._get_outcomes_summary(plan)
                if row["outcome"] != TREAT
            ],
            "problem": problem,
            "error": "",
        }

    def get_past_preview(self, values=None, days=(7, 30, 90)) -> dict:
        """How often the rule would have acted lately with other values, see `get_past`.

        :raise AccessError: the user does not configure rules
        """
        rule = self._with_values(values)
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                rule._check_conditions()
                return rule.get_past(days) | {"error": ""}
        except (UserError, psycopg2.DataError, psycopg2.ProgrammingError) as error:
            return {"error": str(error).strip()}

    def _check_conditions(self):
        """:raise ValidationError: a condition asks for what the user may not read"""
        self._check_may_ask(self._get_domain())
        self._check_may_ask(self._get_trigger_domain())

    def _with_values(self, values):
        """The rule as it would be with these values, in memory.

        :raise AccessError: the user does not configure rules
        """
        self.check_access("write" if self else "create")
        if not values and self:
            self.ensure_one()
            return self
        known = {
            name: value
            for name, value in (values or {}).items()
            if name in self._fields
        }
        return self.new(known, origin=self or None)

    def _get_examples(self, plan) -> list[dict]:
        """The first customers of a plan, on a quiet day those of the next working day;
        two queries, whatever their number."""
        quiet = [item for item in plan.items if item.outcome == QUIET]
        items = plan.to_treat or quiet
        visible = self._get_visible_customers(items)
        # Of each customer what comes first.
        firsts = {item.partner_id: item for item in reversed(items)}
        shown = [
            item
            for item in items
            if item.partner_id in visible and firsts[item.partner_id] is item
        ][:EXAMPLES]
        # Their names may be read, and who serves them is no secret.
        partners = self.env["res.partner"].sudo().browse(i.partner_id for i in shown)
        names = {partner.id: partner.display_name for partner in partners}
        return [self._get_example(item, names[item.partner_id]) for item in shown]

    def _get_example(self, item, name) -> dict:
        company = self.env["res.company"].browse(item.company_id)
        user = self.env["res.users"].sudo().browse(item.user_id or ())
        worth = item.found.value_at_risk
        return {
            "key": f"{item.company_id}-{item.partner_id}-{item.occurrence}",
            "partner_id": item.partner_id,
            "name": name,
            "reason": self._describe_item(item),
            "value_at_risk": worth,
            "worth": worth
            and format_amount(
                self.env, round(worth), company.currency_id, trailing_zeroes=False
            ),
            "user": user.name or "",
        }

    def _describe_item(self, item) -> str:
        return self.env["relationship.touch"]._describe(item.evidence)

    @api.model
    def _get_visible_customers(self, items) -> set:
        """The customers whose profile the user may see."""
        groups = self.env["relationship.profile"]._read_group(
            [("partner_id", "in", [item.partner_id for item in items])], ["partner_id"]
        )
        return {partner.id for [partner] in groups}
