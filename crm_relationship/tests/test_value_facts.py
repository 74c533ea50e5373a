from collections import Counter
from contextlib import contextmanager
from datetime import date, datetime
from random import Random
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.relationship_profile_facts import FACT_COLUMNS
from ..models.relationship_value_model_sql import customers_at
from ..tools.customers import Customers
from ..tools.cutoffs import COLUMNS
from ..tools.days import window_starts
from .value_case import AS_OF, ValueCase


def do_nothing(*args):
    """Stands for a hook that is not there."""


@tagged("post_install", "-at_install", "crm_relationship")
class TestValueFacts(ValueCase):
    """Revenue net of credit notes, in the windows of the settings."""

    def test_who_gave_back_more_than_they_bought_leaves_nothing_to_ask(self):
        self._order(date(2026, 1, 5), 100)
        self._free_note(date(2026, 2, 5), 150)
        profile = self._seen()
        self.assertEqual(profile.revenue, -50)
        self.assertLess(profile.completeness, 100)
        self.assertEqual(profile.completeness_gap, 0)

    def test_recent_months_against_those_before(self):
        self._order(date(2026, 6, 1), 300)
        self._order(date(2025, 6, 30), 200)
        self._order(date(2024, 6, 30), 1000)
        self.assertEqual(self._value(), (1500, 0, 300, 200))
        self.assertAlmostEqual(self._seen().revenue_trend, 0.5)

    def test_windows_begin_and_end_with_months(self):
        for day in ("2025-07-01", "2026-06-30"):
            self._order(date.fromisoformat(day), 1)
        for day in ("2024-07-01", "2025-06-30"):
            self._order(date.fromisoformat(day), 10)
        for day in ("2024-06-30", "2026-07-01"):
            self._order(date.fromisoformat(day), 100)
        self.assertEqual(self._value(), (122, 0, 2, 20))

    def test_windows_have_as_many_months_as_the_settings_say(self):
        self.company.relationship_value_months = 3
        self._order(date(2026, 4, 1), 1)
        self._order(date(2026, 1, 1), 10)
        self._order(date(2025, 12, 31), 100)
        self.assertEqual(self._value(), (111, 0, 1, 10))

    def test_windows_of_leap_years(self):
        for as_of, recent, before in (
            ("2024-02-28", "2023-02-28", "2022-02-28"),
            ("2024-02-29", "2023-03-01", "2022-03-01"),
            ("2025-02-28", "2024-03-01", "2023-03-01"),
            ("2028-02-28", "2027-02-28", "2026-02-28"),
        ):
            starts = window_starts(date.fromisoformat(as_of), 12)
            self.assertEqual(
                starts, (date.fromisoformat(recent), date.fromisoformat(before))
            )
        self._order(date(2024, 2, 29), 7)
        self._order(date(2024, 3, 1), 5)
        self.assertEqual(self._value(date(2025, 2, 28)), (12, 0, 5, 7))
        self.assertEqual(self._value(date(2025, 2, 27)), (12, 0, 12, 0))

    def test_the_day_of_a_window_is_that_of_the_company(self):
        self.company.relationship_tz = "Pacific/Auckland"
        self._order(datetime(2025, 6, 30, 13), 50)  # the first of July there
        self._order(datetime(2025, 6, 30, 11), 20)
        self.assertEqual(self._value(), (70, 0, 50, 20))

    def test_without_revenue_before_there_is_no_trend(self):
        self._order(date(2026, 6, 1), 300)
        self.assertIsNone(self._raw("revenue_trend"))
        self._order(date(2025, 6, 1), 100)
        self._free_note(date(2025, 6, 2), 100)
        self.assertIsNone(self._raw("revenue_trend"))

    def _raw(self, name):
        """A column as the database has it: NULL is not nothing."""
        self._seen()
        self.env.cr.execute(
            f"SELECT {name} FROM relationship_profile WHERE partner_id = %s"
            " AND company_id = %s",
            [self.customer.id, self.company.id],
        )
        return self.env.cr.fetchone()[0]

    def test_a_credit_note_of_no_order_counts_as_a_whole(self):
        self._order(date(2025, 1, 1), 400)
        self._order(date(2026, 1, 1), 500)
        self._free_note(date(2026, 2, 1), 30)
        self._free_note(date(2025, 2, 1), 4)
        self.assertEqual(self._value(), (866, 34, 470, 396))
        self.assertEqual(self._seen().basket_mean, 450, "what was ordered")

    def test_a_credit_note_counts_from_its_day(self):
        self._order(date(2026, 1, 1), 500)
        self._free_note(date(2026, 6, 30), 30)
        self.assertEqual(self._value(date(2026, 6, 29)), (500, 0, 500, 0))
        self.assertEqual(self._value(), (470, 30, 470, 0))

    def test_drafts_and_bills_count_for_nothing(self):
        self._order(date(2026, 1, 1), 500)
        self._free_note(date(2026, 2, 1), 30, post=False)
        self._invoice(move_type="in_refund", invoice_date=date(2026, 2, 1), ref="B1")
        self._invoice(invoice_date=date(2026, 2, 1))
        self.assertEqual(self._value(), (500, 0, 500, 0))

    def test_an_order_whose_invoice_is_credited_has_no_revenue(self):
        order = self._order(date(2026, 1, 1), 500)
        invoice = self._bill(order, date(2026, 1, 5))
        self.assertEqual(self._value(), (500, 0, 500, 0))
        self._refund(invoice, date(2026, 2, 1))
        self.assertEqual(self._value(), (0, 500, 0, 0))

    def test_an_invoice_that_is_credited_and_written_again_takes_nothing_off(self):
        order = self._order(date(2026, 1, 1), 500)
        invoice = self._bill(order, date(2026, 1, 5))
        self._refund(invoice, date(2026, 2, 1), again=True)
        self.assertEqual(self._value(), (500, 0, 500, 0))
        self.assertEqual(self._value(date(2026, 1, 31)), (500, 0, 500, 0))

    def test_a_part_credited_of_an_order_counts(self):
        order = self._order(date(2025, 1, 1), 500)
        invoice = self._bill(order, date(2025, 1, 5))
        self._refund(invoice, date(2026, 2, 1), amount=120)
        self.assertEqual(self._value(), (380, 120, -120, 500))

    def test_what_an_order_loses_is_spread_over_its_credit_notes(self):
        order = self._order(date(2025, 1, 1), 500)
        invoice = self._bill(order, date(2025, 1, 5))
        self._refund(invoice, date(2025, 1, 10))
        second = self._bill(order, date(2025, 1, 11))
        self._refund(second, date(2026, 3, 1), amount=300)
        # Billed 1000, credited 800, so 300 of 500 are gone.
        self.assertEqual(self._value(), (200, 300, -112.5, 312.5))

    def test_a_cancelled_order_is_not_taken_off_twice(self):
        kept = self._order(date(2026, 1, 1), 50)
        order = self._order(date(2026, 1, 1), 500)
        self._refund(self._bill(order, date(2026, 1, 5)), date(2026, 2, 1))
        order._action_cancel()
        self.assertEqual(self._value(), (50, 0, 50, 0))
        self.assertTrue(kept)

    def _bill_part(self, order, amount, day):
        """Invoice that much of an order of one line."""
        invoice = order._create_invoices()
        invoice.invoice_line_ids.price_unit = amount
        invoice.invoice_date = day
        invoice.action_post()
        return invoice

    def test_an_invoice_of_a_part_that_is_written_again_takes_nothing_off(self):
        order = self._order(date(2026, 1, 1), 1000)
        invoice = self._bill_part(order, 300, date(2026, 1, 5))
        self._refund(invoice, date(2026, 2, 1), again=True)
        self.assertEqual(self._value(), (1000, 0, 1000, 0))

    def test_an_invoice_of_a_part_that_is_credited_takes_only_that_off(self):
        order = self._order(date(2026, 1, 1), 1000)
        invoice = self._bill_part(order, 300, date(2026, 1, 5))
        self._refund(invoice, date(2026, 2, 1))
        self.assertEqual(self._value(), (700, 300, 700, 0))

    def test_a_credit_note_dated_before_its_invoice_counts(self):
        order = self._order(date(2026, 1, 1), 500)
        invoice = self._bill(order, date(2026, 2, 5))
        self._refund(invoice, date(2026, 2, 1), amount=120)
        self.assertEqual(self._value(), (380, 120, 380, 0))

    def test_a_down_payment_given_back_takes_nothing_off(self):
        order = self._order(date(2026, 1, 1), 1000)
        self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": order.ids,
                "advance_payment_method": "fixed",
                "fixed_amount": 300,
            }
        ).create_invoices()
        invoice = order.invoice_ids
        invoice.invoice_date = date(2026, 1, 5)
        invoice.action_post()
        self.assertEqual(invoice.amount_untaxed, 300)
        self._refund(invoice, date(2026, 2, 1))
        self.assertEqual(self._value(), (1000, 0, 1000, 0))
        final = self._bill(order, date(2026, 3, 1))
        self.assertEqual(self._value(), (1000, 0, 1000, 0))
        self._refund(final, date(2026, 4, 1))
        self.assertEqual(self._value(), (0, 1000, 0, 0))

    def test_an_item_of_two_orders_is_credited_once(self):
        first = self._order(date(2026, 1, 1), 500)
        second = self._order(date(2026, 1, 1), 500)
        invoice = self._bill(first, date(2026, 1, 5))
        item = invoice.invoice_line_ids
        invoice.button_draft()
        item.price_unit = 1000
        item.sale_line_ids = first.order_line | second.order_line
        invoice.action_post()
        note = self._refund(invoice, date(2026, 2, 1), amount=200)
        self.assertEqual(len(note.invoice_line_ids.sale_line_ids), 2)
        self.assertEqual(self._value(), (800, 200, 800, 0))
        note.button_draft()
        note.invoice_line_ids = [
            Command.create({"name": "Sorry", "price_unit": 50, "tax_ids": False})
        ]
        note.action_post()
        self.assertEqual(self._value(), (750, 250, 750, 0))

    def test_who_ordered_loses_it_whoever_is_billed(self):
        office = self._create_customer("Head Office")
        order = self._order(date(2026, 1, 1), 500, partner_invoice_id=office.id)
        self._order(date(2026, 1, 1), 50, partner=office)
        invoice = self._bill(order, date(2026, 1, 5))
        self.assertEqual(invoice.commercial_partner_id, office)
        note = self._refund(invoice, date(2026, 2, 1), amount=120)
        self.assertEqual(self._value(), (380, 120, 380, 0))
        self.assertEqual(self._value(partner=office), (50, 0, 50, 0))
        note.button_draft()
        note.invoice_line_ids = [
            Command.create({"name": "Sorry", "price_unit": 20, "tax_ids": False})
        ]
        note.action_post()
        self.assertEqual(self._value(), (380, 120, 380, 0))
        self.assertEqual(self._value(partner=office), (30, 20, 30, 0))

    def test_models_learn_on_what_is_left_of_the_revenue(self):
        """As it was known on the day that is looked back from."""
        order = self._order(date(2026, 1, 1), 500)
        self._order(date(2026, 1, 11), 100)
        self._order(date(2026, 5, 1), 70)
        self._refund(self._bill(order, date(2026, 1, 5)), date(2026, 2, 1), amount=120)
        self._free_note(date(2026, 3, 1), 30)
        customers = Customers(ids=tuple(self.customer.ids))
        scope = self.Profile._get_scope(self.company, customers, AS_OF)
        self.env.flush_all()
        for cut, value in (
            (date(2026, 1, 31), 600),
            (date(2026, 2, 28), 480),
            (date(2026, 3, 31), 450),
        ):
            [row] = self.env.execute_query(customers_at(scope, cut, 90))
            row = dict(zip(COLUMNS, row, strict=True))
            self.assertEqual((row["value"], row["z"]), (value, value / 2))
            self.assertEqual((row["x"], row["t_x"], row["value_after"]), (1, 10, 70))
            self.assertEqual(self._seen(cut).revenue, value)

    def test_a_line_added_to_a_credit_note_of_an_order_counts_as_a_whole(self):
        order = self._order(date(2026, 1, 1), 500)
        invoice = self._bill(order, date(2026, 1, 5))
        note = self._refund(invoice, date(2026, 2, 1), again=True)
        note.button_draft()
        note.invoice_line_ids = [
            Command.create({"name": "Sorry", "price_unit": 20, "tax_ids": False})
        ]
        note.action_post()
        self.assertEqual(self._value(), (480, 20, 480, 0))

    def test_credit_notes_without_any_purchase_are_no_revenue(self):
        self._free_note(date(2026, 2, 1), 30)
        self.assertEqual(self._value(), (0, 0, 0, 0))

    def test_revenue_can_be_negative(self):
        self._order(date(2026, 1, 1), 10)
        self._free_note(date(2026, 2, 1), 30)
        self.assertEqual(self._value(), (-20, 30, -20, 0))

    def test_contacts_and_companies_are_kept_apart(self):
        contact = self._create_customer(
            "Bia", is_company=False, parent_id=self.customer.id
        )
        self._order(date(2026, 1, 1), 100, partner=contact)
        self._free_note(date(2026, 2, 1), 30, partner=contact)
        self.assertEqual(self._value(), (70, 30, 70, 0))
        other = self.env["res.company"].create({"name": "Other"})
        self._create_order(self.customer, date(2026, 1, 1), company_id=other.id)
        self.assertEqual(self._value(company=other), (100, 0, 100, 0))

    def test_the_months_are_positive(self):
        for months in (0, -1, 121):
            with self.assertRaises(ValidationError):
                self.company.relationship_value_months = months

    def test_a_change_of_the_settings_asks_for_a_pass(self):
        Refresh = self.env["relationship.refresh"]
        settings = self.env["res.config.settings"]
        for name, value in (
            ("relationship_value_basis", "invoices"),
            ("relationship_value_months", 6),
        ):
            Refresh.search([]).state = "done"
            before = Refresh.search_count([])
            settings.create({name: self.company[name]}).execute()
            self.assertEqual(Refresh.search_count([]), before, "nothing has changed")
            settings.create({name: value}).execute()
            self.assertEqual(self.company[name], value)
            self.assertEqual(Refresh.search_count([]), before + 1)

    def test_quartiles_of_the_intervals(self):
        days = (100, 98, 90, 70, 60)  # 2, 8, 20 and 10 days apart
        self._create_history(self.customer, days)
        profile = self._get_profile(self.customer)
        self.assertEqual(profile.interval_low, 6.5)
        self.assertEqual(profile.interval_median, 9)
        self.assertEqual(profile.interval_high, 12.5)


