from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from statistics import median

from odoo import Command
from odoo.tests import tagged

from .test_payment_habits import PaymentCase

SEED = 20
CUSTOMERS = 6
INVOICES = 8
TREND_DAYS = 365


@dataclass
class Settled:
    """What cleared a part of an invoice; of a payment also by which way it came (ids
    of journal and method, as the habits tell them apart) and its record."""

    day: date
    amount: float
    way: tuple = ()
    payment: object = None


@dataclass
class Part:
    due: date
    amount: float
    settled: list = field(default_factory=list)

    @property
    def open(self):
        return round(self.amount - sum(one.amount for one in self.settled), 2)

    def seen_on(self, as_of):
        """How the part looked on a day: None if it told nothing; else whether it was
        cleared, whether late, the days late and the latest (day, way)."""
        settled = [one for one in self.settled if one.day <= as_of]
        cleared = round(self.amount - sum(one.amount for one in settled), 2) <= 0
        paid = max((one.day, one.way) for one in [*settled, NOBODY] if one.way)
        if cleared and paid[0] == date.min:
            return None
        days = (paid[0] - self.due).days if paid[0] > date.min else None
        return cleared, days > 0 if cleared else self.due < as_of, days, paid


NOBODY = Settled(date.min, 0, (0, 0))


@dataclass
class Invoice:
    move: object
    day: date
    parts: list

    @property
    def open(self):
        return round(sum(part.open for part in self.parts), 2)

    def seen_on(self, as_of):
        """None if it told nothing; else (on time, days late, due day, way)."""
        if self.day > as_of:
            return None
        seen = [(part.due, part.seen_on(as_of)) for part in self.parts]
        seen = [(due, *part) for due, part in seen if part]
        if not any(cleared or late for _due, cleared, late, _days, _paid in seen):
            return None
        days = None
        if all(cleared for _due, cleared, *_rest in seen):
            days = max(part[3] for part in seen if part[3] is not None)
        return (
            not any(part[2] for part in seen),
            days,
            max(part[0] for part in seen),
            max(part[4] for part in seen)[1],
        )


def settle(invoices, day, amount, *payment):
    """Clear what is due first first; ``payment``: its way and record."""
    parts = [part for invoice in invoices for part in invoice.parts]
    for part in sorted(parts, key=lambda part: part.due):
        taken = min(part.open, amount)
        if taken > 0:
            part.settled.append(Settled(day, taken, *payment))
            amount = round(amount - taken, 2)


def habits_of(invoices, as_of):
    """The payment habits that follow from what happened up to a day."""
    seen = [found for invoice in invoices if (found := invoice.seen_on(as_of))]
    if not seen:
        return 0, None, None, None, 0, 0, None
    late = [(days, due) for _on_time, days, due, _way in seen if days is not None]
    limit = as_of - timedelta(days=TREND_DAYS)
    recent = [days for days, due in late if due > limit]
    before = [days for days, due in late if due <= limit]
    trend = None
    if min(len(recent), len(before)) >= 3:
        trend = median(recent) - median(before)
    ways = Counter(way for *_rest, way in seen if way > (0, 0))
    times, way = max(((n, way) for way, n in ways.items()), default=(None, (0, 0)))
    return (
        len(seen),
        sum(on_time for on_time, *_rest in seen) / len(seen),
        median(days for days, _due in late) if late else None,
        trend,
        *way,
        times and times / ways.total(),
    )


