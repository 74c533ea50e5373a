from datetime import date

from .test_payment_habits import PaymentCase

AS_OF = date(2026, 6, 30)


class ValueCase(PaymentCase):
    """Orders, the invoices of them, and credit notes of one customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.invoice_policy = "order"

    def _order(self, day, amount=100.0, partner=None, **values):
        return self._create_order(partner or self.customer, day, amount, **values)

    def _bill(self, order, day):
        """Invoice what is still to be invoiced of an order."""
        invoice = order._create_invoices()
        invoice.invoice_date = day
        invoice.action_post()
        return invoice

    def _refund(self, invoice, day, amount=None, again=False):
        """Credit an invoice, or only that amount of its first line.

        :param again: write the invoice again
        :return: the credit note
        """
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"date": day, "journal_id": invoice.journal_id.id})
        )
        if again:
            new = self.env["account.move"].browse(wizard.modify_moves()["res_id"])
            new.invoice_date = day
            new.action_post()
            return invoice.reversal_move_ids
        wizard.refund_moves()
        note = wizard.new_move_ids
        if amount:
            note.invoice_line_ids[0].price_unit = amount
        note.invoice_date = day
        note.action_post()
        return note

    def _free_note(self, day, amount, partner=None, **values):
        """A credit note of no order."""
        return self._invoice(
            partner=partner,
            amount=amount,
            move_type="out_refund",
            invoice_date=day,
            invoice_date_due=False,
            **values,
        )

    def _value(self, as_of=AS_OF, partner=None, company=None):
        """(revenue, credited, recent, before)"""
        profile = self._seen(as_of, partner, company)
        return tuple(
            profile[name]
            for name in (
                "revenue",
                "refund_amount",
                "revenue_recent",
                "revenue_before",
            )
        )

    def _seen(self, as_of=AS_OF, partner=None, company=None):
        partner = partner or self.customer
        company = company or self.company
        self.Profile._refresh(company, partner.ids, as_of)
        return self.Profile.search(
            [("partner_id", "=", partner.id), ("company_id", "=", company.id)]
        )
