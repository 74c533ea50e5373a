from datetime import datetime, timedelta
from itertools import count

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import RelationshipCase


class ProofCase(RelationshipCase):
    """Rows of the ledger, as rules have entered them days ago."""

    numbers = count()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Report = cls.env["relationship.touch.report"]
        cls.call = cls.env.ref("mail.mail_activity_data_call")

    @classmethod
    def _touch(cls, partner, state="treated", days=60, rule=None, **values):
        """A row of the ledger of so many days ago, at noon."""
        rule = rule or cls.rule
        day = cls.today - timedelta(days=days)
        number = next(cls.numbers)
        touch = cls.Touch.create(
            {
                "rule_id": rule.id,
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "user_id": cls.salesman.id,
                "date": day,
                "occurrence": str(number),
                "state": state,
                "holdout": "rule" if state == "held_out" else False,
                "rule_share": 10,
                "company_share": 10,
                "dedup_key": f"proof|{number}",
            }
            | values
        )
        cls.env.cr.execute(
            SQL(
                "UPDATE relationship_touch SET create_date = %s WHERE id = %s",
                datetime.combine(day, datetime.min.time()) + timedelta(hours=12),
                touch.id,
            )
        )
        touch.invalidate_recordset()
        return touch

    @classmethod
    def _do_calls(cls, rule=None):
        """All that the rule has scheduled has been done."""
        rule = rule or cls.rule
        touches = cls.Touch.search(
            [("rule_id", "=", rule.id), ("state", "=", "treated")]
        )
        calls = cls.env["mail.activity"].create(
            [
                {
                    "activity_type_id": cls.call.id,
                    "res_model_id": cls.env["ir.model"]._get_id("res.partner"),
                    "res_id": touch.partner_id.id,
                    "user_id": cls.env.uid,
                }
                for touch in touches
            ]
        )
        for touch, call in zip(touches, calls, strict=True):
            touch.activity_id = call
        calls.active = False

    @classmethod
    def _create_customers(cls, number, **values):
        return cls.env["res.partner"].create(
            [
                {"name": f"Bar {index}", "user_id": cls.salesman.id} | values
                for index in range(number)
            ]
        )

    def _get_row(self, partner, rule=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.Report.search(
            [
                ("partner_id", "=", partner.id),
                ("rule_id", "=", (rule or self.rule).id),
            ]
        )

    def _get_proof(self, rule=None, **filters):
        self.env.flush_all()
        proof = self.env["relationship.rule"].get_proof(filters)
        rule = rule or self.rule
        return next(row for row in proof["rules"] if row["id"] == rule.id)

    def _at(self, days, hours=12, seconds=0):
        day = self.today - timedelta(days=days)
        return datetime.combine(day, datetime.min.time()) + timedelta(
            hours=hours, seconds=seconds
        )


@tagged("post_install", "-at_install", "crm_relationship")
class TestTouchReport(ProofCase):
    def test_an_order_before_the_touch_is_never_its_result(self):
        customer = self._create_customer()
        self._touch(customer)
        self._create_order(customer, self._at(60, 11), amount=50)
        self._create_order(customer, self._at(60, 12), amount=7)
        self.assertEqual(self._get_row(customer).order_count, 0)
        self._create_order(customer, self._at(60, 12, 1), amount=100)
        row = self._get_row(customer)
        self.assertEqual((row.order_count, row.revenue), (1, 100))
        self.assertTrue(row.has_ordered)

    def test_an_order_after_the_window_does_not_count(self):
        customer = self._create_customer()
        self._touch(customer)
        self._create_order(customer, self._at(30, 12), amount=100)
        self._create_order(customer, self._at(30, 12, 1), amount=7)
        self.assertEqual(self._get_row(customer).revenue, 100)
        self.rule.window_days = 29
        self.assertEqual(self._get_row(customer).revenue, 0)

    def test_cancelled_orders_and_quotations_do_not_count(self):
        customer = self._create_customer()
        self._touch(customer)
        order = self._create_order(customer, 50)
        self._create_order(customer, 50, state="draft")
        self.assertEqual(self._get_row(customer).order_count, 1)
        order.state = "cancel"
        self.assertEqual(self._get_row(customer).order_count, 0)

    def test_orders_of_contacts_are_those_of_the_customer(self):
        customer = self._create_customer()
        contact = self._create_customer("Bia", parent_id=customer.id, is_company=False)
        self._touch(customer)
        self._create_order(contact, 50)
        self.assertEqual(self._get_row(customer).order_count, 1)

    def test_a_customer_counts_once_by_the_first_touch(self):
        customer = self._create_customer()
        self._touch(customer, state="skipped", skip_reason="past", days=90)
        first = self._touch(customer, "held_out", days=60)
        self._touch(customer, days=40)
        row = self._get_row(customer)
        self.assertEqual((row.id, row.arm), (first.id, "held_out"))
        self._create_order(customer, 20)  # of the window of the second
        self.assertFalse(self._get_row(customer).has_ordered)

    def test_the_window_is_over_when_its_last_day_is(self):
        customer, other = self._create_customers(2)
        self._touch(customer, days=31)
        self._touch(other, days=29)
        self.assertTrue(self._get_row(customer).is_over)
        self.assertFalse(self._get_row(other).is_over)

    def test_what_an_activity_costs_is_said_of_its_type_by_company(self):
        customer, other = self._create_customers(2)
        self.call.relationship_cost = 4.5
        company = self.env["res.company"].create({"name": "Branch"})
        self.call.with_company(company).relationship_cost = 99
        self._touch(customer)
        self._touch(customer, days=50)
        self._touch(customer, days=10)  # of another window
        self._touch(other, "held_out")
        self.assertEqual(self._get_row(customer).cost, 0, "not done")
        self._do_calls()
        self.assertEqual(self._get_row(customer).cost, 9)
        self.assertEqual(self._get_row(other).cost, 0)

    def test_the_margin_is_of_what_has_a_known_cost(self):
        customer, other = self._create_customers(2)
        self.product.standard_price = 60
        for partner in (customer, other):
            self._touch(partner)
            self._create_order(partner, 50, amount=100)
        self.assertEqual(self._get_row(customer).margin, 40)
        self.product.standard_price = 0
        self.assertEqual(self._get_row(customer).margin, 0)


@tagged("post_install", "-at_install", "crm_relationship")
class TestProof(ProofCase):
    def _fill(self, treated, bought, alone, alone_bought, rule=None, **values):
        """Customers of both groups, the first of which have bought."""
        for state, number, buyers in (
            ("treated", treated, bought),
            ("held_out", alone, alone_bought),
        ):
            customers = self._create_customers(number)
            for customer in customers:
                self._touch(customer, state, rule=rule, **values)
            for customer in customers[:buyers]:
                self._create_order(customer, 50)

    def test_both_groups_are_counted_and_compared(self):
        self._fill(30, 15, 24, 3)
        proof = self._get_proof()
        self.assertEqual(proof["treated"]["customers"], 30)
        self.assertEqual(proof["treated"]["ordered"], 15)
        self.assertEqual(proof["treated"]["revenue"], 50)
        self.assertEqual(proof["held_out"]["customers"], 24)
        self.assertEqual(proof["held_out"]["revenue"], 12.5)
        value, low, high = proof["differences"]["revenue"]
        self.assertEqual(value, 37.5)
        self.assertTrue(0 < low < value < high)
        self.assertEqual(proof["verdict"], "promising")

    def test_a_great_difference_is_told_early(self):
        self._fill(40, 36, 30, 3)
        self.assertEqual(self._get_proof()["verdict"], "works")

    def test_a_great_harm_is_told_too(self):
        self._fill(40, 3, 30, 27)
        self.assertEqual(self._get_proof()["verdict"], "harms")

    def test_few_customers_are_no_verdict_and_no_interval(self):
        self._fill(19, 19, 19, 0)
        self._fill(3, 0, 3, 0, days=5)
        proof = self._get_proof()
        self.assertEqual(proof["verdict"], "early")
        self.assertIsNone(proof["differences"]["revenue"])
        self.assertIsNone(proof["gain"])
        self.assertGreater(proof["weeks"], 4)

    def test_nobody_left_alone_is_no_proof(self):
        self._fill(30, 30, 0, 0)
        self.assertEqual(self._get_proof()["verdict"], "nobody")

    def test_who_was_treated_before_anybody_was_left_alone_is_not_compared(self):
        self._fill(60, 60, 0, 0, rule_share=0, company_share=0, days=90)
        self._fill(30, 15, 24, 12)
        proof = self._get_proof()
        self.assertEqual(proof["share"], 10)
        self.assertEqual(proof["treated"]["customers"], 30)
        self.assertEqual(proof["differences"]["ordered"][0], 0)
        action = self.env["relationship.rule"].get_proof_action(
            "customers", "treated", self.rule.id, share=10
        )
        self.assertEqual(self.Report.search_count(action["domain"]), 30)

    def test_who_was_treated_before_all_rules_left_somebody_alone(self):
        self._fill(60, 60, 0, 0, company_share=0, days=90)
        self._fill(30, 15, 0, 0)
        for customer in self._create_customers(24):
            self._touch(customer, "held_out", holdout="company")
        proof = self.env["relationship.rule"].get_proof()["all"]
        self.assertEqual(proof["treated"]["customers"], 30)

    def test_who_was_found_again_after_the_draw_began_is_not_compared(self):
        customers = self._create_customers(3)
        for customer in customers:
            self._touch(customer, rule_share=0, days=90)
            self._touch(customer, "held_out", days=60)
        self._fill(30, 15, 24, 3)
        self.assertEqual(self._get_proof()["held_out"]["customers"], 24)

    def test_merged_customers_are_not_compared_but_counted(self):
        self._fill(30, 15, 24, 3)
        touch = self.Touch.search(
            [("rule_id", "=", self.rule.id), ("state", "=", "held_out")], limit=1
        )
        self._touch(touch.partner_id, merged_partner_ref=touch.partner_id.id + 1)
        self.assertEqual(self._get_proof()["held_out"]["customers"], 23)
        self.assertEqual(self.env["relationship.rule"].get_proof()["merged"], 1)

    def _fail(self, number):
        customers = self._create_customers(number)
        for customer in customers:
            self._create_order(customer, 100)
        self._refresh_changed()
        run = self.env["relationship.rule.run"].create(
            {"rule_id": self.rule.id, "as_of": self.today - timedelta(days=60)}
        )
        for customer in customers:
            run._note_error(customer.id, "Broken")
        return customers

    def test_who_fails_is_counted_and_many_leave_no_verdict(self):
        self._fill(40, 36, 30, 3)
        failed = self._fail(2)
        proof = self._get_proof()
        self.assertEqual((proof["failed"], proof["verdict"]), (2, "works"))
        failed |= self._fail(1)
        proof = self._get_proof()
        self.assertEqual((proof["failed"], proof["verdict"]), (3, "failing"))
        for customer in failed[:2]:  # with a later run
            self._touch(customer, days=59)
        self.assertEqual(self._get_proof()["failed"], 1)

    def test_customers_drawn_by_another_share_are_not_mixed_in(self):
        self._fill(90, 9, 10, 1)  # a season in which few buy
        self._fill(50, 45, 50, 45, rule_share=50)
        proof = self._get_proof()
        self.assertEqual(proof["share"], 50)
        self.assertEqual(proof["differences"]["ordered"][0], 0)

    def test_customers_whose_window_is_open_wait(self):
        self._fill(25, 0, 22, 0, days=10)
        proof = self._get_proof()
        self.assertEqual(proof["treated"]["customers"], 0)
        self.assertEqual(proof["treated"]["waiting"], 25)
        self.assertEqual(proof["held_out"]["waiting"], 22)

    def test_who_is_left_alone_by_all_rules_is_compared_over_all_of_them(self):
        self._fill(30, 15, 0, 0)
        customers = self._create_customers(25)
        for customer in customers:
            self._touch(customer, "held_out", holdout="company")
        proof = self.env["relationship.rule"].get_proof()
        self.assertEqual(proof["all"]["treated"]["customers"], 30)
        self.assertEqual(proof["all"]["held_out"]["customers"], 25)
        self.assertEqual(self._get_proof()["held_out"]["customers"], 0)

    def test_who_is_left_alone_by_one_rule_is_served_by_the_others(self):
        self._fill(30, 15, 24, 3)
        proof = self.env["relationship.rule"].get_proof()
        self.assertEqual(proof["all"]["treated"]["customers"], 54)

    def test_what_a_rule_may_have_changed_is_nothing_to_filter_by(self):
        for domain in (
            [("has_ordered", "=", True)],
            [("profile_id.segment_id", "!=", False)],
            [("partner_id.category_id", "!=", False)],
            [("rule_id", "any", [("name", "!=", False)])],
            ["|", ("rule_id", "=", 1), ("revenue", ">", 0)],
        ):
            with self.assertRaises(UserError):
                self.env["relationship.rule"].get_proof({"domain": domain})

    def test_results_of_a_segment_are_by_the_segment_of_then(self):
        gold, silver = self.env["relationship.segment"].create(
            [{"name": "Gold"}, {"name": "Silver"}]
        )
        self._fill(3, 1, 2, 0, segment_id=gold.id)
        self._fill(5, 1, 4, 0, segment_id=silver.id)
        proof = self._get_proof(domain=[("segment_id", "=", gold.id)])
        self.assertEqual(proof["treated"]["customers"], 3)
        self.assertEqual(proof["held_out"]["customers"], 2)

    def test_every_number_opens_as_many_rows(self):
        self._fill(30, 15, 24, 3)
        self._fill(4, 0, 3, 0, days=5)
        Rule = self.env["relationship.rule"]
        rules = {self.rule.id: self._get_proof(), False: Rule.get_proof()["all"]}
        for rule_id, proof in rules.items():
            for group in ("treated", "held_out"):
                for figure in ("customers", "waiting", "ordered"):
                    action = Rule.get_proof_action(
                        figure, group, rule_id, share=proof["share"]
                    )
                    self.assertEqual(
                        self.Report.search_count(action["domain"]),
                        proof[group][figure],
                    )

    def test_what_it_costs_is_weighed_against_what_it_brings(self):
        self.call.relationship_cost = 2
        self._fill(30, 15, 24, 3)
        self._do_calls()
        proof = self._get_proof()
        self.assertEqual(proof["cost"], 60)
        self.assertEqual(proof["gain_of"], "revenue")
        self.assertEqual(proof["gain"][0], 37.5 * 30)
        self.assertFalse(proof["roi"], "revenue is no return")
        self.product.standard_price = 60
        proof = self._get_proof()
        self.assertEqual(proof["gain_of"], "margin")
        self.assertEqual(proof["roi"][0], (proof["gain"][0] - 60) / 60)

    def test_a_margin_is_shown_if_nearly_all_that_was_sold_has_a_cost(self):
        self._fill(30, 15, 24, 3)
        self.assertEqual(self._get_proof()["costed_share"], 0)
        self.product.standard_price = 60
        self.assertEqual(self._get_proof()["costed_share"], 1)
        uncosted = self.product.copy({"name": "Fair", "standard_price": 0})
        touches = self.Touch.search([("rule_id", "=", self.rule.id)], order="id")
        for touch in touches[1:3]:  # they have bought already
            order = self._create_order(touch.partner_id, 50)
            order.order_line.product_id = uncosted
            order.order_line.price_unit = 100
        proof = self._get_proof()
        self.assertEqual(proof["costed_share"], 0.9)
        self.assertEqual(proof["gain_of"], "revenue")
        self.assertFalse(proof["roi"])

    def test_a_discount_is_no_line_without_a_cost(self):
        customer = self._create_customer()
        self.product.standard_price = 60
        self._touch(customer)
        order = self._create_order(customer, 50)
        order.order_line.copy({"order_id": order.id, "price_unit": -10})
        row = self._get_row(customer)
        self.assertEqual(row.revenue, 90)
        self.assertEqual(row.costed_revenue, 90)

    def test_only_who_may_write_activity_types_is_led_to_them(self):
        proof = self.env["relationship.rule"].with_user(self.salesman).get_proof()
        self.assertFalse(proof["may_set_costs"])
        self.assertTrue(self.env["relationship.rule"].get_proof()["may_set_costs"])

    def test_without_a_cost_there_is_no_return_to_say(self):
        self._fill(30, 15, 24, 3)
        self.assertIsNone(self._get_proof()["roi"])

    def test_a_salesperson_sees_the_results_of_own_customers(self):
        self._fill(5, 1, 2, 0)
        for customer in self._create_customers(3, user_id=self.other_salesman.id):
            self._create_order(customer, 55)
            self._touch(customer, user_id=self.other_salesman.id)
        self._refresh_changed()
        Rule = self.env["relationship.rule"].with_user(self.other_salesman)
        [proof] = Rule.get_proof()["rules"]
        self.assertEqual(proof["treated"]["customers"], 3)
        self.assertEqual(proof["held_out"]["customers"], 0)
        self.assertEqual(self._get_proof()["treated"]["customers"], 8)

    def test_whom_a_rule_leaves_alone_is_no_news_before_the_days_are_over(self):
        director = self._create_user(
            "director",
            "sales_team.group_sale_salesman_all_leads,"
            "crm_relationship.group_relationship_user",
        )
        recent = self._create_customers(3)
        self._touch(recent[0], days=2)
        self._touch(recent[1], "held_out", days=2)
        self._touch(recent[2], "held_out", days=2, holdout="company")
        [old] = self._create_customers(1)
        self._touch(old, "held_out", days=200)
        self.env.flush_all()
        for user, seen in (
            (self.salesman, recent[0] + old),
            (director, recent[0] + old),
            (self.manager, recent + old),
        ):
            rows = self.Report.with_user(user).search(
                [("partner_id", "in", (recent + old).ids)]
            )
            self.assertEqual(rows.partner_id, seen, user.login)

    def test_a_rule_of_another_company_by_now_is_compared_all_the_same(self):
        self._fill(5, 1, 2, 0)
        branch = self.env["res.company"].create({"name": "Branch"})
        self.rule.company_id = branch
        self.env.flush_all()
        Rule = self.env["relationship.rule"].with_user(self.manager)
        [proof] = Rule.get_proof()["rules"]
        self.assertEqual(proof["treated"]["customers"], 5)

    def test_another_company_is_not_counted(self):
        self._fill(5, 1, 2, 0)
        branch = self.env["res.company"].create({"name": "Branch"})
        Rule = self.env["relationship.rule"].with_company(branch)
        self.assertEqual(Rule.get_proof()["rules"], [])

    def test_queries_do_not_grow_with_the_customers(self):
        def count_queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["relationship.rule"].get_proof()
            return self.env.cr.sql_log_count - before

        self._fill(2, 1, 1, 0)
        few = count_queries()
        self._fill(20, 10, 20, 2)
        self.assertLessEqual(count_queries(), few)
