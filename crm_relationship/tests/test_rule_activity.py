from datetime import date, datetime
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .entry_case import EntryCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestRuleActivity(EntryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.box, cls.tea = cls.env["product.product"].create(
            [{"name": "Box", "taxes_id": False}, {"name": "Tea", "taxes_id": False}]
        )

    def _create_buyer(self, days, product=None, **values):
        customer = self._create_customer(**values)
        for day in days:
            order = self._create_order(customer, day)
            order.order_line.product_id = product or self.product
        self._refresh_changed()
        self._enter(customer)
        return customer

    def _get_note(self, customer):
        return self._get_activities(customer).note

    # Deadline

    def test_a_deadline_counts_the_working_days_of_the_company(self):
        calendar = self.env["resource.calendar"].create({"name": "Weekdays"})
        self.company.resource_calendar_id = calendar
        friday, saturday = date(2026, 11, 20), date(2026, 11, 21)
        add = self.company._relationship_add_days
        self.assertEqual(add(friday, 2), date(2026, 11, 24))
        self.assertEqual(add(saturday, 1), date(2026, 11, 23))
        self.assertEqual(add(friday, 0), friday)
        self.assertEqual(add(saturday, 0), date(2026, 11, 23))
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Public Holiday",
                "calendar_id": calendar.id,
                "date_from": datetime(2026, 11, 23),
                "date_to": datetime(2026, 11, 24),
            }
        )
        self.assertEqual(add(friday, 1), date(2026, 11, 24))

    def test_without_working_hours_all_days_count(self):
        self.company.resource_calendar_id = False
        self.assertEqual(
            self.company._relationship_add_days(date(2026, 11, 20), 2),
            date(2026, 11, 22),
        )

    def test_the_days_are_those_of_the_company_whatever_its_time_zone(self):
        self.company.resource_calendar_id = self.env["resource.calendar"].create(
            {"name": "Weekdays", "tz": "Europe/Berlin"}
        )
        for tz in ("Pacific/Auckland", "America/Sao_Paulo", "Pacific/Honolulu"):
            self.company.relationship_tz = tz
            self.assertEqual(
                self.company._relationship_add_days(date(2026, 11, 20), 1),
                date(2026, 11, 23),
                tz,
            )

    def test_an_activity_is_due_in_working_days(self):
        calendar = self.env["resource.calendar"].create({"name": "Weekdays"})
        self.company.resource_calendar_id = calendar
        rule = self._create_rule(activity_days=3)
        customer = self._create_invited()
        rule._run()
        self.assertEqual(
            self._get_activities(customer).date_deadline,
            self.company._relationship_add_days(self.today, 3),
        )
        self.assertIn("due in 3 working days", rule.sentence)

    # For whom

    def _assign(self, *customers, **values):
        """Run a rule; return who got the activity of each customer."""
        rule = self._create_rule(**values)
        rule._run()
        return [self._get_activities(customer).user_id for customer in customers]

    def test_a_team_takes_turns_by_load(self):
        self.team.member_ids = self.salesman + self.other_salesman
        for _number in range(2):
            self._create_customer().activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.salesman.id
            )
        customers = [self._create_invited() for _number in range(6)]
        people = self._assign(*customers, assign_to="team")
        self.assertEqual(people.count(self.salesman), 2)
        self.assertEqual(people.count(self.other_salesman), 4)

    def test_who_has_a_full_day_is_passed_over_in_turn(self):
        self.team.member_ids = self.salesman + self.other_salesman
        for _number in range(9):
            self._create_customer().activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.salesman.id
            )
        customers = [self._create_invited() for _number in range(4)]
        people = self._assign(*customers, assign_to="team", daily_capacity=2)
        self.assertEqual(people.count(self.salesman), 2)
        self.assertEqual(people.count(self.other_salesman), 2)

    def test_who_is_stopped_takes_nobody_s_turn(self):
        self.team.member_ids = self.salesman + self.other_salesman
        customers = [self._create_invited() for _number in range(8)]
        rule = self._create_rule(assign_to="team", daily_capacity=2)
        order = [item.partner_id for item in rule.evaluate().items]
        stopped = dict.fromkeys(order[1::2] + order[6:], "refused")
        with patch.object(type(rule), "_get_stopped", lambda *args, **options: stopped):
            rule._run()
        people = [self._get_activities(customer).user_id for customer in customers]
        self.assertEqual(people.count(self.salesman), 2)
        self.assertEqual(people.count(self.other_salesman), 1)

    def test_what_people_got_earlier_that_day_counts_in_turn(self):
        """Done by now, so that the load says nothing of it."""
        self.team.member_ids = self.salesman + self.other_salesman
        rule = self._create_rule(assign_to="team", daily_capacity=2)
        first = [self._create_invited() for _number in range(2)]
        with patch.object(
            type(self.salesman),
            "_can_act_in",
            lambda user, company: user == self.salesman,
        ):
            rule._run()
        for customer in first:
            activity = self._get_activities(customer)
            self.assertEqual(activity.user_id, self.salesman)
            activity.action_feedback("Done")
        second = [self._create_invited() for _number in range(2)]
        rule._run()
        for customer in second:
            activity = self._get_activities(customer)
            self.assertEqual(activity.user_id, self.other_salesman)

    def test_a_team_without_anybody_leaves_it_to_who_is_responsible(self):
        customer = self._create_invited(user_id=self.other_salesman.id)
        self.assertEqual(
            self._assign(customer, assign_to="team"), [self.other_salesman]
        )

    def test_one_person_gets_everything(self):
        customers = [self._create_invited() for _number in range(2)]
        people = self._assign(*customers, assign_to="user", user_id=self.manager.id)
        self.assertEqual(people, [self.manager] * 2)

    def test_the_salesperson_can_be_preferred_to_whom_the_stage_names(self):
        self.stage.write({"owner_rule": "user", "owner_id": self.manager.id})
        customer = self._create_invited()
        self.assertEqual(self._assign(customer), [self.manager])
        again = self._create_invited()
        people = self._assign(again, assign_to="salesperson", name="Again")
        self.assertIn(self.salesman, people[0])

    def test_a_person_who_left_stops_the_rule_with_a_reason(self):
        with self.assertRaisesRegex(ValidationError, "Choose the person"):
            self._create_rule(assign_to="user")
        rule = self._create_rule(assign_to="user", user_id=self.other_salesman.id)
        self.other_salesman.active = False
        self.assertIn("archived; choose who", rule.problem)
        with self.assertRaises(ValidationError):
            rule._run()

    def test_the_form_asks_for_the_one_person(self):
        form = Form(self._create_rule().with_user(self.manager))
        form.assign_to = "user"
        with self.assertRaisesRegex(ValidationError, "Choose the person"):
            form.save()
        form.user_id = self.salesman
        rule = form.save()
        self.assertIn(f"for {self.salesman.name}", rule.sentence)

    # Note

    def test_the_note_says_why_what_to_say_and_what_to_offer(self):
        customer = self._create_buyer((100, 80, 60), self.box)
        for day in (50, 10):
            self._create_order(customer, day).order_line.product_id = self.tea
        profile = self._get_profile(customer)
        profile.segment_id.write(
            {"value_proposition": "First choice\nof the season", "treatment": "Call"}
        )
        self.stage.playbook = "<ol><li>Ask how the last box was</li></ol>"
        self._create_rule()._run()
        note = self._get_note(customer)
        for text in (
            "Last order 10 days ago",
            "Revenue so far:",
            "First choice<br>of the season<br>Call",
            "<li>Ask how the last box was</li>",
            "Due again: Box.",
            "Usually buys: Tea.",
        ):
            self.assertIn(text, note.replace("<br/>", "<br>"))

    def test_the_note_is_in_the_language_of_the_one_who_gets_it(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        self.box.with_context(lang="pt_BR").name = "Caixa"
        self.salesman.lang = "pt_BR"
        customer = self._create_buyer((100, 80, 60), self.box)
        other = self._create_buyer(
            (100, 80, 60), self.box, user_id=self.other_salesman.id
        )
        segment = self._get_profile(customer).segment_id
        segment.value_proposition = "First choice"
        segment.with_context(lang="pt_BR").value_proposition = "Primeira escolha"
        self._create_rule()._run()
        self.assertIn("Primeira escolha", self._get_note(customer))
        self.assertIn("Caixa", self._get_note(customer))
        self.assertIn("First choice", self._get_note(other))
        self.assertIn("Box", self._get_note(other))

    def test_what_users_write_is_text_in_the_note(self):
        self.box.name = "<b>Box</b>"
        customer = self._create_buyer((100, 80, 60), self.box)
        profile = self._get_profile(customer)
        profile.segment_id.value_proposition = "a < b <script>x</script>"
        self._create_rule()._run()
        note = self._get_note(customer)
        self.assertNotIn("<script>", note)
        self.assertIn("a &lt; b", note)
        self.assertIn("&lt;b&gt;Box", note)

    def test_archived_products_are_not_offered(self):
        customer = self._create_buyer((100, 80, 60), self.box)
        self.box.active = False
        self._create_rule()._run()
        self.assertNotIn("Box", self._get_note(customer))

    def test_nothing_to_say_leaves_no_empty_title(self):
        customer = self._create_invited()
        segment = self._get_profile(customer).segment_id
        segment.write({"value_proposition": False, "treatment": False})
        self._create_rule()._run()
        self.assertNotIn("<strong>", self._get_note(customer))

    def _create_habits(self, partners, products):
        """As if each of them had bought one of the products again and again."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO relationship_profile_product (
                profile_id, partner_id, company_id, product_id, order_day_count,
                first_date, last_date, state
            )
            SELECT profile.id, profile.partner_id, profile.company_id,
                   bought.product_id, 3, %s, %s, 'usual'
              FROM relationship_profile profile
              JOIN UNNEST(%s::int[], %s::int[]) bought (partner_id, product_id)
                ON bought.partner_id = profile.partner_id
             WHERE profile.company_id = %s
            """,
            [
                self._days_ago(90),
                self._days_ago(30),
                partners.ids,
                products.ids,
                self.company.id,
            ],
        )

    def test_statements_do_not_grow_with_the_customers(self):
        counts = []
        for number in (1, 10, 100):
            products = self.env["product.product"].create(
                [{"name": f"Bar {index}"} for index in range(number)]
            )
            partners = self.env["res.partner"].create(
                [
                    {"name": "Café", "is_company": True, "user_id": self.salesman.id}
                    for _index in range(number)
                ]
            )
            self._refresh_changed()
            self._create_habits(partners, products)
            rule = self._create_rule(
                stage_ids=self.contact_stage.ids, start_date=self._days_ago(400)
            )
            plan = rule.evaluate()
            plan.items = [i for i in plan.items if i.partner_id in partners.ids]
            self.assertEqual(len(plan.items), number)
            rule._prepare_activities(plan.items)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            vals = rule._prepare_activities(plan.items)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertIn("Due again: Bar", vals[0]["note"])
        self.assertEqual(counts[0], counts[1])
        self.assertEqual(counts[1], counts[2])
