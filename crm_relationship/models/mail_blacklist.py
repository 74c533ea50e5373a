from odoo import api, models


class MailBlacklist(models.Model):
    """An address that comes onto the blacklist gets nothing of what still waits."""

    _inherit = "mail.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        entries._cancel_waiting()
        return entries

    def write(self, vals):
        result = super().write(vals)
        if {"active", "email"} & vals.keys():
            self._cancel_waiting()
        return result

    def _cancel_waiting(self):
        closed = self.filtered("active").mapped("email")
        if closed:
            self.env["relationship.touch"]._cancel_addressed(closed)
