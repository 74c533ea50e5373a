from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # The access path of the payment habits: what customers owe on posted invoices.
    _relationship_due_idx = models.Index(
        "(partner_id, company_id)"
        " INCLUDE (id, move_id, date, date_maturity, amount_currency)"
        " WHERE display_type = 'payment_term'"
        " AND parent_state = 'posted' AND balance > 0"
    )
