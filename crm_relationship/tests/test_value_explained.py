from datetime import date

from odoo.tests import tagged

from .value_case import ValueCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestValueExplained(ValueCase):
    """Each figure of value says where it comes from."""

    def _say(self, name, as_of=None):
        profile = self._seen(as_of) if as_of else self._seen()
        profile = profile.with_user(self.salesman)
        self.env.invalidate_all()
        sentence = profile.explain([name])[profile.id].get(name)
        return sentence and sentence.replace("\N{NO-BREAK SPACE}", " ")

    def test_revenue(self):
        self.assertIsNone(self._say("revenue"))
        self._order(date(2026, 1, 5), 1200)
        self.assertEqual(
            self._say("revenue"), "$ 1,200.00 from one confirmed order on 01/05/2026."
        )
        self._order(date(2026, 2, 5), 300)
        self._free_note(date(2026, 3, 1), 50)
        sentence = (
            "$ 1,500.00 from 2 confirmed orders since 01/05/2026, less $ 50.00 "
            "credited."
        )
        self.assertEqual(self._say("revenue"), sentence)
        self.assertEqual(self._say("refund_amount"), sentence)

    def test_revenue_of_invoices(self):
        self.company.relationship_value_basis = "invoices"
        for day in (3, 4):
            self._invoice(amount=40, invoice_date=date(2026, 1, day))
        self.assertEqual(
            self._say("revenue"), "$ 80.00 from 2 posted invoices since 01/03/2026."
        )

    def test_windows(self):
        self.assertIsNone(self._say("revenue_recent"))
        self._order(date(2026, 1, 5), 120)
        self._order(date(2025, 1, 5), 100)
        self.assertEqual(
            self._say("revenue_recent"),
            "$ 120.00 from 07/01/2025 to 06/30/2026, net of credit notes.",
        )
        self.assertEqual(
            self._say("revenue_before"),
            "$ 100.00 from 07/01/2024 to 06/30/2025, net of credit notes.",
        )

    def test_trend(self):
        self.assertIsNone(self._say("revenue_trend"))
        self._order(date(2026, 1, 5), 120)
        self.assertIn("no revenue to compare with", self._say("revenue_trend"))
        order = self._order(date(2025, 1, 5), 100)
        for amount, words in (
            (100, "$ 100.00 in the 12 months before: 20% more."),
            (160, "25% less."),
            (120, "about as much as in the 12 months before: $ 120.00."),
        ):
            order.order_line.price_unit = amount
            sentence = self._say("revenue_trend")
            self.assertIn("$ 120.00 in the last 12 months", sentence)
            self.assertIn(words, sentence)

    def test_margin(self):
        self._order(date(2026, 1, 5), 120)
        self.assertEqual(self._say("margin"), "No cost is known of what was bought.")
        self.product.standard_price = 90
        self.assertEqual(
            self._say("margin"),
            "$ 30.00 earned on $ 120.00 whose cost is known: 25%.",
        )
        other = self.env["product.product"].create({"name": "Fudge"})
        order = self._order(date(2026, 1, 6), 80)
        order.order_line.product_id = other
        order.order_line.price_unit = 80
        self.assertEqual(
            self._say("margin"),
            "$ 30.00 earned on $ 120.00 whose cost is known (60% of the revenue): 25%.",
        )

    def test_overdue(self):
        self.assertIsNone(self._say("overdue_amount", self.today))
        self._invoice(due=10, amount=70)
        self.assertEqual(
            self._say("overdue_amount", self.today),
            "$ 70.00 of posted invoices is open past the due date.",
        )
        self._pay(self._invoice(due=60), 50)
        self.assertEqual(
            self._say("overdue_amount", self.today),
            "$ 70.00 of posted invoices is open past the due date. 0% of 2 invoices on "
            "time; usually 10 days late.",
        )
