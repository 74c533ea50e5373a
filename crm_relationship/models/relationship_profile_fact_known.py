from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, Query

from .relationship_consent_sql import standing

CUSTOMER = "customer"  # alias of the partner in the conditions


class RelationshipProfileFactKnown(models.AbstractModel):
    """Whether a fact is known of a customer, as SQL: one method for each kind. A part
    of ``relationship.profile.fact``; another add-on adds a kind by a method of its own.
    """

    _name = "relationship.profile.fact.known"
    _description = "Knowledge of a Fact"

    @api.model
    def _get_applies_sql(self, fact) -> SQL:
        if fact.customer_type == "all":
            return SQL("TRUE")
        company = SQL("COALESCE(customer.is_company, FALSE)")
        return company if fact.customer_type == "company" else SQL("NOT %s", company)

    @api.model
    def _get_known_sql(self, fact, company, persons) -> SQL:
        """Condition over the partner ``customer``; one method for each kind.

        :param persons: what is true of the customers' persons, over ``person``:
            PostgreSQL may list all who have something once, rather than look it up
            for each customer, and should not list those of other customers
        """
        return getattr(self, f"_get_{fact.kind}_known_sql")(fact, company, persons)

    @api.model
    def _get_field_known_sql(self, fact, company, persons) -> SQL:
        # The score needs the field whoever computes it.
        Partner = self.env["res.partner"].sudo().with_company(company)
        domain = Domain(fact.field, "!=", False).optimize_full(Partner)
        query = Query(self.env, CUSTOMER, SQL.identifier(Partner._table))
        return SQL("(%s)", domain._to_sql(Partner, CUSTOMER, query))

    @api.model
    def _get_contact_known_sql(self, fact, company, persons) -> SQL:
        return SQL(
            """
            EXISTS (
                SELECT FROM res_partner person
                 WHERE person.commercial_partner_id = customer.id
                   AND person.id != customer.id
                   AND person.type = 'contact'
                   AND person.is_company IS NOT TRUE
                   AND (person.company_id IS NULL OR person.company_id = %s)
                   AND person.active
                   AND %s
            )
            """,
            company.id,
            persons,
        )

    @api.model
    def _get_key_date_known_sql(self, fact, company, persons) -> SQL:
        condition = SQL("noted.active")
        if fact.kinship_id:
            condition = SQL("%s AND noted.kinship_id = %s", condition, fact.kinship_id)
        table = SQL("relationship_key_date")
        return self._get_noted_sql(table, condition, company, persons)

    @api.model
    def _get_consent_known_sql(self, fact, company, persons) -> SQL:
        """A slip that was undone is no answer, nor is what undid it."""
        condition = SQL("noted.state != 'not_asked' AND %s", standing("noted"))
        if fact.purpose:
            condition = SQL("%s AND noted.purpose = %s", condition, fact.purpose)
        table = SQL("relationship_consent")
        return self._get_noted_sql(table, condition, company, persons)

    @api.model
    def _get_noted_sql(self, table, condition, company, persons) -> SQL:
        """A row ``noted`` of a table is about the customer or one of its contacts."""
        return SQL(
            """
            EXISTS (
                SELECT FROM res_partner person
                  JOIN %s noted ON noted.partner_id = person.id
                 WHERE person.commercial_partner_id = customer.id
                   AND noted.company_id = %s
                   AND %s
                   AND %s
            )
            """,
            table,
            company.id,
            condition,
            persons,
        )