@tagged("post_install", "-at_install", "crm_relationship")
class TestInvoiceBasis(ValueCase):
    """Where posted invoices are what counts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.relationship_value_basis = "invoices"

    def _sale(self, day, amount, **values):
        return self._invoice(
            amount=amount, invoice_date=day, invoice_date_due=day, **values
        )

    def test_purchases_are_invoices(self):
        self._order(date(2026, 1, 1), 1000)
        self._sale(date(2026, 2, 1), 100)
        self._sale(date(2026, 2, 1), 50)
        self._sale(date(2026, 3, 1), 10, move_type="out_receipt")
        self._sale(date(2026, 3, 2), 0)
        self._sale(date(2026, 3, 3), 7, post=False)
        profile = self._seen()
        self.assertEqual(self._value(), (160, 0, 160, 0))
        self.assertEqual((profile.order_count, profile.order_day_count), (3, 2))
        self.assertEqual(profile.first_order_date, date(2026, 2, 1))
        self.assertEqual(profile.last_order_date, date(2026, 3, 1))
        self.assertEqual(profile.interval_median, 28)
        self.assertFalse(profile.usual_day_part, "invoices have no hour")

    def test_credit_notes_count_as_a_whole(self):
        order = self._order(date(2026, 1, 1), 500)
        invoice = self._bill(order, date(2026, 1, 5))
        self._refund(invoice, date(2026, 2, 1), again=True)
        self.assertEqual(self._value(), (500, 500, 500, 0))

    def test_who_sold_is_who_invoiced(self):
        self.customer.user_id = False
        values = {"partner": self.customer, "invoice_user_id": self.leader.id}
        self._sale(date(2026, 1, 1), 5, **values)
        self._sale(
            date(2026, 2, 1), 5, **values | {"invoice_user_id": self.salesman.id}
        )
        self.assertEqual(self._seen().user_id, self.salesman)

    def test_products_are_still_those_of_the_orders(self):
        self._order(date(2026, 1, 1), 500)
        profile = self._seen()
        self.assertEqual(profile.order_count, 0)
        self.assertEqual(profile.product_ids.product_id, self.product)


@tagged("post_install", "-at_install", "crm_relationship")
class TestValueIncremental(ValueCase):
    """Whatever happens to invoices reaches the profiles without a full refresh."""

    def assertUpToDate(self):
        self._refresh_changed()
        incremental = self._snapshot()
        self.Profile._refresh(self.company)
        self.assertEqual(incremental, self._snapshot())

    def test_credit_notes_reach_the_profile(self):
        order = self._order(10, 500)
        invoice = self._bill(order, self._days_ago(9))
        self.assertEqual(self._get_profile(self.customer).revenue, 500)
        note = self._refund(invoice, self._days_ago(5))
        self.assertEqual(self._get_profile(self.customer).revenue, 0)
        note.line_ids.remove_move_reconcile()
        note.button_draft()
        self.assertEqual(self._get_profile(self.customer).revenue, 500)
        note.action_post()
        self.assertEqual(self._get_profile(self.customer).revenue, 0)
        note.button_draft()
        note.button_cancel()
        self.assertEqual(self._get_profile(self.customer).revenue, 500)
        self.assertUpToDate()

    def test_credit_notes_reach_who_ordered(self):
        self.product.standard_price = 3
        office = self._create_customer("Head Office")
        self._order(9, 50, partner=office)
        order = self._order(10, 500, partner_invoice_id=office.id)
        invoice = self._bill(order, self._days_ago(9))
        self._refresh_changed()
        note = self._refund(invoice, self._days_ago(5))
        self.assertUpToDate()
        self.assertEqual(self._get_profile(self.customer).revenue, 0)
        self.assertEqual(self._get_profile(office).revenue, 50)
        note.line_ids.remove_move_reconcile()
        note.button_draft()
        self.assertUpToDate()
        self.assertEqual(self._get_profile(self.customer).revenue, 500)
        note.action_post()
        self._refresh_changed()
        before = self._snapshot()
        note.with_context(force_delete=True).unlink()
        self.assertUpToDate()
        self.assertNotEqual(before, self._snapshot())

    def test_slices_of_customers_don_t_matter(self):
        """Who ordered and who is billed may be refreshed apart."""
        self.product.standard_price = 3
        office = self._create_customer("Head Office")
        self._order(9, 50, partner=office)
        order = self._order(10, 500, partner_invoice_id=office.id)
        self._refund(self._bill(order, self._days_ago(9)), self._days_ago(5), 120)
        self.Profile._refresh(self.company)
        together = self._snapshot()
        for partner in (self.customer, office):
            self.Profile._refresh(self.company, partner.ids)
            self.assertEqual(self._snapshot(), together)
        margin = self.Profile.search([("partner_id", "=", self.customer.id)])
        self.assertEqual((margin.revenue, margin.margin_revenue), (380, 380))

    def test_invoices_reach_the_profile_where_they_count(self):
        self.company.relationship_value_basis = "invoices"
        invoice = self._invoice(amount=80)
        self.assertEqual(self._get_profile(self.customer).revenue, 80)
        invoice.with_context(force_delete=True).unlink()
        self.assertEqual(self._get_profile(self.customer).revenue, 0)
        self.assertUpToDate()

    def test_an_invoice_of_a_contact_that_moved_is_that_of_the_new_company(self):
        self.company.relationship_value_basis = "invoices"
        old, new = self._create_customer("Old"), self._create_customer("New")
        contact = self._create_customer("Bia", is_company=False, parent_id=old.id)
        invoice = self._invoice(partner=contact, amount=80)
        self.assertEqual(self._get_profile(old).revenue, 80)
        contact.parent_id = new
        self.assertEqual(self._get_profile(old).revenue, 0)
        self.assertEqual(self._get_profile(new).revenue, 80)
        invoice.button_draft()
        self.assertEqual(self._get_profile(new).revenue, 0)
        self.assertUpToDate()

    def _count_posting(self, size, move_type):
        """Queries of posting so many of as many customers, up to the commit."""
        moves = self.env["account.move"].concat(
            *(
                self._invoice(
                    partner=self._create_customer(f"C{number}"),
                    move_type=move_type,
                    invoice_date=self.today,
                    post=False,
                )
                for number in range(size)
            )
        )
        self._refresh_changed()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        moves._post()
        self.env.cr.flush()
        return self.env.cr.sql_log_count - start

    def test_posting_costs_at_most_two_more_queries(self):
        Queue, Move = type(self.Queue), type(self.env["account.move"])
        for move_type in ("out_invoice", "out_refund"):
            self._count_posting(1, move_type)  # fill the caches
            for size in (1, 10):
                with self.subTest(move_type, size=size):
                    with (
                        patch.object(Move, "_note_relationship_customers", do_nothing),
                        patch.object(Move, "_note_interactions", do_nothing),
                        patch.object(Queue, "_note_customers", do_nothing),
                        patch.object(Move, "_note_who_ordered", do_nothing),
                    ):
                        without = self._count_posting(size, move_type)
                    with_us = self._count_posting(size, move_type)
                    self.assertLessEqual(with_us, without + 2)

    def test_random_histories_end_like_a_full_refresh(self):
        rng = Random(20261122)
        self.product.standard_price = 3
        people = [self._create_customer(f"P{i}") for i in range(5)]
        contacts = [
            self._create_customer(f"c{i}", is_company=False, parent_id=people[i].id)
            for i in range(2)
        ]
        done = Counter()
        for basis in ("orders", "invoices"):
            self.company.relationship_value_basis = basis
            # A pass of everybody follows the change of a setting.
            self.Profile._refresh(self.company)
            orders = []
            for step in range(60):
                done[self._change_something(rng, people + contacts, orders)] += 1
                if step % 20 == 19:
                    self.assertUpToDate()
                    self.assertTimeTravels(rng)
        for change in ("order", "bill", "credit", "again", "pay", "undo", "move"):
            self.assertTrue(done[change], change)

    def assertTimeTravels(self, rng):
        """The facts as of a day are what a refresh as of that day writes."""
        names = FACT_COLUMNS
        for _turn in range(3):
            as_of = self._days_ago(rng.randrange(700))
            columns = SQL(", ").join(
                map(SQL.identifier, ("partner_id", "company_id", *names))
            )
            seen = {
                row[:2]: row[2:]
                for row in self.env.execute_query(
                    SQL(
                        "%s unused AS (SELECT 1) SELECT %s FROM relationship_profile",
                        self.Profile._get_as_of_sql(self.company, as_of),
                        columns,
                    )
                )
            }
            with self._undone():
                self.Profile._refresh(self.company, as_of=as_of)
                written = {
                    key: row
                    for key, row in self._snapshot(names).items()
                    if key[1] == self.company.id
                }
            self.assertEqual(seen, written, as_of)

    @contextmanager
    def _undone(self):
        """Nothing of what is done inside stays."""
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    def _change_something(self, rng, partners, orders):
        """Returns what it did."""
        change = rng.choice(
            ("order", "order", "bill", "bill", "credit", "again", "pay", "undo")
            + ("move", "free", "amount")
        )
        order = rng.choice(orders) if orders else None
        ago = rng.randrange(600)
        if change == "order" or not order:
            amount = rng.choice((19.9, 100, 333.33))
            billed = {"partner_invoice_id": rng.choice(partners).id}
            orders.append(
                self._order(
                    ago,
                    amount,
                    rng.choice(partners),
                    **rng.choice(({}, billed)),
                )
            )
            return "order"
        bills = order.invoice_ids.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type == "out_invoice"
                and not move.reversal_move_ids
            )
        )
        if change == "bill" and order.invoice_status == "to invoice":
            self._bill(order, self._days_ago(ago))
        elif change in ("credit", "again") and bills:
            amount = rng.choice((None, 5)) if change == "credit" else None
            self._refund(bills[0], self._days_ago(ago), amount, change == "again")
        elif change == "pay" and bills and bills[0].amount_residual:
            self._pay(bills[0], min(ago, 90), amount=rng.choice((None, 3)))
        elif change == "undo" and bills:
            bills[0].line_ids.remove_move_reconcile()
            bills[0].button_draft()
            if rng.random() < 0.5:
                bills[0].button_cancel()
        elif change == "move":
            rng.choice(partners[-2:]).parent_id = rng.choice(partners[:-2])
        elif change == "free":
            self._free_note(self._days_ago(ago), 7.5, rng.choice(partners))
        elif change == "amount" and not order.invoice_ids:
            order.order_line.price_unit = rng.choice((5, 77.7))
        else:
            return "nothing"
        return change
