from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

# Nobody speaks with anybody in these, whatever the channel.
NO_CONTACT_KINDS = ("mailing",)


class RelationshipInteractionCustomer(models.AbstractModel):
    """Whose interaction it is, and whether it counts as contact. A part of
    ``relationship.interaction``.
    """

    _name = "relationship.interaction.customer"
    _description = "Customer of an Interaction"

    def _get_customer_pairs(self) -> set:
        return {
            (interaction.customer_id.id, interaction.company_id.id)
            for interaction in self.sudo()
            if interaction.customer_id
        }

    def _note_customers(self):
        self.env["relationship.profile.queue"]._note_customers(
            self._get_customer_pairs()
        )

    @api.model
    def _get_profile_domain(self, query) -> Domain:
        """The customer has one of the profiles of a query: looked up by its key, for
        a page of the timeline is a few rows of very many."""

        profiles = query.select(
            SQL.identifier("relationship_profile", "partner_id"),
            SQL.identifier("relationship_profile", "company_id"),
        )

        def to_sql(model, alias, query):
            return SQL(
                "EXISTS (SELECT FROM (%s) profile WHERE profile.partner_id = %s"
                " AND profile.company_id = %s)",
                profiles,
                SQL.identifier(alias, "customer_id"),
                SQL.identifier(alias, "company_id"),
            )

        return Domain.custom(to_sql=to_sql)

    @api.model
    def _move_customers(self, partner_ids):
        """After contacts came under another commercial entity: so do their
        interactions. One statement."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE relationship_interaction interaction
                   SET customer_id = contact.commercial_partner_id
                  FROM res_partner contact
                 WHERE contact.id = interaction.partner_id
                   AND contact.id = ANY(%s)
                   AND interaction.customer_id
                       IS DISTINCT FROM contact.commercial_partner_id
                RETURNING interaction.customer_id, interaction.company_id
                """,
                list(partner_ids),
            )
        )
        self.invalidate_model(["customer_id"])
        self.env["relationship.profile.queue"]._note_customers(rows)

    @api.model
    def _recount_channels(self, channels):
        """After it was decided anew whether channels count: one statement, and the
        profiles are computed again."""
        channels.flush_recordset()
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE relationship_interaction interaction
                   SET is_contact = channel.is_contact
                       AND interaction.kind != ALL(%s)
                  FROM relationship_channel channel
                 WHERE channel.id = interaction.channel_id
                   AND channel.id = ANY(%s)
                """,
                list(NO_CONTACT_KINDS),
                channels.ids,
            )
        )
        self.invalidate_model(["is_contact"])
        companies = channels.company_id
        if not all(channel.company_id for channel in channels):
            companies = self.env["res.company"].sudo().search([])
        for company in companies:
            self.env["relationship.refresh"]._request(company)
