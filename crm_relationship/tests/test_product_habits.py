from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from ..models.relationship_profile_product_sql import PRODUCT_COLUMNS
from .common import RelationshipCase


class ProductHabitCase(RelationshipCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Habit = cls.env["relationship.profile.product"]
        cls.sweets = cls.env["product.category"].create({"name": "Sweets"})
        cls.pralines = cls._create_product("Pralines", categ_id=cls.sweets.id)
        cls.cake = cls._create_product("The Expensive Cake", categ_id=cls.sweets.id)
        cls.bread = cls._create_product("Bread")
        cls.customer = cls._create_customer()

    @classmethod
    def _create_product(cls, name, **values):
        return cls.env["product.product"].create(
            {"name": name, "list_price": 10, "taxes_id": False} | values
        )

    @classmethod
    def _line(cls, product, price=10.0, quantity=1, **values):
        return Command.create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "price_unit": price,
                "tax_ids": False,
            }
            | values
        )

    @classmethod
    def _buy(cls, day, *products, partner=None, **values):
        """An order of these products (or commands for lines) so many days ago."""
        lines = [
            product if isinstance(product, tuple) else cls._line(product)
            for product in products
        ]
        return cls._create_order(
            partner or cls.customer, day, order_line=lines, **values
        )

    def _get_habit(self, product, partner=None):
        self._refresh_changed()
        partner = partner or self.customer
        habit = self.Habit.search(
            [
                ("partner_id", "=", partner.id),
                ("product_id", "=", product.id),
                ("company_id", "=", self.company.id),
            ]
        )
        self.assertLessEqual(len(habit), 1)
        return habit

    def _rows(self, partner=None, **domain):
        self._refresh_changed()
        self.env.flush_all()
        habits = self.Habit.search(
            [("partner_id", "=", (partner or self.customer).id)], order="product_id"
        )
        return [
            tuple(habit[name] for name in ("product_id", *PRODUCT_COLUMNS))
            for habit in habits
        ]


