from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL

FIELD_TYPES = (
    "boolean",
    "char",
    "date",
    "datetime",
    "float",
    "html",
    "integer",
    "many2many",
    "many2one",
    "monetary",
    "one2many",
    "selection",
    "text",
)


class Fact(NamedTuple):
    """A fact that matters, as plain values in one language."""

    name: str
    question: str
    kind: str
    field: str | bool
    kinship_id: int | bool
    purpose: str | bool
    customer_type: str
    weight: int


class RelationshipProfileFact(models.Model):
    """Something worth knowing about every customer, and how much it matters."""

    _name = "relationship.profile.fact"
    _inherit = ["relationship.profile.fact.known"]
    _description = "Fact That Matters"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    question = fields.Char(
        translate=True, help="How to ask a customer for it. Empty: its name is shown."
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: it matters to every company."
    )
    kind = fields.Selection(
        [
            ("field", "Field of the contact"),
            ("contact", "Contact person"),
            ("key_date", "Key date"),
            ("consent", "Consent asked for"),
        ],
        required=True,
        default="field",
    )
    field_id = fields.Many2one(
        "ir.model.fields",
        ondelete="cascade",
        index="btree_not_null",
        domain=[
            ("model", "=", "res.partner"),
            ("store", "=", True),
            ("ttype", "in", FIELD_TYPES),
        ],
    )
    kinship_id = fields.Many2one(
        "relationship.kinship",
        ondelete="restrict",
        index="btree_not_null",
        help="Whose date. Empty: any key date will do.",
    )
    purpose = fields.Selection(
        selection=lambda self: (
            self.env["relationship.consent"]
            ._fields["purpose"]
            ._description_selection(self.env)
        ),
        help="Asked for this purpose, on any channel, whatever the answer. Empty: for "
        "any purpose.",
    )
    customer_type = fields.Selection(
        [("all", "All customers"), ("company", "Companies"), ("person", "Persons")],
        string="Matters For",
        required=True,
        default="all",
    )
    weight = fields.Integer(
        required=True, default=1, help="How much it counts, beside the others."
    )

    _weight_positive = models.Constraint(
        "CHECK (weight > 0)", "A fact that matters has a positive weight."
    )

    @api.onchange("field_id")
    def _onchange_field_id(self):
        if self.field_id and not self.name:
            self.name = self.field_id.field_description

    @api.constrains("kind", "field_id")
    def _check_field(self):
        for fact in self.filtered(lambda fact: fact.kind == "field"):
            field = fact.sudo().field_id
            if (
                field.model != "res.partner"
                or not field.store
                or field.ttype not in FIELD_TYPES
            ):
                raise ValidationError(
                    self.env._(
                        "“%s” needs a field of the contact that is kept in the "
                        "database.",
                        fact.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        facts = super().create(vals_list)
        facts._refresh_scores()
        return facts

    def write(self, vals):
        companies = self._get_companies()
        result = super().write(vals)
        self.env.registry.clear_cache()
        if vals.keys() - {"name", "question", "sequence"}:
            self._refresh_scores(companies)
        return result

    def update_field_translations(self, *args, **kwargs):
        result = super().update_field_translations(*args, **kwargs)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        companies = self._get_companies()
        result = super().unlink()
        self.browse()._refresh_scores(companies)
        return result

    def _refresh_scores(self, companies=None):
        """After a change: have the scores computed again, in the background."""
        self.env.registry.clear_cache()
        if self.env.context.get("install_mode"):
            return  # the installation computes everything at its end
        companies = (companies or self.env["res.company"]) | self._get_companies()
        for company in companies:
            self.env["relationship.refresh"]._request(company)

    def _get_companies(self):
        """The companies to which these facts matter."""
        companies = self.sudo().company_id
        if any(not fact.company_id for fact in self):
            companies = companies.search([])
        return companies

    @api.model
    @tools.ormcache()
    def _get_partner_fields(self):
        """Names of the partner's fields that a score may depend on."""
        facts = self.sudo().with_context(active_test=True)
        return frozenset(facts.search([("kind", "=", "field")]).mapped("field_id.name"))

    @api.model
    @tools.ormcache("company.id", "self.env.lang")
    def _get_facts(self, company) -> tuple:
        """The facts that matter to a company, as they are shown.

        :return: :class:`Fact` tuples; kept in memory, for cards ask for them
        """
        # What is missing is told to whoever sees the profile, whatever the context.
        facts = self.sudo().with_context(active_test=True)
        return tuple(
            Fact(
                name=fact.name,
                question=fact.question or fact.name,
                kind=fact.kind,
                field=fact.field_id.name,
                kinship_id=fact.kinship_id.id,
                purpose=fact.purpose,
                customer_type=fact.customer_type,
                weight=fact.weight,
            )
            for fact in facts.search([("company_id", "in", (False, company.id))])
            if fact._is_computable()
        )

    @api.model
    def _get_score_sql(self, company, customers) -> SQL:
        """Expression over the partner ``customer``: the weighted share of what is
        known, 0 to 100; NULL where nothing matters.

        :param customers: the :class:`Customers` that it is evaluated for
        """
        persons = customers.condition(SQL.identifier("person", "commercial_partner_id"))
        known, total = [SQL("0")], [SQL("0")]
        for fact in self._get_facts(company):
            applies = self._get_applies_sql(fact)
            total.append(SQL("CASE WHEN %s THEN %s ELSE 0 END", applies, fact.weight))
            known.append(
                SQL(
                    "CASE WHEN %s AND %s THEN %s ELSE 0 END",
                    applies,
                    self._get_known_sql(fact, company, persons),
                    fact.weight,
                )
            )
        return SQL(
            "ROUND(100.0 * (%s) / NULLIF(%s, 0))::int",
            SQL(" + ").join(known),
            SQL(" + ").join(total),
        )

    @api.model
    def _get_missing_sql(self, company) -> SQL:
        """Expression over the partner ``customer``: an array of booleans, one for each
        of `_get_facts`: whether it is missing."""
        return SQL(
            "ARRAY[%s]::boolean[]",
            SQL(", ").join(
                SQL(
                    "(%s AND NOT COALESCE(%s, FALSE))",
                    self._get_applies_sql(fact),
                    self._get_known_sql(fact, company, SQL("TRUE")),
                )
                for fact in self._get_facts(company)
            ),
        )

    @api.model
    def _pick_missing(self, company, missing) -> list:
        """The facts that are missing, the weightiest first.

        :param missing: value of `_get_missing_sql`
        """
        facts = self._get_facts(company)
        picked = [fact for fact, gone in zip(facts, missing, strict=True) if gone]
        return sorted(picked, key=lambda fact: -fact.weight)

    @api.model
    def _get_missing(self, company, partner_ids) -> dict:
        """What is not known of some customers, the weightiest first. One query.

        :return: {partner id: list of :class:`Fact`}
        """
        for model in ("res.partner", "relationship.key.date", "relationship.consent"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT customer.id, %s FROM res_partner customer"
                " WHERE customer.id = ANY(%s)",
                self._get_missing_sql(company),
                list(partner_ids),
            )
        )
        return {
            partner_id: self._pick_missing(company, missing)
            for partner_id, missing in rows
        }

    def _is_computable(self) -> bool:
        """False for a field that an add-on no longer brings: its code may be gone, or
        its column, while Odoo still lists the field."""
        if self.kind != "field":
            return True
        field = self.env["res.partner"]._fields.get(self.field_id.name)
        return bool(field and field.store)
