from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_list

# Of more values than this only the number is said.
NAMED = 3


class RelationshipRuleCondition(models.AbstractModel):
    """The conditions of a rule in words. A part of ``relationship.rule``."""

    _name = "relationship.rule.condition"
    _description = "Condition of a Rule"

    def _say_condition(self) -> str:
        """“Only if”, as a part of a sentence; "" where everybody is meant."""
        try:
            return self._say_domain(self._get_domain())
        except ValidationError:
            return ""  # while somebody is at writing it

    @api.model
    def _say_domain(self, domain) -> str:
        """A domain over profiles in words, where all of it has to hold and it asks for
        fields of the profile; else only of how many conditions it is.

        :return: e.g. "Orders is at least 3 and ABC Class is A"
        """
        conditions = list(domain.iter_conditions())
        if not conditions:
            return ""
        said = [self._say_one(condition) for condition in conditions]
        if not all(said) or domain != Domain.AND(conditions):
            count = len(conditions)
            if count == 1:
                return self.env._("a condition holds")
            return self.env._("a condition of %s parts holds", count)
        return format_list(self.env, said)

    @api.model
    def _say_one(self, condition) -> str:
        field = self.env["relationship.profile"]._fields.get(condition.field_expr)
        if field is None or condition.operator not in self._get_operators():
            return ""
        return self._get_operators()[condition.operator] % {
            "field": field._description_string(self.env),
            "value": self._say_value(field, condition.value),
        }

    @api.model
    def _get_operators(self) -> dict:
        return {
            "=": self.env._("%(field)s is %(value)s"),
            "!=": self.env._("%(field)s is not %(value)s"),
            "in": self.env._("%(field)s is %(value)s"),
            "not in": self.env._("%(field)s is not %(value)s"),
            ">": self.env._("%(field)s is more than %(value)s"),
            ">=": self.env._("%(field)s is at least %(value)s"),
            "<": self.env._("%(field)s is less than %(value)s"),
            "<=": self.env._("%(field)s is at most %(value)s"),
            "ilike": self.env._("%(field)s contains %(value)s"),
        }

    @api.model
    def _say_value(self, field, value) -> str:
        values = [value] if isinstance(value, str | int | float | None) else list(value)
        if len(values) > NAMED:
            return self.env._("one of %s", len(values))
        return format_list(
            self.env, [self._say_one_value(field, one) for one in values], "or"
        )

    @api.model
    def _say_one_value(self, field, value) -> str:
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if value is False or value is None:
            return self.env._("not set")
        if field.type == "selection":
            names = dict(field._description_selection(self.env))
            return names.get(value, str(value))
        if field.relational and isinstance(value, int):
            # Who reads the rule may read the name.
            record = self.env[field.comodel_name].sudo().browse(value).exists()
            return record.display_name or str(value)
        if isinstance(value, int | float):
            return self.env["relationship.profile"]._describe_number(value)
        return f"“{value}”"
