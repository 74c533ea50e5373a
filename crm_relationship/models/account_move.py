from odoo import models

# Columns of an invoice that the payment habits depend on. A payment, a credit note and
# their undoing all change the open amount.
FACT_FIELDS = {
    "amount_residual",
    "company_id",
    "invoice_date_due",
    "partner_id",
    "payment_state",
    "state",
}


class AccountMove(models.Model):
    _inherit = "account.move"

    def _write_multi(self, vals_list):
        """Note the customers of invoices that tell something else about how they pay.

        Every change of a stored column passes here, recomputed ones included.
        """
        self._note_interactions(vals_list)
        # Whoever's transaction changes an invoice, e.g. a portal user's who pays; only
        # ids are taken from it.
        changed = self.sudo().browse(
            move.id
            for move, vals in zip(self.sudo(), vals_list, strict=True)
            if not FACT_FIELDS.isdisjoint(vals)
            and move.move_type == "out_invoice"
            # Nobody learns anything from a draft.
            and ("state" in vals or move.state != "draft")
        )
        changed |= self._get_paid_on_another_day(vals_list)
        if changed:
            self.env["relationship.profile.queue"]._note_customers(
                (move.commercial_partner_id.id, move.company_id.id)
                for move in changed
                if move.commercial_partner_id
            )
        return super()._write_multi(vals_list)

    def _note_interactions(self, vals_list):
        """Note the invoices that are posted, paid, or no longer so."""
        self.env["relationship.capture"]._note(
            "relationship.capture.invoice",
            [
                move.id
                for move, vals in zip(self.sudo(), vals_list, strict=True)
                if ("state" in vals or "payment_state" in vals)
                and move.move_type in ("out_invoice", "out_refund")
                # A draft that was never posted has nothing to tell.
                and (move.state != "draft" or move.posted_before)
            ],
        )

    def _get_paid_on_another_day(self, vals_list):
        """Entries that pay invoices and now do so on another day, or through another
        journal: Odoo leaves what they are reconciled with as it is."""
        moved = self.sudo().browse(
            move.id
            for move, vals in zip(self.sudo(), vals_list, strict=True)
            if not {"date", "journal_id"}.isdisjoint(vals) and move.move_type == "entry"
        )
        return moved.filtered(lambda move: move.line_ids.matched_debit_ids)
