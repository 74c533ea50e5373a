from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from .trigger_case import TriggerCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestTriggerDocuments(TriggerCase):
    """Triggers about what is open with a customer, and where it stands."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading("generic_coa", cls.company)

    # Documents
    def _create_quotation(self, customer, day):
        quotation = self._create_order(customer, day, state="draft")
        quotation.action_quotation_sent()
        self.assertTrue(quotation.relationship_sent_date)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET relationship_sent_date = %s WHERE id = %s",
            [f"{self._days_ago(day)} 12:00:00", quotation.id],
        )
        self.env.invalidate_all()
        return quotation

    def test_a_quotation_that_nobody_answers_is_one_occurrence(self):
        customer = self._create_customer()
        quotation = self._create_quotation(customer, 10)
        self._create_order(customer, 10, state="draft")
        rule = self._create_rule("quotation", trigger_days=5)
        self.assertEqual(self._get_keys(rule, customer), [str(quotation.id)])
        self.assertEqual(self._get_days(rule, customer, (-9, -10, 5, 6)), [-9, 5])
        said = self._get_reason(rule, customer)
        self.assertIn(f"Quotation {quotation.name}, sent on", said)
        self.assertEqual(len(self._act_twice(rule, customer)), 1)
        self._contact(customer, 3)
        self.assertEqual(self._get_days(rule, customer, (0, -2)), [])
        quotation.action_confirm()
        self.assertEqual(self._get_keys(rule, customer), [])
        # on that day it was not confirmed yet
        day = self._days_ago(4)
        self.assertEqual(rule.evaluate(day).counts["already"], 1)

    def _create_complaint(self, customer, day, **values):
        return self.env["relationship.case"].create(
            {
                "name": "Crushed",
                "kind": "complaint",
                "partner_id": customer.id,
                "date_open": f"{self._days_ago(day)} 12:00:00",
            }
            | values
        )

    def test_an_open_complaint_calls_though_rules_leave_who_complains_alone(self):
        customer = self._create_prospect()
        case = self._create_complaint(customer, 5)
        rule = self._create_rule("complaint", trigger_days=3)
        self.assertTrue(rule.skip_complaint)
        self.assertEqual(self._get_keys(rule, customer), [f"open/{case.id}"])
        self.assertEqual(self._get_days(rule, customer, (2, 3)), [2])
        self.assertIn(
            f"Complaint {case.number} has been open since",
            self._get_reason(rule, customer),
        )
        self.assertEqual(rule._run().treated_count, 1)
        self.assertNotIn("Not while a complaint", rule.sentence)

    def test_after_a_complaint_was_resolved_somebody_asks_whether_all_is_well(self):
        customer = self._create_prospect()
        case = self._create_complaint(customer, 9)
        rule = self._create_rule("complaint", trigger_days=3, complaint_when="resolved")
        self.assertEqual(self._get_keys(rule, customer), [])
        case.write(
            {
                "resolution": "<p>A new box.</p>",
                "cause_id": self.env.ref("crm_relationship.case_cause_damaged").id,
                "stage_id": self.env.ref("crm_relationship.case_stage_resolved").id,
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE relationship_case SET date_closed = %s WHERE id = %s",
            [f"{self._days_ago(4)} 12:00:00", case.id],
        )
        self.env.invalidate_all()
        key = f"resolved/{case.id}/{self._days_ago(4)}"
        self.assertEqual(self._get_keys(rule, customer), [key])
        self.assertEqual(self._get_days(rule, customer, (1, 2)), [1])
        # another complaint is open: that is settled first
        self._create_complaint(customer, 1)
        self._refresh_changed()
        self.assertEqual(rule.evaluate().counts["complaint"], 1)
        self.assertIn("was resolved on", self._get_reason(rule, customer))
        asked = self._create_rule("complaint")
        self.assertEqual(self._get_keys(asked, customer, 5), [f"open/{case.id}"])

    def _invoice(self, customer, due, amount=100.0):
        due = self._days_ago(due)
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "invoice_date": due - timedelta(30),
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Truffles", "price_unit": amount, "tax_ids": False}
                    )
                ],
            }
        )
        invoice.action_post()
        return invoice

    def _pay(self, invoice, day, amount=None):
        values = {"payment_date": self._days_ago(day)}
        if amount:
            values["amount"] = amount
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        return wizard.create(values)._create_payments()

    def test_an_overdue_invoice_is_one_occurrence_until_it_is_paid(self):
        customer = self._create_customer()
        self._create_history(customer, (60,))
        invoice = self._invoice(customer, 8)
        rule = self._create_rule("overdue", trigger_days=5)
        key = f"{invoice.id}/{self._days_ago(8)}"
        self.assertEqual(self._get_keys(rule, customer), [key])
        self.assertEqual(self._get_days(rule, customer, (-11, -12, 3, 4)), [-11, 3])
        self._pay(invoice, 2, amount=40)
        said = self._get_reason(rule, customer)
        self.assertIn(f"Invoice {invoice.name} has been overdue for 8 days:", said)
        self.assertIn("60.00", said)
        self._pay(invoice, 1)
        self.assertEqual(self._get_days(rule, customer, (0, 1, 2, 3)), [2, 3])

    # Journey
    def test_who_stays_too_long_in_a_stage_is_one_occurrence(self):
        stage = self.Stage.create({"name": "Invited", "sequence": 15})
        customer = self._create_prospect()
        self._get_profile(customer).write({"stage_id": stage.id})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE relationship_stage_move SET date = date - 31 WHERE partner_id = %s",
            [customer.id],
        )
        self.env.invalidate_all()
        [move] = self.Move.search(
            [("partner_id", "=", customer.id), ("to_stage_id", "=", stage.id)]
        )
        rule = self._create_rule("stay", trigger_days=30, stage_ids=stage.ids)
        self.assertEqual(self._get_keys(rule, customer), [str(move.id)])
        self.assertEqual(self._get_keys(rule, customer, 1), [])
        self.assertIn("In “Invited” for 31 days", self._get_reason(rule, customer))
        rule.write({"stay_limit": "target", "stage_ids": [Command.clear()]})
        self.assertEqual(self._get_keys(rule, customer), [])
        stage.target_days = 30
        self.assertEqual(self._get_keys(rule, customer), [str(move.id)])
        self.assertEqual(len(self._act_twice(rule, customer)), 1)

    def test_a_merge_does_not_change_where_the_customer_who_is_left_was(self):
        kept, gone = self._create_prospect(), self._create_prospect()
        for customer, ago in ((kept, 40), (gone, 31)):
            stage = self.Stage.create({"name": f"{ago} days", "sequence": 15})
            self._get_profile(customer).stage_id = stage
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE relationship_stage_move SET date = date - %s"
                " WHERE partner_id = %s",
                [ago, customer.id],
            )
            self.env.invalidate_all()
        rule = self._create_rule("stay", trigger_days=10)
        keys = self._get_keys(rule, kept)
        self.assertEqual(len(keys), 1)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([kept.id, gone.id], kept)
        for ago in (0, 5, -1):
            self.assertEqual(self._get_keys(rule, kept, ago), keys, ago)

    def _move_segment(self, customer, *places, day=0, cause="facts"):
        """Moves of one day, with the profile in the last of the segments."""
        profile = self._get_profile(customer)
        origin = profile.segment_id
        for place in places:
            self.env["relationship.segment.move"].create(
                {
                    "partner_id": customer.id,
                    "company_id": self.company.id,
                    "from_segment_id": origin.id,
                    "to_segment_id": place.id,
                    "date": self._days_ago(day),
                    "cause": cause,
                }
            )
            origin = place
        self._put_into(profile, origin)

    def _put_into(self, profile, segment):
        """Past the log."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE relationship_profile SET segment_id = %s WHERE id = %s",
            [segment.id, profile.id],
        )
        self.env.invalidate_all()

    def test_to_drop_to_a_worse_segment_is_one_occurrence_a_day(self):
        Segment = self.env["relationship.segment"]
        best, middle, worst = (
            Segment.create({"name": name, "rank": rank, "sequence": 1})
            for name, rank in (("Best", 90), ("Middle", 50), ("Worst", 10))
        )
        customer = self._create_customer()
        self._create_history(customer, (40, 20))
        self._refresh_changed()
        self.env.cr.execute("DELETE FROM relationship_segment_move")
        self._put_into(self._get_profile(customer), best)
        rule = self._create_rule("segment", late_days=14)
        self._move_segment(customer, middle, day=20)
        self.assertEqual(self._get_days(rule, customer, (0, 6, 20, 21)), [6, 20])
        self._move_segment(customer, best, middle, worst, day=4)
        key = str(self._days_ago(4))
        self.assertEqual(self._get_keys(rule, customer), [key])
        self.assertIn(
            "Dropped from “Middle” to “Worst” on", self._get_reason(rule, customer)
        )
        rule.segment_ids = middle
        self.assertEqual(self._get_keys(rule, customer), [])
        rule.segment_ids = [Command.clear()]
        # back and forth on one day is no drop
        self._move_segment(customer, best, worst, day=2)
        self.assertEqual(self._get_keys(rule, customer), [])
        self._move_segment(customer, best, day=2)
        self.assertEqual(self._get_keys(rule, customer), [])
        self._move_segment(customer, middle, day=1, cause="rules")
        self.assertEqual(self._get_keys(rule, customer), [])
        rule.with_rule_changes = True
        self.assertEqual(self._get_keys(rule, customer), [str(self._days_ago(1))])
