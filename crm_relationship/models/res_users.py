from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _can_act_in(self, company) -> bool:
        """Whether this person can be given something to do in a company."""
        return self.active and not self.share and company in self.company_ids

    def _write_multi(self, vals_list):
        """A customer's team is that of the salesperson: note whose team changes."""
        moved = self.browse(
            user.id
            for user, vals in zip(self, vals_list, strict=True)
            if "sale_team_id" in vals
        )
        result = super()._write_multi(vals_list)
        if moved:
            self.env["relationship.profile.queue"]._note_customers_of(moved)
        return result
