from datetime import datetime, time, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.fields import Datetime
from odoo.tests import tagged

from ..tools.documents import Documents
from .test_payment_habits import PaymentCase

SOURCE = "relationship.capture.invoice"


@tagged("post_install", "-at_install", "crm_relationship")
class TestCaptureInvoice(PaymentCase):
    def _kinds(self, *moves):
        """{kind: interaction} of invoices and credit notes."""
        self._capture_changed()
        found = self.env["relationship.interaction"].search(
            [
                ("res_model", "=", "account.move"),
                ("res_id", "in", [move.id for move in moves]),
            ]
        )
        return {interaction.kind: interaction for interaction in found}

    def _noon(self, days):
        return datetime.combine(self._days_ago(days), time(12))

    def test_an_invoice_is_captured_when_it_is_posted(self):
        invoice = self._invoice(post=False, invoice_user_id=self.salesman.id)
        self.assertFalse(self._kinds(invoice))
        invoice.action_post()
        [captured] = self._kinds(invoice).values()
        self.assertEqual(captured.kind, "invoice")
        self.assertEqual(captured.direction, "out")
        self.assertEqual(captured.subject, invoice.name)
        self.assertEqual(captured.amount, 100)
        self.assertEqual(captured.date, self._noon(30))
        self.assertEqual(captured.user_id, self.salesman)
        self.assertEqual(captured.customer_id, self.customer)
        self.assertFalse(captured.is_contact)

    def test_of_today_it_is_of_now(self):
        invoice = self._invoice(due=-30)
        moment = self._kinds(invoice)["invoice"].date
        self.assertLess(abs(moment - Datetime.now()), timedelta(minutes=5))

    def test_noon_is_where_the_company_is(self):
        self.company.relationship_tz = "Asia/Tokyo"
        invoice = self._invoice(due=10)
        date = self._kinds(invoice)["invoice"].date
        self.assertEqual(date, datetime.combine(invoice.invoice_date, time(3)))

    def test_paid_on_time_and_late(self):
        on_time, late = self._invoice(due=10), self._invoice(due=10)
        self._pay(on_time, 10)
        self._pay(late, 9)
        paid = self._kinds(on_time)["payment"]
        self.assertEqual(paid.direction, "in")
        self.assertEqual(paid.outcome, "on_time")
        self.assertEqual(paid.date, self._noon(10))
        self.assertEqual(self._kinds(late)["payment"].outcome, "late")

    def test_in_parts_it_is_paid_with_the_last(self):
        invoice = self._invoice(due=10)
        self._pay(invoice, 12, amount=40)
        self.assertEqual([*self._kinds(invoice)], ["invoice"])
        self._pay(invoice, 5)
        self.assertEqual(self._kinds(invoice)["payment"].outcome, "late")
        self.assertEqual(self._kinds(invoice)["payment"].date, self._noon(5))

    def test_each_instalment_has_its_own_day(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 30)
                ],
            }
        )
        invoice = self._invoice(
            invoice_date=self._days_ago(40),
            invoice_date_due=False,
            invoice_payment_term_id=term.id,
        )
        self._pay(invoice, 15, amount=100)  # half of it was due on the first day
        self.assertEqual(self._kinds(invoice)["payment"].outcome, "late")

    def test_a_credit_note_is_one_and_no_payment(self):
        invoice = self._invoice(due=10)
        refund = self._credit(invoice, 5)
        self.assertEqual([*self._kinds(invoice)], ["invoice"])
        credit = self._kinds(refund)["credit_note"]
        self.assertEqual(credit.direction, "out")
        self.assertEqual(credit.amount, 100)

    def test_what_is_taken_back_is_gone(self):
        invoice = self._invoice(due=10)
        self._pay(invoice, 10)
        self.assertIn("payment", self._kinds(invoice))
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual([*self._kinds(invoice)], ["invoice"])
        invoice.button_draft()
        self.assertFalse(self._kinds(invoice))
        invoice.action_post()
        self.assertEqual([*self._kinds(invoice)], ["invoice"])

    def test_what_we_have_to_pay_is_no_contact(self):
        bill = self._invoice(move_type="in_invoice")
        self.assertFalse(self._kinds(bill))

    def test_the_switch_is_obeyed(self):
        self.company.relationship_capture_invoice = False
        self.assertFalse(self._kinds(self._invoice()))

    def test_the_history_says_what_the_hook_said(self):
        paid, late, open_one = [self._invoice(due=10) for _number in range(3)]
        self._pay(paid, 10)
        self._pay(late, 5)
        moves = paid, late, open_one, self._credit(open_one, 3)
        names = ["kind", "date", "outcome", "amount", "direction", "user_id", "subject"]
        interactions = self.env["relationship.interaction"]

        def told():
            self._capture_changed()
            found = interactions.search([("source", "=", "invoice")])
            rows = found.read(names)
            return sorted([[row[name] for name in names] for row in rows], key=str)

        self._kinds(*moves)
        before = told()
        self.assertEqual(len(before), 6)
        interactions.search([]).unlink()
        self.env["relationship.capture"]._capture({SOURCE: Documents()})
        self.assertEqual(told(), before)
        self.env["relationship.capture"]._capture({SOURCE: Documents()})
        self.assertEqual(told(), before)

    def _post(self, size):
        """Queries of posting so many invoices, up to the commit."""
        invoices = self.env["account.move"].concat(
            *(self._invoice(post=False) for _number in range(size))
        )
        self._capture_changed()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        invoices._post()
        self.env.cr.flush()
        return self.env.cr.sql_log_count - start

    def test_noting_invoices_costs_no_query_of_its_own(self):
        self._post(1)
        capture = type(self.env["relationship.capture"])
        for size in (1, 10):
            with self.subTest(size=size):
                with patch.object(capture, "_note", lambda *args: None):
                    without = self._post(size)
                # They go into the queue with their customers.
                self.assertEqual(self._post(size), without)
