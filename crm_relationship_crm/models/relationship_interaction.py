from odoo import api, models
from odoo.fields import Domain


class RelationshipInteraction(models.Model):
    _inherit = "relationship.interaction"

    @api.model
    def _get_next_step_documents(self, contacts):
        """What is planned about leads that are open, too."""
        leads = Domain("partner_id", "in", contacts)
        leads &= Domain("company_id", "in", [False, *self.env.companies.ids])
        leads &= Domain("won_status", "=", "pending")
        return super()._get_next_step_documents(contacts) | {"crm.lead": leads}
