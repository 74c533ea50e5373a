from odoo import models
from odoo.tools import SQL

# By which column of a partner a channel reaches the customer, and the blacklist of it.
BLACKLISTS = {
    "email": ("email_normalized", "mail.blacklist", "email"),
    "phone": ("phone_sanitized", "phone.blacklist", "number"),
}

# From how many people on it pays to look first for those who can be refused at all.
MANY = 1000


class ResPartner(models.Model):
    """May this person be contacted? The one answer for all that is sent or planned."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _is_contact_allowed(self, purpose, channel, company=None) -> bool:
        """Whether a person may be contacted for a purpose through a channel.

        Everything that sends something to a customer, or schedules it, asks this
        or `_get_contact_refusals` first. One query.

        :param str purpose: ``offers``, ``service`` or ``research``
        :param channel: a ``relationship.channel``
        :param company: who wants to contact the person; default: the current company
        """
        self.ensure_one()
        return not self._get_contact_refusals(purpose, channel, company)

    def _get_contact_refusals(self, purpose, channel, company=None) -> dict[int, str]:
        """Who of these people is not to be contacted, and why not; one query.

        A blacklist entry always wins. Then a person's own statement decides, and where
        there is none, that of the customer whose contact the person is. Where nobody
        said anything, the settings of the company do.

        :return: {partner_id: reason}: ``blacklisted``, ``withdrawn``, ``declined`` or
            ``not_asked``; allowed people are not in it
        """
        if not self.ids:
            return {}
        # As one text: the driver takes its time over a list of many numbers.
        ids = ",".join(map(str, self.ids))
        people = SQL("SELECT UNNEST(%s::int[])", f"{{{ids}}}")
        return dict(
            self.env.execute_query(
                self._get_contact_refusals_sql(
                    people, purpose, channel, company, many=len(self) > MANY
                )
            )
        )

    def _get_contact_refusals_sql(
        self, people, purpose, channel, company=None, many=True
    ) -> SQL:
        """The same as a query, for jobs that work on many customers at once.

        :param SQL people: a query of the partners' ids
        :param many: there can be thousands of them
        :return: a query of ``partner_id, reason``, to stand in parentheses
        """
        company = company or self.env.company
        needs_consent = company._relationship_needs_consent(purpose)
        statements = self._get_statements_sql(purpose, channel, company)
        if many and not needs_consent:
            suspects = self._get_suspects_sql(statements, channel.reach)
            people = SQL("(%s) INTERSECT (%s)", people, suspects)
        return SQL(
            """
            WITH person AS MATERIALIZED (
                SELECT contact.id, customer.id AS customer_id, %(address)s AS address
                  FROM res_partner contact
                  JOIN res_partner customer
                    ON customer.id = %(commercial)s
                 WHERE contact.id IN (%(people)s)
            ),
            stated AS (
                SELECT DISTINCT ON (partner_id) partner_id, state
                  FROM (%(statements)s) statement
                 WHERE partner_id IN (
                       SELECT id FROM person UNION SELECT customer_id FROM person
                 )
                 ORDER BY partner_id, date DESC, id DESC
            ),
            answer AS (
                SELECT person.id,
                       %(blacklisted)s AS blacklisted,
                       COALESCE(
                           NULLIF(own.state, 'not_asked'),
                           NULLIF(inherited.state, 'not_asked'),
                           'not_asked'
                       ) AS state
                  FROM person
                  LEFT JOIN stated own ON own.partner_id = person.id
                  LEFT JOIN stated inherited
                    ON inherited.partner_id = person.customer_id
            )
            SELECT id AS partner_id,
                   CASE WHEN blacklisted THEN 'blacklisted' ELSE state END AS reason
              FROM answer
             WHERE blacklisted OR state = ANY(%(refusing)s)
            """,
            address=self._get_contact_address_sql(channel.reach),
            commercial=SQL(
                "COALESCE(%s, contact.id)", self._get_customer_sql("contact")
            ),
            people=people,
            statements=statements,
            blacklisted=self._get_blacklisted_sql(channel.reach),
            refusing=["withdrawn", "declined"] + ["not_asked"] * needs_consent,
        )

    def _get_statements_sql(self, purpose, channel, company) -> SQL:
        """All that was ever said to a company for a purpose and a channel."""
        state = self.env["relationship.consent"]._fields["state"]
        return SQL(
            """
            SELECT id, partner_id, date, %s
              FROM relationship_consent
             WHERE company_id = %s AND purpose = %s AND channel_id = %s
            """,
            SQL.identifier("state", to_flush=state),
            company.id,
            purpose,
            channel.id or None,
        )

    def _get_suspects_sql(self, statements, reach) -> SQL:
        """Whoever can be refused where nobody has to be asked first: who said
        anything, who is on the blacklist, and their contacts."""
        sources = [
            SQL("SELECT partner_id FROM (%s) statement", statements),
            SQL(
                "SELECT contact.id FROM (%s) statement JOIN res_partner contact"
                " ON %s = statement.partner_id",
                statements,
                self._get_customer_sql("contact"),
            ),
        ]
        if reach in BLACKLISTS:
            column, model, entry = BLACKLISTS[reach]
            listed = SQL(
                "%s entry JOIN res_partner listed ON %s = entry.%s AND entry.active",
                SQL.identifier(self.env[model]._table),
                SQL.identifier("listed", column, to_flush=self._fields[column]),
                SQL.identifier(entry),
            )
            sources += [
                SQL("SELECT listed.id FROM %s", listed),
                SQL(
                    "SELECT contact.id FROM %s JOIN res_partner contact"
                    " ON %s = listed.id",
                    listed,
                    self._get_customer_sql("contact"),
                ),
            ]
        return SQL(" UNION ").join(sources)

    def _get_customer_sql(self, alias) -> SQL:
        field = self._fields["commercial_partner_id"]
        return SQL.identifier(alias, "commercial_partner_id", to_flush=field)

    def _get_blacklisted_reaches(self) -> set[str]:
        """By which kinds of address the person is not to be reached; two queries."""
        self.ensure_one()
        return {
            reach
            for reach in BLACKLISTS
            if self.env.execute_query(
                SQL(
                    """
                    SELECT FROM (
                        SELECT %(address)s AS address
                          FROM res_partner contact
                          LEFT JOIN res_partner customer
                            ON customer.id = contact.commercial_partner_id
                         WHERE contact.id = %(id)s
                    ) person
                    WHERE %(blacklisted)s
                    """,
                    address=self._get_contact_address_sql(reach),
                    id=self.id,
                    blacklisted=self._get_blacklisted_sql(reach),
                )
            )
        }

    def _get_contact_address_sql(self, reach) -> SQL:
        """By which address a contact is reached: its own, or else that of the company
        it belongs to."""
        if reach not in BLACKLISTS:
            return SQL("NULL")
        column = BLACKLISTS[reach][0]
        field = self._fields[column]
        return SQL(
            "COALESCE(%s, %s)",
            SQL.identifier("contact", column, to_flush=field),
            SQL.identifier("customer", column, to_flush=field),
        )

    def _get_blacklisted_sql(self, reach) -> SQL:
        """Condition over ``person``: a blacklist has the address."""
        if reach not in BLACKLISTS:
            return SQL("FALSE")
        _column, model, entry = BLACKLISTS[reach]
        blacklist = self.env[model]
        return SQL(
            "EXISTS (SELECT FROM %s entry WHERE entry.%s = person.address AND %s)",
            SQL.identifier(blacklist._table),
            SQL.identifier(entry, to_flush=blacklist._fields[entry]),
            SQL.identifier("entry", "active", to_flush=blacklist._fields["active"]),
        )

    def _describe_contact_refusal(self, reason, channel) -> str:
        """Say in the reader's language why somebody is not to be contacted.

        :param reason: one of those of `_get_contact_refusals`
        """
        if reason == "blacklisted":
            if channel.reach == "email":
                return self.env._("The e-mail address is on the blacklist, which wins.")
            return self.env._("The phone number is on the blacklist, which wins.")
        return {
            "withdrawn": self.env._("The consent was withdrawn."),
            "declined": self.env._("The person declined when asked."),
            "not_asked": self.env._("A consent is needed and nobody asked for it yet."),
        }[reason]
