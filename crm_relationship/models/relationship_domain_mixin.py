from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import mute_logger


class RelationshipDomainMixin(models.AbstractModel):
    """A condition over customer profiles that an administrator can edit."""

    _name = "relationship.domain.mixin"
    _description = "Condition over Customer Profiles"

    name = fields.Char(required=True, translate=True)
    domain = fields.Char(string="Condition")

    @api.constrains("domain")
    def _check_domain(self):
        """Refuse a condition that could not be evaluated tonight.

        :raise ValidationError: names the record and what is wrong
        """
        Profile = self.env["relationship.profile"].sudo()
        for record in self:
            domain = record._get_domain()
            record.sudo(False)._check_may_ask(domain)  # Odoo checks as superuser
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    Profile.search(domain, limit=1)
            except Exception as error:  # whatever the ORM or PostgreSQL says of it
                raise record._get_domain_error(error) from error

    def _get_domain(self) -> Domain:
        """The condition as a domain over ``relationship.profile``.

        :raise ValidationError: it is no domain over that model
        """
        self.ensure_one()
        try:
            value = literal_eval(self.domain or "[]")
        except Exception as error:  # literal_eval raises many kinds
            text = self.env._("“%s” is not a list of conditions", self.domain)
            raise self._get_domain_error(text) from error
        try:
            domain = Domain(value)
            domain.validate(self.env["relationship.profile"])
        except Exception as error:  # so does Domain
            raise self._get_domain_error(error) from error
        return domain

    def _check_may_ask(self, domain):
        """What a condition finds is told with all rights, so nobody asks for what he
        or she may not read.

        :raise ValidationError: names the field
        """
        if self.env.su:
            return
        for model, name in sorted(self._get_asked_fields(domain)):
            asked = self.env[model]
            field = asked._fields[name]
            may_ask = asked.has_access("read") and asked._has_field_access(
                field, "read"
            )
            if not may_ask:
                raise self._get_domain_error(
                    self.env._(
                        "you may not read “%(field)s” of “%(model)s”",
                        field=field._description_string(self.env),
                        model=self.env["ir.model"]._get(model).name or model,
                    )
                )

    @api.model
    def _get_asked_fields(self, domain, model="relationship.profile") -> set:
        """The fields that a domain looks at, however far it reaches.

        :return: {(name of the model, name of the field)}
        """
        asked = set()
        for condition in domain.iter_conditions():
            comodel = model
            for name in condition.field_expr.split("."):
                field = self.env[comodel]._fields.get(name)
                if field is None:  # a property, or a part of a date
                    break
                asked.add((comodel, name))
                comodel = field.comodel_name or comodel
            if "any" in condition.operator:
                asked |= self._get_asked_fields(Domain(condition.value), comodel)
        return asked

    def _get_domain_error(self, error):
        return ValidationError(
            self.env._(
                "The condition of “%(name)s” can't be evaluated: %(error)s",
                name=self.name,
                error=str(error).strip(),
            )
        )
