from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .today_case import TodayCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestToday(TodayCase):
    def test_an_empty_list_says_so(self):
        answer = self._list()
        self.assertEqual(answer["rows"], [])
        self.assertEqual(answer["counts"], {"overdue": 0, "today": 0, "later": 0})
        self.assertFalse(answer["more"])

    def test_a_row_says_who_why_and_how_to_reach_them(self):
        self._create_touched(phone="+55 11 3555-0100", email="cafe@example.com")
        [row] = self._list()["rows"]
        self.assertEqual(row["name"], "Café Central")
        self.assertIn("170", row["reason"])
        self.assertEqual(row["rule"], self.rule.name)
        self.assertEqual(row["phone"], "+55 11 3555-0100")
        self.assertEqual(row["email"], "cafe@example.com")
        self.assertEqual(row["revenue"], 100)
        self.assertEqual(row["offer"]["product"], "Truffles")
        self.assertIn("due", row["offer"]["why"])
        self.assertTrue(row["last_contact"])
        self.assertTrue(row["may_act"])

    def test_what_the_rule_is_about_is_to_be_offered(self):
        customer = self._create_touched()
        tea = self.env["product.product"].create({"name": "Tea"})
        line = {"product_id": tea.id, "price_unit": 5, "tax_ids": False}
        self._create_order(customer, 150, order_line=[Command.create(line)])
        self._get_profile(customer)
        self.assertEqual(self._list()["rows"][0]["offer"]["product"], "Truffles")
        touch = self.Touch.search([("partner_id", "=", customer.id)])
        touch.evidence = (touch.evidence or {}) | {"product_id": tea.id}
        self.assertEqual(self._list()["rows"][0]["offer"]["product"], "Tea")

    def test_overdue_comes_before_today_and_later(self):
        self._create_touched("Later", 3, revenue=900)
        self._create_touched("Now", 0, revenue=500)
        self._create_touched("Overdue", -2)
        answer = self._list()
        self.assertEqual(
            [(row["name"], row["section"]) for row in answer["rows"]],
            [("Overdue", 0), ("Now", 1), ("Later", 2)],
        )
        self.assertEqual(answer["counts"], {"overdue": 1, "today": 1, "later": 1})

    def test_first_comes_who_has_most_to_lose(self):
        small = self._create_touched("Small", revenue=1000)
        great = self._create_touched("Great", revenue=10)
        unknown = self._create_touched("Unknown", revenue=5000)
        for customer, risk in ((small, 1), (great, 900)):
            profile = self._get_profile(customer)
            self.env.cr.execute(
                "UPDATE relationship_profile SET value_at_risk = %s WHERE id = %s",
                [risk, profile.id],
            )
        self.env.cr.execute(
            "UPDATE relationship_profile SET value_at_risk = NULL"
            " WHERE partner_id = %s",
            [unknown.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self._names(), ["Great", "Small", "Unknown"])

    def test_where_no_risk_is_known_first_comes_who_has_bought_most(self):
        self._create_touched("Small", revenue=10)
        self._create_touched("Great", revenue=900)
        self.assertEqual(self._names(), ["Great", "Small"])

    def test_what_people_have_planned_is_there_when_it_is_due(self):
        customer = self._create_customer("Padaria")
        self._plan(customer, 1)
        self.assertEqual(self._names(), [])
        self._plan(customer, 0)
        self.assertEqual(self._names(), ["Padaria"])

    def test_what_is_no_work_on_a_customer_of_the_user_is_not_there(self):
        customer = self._create_customer("Padaria")
        self._plan(customer, 0, self.other_salesman)
        self._plan(customer, 0).action_feedback()
        self._plan(self._create_customer("Archived", active=False))
        order = self._create_order(customer, state="draft")
        order.activity_schedule(user_id=self.salesman.id)
        self.assertEqual(self._names(), [])

    def test_pages_follow_each_other_without_gaps_or_repetitions(self):
        names = {f"Customer {number}" for number in range(7)}
        for number, name in enumerate(sorted(names)):
            self._create_touched(name, number % 3 - 1, revenue=100 * (number % 2))
        seen, cursor = [], False
        for _page in range(10):
            answer = self._list(limit=2, cursor=cursor)
            seen += [row["name"] for row in answer["rows"]]
            cursor = answer["cursor"]
            if not answer["more"]:
                break
        self.assertEqual(len(seen), 7)
        self.assertEqual(set(seen), names)
        self.assertEqual(seen, self._names())

    def test_what_is_no_end_of_a_page_gives_the_first_one(self):
        self._create_touched()
        for cursor in (
            [1],
            "x",
            7,
            [1, 2, 3, "never", 5],
            ["a", 0, 0, "2026-01-01", 1],
        ):
            answer = self._list(cursor=cursor)
            self.assertEqual(len(answer["rows"]), 1)
            self.assertIn("counts", answer)

    def test_the_number_of_queries_does_not_grow_with_the_list(self):
        def count(user, expected):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            answer = self._list(user, user_id=self.salesman.id)
            self.assertEqual(len(answer["rows"]), expected)
            return self.env.cr.sql_log_count - before

        users = (self.salesman, self.manager)
        for number in range(2):
            self._create_touched(f"Customer {number}", phone="1", revenue=number)
        for user in users:
            self._list(user, user_id=self.salesman.id)
        two = [count(user, 2) for user in users]
        for number in range(2, 29):
            self._create_touched(f"Customer {number}", email="a@b.test")
        for user, before in zip(users, two, strict=True):
            self.assertLessEqual(count(user, 29), before)

    # Who sees what

    def test_nobody_sees_the_list_of_a_colleague(self):
        self._create_touched()
        with self.assertRaises(AccessError):
            self._list(self.other_salesman, user_id=self.salesman.id)
        people = self._list(self.other_salesman)["people"]
        self.assertEqual([p["id"] for p in people], [self.other_salesman.id])

    def test_the_leader_sees_the_lists_of_the_team_only(self):
        self._create_touched()
        answer = self._list(self.leader, user_id=self.salesman.id)
        self.assertEqual([row["name"] for row in answer["rows"]], ["Café Central"])
        self.assertFalse(answer["is_mine"])
        self.assertFalse(answer["rows"][0]["may_act"])
        with self.assertRaises(AccessError):
            self._list(self.leader, user_id=self.other_salesman.id)

    def test_the_leader_sees_no_customers_of_others_in_a_members_list(self):
        foreign = self._create_customer("Foreign", user_id=self.other_salesman.id)
        self._create_order(foreign, 10)
        self.env["relationship.profile"]._refresh(self.company, foreign.ids)
        self._plan(foreign)
        self.assertEqual(self._names(), ["Foreign"])
        self.assertFalse(self._list()["rows"][0]["revenue"])
        self.assertEqual(self._names(self.leader, user_id=self.salesman.id), [])

    def test_who_sees_all_documents_sees_every_list(self):
        self._create_touched()
        [row] = self._list(self.manager, user_id=self.salesman.id)["rows"]
        self.assertTrue(row["may_act"])

    def test_who_does_not_work_with_relationships_sees_nothing(self):
        employee = self._create_user("employee", "base.group_user")
        with self.assertRaises(AccessError):
            self._list(employee)
        with self.assertRaises(AccessError):
            self._say(self._plan(self._create_customer()), user=employee)

    def test_what_another_company_asks_for_is_not_on_the_list(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.salesman.company_ids = [Command.link(other.id)]
        self._create_touched()
        self.env.flush_all()
        self.env.cr.execute("UPDATE relationship_touch SET company_id = %s", [other.id])
        self.env.invalidate_all()
        Today = self.Today.with_user(self.salesman)
        here = Today.with_context(allowed_company_ids=self.company.ids)
        self.assertEqual(here.get_today()["rows"], [])
        [row] = Today.with_context(
            allowed_company_ids=[self.company.id, other.id]
        ).get_today()["rows"]
        self.assertFalse(row["revenue"], "no profile in the other company")
