from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from .value_case import ValueCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestValueOverdue(ValueCase):
    """What is open and past its day, as of any day."""

    def _overdue(self, ago=0):
        return self._seen(self._days_ago(ago)).overdue_amount

    def test_open_past_the_day(self):
        self._invoice(due=10, amount=70)
        self._invoice(due=0, amount=20)
        self._invoice(due=-10, amount=5)
        self.assertEqual(self._overdue(), 70, "what is due today is not overdue")
        self.assertEqual(self._overdue(-1), 90)
        self.assertEqual(self._overdue(10), 0)
        self.assertEqual(self._overdue(-11), 95)

    def test_paid_in_part(self):
        invoice = self._invoice(due=60, amount=100)
        self._pay(invoice, 40, amount=30)
        self.assertEqual(self._overdue(), 70)
        self.assertEqual(self._overdue(41), 100, "the payment came later")
        self._pay(invoice, 20)
        self.assertEqual(self._overdue(), 0)
        self.assertEqual(self._overdue(21), 70)

    def test_credited_in_part(self):
        self._credit(self._invoice(due=60, amount=100), 5, amount=25)
        self.assertEqual(self._overdue(), 75)

    def test_only_the_part_that_is_due(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 60)
                ],
            }
        )
        self._invoice(
            invoice_date=self._days_ago(30),
            invoice_date_due=False,
            invoice_payment_term_id=term.id,
        )
        self.assertEqual(self._overdue(), 50)
        self.assertEqual(self._overdue(-31), 100)

    def test_in_company_currency(self):
        foreign = self.env.ref("base.CHF")
        foreign.active = True
        foreign.rate_ids.unlink()
        for ago, rate in ((400, 4.0), (50, 5.0)):
            self.env["res.currency.rate"].create(
                {
                    "name": self._days_ago(ago),
                    "currency_id": foreign.id,
                    "company_id": self.company.id,
                    "rate": rate,
                }
            )
        invoice = self._invoice(due=60, amount=100, currency_id=foreign.id)
        self.assertEqual(self._overdue(), 25)
        self._pay(invoice, 40, amount=60)
        self.assertEqual(self._overdue(), 10)

    def test_a_prospect_can_owe_something(self):
        self._invoice(due=10, amount=70)
        profile = self._seen()
        self.assertEqual((profile.order_count, profile.revenue), (0, 0))

    def test_it_is_what_odoo_says_is_open(self):
        for due, paid in ((90, 30), (60, 100), (30, None), (-5, None), (20, 99.99)):
            invoice = self._invoice(due=due)
            if paid:
                self._pay(invoice, max(due, 0), amount=paid)
        overdue = self.env["account.move.line"].search(
            [
                ("partner_id", "=", self.customer.id),
                ("display_type", "=", "payment_term"),
                ("parent_state", "=", "posted"),
                ("date_maturity", "<", self.today),
            ]
        )
        self.assertEqual(self._overdue(), sum(overdue.mapped("amount_residual")))

    def test_a_day_later_it_is_overdue_without_any_change(self):
        self._invoice(due=0, amount=20)
        profile = self._get_profile(self.customer)
        self.assertFalse(profile.overdue_amount)
        self.Profile._refresh(self.company, as_of=self.today + timedelta(days=1))
        self.assertEqual(profile.overdue_amount, 20)
