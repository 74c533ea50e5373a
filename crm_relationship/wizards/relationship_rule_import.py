import base64
import math

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.rule_file import BadFileError, Reference, read_rules


class RelationshipRuleImport(models.TransientModel):
    """Reads rules from a data file. They are new, and off."""

    _name = "relationship.rule.import"
    _description = "Import Rules"

    file = fields.Binary(required=True, attachment=False)
    file_name = fields.Char()
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        help="The company of the rules. Empty: they run for every company.",
    )

    def action_import(self):
        """Make rules of what the file says, all of them or none, and show them.

        :raise UserError: says what in the file can't be imported, and why
        """
        self.ensure_one()
        rules = self._import(base64.b64decode(self.file))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_rule_action"
        )
        if len(rules) == 1:
            return rules._get_records_action()
        return action | {"domain": [("id", "in", rules.ids)]}

    def _import(self, data):
        """:return: the rules, without their steps"""
        Rule = self.env["relationship.rule"]
        try:
            records = read_rules(data, Rule._name)
        except BadFileError as error:
            raise UserError(self._say_bad(error)) from error
        if not records:
            raise UserError(self.env._("There are no rules in the file."))
        by_key = {}
        rules = Rule
        for key, values in records:
            by_key[key] = rule = self._create_rule(values, by_key)
            rules |= rule
        return rules.filtered(lambda rule: not rule.parent_id)

    def _create_rule(self, values, by_key):
        """:param by_key: the rules of the file so far, by their id in it"""
        values = dict(values)
        parent = values.pop("parent_id", None)
        vals = {
            name: self._read_value(name, value, values)
            for name, value in values.items()
        }
        if vals.get("action_kind") == "server":
            self._refuse(values, self.env._("it runs a server action"))
        if parent is not None:
            key = parent.xmlids[:1] if isinstance(parent, Reference) else ()
            found = by_key.get(*key) if key else None
            if not found:
                self._refuse(
                    values, self.env._("the rule it goes on with is not in the file")
                )
            vals["parent_id"] = found.id
        vals |= {"state": "off", "company_id": self.company_id.id}
        return self.env["relationship.rule"].create(vals)

    def _read_value(self, name, value, values):
        field = self.env["relationship.rule"]._get_portable_fields().get(name)
        if field is None:
            self._refuse(values, self.env._("a file can't say “%s”", name))
        if field.relational and value is not False:
            records = self._find(field, value, values)
            if field.type == "many2one":
                return records.id
            return [Command.set(records.ids)]
        if field.type in ("integer", "float") and isinstance(value, str):
            value = float(value) if _is_number(value) else None
        if isinstance(value, float) and not math.isfinite(value):
            self._refuse(values, self._say_unfitting(field, value))
        is_fitting = {
            "boolean": lambda: isinstance(value, bool),
            "integer": lambda: isinstance(value, int | float) and value == int(value),
            "float": lambda: isinstance(value, int | float),
            "selection": lambda: not value or value in field.get_values(self.env),
        }.get(field.type, lambda: value is False or isinstance(value, str))
        if not is_fitting():
            self._refuse(values, self._say_unfitting(field, value))
        return int(value) if field.type == "integer" else value or False

    def _say_unfitting(self, field, value) -> str:
        return self.env._(
            "“%(value)s” is no value of “%(field)s”",
            value=value,
            field=field._description_string(self.env),
        )

    def _find(self, field, value, values):
        """The records that a file refers to, as far as the user sees them.

        :raise UserError: one is not here, or its name is not unique
        """
        Model = self.env[field.comodel_name]
        if not isinstance(value, Reference):
            self._refuse(values, self._say_unfitting(field, value))
        if value.field:
            return self._find_by_name(Model, value, field, values)
        records = Model
        for xmlid in value.xmlids:
            record = self.env.ref(xmlid, raise_if_not_found=False)
            if not record or record._name != Model._name:
                self._refuse(values, self._say_missing(field, xmlid))
            records |= record
        records.check_access("read")
        return records

    def _find_by_name(self, Model, value, field, values):
        name_field = self.env["relationship.rule"]._get_name_field(Model)
        if value.field != name_field:
            self._refuse(values, self._say_unfitting(field, value.field))
        records = Model
        for name in value.names:
            found = Model.search(Domain(name_field, "=", name), limit=2)
            if len(found) != 1:
                self._refuse(values, self._say_missing(field, name))
            records |= found
        return records

    def _say_missing(self, field, name) -> str:
        return self.env._(
            "there is no “%(name)s” here that could be its “%(field)s”, or more than "
            "one",
            name=name,
            field=field._description_string(self.env),
        )

    @api.model
    def _say_bad(self, error) -> str:
        return {
            "size": self.env._("The file is too big for one of rules."),
            "xml": self.env._("The file is no XML: %s", error.detail),
            "structure": self.env._(
                "Only retention rules can be imported; the file has %s in it.",
                error.detail,
            ),
            "value": self.env._(
                "What the file says of “%s” can't be read.", error.detail
            ),
        }[error.kind]

    def _refuse(self, values, reason):
        raise UserError(
            self.env._(
                "“%(rule)s” can't be imported: %(reason)s.",
                rule=values.get("name") or "",
                reason=reason,
            )
        )


def _is_number(text) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
