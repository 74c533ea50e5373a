from odoo import api, fields, models
from odoo.fields import Domain

# Activities that the timeline shows on top.
MAX_STEPS = 10
# Orders that something may still be done about.
OPEN_ORDERS = Domain("state", "in", ("draft", "sent")) | (
    Domain("state", "=", "sale") & Domain("invoice_status", "!=", "invoiced")
)


class RelationshipInteractionNext(models.AbstractModel):
    """What is to be done next, on top of the timeline. A part of
    ``relationship.interaction``.
    """

    _name = "relationship.interaction.next"
    _description = "Next Steps"

    @api.model
    def _get_next_steps(self, partner) -> list[dict]:
        """Planned activities, overdue ones first: of a customer, its contacts and its
        open orders, or the user's own where there is no customer."""
        Activity = self.env["mail.activity"]
        steps = Activity.concat(
            *(
                Activity.search(domain, order="date_deadline, id", limit=MAX_STEPS)
                for domain in self._get_next_step_domains(partner)
            )
        ).sorted(lambda step: (step.date_deadline, step.id))
        customer = partner.commercial_partner_id
        return [self._get_next_step(step, customer) for step in steps[:MAX_STEPS]]

    @api.model
    def _get_next_step_domains(self, partner) -> list[Domain]:
        """One per model, so that each uses its own index."""
        contacts = self._get_next_step_contacts(partner)
        documents = self._get_next_step_documents(contacts)
        if not partner:
            mine = Domain("user_id", "=", self.env.uid)
            return [mine & Domain("res_model", "in", list(documents))]
        return [
            Domain("res_model", "=", model)
            & Domain("res_id", "in", self.env[model]._search(domain))
            for model, domain in documents.items()
            if self.env[model].has_access("read")
        ]

    @api.model
    def _get_next_step_contacts(self, partner):
        """A query of everybody of the customer."""
        contacts = self.env["res.partner"].with_context(active_test=False)
        return contacts._search(
            [("commercial_partner_id", "=", partner.commercial_partner_id.id)]
        )

    @api.model
    def _get_next_step_documents(self, contacts) -> dict[str, Domain]:
        """What there may be something to do about: {model: domain}. Others add theirs.

        :param contacts: a query of everybody of the customer
        """
        theirs = Domain("partner_id", "in", contacts)
        theirs &= Domain("company_id", "in", self.env.companies.ids)
        return {
            "res.partner": Domain("id", "in", contacts),
            "sale.order": theirs & OPEN_ORDERS,
            "relationship.case": theirs & Domain("is_closed", "=", False),
        }

    @api.model
    def _get_next_step(self, activity, customer) -> dict:
        # Who is to do it, and how the kind of activity is called, is no secret.
        told = activity.sudo()
        return {
            "id": activity.id,
            "summary": activity.summary or told.activity_type_id.name or "",
            "type": told.activity_type_id.name or "",
            "icon": told.activity_type_id.icon or "fa-tasks",
            "deadline": fields.Date.to_string(activity.date_deadline),
            "state": activity.state,
            "user": {"id": told.user_id.id, "name": told.user_id.name},
            "is_mine": activity.user_id == self.env.user,
            "res_model": activity.res_model,
            "res_id": activity.res_id,
            "document": activity.res_name or "",
            # Not of the customer itself, so it is worth saying of what.
            "is_elsewhere": activity.res_model != "res.partner"
            or activity.res_id != customer.id,
        }
