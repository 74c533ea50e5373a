from datetime import date

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.relationship_profile_credit_sql import credits
from ..models.relationship_profile_margin_sql import margins
from ..tools.customers import Customers
from .value_case import AS_OF, ValueCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestValueMargin(ValueCase):
    """What is earned with what has a known cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.standard_price = 6
        cls.unknown = cls.env["product.product"].create(
            {"name": "Wrapping", "taxes_id": False, "invoice_policy": "order"}
        )

    def _sell(self, *lines, day=None, **values):
        """A confirmed order of (product, quantity, price, values)."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "price_unit": price,
                            "tax_ids": False,
                        }
                        | (more[0] if more else {})
                    )
                    for product, quantity, price, *more in lines
                ],
            }
            | values
        )
        order.write({"state": "sale", "date_order": day or date(2026, 3, 1)})
        return order

    def _margin(self, as_of=AS_OF):
        profile = self._seen(as_of)
        return profile.margin, profile.margin_revenue

    def test_only_what_has_a_cost_counts(self):
        self._sell((self.product, 5, 10), (self.unknown, 1, 7))
        self.assertEqual(self._margin(), (20, 50))
        self.assertEqual(self._seen().revenue, 57)

    def test_without_any_cost_the_margin_is_unknown(self):
        self._sell((self.unknown, 1, 7))
        self.assertEqual(self._margin(), (0, 0))
        self.env.cr.execute(
            "SELECT margin, margin_revenue FROM relationship_profile"
            " WHERE partner_id = %s AND company_id = %s",
            [self.customer.id, self.company.id],
        )
        self.assertEqual(self.env.cr.fetchone(), (None, None))

    def test_a_loss_is_a_negative_margin(self):
        self._sell((self.product, 2, 4))
        self.assertEqual(self._margin(), (-4, 8))

    def test_a_dozen_costs_twelve_times_as_much(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self._sell((self.product, 2, 100, {"product_uom_id": dozen.id}))
        self.assertEqual(self._margin(), (200 - 24 * 6, 200))

    def test_a_product_counted_by_the_dozen_sold_one_by_one(self):
        self.product.uom_id = self.env.ref("uom.product_uom_dozen")
        unit = self.env.ref("uom.product_uom_unit")
        self._sell((self.product, 6, 10, {"product_uom_id": unit.id}))
        self.assertEqual(self._margin(), (60 - 3, 60))

    def test_margins_are_in_company_currency(self):
        currency = self.env["res.currency"].create(
            {"name": "XTS", "symbol": "x", "rate_ids": [(0, 0, {"rate": 4.0})]}
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Test", "currency_id": currency.id}
        )
        order = self._sell((self.product, 2, 100), pricelist_id=pricelist.id)
        self.assertEqual(order.currency_id, currency)
        self.assertEqual(self._margin(), (50 - 12, 50))

    def test_costs_are_those_of_the_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.product.with_company(other).standard_price = 1
        self._sell((self.product, 1, 10))
        self.assertEqual(self._margin(), (4, 10))
        order = self._create_order(self.customer, date(2026, 3, 1), company_id=other.id)
        self.assertEqual(order.company_id, other)
        profile = self._seen(company=other)
        self.assertEqual((profile.margin, profile.margin_revenue), (99, 100))

    def test_what_nobody_pays_for_and_returns_are_no_lines_of_known_cost(self):
        self._sell((self.product, 3, 10), (self.product, 1, 0), (self.product, -1, 10))
        self.assertEqual(self._margin(), (12, 30))

    def test_an_order_that_is_credited_in_part_earns_that_much_less(self):
        order = self._sell((self.product, 4, 10), (self.unknown, 1, 40))
        invoice = self._bill(order, date(2026, 3, 2))
        self.assertEqual(self._margin(), (16, 40))
        note = self._refund(invoice, date(2026, 4, 1), again=True)
        self.assertEqual(self._margin(), (16, 40))
        again = order.invoice_ids.filtered(
            lambda move: move.move_type == "out_invoice" and move != invoice
        )
        note = self._refund(again, date(2026, 5, 1))
        note.button_draft()
        note.invoice_line_ids.filtered(
            lambda line: line.product_id == self.unknown
        ).unlink()
        note.action_post()
        self.assertEqual(self._seen().revenue, 40, "half of it is left")
        self.assertEqual(self._margin(), (8, 20))
        self.assertEqual(self._margin(date(2026, 4, 30)), (16, 40))

    def test_a_credit_note_of_no_order_takes_its_share_of_the_margin(self):
        """It tells nothing of products, so each loses as much."""
        self._sell((self.product, 4, 10), (self.unknown, 1, 40))
        self._free_note(date(2026, 4, 1), 20)
        self.assertEqual(self._seen().revenue, 60)
        self.assertEqual(self._margin(), (12, 30))
        self.assertEqual(self._margin(date(2026, 3, 31)), (16, 40))

    def test_who_was_credited_all_and_more_has_no_margin(self):
        self._sell((self.product, 4, 10))
        self._free_note(date(2026, 4, 1), 46)
        self.assertEqual(self._seen().revenue, -6)
        self.assertEqual(self._margin(), (0, 0))
        self.assertEqual(
            self._seen()._explain_margin(), "All of what was bought was credited."
        )

    def test_a_credit_note_of_no_order_after_one_of_an_order(self):
        self._sell((self.product, 4, 10))
        order = self._sell((self.product, 4, 10))
        self._refund(self._bill(order, date(2026, 3, 2)), date(2026, 4, 1))
        self._free_note(date(2026, 4, 2), 10)
        self.assertEqual(self._seen().revenue, 30)
        self.assertEqual(self._margin(), (12, 30))

    def test_orders_that_keep_their_cost(self):
        """With Odoo's margins, a line has its cost, in the currency of the order and
        for the unit of the line."""
        order = self._sell((self.product, 2, 100), (self.unknown, 1, 7))
        order.currency_rate = 4
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE sale_order_line ADD COLUMN IF NOT EXISTS purchase_price"
            " numeric; UPDATE sale_order_line SET purchase_price ="
            " CASE WHEN product_id = %s THEN 30 ELSE 0 END WHERE order_id = %s",
            [self.product.id, order.id],
        )
        scope = self.Profile._get_scope(
            self.company, Customers(ids=tuple(self.customer.ids)), AS_OF
        )._replace(keeps_cost=True)
        rows = self.env.execute_query(SQL("WITH %s %s", credits(scope), margins(scope)))
        self.assertEqual(rows, [(self.customer.id, 50, 35)])

    def test_invoices_have_a_margin_too(self):
        self.company.relationship_value_basis = "invoices"
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._sell(
            (self.product, 5, 10),
            (self.product, 1, 100, {"product_uom_id": dozen.id}),
            (self.unknown, 1, 7),
        )
        self.assertEqual(self._margin(), (0, 0))
        invoice = self._bill(order, date(2026, 3, 2))
        self.assertEqual(self._margin(), (150 - 30 - 72, 150))
        note = self._refund(invoice, date(2026, 4, 1))
        self.assertEqual(self._margin(), (0, 0))
        note.button_draft()
        note.invoice_line_ids.filtered(lambda line: line.quantity != 5).unlink()
        note.action_post()
        self.assertEqual(self._margin(), (100 - 72, 100))

    def test_what_is_no_product_has_no_margin(self):
        """As a delivery is none: whatever the other add-on marks so."""
        self.unknown.standard_price = 5
        order = self._sell((self.product, 2, 10), (self.unknown, 1, 7))
        self._bill(order, date(2026, 3, 2))
        self.env.flush_all()
        scope = self.Profile._get_scope(
            self.company, Customers(ids=tuple(self.customer.ids)), AS_OF
        )._replace(is_product=SQL("line.product_id != %s", self.unknown.id))
        for basis in ("orders", "invoices"):
            seen = scope._replace(basis=basis)
            rows = self.env.execute_query(
                SQL("WITH %s %s", credits(seen), margins(seen))
            )
            self.assertEqual(rows, [(self.customer.id, 20, 8)], basis)

    def test_another_unit_of_a_confirmed_order_reaches_the_profile(self):
        order = self._sell((self.product, 2, 100))
        self.assertEqual(self._get_profile(self.customer).margin, 188)
        order.order_line.write(
            {
                "product_uom_id": self.env.ref("uom.product_uom_dozen").id,
                "price_unit": 100,
            }
        )
        self.assertEqual(self._get_profile(self.customer).margin, 200 - 144)
