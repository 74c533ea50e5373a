from datetime import timedelta
from functools import partial

from odoo import Command
from odoo.tests import tagged

from . import year_history as plain
from .test_payment_habits import PaymentCase
from .year_case import YearCase
from .year_history import FIRST, draw_days


@tagged("post_install", "-at_install", "crm_relationship")
class TestTriggerYearDocuments(PaymentCase, YearCase):
    """What is open with customers, day by day over a year."""

    # Quotations
    def _draw_quotations(self):
        """Quotations in all states. What is confirmed has the day of that in place of
        the one on which it was written; of some nobody knows when they were sent."""
        drawn = []
        for customer in self.customers:
            for day in draw_days(self.dice, [5, 13], most=150):
                sent = self._draw_moment(day)
                state = self.dice.choice(
                    ["sent", "sent", "unnoted", "sale", "sale", "unnoted sale"]
                    + ["draft", "cancel"]
                )
                later = self.dice.choice([0, 4, 5, 6, 13, 14, 40])
                ended = max(sent, self._draw_moment(day + timedelta(later)))
                drawn.append((customer, sent, state, ended))
        orders = self.env["sale.order"].create(
            [
                {"partner_id": self._draw_contact(customer).id}
                for customer, _sent, _state, _ended in drawn
            ]
        )
        self.env.flush_all()
        quotations = []
        for order, (customer, sent, state, ended) in zip(orders, drawn, strict=True):
            sold, noted = "sale" in state, "unnoted" not in state
            self.env.cr.execute(
                "UPDATE sale_order SET state = %s, date_order = %s,"
                " relationship_sent_date = %s WHERE id = %s",
                [
                    {"unnoted": "sent"}.get(state, state.split()[-1]),
                    ended if sold else sent,
                    sent if noted else None,
                    order.id,
                ],
            )
            if state in ("sent", "unnoted", "sale"):
                quotations.append(
                    plain.Document(customer.id, order.id, sent, ended if sold else None)
                )
        self.env.invalidate_all()
        return quotations

    def test_quotation(self):
        """As of a day; when one was cancelled nobody knows, so those are left out of
        the whole past, here as there."""
        quotations = self._draw_quotations()
        talked = self._draw_contacts(self.customers[:16], [5, 13], most=50)
        self._archive()
        rule = self._create_rule("quotation", trigger_days=5, late_days=8)
        self._walk(rule, partial(plain.unanswered, quotations, talked, 5, 8))
        rule.write({"trigger_days": 3, "late_days": 0})
        self._walk(rule, partial(plain.unanswered, quotations, talked, 3, 0))

    # Complaints
    def _draw_complaints(self):
        """Complaints that are open, resolved, or closed otherwise; and other cases."""
        kinds = ("progress", "resolved", "resolved", "cancelled")
        stages = {
            kind: self.env["relationship.case.stage"]._get_stage(kind, self.company)
            for kind in kinds
        }
        drawn = []
        for customer in self.customers:
            for day in draw_days(self.dice, [4, 12], most=170):
                begun = self._draw_moment(day)
                later = timedelta(self.dice.choice([0, 3, 4, 5, 12, 13, 30]))
                ended = max(begun, self._draw_moment(day + later))
                kind = self.dice.choice(["complaint"] * 6 + ["question"])
                drawn.append((customer, begun, ended, kind, self.dice.choice(kinds)))
        cases = self.env["relationship.case"].create(
            [
                {
                    "name": "Crushed",
                    "kind": kind,
                    "partner_id": self._draw_contact(customer).id,
                    "date_open": begun,
                    "resolution": "<p>A new box.</p>",
                    "cause_id": self.env.ref("crm_relationship.case_cause_damaged").id,
                    "stage_id": stages[state].id,
                }
                for customer, begun, _ended, kind, state in drawn
            ]
        )
        self.env.flush_all()
        complaints = {"open": [], "resolved": []}
        for case, (customer, begun, ended, kind, state) in zip(
            cases, drawn, strict=True
        ):
            self.assertEqual(case.stage_kind, state)
            ended = None if state == "progress" else ended
            self.env.cr.execute(
                "UPDATE relationship_case SET date_closed = %s WHERE id = %s",
                [ended, case.id],
            )
            if kind == "complaint":
                one = plain.Document(customer.id, case.id, begun, ended)
                complaints["open"].append(one)
                if state == "resolved":
                    complaints["resolved"].append(one)
        self.env.invalidate_all()
        return complaints

    def test_complaint(self):
        """As of a day; when one was reopened nobody knows."""
        complaints = self._draw_complaints()
        self._archive()
        values = {"trigger_days": 4, "late_days": 8}
        rule = self._create_rule("complaint", **values)
        spells = self._walk(rule, partial(plain.unresolved, complaints["open"], 4, 8))
        self.assertUnbroken(spells)
        rule = self._create_rule("complaint", complaint_when="resolved", **values)
        spells = self._walk(rule, partial(plain.resolved, complaints["resolved"], 4, 8))
        self.assertUnbroken(spells)

    # Invoices
    def _draw_invoices(self):
        """Invoices due at once or in three parts, two of them on one day; paid in
        parts, late, early, by a credit note, or not at all; and drafts."""
        term = self.env["account.payment.term"].create(
            {
                "name": "In Parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": days}
                    )
                    for share, days in ((30, 9), (30, 9), (40, 31))
                ],
            }
        )
        drawn = []
        for customer in self.customers[:9]:
            for day in draw_days(self.dice, [31], first=FIRST, most=300):
                in_parts = self.dice.random() < 0.5
                due = day + timedelta(self.dice.choice([0, 1, 20]))
                parts = [(due, 100)]
                if in_parts:
                    terms = ((9, 30), (9, 30), (31, 40))
                    parts = [(day + timedelta(days), share) for days, share in terms]
                invoice = self._invoice(
                    partner=customer,
                    invoice_date=day,
                    invoice_date_due=False if in_parts else due,
                    invoice_payment_term_id=term.id if in_parts else False,
                    post=False,
                )
                drawn.append(plain.Invoice(customer.id, invoice.id, day, parts))
        for one in drawn:
            self._settle(one)
        return [one for one in drawn if one.parts]

    def _settle(self, one):
        """Post it, unless it stays a draft, and pay it."""
        invoice = self.env["account.move"].browse(one.number)
        if self.dice.random() < 0.1:
            one.parts = []
            return
        invoice.action_post()
        amounts = self.dice.choice([[], [100], [100], [30, 70], [50, 10], [60, 40]])
        day = one.day
        for amount in amounts:
            day += timedelta(self.dice.choice([0, 1, 9, 10, 14, 15, 19, 20, 40]))
            if self.dice.random() < 0.2:
                self._credit(invoice, (self.today - day).days, amount)
            else:
                self._enter(invoice, day, amount)
            one.payments.append((day, amount))

    def _enter(self, invoice, day, amount):
        """Money that came in on a day, entered by hand: Odoo takes its time over
        payments that nobody has analyzed yet."""
        due = invoice.line_ids.filtered(
            lambda line: line.display_type == "payment_term" and not line.reconciled
        )
        came = {
            "account_id": due[0].account_id.id,
            "partner_id": invoice.partner_id.id,
            "credit": amount,
        }
        bank = {"account_id": self.bank.default_account_id.id, "debit": amount}
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self.bank.id,
                "date": day,
                "line_ids": [Command.create(came), Command.create(bank)],
            }
        )
        entry.action_post()
        (due | entry.line_ids.filtered("credit")).reconcile()

    def test_overdue(self):
        invoices = self._draw_invoices()
        self._archive()
        rule = self._create_rule("overdue", trigger_days=5, late_days=9)
        spells = self._walk(rule, partial(plain.overdue, invoices, 5, 9), least=15)
        self.assertUnbroken(spells)
        rule.write({"trigger_days": 0, "late_days": 0})
        spells = self._walk(rule, partial(plain.overdue, invoices, 0, 0), least=15)
        self.assertUnbroken(spells)