@tagged("post_install", "-at_install", "crm_relationship")
class TestProductHabits(ProductHabitCase):
    """What customers usually buy, and what they bought once and never again."""

    def test_usual_once_and_now_and_then(self):
        self._buy(90, self.pralines, self.cake)
        self._buy(60, self.pralines)
        self._buy(30, self.pralines, self.bread)
        states = {
            product: self._get_habit(product).state
            for product in (self.pralines, self.cake, self.bread)
        }
        self.assertEqual(
            states,
            {self.pralines: "usual", self.cake: "once", self.bread: "occasional"},
        )
        cake = self._get_habit(self.cake)
        self.assertEqual((cake.order_day_count, cake.later_order_day_count), (1, 2))
        self.assertEqual((cake.first_date, cake.last_date), (self._days_ago(90),) * 2)
        pralines = self._get_habit(self.pralines)
        self.assertEqual(pralines.order_day_count, 3)
        self.assertEqual(pralines.later_order_day_count, 0)
        self.assertEqual(pralines.first_date, self._days_ago(90))
        self.assertEqual(pralines.last_date, self._days_ago(30))

    def test_usual_is_two_days_and_a_quarter_of_all(self):
        for day in (80, 70):
            self._buy(day, self.pralines)
        for day in range(10, 70, 10):
            self._buy(day, self.bread)
        self.assertEqual(self._get_habit(self.pralines).state, "usual", "2 of 8")
        self._buy(5, self.bread)
        self.assertEqual(self._get_habit(self.pralines).state, "occasional", "2 of 9")

    def test_one_order_day_is_no_habit_whatever_its_share(self):
        self._buy(20, self.pralines)
        self._buy(20, self.pralines)
        habit = self._get_habit(self.pralines)
        self.assertEqual((habit.order_day_count, habit.state), (1, "occasional"))

    def test_never_again_needs_two_order_days_without_it(self):
        self._buy(30, self.cake)
        self._buy(20, self.bread)
        self._buy(20, self.bread)
        self.assertEqual(self._get_habit(self.cake).state, "occasional")
        self._buy(10, self.bread)
        self.assertEqual(self._get_habit(self.cake).state, "once")
        self._buy(1, self.cake)
        self.assertEqual(self._get_habit(self.cake).state, "usual", "after all")

    def test_the_share_is_that_of_the_money_spent(self):
        self._buy(30, self._line(self.cake, 75), self._line(self.bread, 5, 3))
        self._buy(20, self._line(self.bread, 5, 2))
        cake, bread = self._get_habit(self.cake), self._get_habit(self.bread)
        self.assertEqual((cake.amount, bread.amount), (75, 25))
        self.assertEqual((cake.share, bread.share), (0.75, 0.25))

    def test_what_nobody_pays_for_returns_and_down_payments_are_no_purchases(self):
        self._buy(
            10,
            self._line(self.bread, 100),
            self._line(self.pralines, 0),
            self._line(self.cake, 10, -1),
            self._line(self.product, 30, is_downpayment=True),
        )
        self._refresh_changed()
        habit = self.Habit.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(habit.product_id, self.bread)
        self.assertEqual((habit.amount, habit.share), (100, 1))

    def test_sections_and_notes_have_no_product(self):
        section = Command.create({"display_type": "line_section", "name": "For you"})
        note = Command.create({"display_type": "line_note", "name": "With love"})
        self._buy(10, section, self.bread, note)
        self.assertEqual(len(self._rows()), 1)

    def test_quotations_and_cancelled_orders_are_no_purchases(self):
        for state in ("draft", "sent", "cancel"):
            self._buy(10, self.bread, state=state)
        self.assertFalse(self._rows())

    def test_amounts_in_company_currency(self):
        currency = self.env.ref("base.CHF")
        currency.active = True
        currency.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {
                "name": self._days_ago(400),
                "rate": 4,
                "currency_id": currency.id,
                "company_id": self.company.id,
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Swiss", "currency_id": currency.id}
        )
        order = self._buy(10, self._line(self.cake, 100), pricelist_id=pricelist.id)
        self.assertEqual(order.currency_rate, 4)
        self._buy(9, self._line(self.bread, 75))
        self.assertEqual(self._get_habit(self.cake).amount, 25)
        self.assertEqual(self._get_habit(self.cake).share, 0.25)

    def test_the_day_is_that_of_the_company(self):
        self.company.relationship_tz = "America/Sao_Paulo"
        order = self._buy(10, self.bread)
        order.date_order = order.date_order.replace(hour=1)
        self.assertEqual(self._get_habit(self.bread).last_date, self._days_ago(11))

    def test_another_product_at_the_same_price_reaches_the_profile(self):
        order = self._buy(10, self.bread)
        self.assertTrue(self._get_habit(self.bread))
        amount = order.amount_untaxed
        order.order_line.write({"product_id": self.cake.id, "price_unit": 10})
        self.assertEqual(order.amount_untaxed, amount)
        self.assertTrue(self._get_habit(self.cake))
        self.assertFalse(self._get_habit(self.bread))

    def test_amounts_that_move_between_lines_reach_the_profile(self):
        order = self._buy(10, self._line(self.bread, 10), self._line(self.cake, 90))
        self._refresh_changed()
        bread, cake = order.order_line
        order.write(
            {
                "order_line": [
                    Command.update(bread.id, {"price_unit": 30}),
                    Command.update(cake.id, {"price_unit": 70}),
                ]
            }
        )
        self.assertEqual(order.amount_untaxed, 100)
        self.assertEqual(self._get_habit(self.bread).amount, 30)
        self.assertEqual(self._get_habit(self.cake).share, 0.7)

    def test_a_line_that_is_added_or_deleted_reaches_the_profile(self):
        order = self._buy(10, self.bread, self.cake)
        self.assertEqual(len(self._rows()), 2)
        line = order.order_line[1]
        line.product_uom_qty = 0
        self.assertFalse(self._get_habit(self.cake))
        # A free line changes no amount of the order.
        order.order_line = [self._line(self.pralines, 0)]
        self.assertEqual(len(self._rows()), 1)
        order.action_cancel()
        self.assertFalse(self._rows())
        order.action_draft()
        line.unlink()
        order.action_confirm()
        self.assertEqual(len(self._rows()), 1)

    def test_deleting_a_line_of_a_confirmed_order_reaches_the_profile(self):
        order = self._buy(10, self.bread, self.cake)
        self.assertTrue(self._get_habit(self.cake))
        order.state = "draft"
        self.env.flush_all()
        order.order_line[1].unlink()
        order.state = "sale"
        self.assertFalse(self._get_habit(self.cake))
        self.assertEqual(self._get_habit(self.bread).share, 1)

    def test_what_contacts_buy_their_company_buys(self):
        contact = self._create_customer(
            "Bia", is_company=False, parent_id=self.customer.id
        )
        self._buy(10, self.bread, partner=contact)
        self._buy(20, self.bread)
        self.assertEqual(self._get_habit(self.bread).order_day_count, 2)

    def test_moving_an_order_to_another_customer_moves_the_habit(self):
        other = self._create_customer("Other")
        order = self._buy(10, self.bread)
        self.assertTrue(self._get_habit(self.bread))
        order.partner_id = other
        self.assertTrue(self._get_habit(self.bread, other))
        self.assertFalse(self._get_habit(self.bread))

    def test_merged_customers_have_bought_what_both_did(self):
        gone = self._create_customer("Gone")
        self._buy(50, self.bread, self.cake)
        self._buy(40, self.bread, partner=gone)
        self._buy(30, self.bread, self.pralines, partner=gone)
        self._refresh_changed()
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge([gone.id, self.customer.id], self.customer)
        self.assertEqual(self._get_habit(self.bread).order_day_count, 3)
        self.assertEqual(self._get_habit(self.bread).state, "usual")
        self.assertEqual(self._get_habit(self.cake).state, "once")
        self.assertEqual(self._get_habit(self.pralines).state, "occasional")
        self.assertEqual(len(self._rows()), 3)
        profile = self._get_profile(self.customer)
        self.assertEqual(len(profile.product_ids), 3)
        before = self._rows()
        self.Profile._refresh(self.company)
        self.assertEqual(self._rows(), before)

    def test_as_of_gives_what_a_refresh_on_that_day_gave(self):
        then = self._days_ago(45)
        self._buy(90, self.cake, self.bread)
        self._buy(60, self.bread)
        self._buy(45, self.bread)
        before = self._rows()
        for day in (44, 30, 10):
            self._buy(day, self.cake, self.pralines)
        after = self._rows()
        self.assertEqual(len(after), 3)
        self.Profile._refresh(self.company, self.customer.ids, then)
        self.assertEqual(self._rows(), before)
        self.Profile._refresh(self.company, self.customer.ids)
        self.assertEqual(self._rows(), after)

    def test_a_rule_about_a_product_holds_as_of_the_day(self):
        for day in (100, 80, 60):
            self._buy(day, self.bread)
        self._buy(5, self.bread, self.cake)
        self._refresh_changed()

        def fires(days, domain):
            self.rule.domain = domain
            items = self.rule.evaluate(self._days_ago(days)).items
            return self.customer.id in [item.partner_id for item in items]

        bread = f"[('product_ids.product_id', '=', {self.bread.id})]"
        cake = f"[('product_ids.product_id', '=', {self.cake.id})]"
        once = f"[('product_ids.product_id', '=', {self.cake.id}), "
        once += "('product_ids.state', '=', 'occasional')]"
        usual = "[('product_ids', 'any', [('product_id', '=', "
        usual += f"{self.bread.id}), ('state', '=', 'usual'), ('share', '=', 1)])]"
        self.assertTrue(fires(20, bread), "late then, and had bought it")
        self.assertFalse(fires(20, cake), "had not bought it yet")
        self.assertTrue(fires(20, usual), "bought nothing else then")
        self.assertFalse(fires(-200, usual))
        self.assertTrue(fires(-200, cake))
        self.assertTrue(fires(-200, once))
        self.assertTrue(fires(20, f"['!', {cake[1:]}"))
        self.assertFalse(fires(-200, f"['!', {cake[1:]}"))
        self.assertFalse(fires(20, "[('product_ids', '=', False)]"))

    def test_an_equal_row_is_not_written(self):
        self._buy(10, self.bread, self.cake)
        self._refresh_changed()
        xmin = "SELECT id, xmin::text FROM relationship_profile_product ORDER BY id"
        self.env.cr.execute(xmin)
        before = self.env.cr.fetchall()
        self.Profile._refresh(self.company)
        self.env.cr.execute(xmin)
        self.assertEqual(self.env.cr.fetchall(), before)

    def test_thousands_of_customers_cost_no_more_statements(self):
        # Reads what stays in memory; and rules hear of moves once per transaction.
        self.Profile._refresh(self.company, self._create_customer().ids)
        counts = []
        for number in (1, 10, 100):
            customers = self.env["res.partner"].create(
                [{"name": f"C{n}", "is_company": True} for n in range(number)]
            )
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            self.Profile._refresh(self.company, customers.ids)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[1:], counts[:1] * 2)


