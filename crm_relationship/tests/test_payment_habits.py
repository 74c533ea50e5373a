from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.relationship_profile_habits import PAYMENT_COLUMNS
from .common import RelationshipCase


class PaymentCase(RelationshipCase):
    """Invoices, payments and credit notes of one customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading("generic_coa", cls.company)
        cls.bank = cls._create_journal("Bank of the Tests", "bank")
        cls.cash = cls._create_journal("Till of the Tests", "cash")
        cls.customer = cls._create_customer()

    @classmethod
    def _create_journal(cls, name, kind):
        return cls.env["account.journal"].create(
            {"name": name, "type": kind, "code": f"T{kind[:3]}".upper()}
        )

    def _invoice(self, due=0, amount=100.0, partner=None, post=True, **values):
        """A posted invoice, due so many days ago."""
        due = self._days_ago(due)
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or self.customer).id,
                "invoice_date": due - timedelta(days=30),
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Truffles", "price_unit": amount, "tax_ids": False}
                    )
                ],
            }
            | values
        )
        if post:
            invoice.action_post()
        return invoice

    def _pay(self, invoices, day, amount=None, journal=None):
        """A payment of so many days ago."""
        values = {
            "payment_date": self._days_ago(day),
            "journal_id": (journal or self.bank).id,
            "group_payment": True,
        }
        if amount:
            values["amount"] = amount
        return (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoices.ids)
            .create(values)
            ._create_payments()
        )

    def _credit(self, invoice, day, amount=None):
        """A credit note of so many days ago, reconciled with the invoice."""
        refund = self._invoice(
            partner=invoice.partner_id,
            amount=amount or invoice.amount_total,
            post=False,
            move_type="out_refund",
            invoice_date=self._days_ago(day),
            invoice_date_due=False,
        )
        refund.action_post()
        lines = (invoice | refund).line_ids.filtered(
            lambda line: line.display_type == "payment_term" and not line.reconciled
        )
        lines.reconcile()
        return refund

    def _habits(self, as_of=None):
        if as_of:
            self.Profile._refresh(self.company, self.customer.ids, as_of)
            return self.Profile.search([("partner_id", "=", self.customer.id)])
        return self._get_profile(self.customer)


@tagged("post_install", "-at_install", "crm_relationship")
class TestPaymentHabits(PaymentCase):
    """How customers pay, from posted invoices and what they are reconciled with."""

    def test_paid_on_the_day_and_paid_late(self):
        self._pay(self._invoice(due=90), 90)
        self._pay(self._invoice(due=60), 50)
        self._pay(self._invoice(due=40), 36)
        profile = self._habits()
        self.assertEqual(profile.paid_invoice_count, 3)
        self.assertAlmostEqual(profile.payment_on_time_share, 1 / 3)
        self.assertEqual(profile.payment_days_late, 4)
        self.assertIn("33% of 3 invoices on time", profile.payment_habit)
        self.assertIn("usually 4 days late", profile.payment_habit)

    def test_one_day_is_no_plural(self):
        for due in (90, 60):
            self._pay(self._invoice(due=due), due - 1)
        self.assertIn("usually 1 day late", self._habits().payment_habit)

    def test_early_payers_have_negative_days(self):
        for due in (90, 60):
            self._pay(self._invoice(due=due), due + 5)
        profile = self._habits()
        self.assertEqual(profile.payment_days_late, -5)
        self.assertEqual(profile.payment_on_time_share, 1)
        self.assertIn("usually 5 days early", profile.payment_habit)

    def test_an_invoice_in_parts_is_paid_with_the_last_part(self):
        invoice = self._invoice(due=60)
        self._pay(invoice, 65, amount=40)
        profile = self._habits()
        self.assertEqual(profile.payment_on_time_share, 0, "the rest is overdue")
        self._pay(invoice, 48, amount=60)
        profile = self._habits()
        self.assertEqual(profile.payment_days_late, 12)

    def test_what_is_open_and_not_yet_due_tells_nothing(self):
        self._invoice(due=-10)
        self.assertEqual(self._habits().paid_invoice_count, 0)
        self.assertFalse(self._habits().payment_habit)

    def test_what_is_open_past_its_day_is_late_but_has_no_days_yet(self):
        self._invoice(due=20)
        self._invoice(due=10)
        profile = self._habits()
        self.assertEqual(
            (profile.paid_invoice_count, profile.payment_on_time_share), (2, 0)
        )
        self.assertEqual(profile.payment_habit, "0% of 2 invoices on time")

    def test_due_today_is_not_late(self):
        self._invoice(due=0)
        self.assertEqual(self._habits().paid_invoice_count, 0)

    def test_a_credit_note_is_no_payment(self):
        self._credit(self._invoice(due=60), 10)
        self.assertEqual(self._habits().paid_invoice_count, 0)

    def test_a_credit_note_for_a_part_leaves_the_day_of_the_payment(self):
        invoice = self._invoice(due=60)
        self._pay(invoice, 58, amount=70)
        self._credit(invoice, 5, amount=30)
        profile = self._habits()
        self.assertEqual(profile.payment_days_late, 2)

    def _book(self, invoice, day, account):
        """Clear an invoice by an entry of a general journal against an account."""
        term = invoice.line_ids.filtered(lambda li: li.display_type == "payment_term")
        entry = self.env["account.move"].create(
            {
                "journal_id": self._create_journal(
                    "Entries of the Tests", "general"
                ).id,
                "date": self._days_ago(day),
                "line_ids": [
                    Command.create(
                        {
                            "account_id": term.account_id.id,
                            "partner_id": self.customer.id,
                            "credit": 100,
                        }
                    ),
                    Command.create({"account_id": account.id, "debit": 100}),
                ],
            }
        )
        entry.action_post()
        (term | entry.line_ids.filtered("credit")).reconcile()
        self.assertEqual(invoice.amount_residual, 0)

    def test_a_write_off_by_a_miscellaneous_entry_is_no_payment(self):
        invoice = self._invoice(due=60)
        self._book(invoice, 1, invoice.invoice_line_ids.account_id)
        self.assertEqual(self._habits().paid_invoice_count, 0)

    def test_installments_are_late_one_by_one(self):
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
        invoice = self._invoice(
            invoice_date=self._days_ago(30),
            invoice_date_due=False,
            invoice_payment_term_id=term.id,
        )
        self._pay(invoice, 30, amount=50)
        profile = self._habits()
        self.assertEqual(profile.paid_invoice_count, 1)
        self.assertEqual(profile.payment_on_time_share, 1)
        later = self.today + timedelta(days=31)
        self.assertEqual(self._habits(later).payment_on_time_share, 0)

    def test_the_trend_compares_with_the_year_before(self):
        for due in (800, 700, 600):
            self._pay(self._invoice(due=due), due - 1)
        for due in (100, 80):
            self._pay(self._invoice(due=due), due - 8)
        self.assertFalse(self._habits().payment_days_late_trend, "too few")
        self._pay(self._invoice(due=60), 52)
        profile = self._habits()
        self.assertEqual(profile.payment_days_late_trend, 7)
        self.assertIn("7 days later than a year ago", profile.payment_habit)

    def test_the_usual_way_of_payment(self):
        for due, journal in ((90, self.bank), (60, self.cash), (30, self.cash)):
            self._pay(self._invoice(due=due), due, journal=journal)
        profile = self._habits()
        self.assertEqual(profile.payment_journal_id, self.cash)
        self.assertAlmostEqual(profile.payment_method_share, 2 / 3)
        self.assertEqual(profile.payment_way, "Till of the Tests, 67%")

    def test_a_payment_without_an_entry_of_its_own_counts(self):
        """With accounting installed, the entry comes with the statement of the bank."""
        with patch.object(
            type(self.env["account.move"]),
            "_get_invoice_in_payment_state",
            lambda self: "in_payment",
        ):
            method = self.bank.inbound_payment_method_line_ids[:1]
            method.payment_account_id = False
            invoice = self._invoice(due=60)
            payment = self._pay(invoice, 57)
            self.env.flush_all()
        self.assertFalse(payment.move_id)
        self.assertEqual(invoice.payment_state, "in_payment")
        profile = self._habits()
        self.assertEqual(
            (profile.paid_invoice_count, profile.payment_days_late), (1, 3)
        )
        self.assertEqual(profile.payment_way, self.bank.name)
        self.assertFalse(self._habits(self._days_ago(58)).payment_days_late)

    def test_money_through_a_general_journal_is_a_payment(self):
        """As the sessions of a point of sale book it."""
        invoice = self._invoice(due=60)
        self._book(invoice, 55, self.bank.default_account_id)
        self.assertEqual(self._habits().payment_days_late, 5)

    def test_a_payment_moved_to_another_day_reaches_the_profile(self):
        invoice = self._invoice(due=60)
        payment = self._pay(invoice, 60)
        self.assertEqual(self._habits().payment_days_late, 0)
        payment.action_draft()
        payment.date = self._days_ago(40)
        payment.action_post()
        self.assertEqual(self._habits().payment_days_late, 20)

    def test_as_of_a_day_in_the_past(self):
        invoice = self._invoice(due=60)
        self._pay(invoice, 40)
        self.assertEqual(self._habits(self._days_ago(65)).paid_invoice_count, 0)
        profile = self._habits(self._days_ago(50))
        self.assertEqual(
            (profile.paid_invoice_count, profile.payment_on_time_share), (1, 0)
        )
        self.assertFalse(profile.payment_days_late)
        profile = self._habits(self._days_ago(40))
        self.assertEqual(profile.payment_days_late, 20)

    def test_undoing_a_payment_reaches_the_profile(self):
        invoice = self._invoice(due=60)
        self._pay(invoice, 60)
        self.assertEqual(self._habits().payment_on_time_share, 1)
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(self._habits().payment_on_time_share, 0)

    def test_a_draft_invoice_notes_nobody(self):
        self._refresh_changed()
        self._invoice(due=60, post=False)
        self.env.cr.flush()
        self.assertFalse(self.Queue.search_count([]))

    def test_contacts_pay_for_their_company_and_companies_are_apart(self):
        contact = self._create_customer(
            "Bia", is_company=False, parent_id=self.customer.id
        )
        self._pay(self._invoice(due=60, partner=contact), 60)
        self.assertEqual(self._habits().paid_invoice_count, 1)
        other = self.env["res.company"].create({"name": "Other"})
        self.Profile._refresh(other, self.customer.ids)
        self.assertFalse(self._get_profile(self.customer, other).paid_invoice_count)

    def test_salespeople_see_the_habit_but_no_invoice(self):
        self._pay(self._invoice(due=60), 55, journal=self.cash)
        profile = self._habits().with_user(self.salesman)
        self.env.invalidate_all()
        self.assertIn("late", profile.payment_habit)
        self.assertEqual(profile.payment_way, self.cash.name)
        values = profile.read(list(PAYMENT_COLUMNS))[0]
        self.assertEqual(values["paid_invoice_count"], 1)

    def test_dates_of_a_leap_year(self):
        as_of = date(2028, 3, 1)
        invoice = self._invoice(
            invoice_date=date(2028, 1, 31), invoice_date_due=date(2028, 2, 29)
        )
        self.assertFalse(self._habits(date(2028, 2, 29)).paid_invoice_count)
        self.assertEqual(self._habits(as_of).paid_invoice_count, 1)
        self.assertTrue(invoice)

    def test_an_exchange_difference_booked_later_does_not_delay_the_payment(self):
        foreign = self.env.ref("base.CHF")
        foreign.active = True
        foreign.rate_ids.unlink()
        for ago, rate in ((400, 1.0), (50, 1.25)):
            self.env["res.currency.rate"].create(
                {
                    "name": self._days_ago(ago),
                    "currency_id": foreign.id,
                    "company_id": self.company.id,
                    "rate": rate,
                }
            )
        for due in (60, 61, 62):
            invoice = self._invoice(due=due, currency_id=foreign.id)
            self._pay(invoice, 40)
            self.assertFalse(invoice.amount_residual)
        for as_of in (self._days_ago(40), self.today):
            profile = self._habits(as_of)
            self.assertEqual(profile.payment_days_late, 21)

    def _written_rows(self):
        """Where each row lies: a row that is written moves, equal or not."""
        self.env.flush_all()
        return [
            self.env.execute_query(
                SQL("SELECT id, ctid::text FROM %s ORDER BY id", SQL.identifier(table))
            )
            for table in ("relationship_profile", "relationship_profile_product")
        ]

    def test_a_second_refresh_of_the_day_writes_nothing(self):
        other = self.env["product.product"].create({"name": "Fudge"})
        for day, amount in ((90, 100), (61, 33.33), (40, 66.67), (3, 7)):
            order = self._create_order(self.customer, day, amount=amount)
            order.currency_rate = 3
            if day > 50:
                order.order_line.copy({"order_id": order.id, "product_id": other.id})
        for due in (90, 60, 40):
            self._pay(self._invoice(due=due), due - 7, amount=100 / 3)
            self._pay(self._invoice(due=due), due)
        self.env["relationship.key.date"].create(
            {"partner_id": self.customer.id, "name": "Ana", "month": "02", "day": 29}
        )
        profile = self._habits()
        self.assertTrue(profile.payment_days_late is not None and profile.next_key_date)
        self.Profile._refresh(self.company)
        before = self._written_rows()
        self.assertEqual(len(self._products(profile)), 2)
        self.assertEqual(self.Profile._refresh(self.company), 0)
        self.assertEqual(self._written_rows(), before)

    def test_a_day_later_only_what_the_day_changes_is_written(self):
        self._create_history(self.customer, (90, 60, 30))
        prospect = self._create_customer("Nobody yet")
        profile = self._habits() | self._get_profile(prospect)
        self.Profile._refresh(self.company)
        before = self._written_rows()
        self.Profile._refresh(
            self.company, profile.partner_id.ids, self.today + timedelta(days=1)
        )
        profiles, products = self._written_rows()
        moved = {row[0] for row in set(profiles).difference(before[0])}
        self.assertEqual(moved, set(profile[:1].ids), "days since the last order")
        self.assertEqual(products, before[1])

    def _products(self, profile):
        return self.env["relationship.profile.product"].search(
            [("profile_id", "=", profile.id)]
        )
