from odoo import models
from odoo.tools import SQL

# Columns of an invoice that the payment habits depend on. A payment, a credit note and
# their undoing all change the open amount.
PAYMENT_FIELDS = {"amount_residual", "invoice_date_due", "payment_state"}
# Those that the revenue depends on: of credit notes, and of invoices where they are
# the purchases.
FACT_FIELDS = {
    "amount_untaxed_signed",
    "company_id",
    "invoice_date",
    "invoice_user_id",
    "partner_id",
    "state",
    "team_id",
}
SALE_TYPES = ("out_invoice", "out_receipt", "out_refund")


class AccountMove(models.Model):
    _inherit = "account.move"

    # The access path of the value: what was credited, and what was invoiced.
    _relationship_sale_idx = models.Index(
        "(move_type, partner_id, invoice_date)"
        " INCLUDE (id, company_id, amount_untaxed_signed)"
        " WHERE state = 'posted'"
        " AND move_type IN ('out_invoice', 'out_receipt', 'out_refund')"
    )

    def _write_multi(self, vals_list):
        """Note the customers of invoices and credit notes that tell something else
        about what they are worth or how they pay.

        Every change of a stored column passes here, recomputed ones included.
        """
        self._note_interactions(vals_list)
        # Whoever's transaction changes an invoice, e.g. a portal user's who pays; only
        # ids are taken from it.
        changed = self.sudo().browse(
            move.id
            for move, vals in zip(self.sudo(), vals_list, strict=True)
            if move.move_type in SALE_TYPES
            # Nobody learns anything from a draft.
            and ("state" in vals or move.state != "draft")
            and (
                not FACT_FIELDS.isdisjoint(vals)
                or (
                    move.move_type == "out_invoice"
                    and not PAYMENT_FIELDS.isdisjoint(vals)
                )
            )
        )
        changed |= self._get_paid_on_another_day(vals_list)
        changed._note_relationship_customers()
        changed.browse(
            move.id
            for move, vals in zip(self, vals_list, strict=True)
            if move in changed and not FACT_FIELDS.isdisjoint(vals)
        )._note_who_ordered()
        return super()._write_multi(vals_list)

    def unlink(self):
        # Ids only; a draft tells nothing, and what is posted is deleted by force.
        posted = self.sudo().filtered(
            lambda move: move.state == "posted" and move.move_type in SALE_TYPES
        )
        posted._note_relationship_customers()
        posted._note_who_ordered()
        return super().unlink()

    def _note_relationship_customers(self):
        """Note the customers of these invoices: who they are for, and who they were for
        when they were written, should the contact have moved since."""
        self.env["relationship.profile.queue"]._note_customers(
            (partner.id, move.company_id.id)
            for move in self
            for partner in move.partner_id | move.commercial_partner_id
        )

    def _note_who_ordered(self):
        """Note the customers of the orders that these invoices are of. Others may be
        billed, but it is their revenue."""
        if not self.ids:
            return
        self.env["relationship.profile.queue"]._note_customers(
            self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT o.partner_id, o.company_id
                      FROM account_move_line item
                      JOIN sale_order_line_invoice_rel link
                        ON link.invoice_line_id = item.id
                      JOIN sale_order_line line ON line.id = link.order_line_id
                      JOIN sale_order o ON o.id = line.order_id
                     WHERE item.move_id = ANY(%s)
                    """,
                    self.ids,
                )
            )
        )

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