@tagged("post_install", "-at_install", "crm_relationship")
class TestProductHabitAccess(ProductHabitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.theirs = cls._create_customer("Theirs", user_id=cls.other_salesman.id)
        cls._buy(10, cls.bread, cls.cake)
        cls._buy(20, cls.bread)
        cls._buy(10, cls.pralines, partner=cls.theirs, user_id=cls.other_salesman.id)
        cls.env.flush_all()
        cls.Profile._refresh(cls.company)

    def _get_visible(self, user, **context):
        mine = [("partner_id", "in", (self.customer + self.theirs).ids)]
        return self.Habit.with_user(user).search(mine).partner_id

    def test_a_salesman_sees_the_products_of_own_customers_only(self):
        self.assertEqual(self._get_visible(self.salesman), self.customer)
        self.assertEqual(self._get_visible(self.other_salesman), self.theirs)
        self.assertEqual(self._get_visible(self.leader), self.customer, "his team's")
        both = self.customer + self.theirs
        self.assertEqual(self._get_visible(self.manager), both)

    def test_a_salesman_finds_profiles_by_product_among_own_customers_only(self):
        Profile = self.Profile.with_user(self.salesman)
        for product, expected in ((self.bread, 1), (self.pralines, 0)):
            domain = [("product_ids.product_id", "=", product.id)]
            self.assertEqual(Profile.search_count(domain), expected)

    def test_nobody_writes_habits(self):
        habit = self._get_habit(self.bread)
        for user in (self.salesman, self.manager):
            mine = habit.with_user(user)
            for operation in ("create", "write", "unlink"):
                self.assertFalse(mine.has_access(operation), operation)

    def test_customers_of_other_companies_are_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._buy(5, self.cake, company_id=other.id)
        self._buy(3, self.bread, company_id=other.id)
        self._refresh_changed()
        habit = self._get_habit(self.cake)
        self.assertEqual(habit.last_date, self._days_ago(10))
        theirs = self.Habit.search(
            [("partner_id", "=", self.customer.id), ("company_id", "=", other.id)]
        )
        self.assertEqual(theirs.product_id, self.cake + self.bread)
        self.assertEqual(theirs.profile_id.company_id, other)
        in_other = self._create_user(
            "elsewhere",
            "sales_team.group_sale_salesman_all_leads",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        visible = self.Habit.with_user(in_other).search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertEqual(visible, theirs)

    def test_habits_group_by_category(self):
        self.bread.categ_id = basic = self.env["product.category"].create(
            {"name": "Basics"}
        )
        groups = self.Habit.with_user(self.salesman).formatted_read_group(
            [("partner_id", "=", self.customer.id)],
            ["categ_id"],
            ["amount:sum", "__count"],
        )
        found = {group["categ_id"][0]: group["amount:sum"] for group in groups}
        self.assertEqual(found, {self.sweets.id: 10, basic.id: 20})

    def test_the_profile_opens_its_products_by_category(self):
        profile = self._get_profile(self.customer)
        action = profile.with_user(self.salesman).action_open_products()
        habits = self.Habit.search(action["domain"])
        self.assertEqual(habits, profile.product_ids)
        self.assertTrue(action["context"]["search_default_group_category"])

    def test_as_of_and_now_are_one_definition(self):
        """The condition that a rule reads as of yesterday reads the table today."""
        domain = [("product_ids.product_id", "=", self.bread.id)]
        self.rule.domain = str(domain)
        self.rule.write({"min_order_days": 2, "rhythm_factor": 0.1})
        self.rule.min_days_since_order = 1
        for as_of in (self.today, self.today + timedelta(days=1)):
            items = self.rule.evaluate(as_of).items
            self.assertIn(self.customer.id, [item.partner_id for item in items])
            self.assertNotIn(self.theirs.id, [item.partner_id for item in items])