@tagged("post_install", "-at_install", "crm_relationship")
class TestPaymentHabitsProperty(PaymentCase):
    """Whatever happens to invoices, the habits say what happened: they are computed
    here again from the events, without a look at the accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = Random(SEED)
        cls.foreign = cls.env.ref("base.CHF")
        cls.foreign.active = True
        cls.foreign.rate_ids.unlink()
        cls.env["res.currency.rate"].create(
            [
                {
                    "name": cls._day(ago),
                    "currency_id": cls.foreign.id,
                    "company_id": cls.company.id,
                    "rate": cls.random.uniform(0.5, 2),
                }
                for ago in range(-60, 1200, 20)
            ]
        )
        cls.halves = cls._create_term("Halves", (50, 20), (50, 75))
        cls.thirds = cls._create_term("Thirds", (30, 0), (30, 31), (40, 64))
        cls.discount = cls._create_term(
            "Early birds",
            (100, 30),
            early_discount=True,
            discount_percentage=3,
            discount_days=10,
        )

    @classmethod
    def _day(cls, ago):
        return cls.today - timedelta(days=ago)

    @classmethod
    def _create_term(cls, name, *parts, **values):
        return cls.env["account.payment.term"].create(
            {
                "name": name,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": days}
                    )
                    for share, days in parts
                ],
            }
            | values
        )

    def test_habits_follow_from_what_happened(self):
        customers = {
            self._create_customer(f"Customer {n}"): [] for n in range(CUSTOMERS)
        }
        self._create_invoices(customers)
        done = Counter()
        for invoices in customers.values():
            # Odoo looks for the invoices of a payment by a query that takes seconds
            # where PostgreSQL knows nothing of the tables.
            self.env.flush_all()
            self.env.cr.execute(
                "ANALYZE account_move, account_move_line, account_partial_reconcile,"
                " account_payment"
            )
            for invoice in invoices:
                for _turn in range(self.random.choice((0, 1, 1, 2, 3))):
                    done[self._do_something(invoice, invoices)] += 1
            done[self._undo_something(invoices)] += 1
            self._pay_out_refund(invoices[0])
        for event in (
            "paid",
            "part",
            "several",
            "credit",
            "part of credit",
            "discount",
            "other currency",
            "statement",
            "undone",
            "withdrawn",
        ):
            self.assertTrue(done[event], event)
        days = {
            day
            for invoices in customers.values()
            for invoice in invoices
            for part in invoice.parts
            for day in (part.due, *(one.day for one in part.settled))
        }
        trends = 0
        for day in (self.today, self._day(-40), *self.random.sample(sorted(days), 25)):
            trends += self._check(customers, day)
        self.assertTrue(trends)

    def _create_invoices(self, customers):
        moves = self.env["account.move"]
        terms = {self.halves: (20, 75), self.thirds: (0, 31, 64), self.discount: (30,)}
        plans = []
        for customer in customers:
            foreign = self.random.random() < 0.4
            # Every day once: what is due first is cleared first.
            for ago in self.random.sample(range(5, 900), INVOICES):
                term = self.random.choice((None, self.discount, *terms))
                amount = self.random.randrange(1000, 90000) / 100
                moves |= self._invoice(
                    partner=customer,
                    amount=amount,
                    post=False,
                    invoice_date=self._day(ago),
                    invoice_date_due=False if term else self._day(ago - 14),
                    invoice_payment_term_id=term and term.id,
                    currency_id=(
                        self.foreign
                        if foreign and self.random.random() < 0.7
                        else self.company.currency_id
                    ).id,
                )
                plans.append((self._day(ago), terms.get(term, (14,))))
        moves.action_post()
        for move, (day, days) in zip(moves, plans, strict=True):
            # How a term splits an amount is Odoo's to say; the days are ours.
            amounts = (
                move.line_ids.filtered(lambda line: line.display_type == "payment_term")
                .sorted("date_maturity")
                .mapped("amount_currency")
            )
            parts = [
                Part(day + timedelta(days=after), amount)
                for after, amount in zip(days, amounts, strict=True)
            ]
            customers[move.partner_id].append(Invoice(move, day, parts))

    def _do_something(self, invoice, invoices):
        if not invoice.open:
            return "nothing"
        events = [self._pay_all, self._pay_all, self._pay_part, self._pay_several]
        events += [self._credit_all, self._credit_part]
        if invoice.move.invoice_payment_term_id == self.discount:
            events = [*[self._pay_early] * 4, *events]
        if all(not part.settled for part in invoice.parts):
            events.append(self._pay_in_other_currency)
        if invoice.move.currency_id == self.company.currency_id:
            events.append(self._pay_by_statement)
        event = self.random.choice(events)
        return event(invoice, invoices)

    def _random_day(self, *invoices):
        """Between a little before the invoice and today."""
        ago = min((self.today - invoice.day).days for invoice in invoices)
        latest = max(0, ago - self.random.choice((15, 40, 90)))
        return self.random.randrange(latest, ago + 4)

    def _register(self, invoices, ago, amount=None):
        """Pay for some invoices.

        :param amount: in the currency of the invoices; None means all that is open
        """
        journal = self.random.choice((self.bank, self.cash))
        moves = self.env["account.move"].union(*(one.move for one in invoices))
        total = amount or round(sum(one.open for one in invoices), 2)
        payment = self._pay_with_wizard(moves, ago, journal, amount=total)
        settle(invoices, self._day(ago), total, self._way(payment), payment)

    def _pay_with_wizard(self, moves, ago, journal, **values):
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create(
                {
                    "payment_date": self._day(ago),
                    "journal_id": journal.id,
                    "group_payment": True,
                }
                | values
            )
        )
        payment = wizard._create_payments()
        self.assertEqual(len(payment), 1)
        return payment

    def _way(self, payment):
        method = payment.payment_method_line_id
        # "Manual Payment" is Odoo's word for none.
        return payment.journal_id.id, method.id if method.code != "manual" else False

    def _pay_all(self, invoice, invoices):
        self._register([invoice], self._random_day(invoice))
        return "paid"

    def _pay_part(self, invoice, invoices):
        amount = round(invoice.open * self.random.uniform(0.2, 0.9), 2)
        self._register([invoice], self._random_day(invoice), amount=amount)
        return "part"

    def _pay_several(self, invoice, invoices):
        several = [
            other
            for other in invoices
            if other.open and other.move.currency_id == invoice.move.currency_id
        ][:3]
        dues = [part.due for one in several for part in one.parts]
        if len(several) < 2 or len(set(dues)) < len(dues):
            return self._pay_all(invoice, invoices)
        share = self.random.choice((1, 1, 0.6))
        amount = round(share * sum(one.open for one in several), 2)
        self._register(several, self._random_day(*several), amount=amount)
        return "several"

    def _pay_early(self, invoice, invoices):
        """Within ten days, with less than the invoice says."""
        if any(part.settled for part in invoice.parts):
            return self._pay_all(invoice, invoices)
        ago = (self.today - invoice.day).days - self.random.randrange(11)
        ago = max(ago, 0)
        payment = self._pay_with_wizard(invoice.move, ago, self.cash)
        self.assertFalse(invoice.move.amount_residual)
        settle([invoice], self._day(ago), invoice.open, self._way(payment), payment)
        return "discount"

    def _pay_in_other_currency(self, invoice, invoices):
        """All of it and some change, in the currency that is not the invoice's."""
        own = invoice.move.currency_id
        other = self.foreign if own != self.foreign else self.company.currency_id
        ago = self._random_day(invoice)
        amount = own._convert(invoice.open, other, self.company, self._day(ago))
        payment = self._pay_with_wizard(
            invoice.move,
            ago,
            self.bank,
            currency_id=other.id,
            amount=round(amount + 0.05, 2),
        )
        self.assertFalse(invoice.move.amount_residual)
        settle([invoice], self._day(ago), invoice.open, self._way(payment), payment)
        return "other currency"

    def _pay_by_statement(self, invoice, invoices):
        """A line of the bank statement without a payment before it."""
        ago = self._random_day(invoice)
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "date": self._day(ago),
                "payment_ref": "Transfer",
                "partner_id": invoice.move.partner_id.id,
                "amount": invoice.open,
            }
        )
        owed = self._get_open_lines(invoice.move)
        credit = line.move_id.line_ids.filtered("credit")
        credit.account_id = owed.account_id
        (owed | credit).reconcile()
        settle([invoice], self._day(ago), invoice.open, (self.bank.id, 0))
        return "statement"

    def _get_open_lines(self, moves):
        return moves.line_ids.filtered(
            lambda line: line.display_type == "payment_term" and not line.reconciled
        )

    def _credit_all(self, invoice, invoices):
        self._credit_amount(invoice, invoice.open)
        return "credit"

    def _credit_part(self, invoice, invoices):
        self._credit_amount(
            invoice, round(invoice.open * self.random.uniform(0.1, 0.9), 2)
        )
        return "part of credit"

    def _credit_amount(self, invoice, amount):
        ago = self._random_day(invoice)
        refund = self._invoice_refund(invoice, ago, amount)
        self._get_open_lines(invoice.move | refund).reconcile()
        settle([invoice], self._day(ago), amount)

    def _invoice_refund(self, invoice, ago, amount):
        return self._invoice(
            partner=invoice.move.partner_id,
            amount=amount,
            move_type="out_refund",
            invoice_date=self._day(ago),
            invoice_date_due=False,
            currency_id=invoice.move.currency_id.id,
        )

    def _pay_out_refund(self, invoice):
        """Money that goes the other way tells nothing."""
        refund = self._invoice_refund(invoice, self._random_day(invoice), 12.34)
        self._pay_with_wizard(refund, 0, self.bank)
        self.assertFalse(refund.amount_residual)

    def _undo_something(self, invoices):
        """Take back all that was matched with an invoice, or a whole payment."""
        settled = [
            (invoice, one.payment)
            for invoice in invoices
            for part in invoice.parts
            for one in part.settled
            if one.payment
        ]
        if not settled:
            return "nothing"
        invoice, payment = self.random.choice(settled)
        if self.random.random() < 0.5:
            invoice.move.line_ids.remove_move_reconcile()
            for part in invoice.parts:
                part.settled.clear()
            return "undone"
        payment.action_draft()
        payment.action_cancel()
        for part in (part for other in invoices for part in other.parts):
            part.settled = [one for one in part.settled if one.payment != payment]
        return "withdrawn"

    def _check(self, customers, as_of):
        """Returns how many customers have a trend."""
        partners = self.env["res.partner"].union(*customers)
        self.Profile._refresh(self.company, partners.ids, as_of)
        profiles = self.Profile.search([("partner_id", "in", partners.ids)])
        self.assertEqual(len(profiles), len(partners))
        for profile in profiles:
            expected = habits_of(customers[profile.partner_id], as_of)
            found = (
                profile.paid_invoice_count,
                profile.payment_on_time_share,
                profile.payment_days_late,
                profile.payment_days_late_trend,
                profile.payment_journal_id.id,
                profile.payment_method_line_id.id,
                profile.payment_method_share,
            )
            with self.subTest(customer=profile.partner_id.name, as_of=as_of):
                for one, other in zip(found, expected, strict=True):
                    self.assertAlmostEqual(one, other or 0, msg=(found, expected))
        return len(profiles.filtered("payment_days_late_trend"))
