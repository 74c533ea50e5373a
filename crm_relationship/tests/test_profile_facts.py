from datetime import date, datetime

from odoo.tests import Form, tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestProfileFacts(RelationshipCase):
    def test_facts_of_a_customer_with_a_rhythm(self):
        customer = self._create_customer()
        self._create_history(customer, (100, 60, 50), amount=40)
        profile = self._get_profile(customer)
        self.assertEqual(profile.order_count, 3)
        self.assertEqual(profile.order_day_count, 3)
        self.assertEqual(profile.revenue, 120)
        self.assertEqual(profile.first_order_date, self._days_ago(100))
        self.assertEqual(profile.last_order_date, self._days_ago(50))
        self.assertEqual(profile.days_since_order, 50)
        self.assertEqual(profile.interval_mean, 25)
        self.assertEqual(profile.interval_median, 25)
        self.assertEqual(profile.last_interval, 10)
        self.assertEqual(profile.rhythm_ratio, 2)
        self.assertEqual(profile.rhythm_state, "late")

    def test_median_is_not_moved_by_one_long_break(self):
        customer = self._create_customer()
        self._create_history(customer, (400, 390, 380, 370, 10))
        profile = self._get_profile(customer)
        self.assertEqual(profile.interval_median, 10)
        self.assertEqual(profile.interval_mean, 97.5)
        self.assertEqual(profile.last_interval, 360)
        self.assertEqual(profile.last_interval_ratio, 36)

    def test_several_orders_of_one_day_are_one_purchase(self):
        customer = self._create_customer()
        self._create_history(customer, (30, 30, 30))
        profile = self._get_profile(customer)
        self.assertEqual((profile.order_count, profile.order_day_count), (3, 1))
        self.assertFalse(profile.interval_median)
        self.assertEqual(profile.rhythm_state, "none")

    def test_only_confirmed_orders_of_a_positive_amount_count(self):
        customer = self._create_customer()
        self._create_order(customer, 40, amount=70)
        self._create_order(customer, 30, amount=0)
        self._create_order(customer, 20, amount=-10)
        self._create_order(customer, 10, state="cancel")
        self._create_order(customer, 5, state="draft")
        self._create_order(customer, 4, state="sent")
        profile = self._get_profile(customer)
        self.assertEqual((profile.order_count, profile.revenue), (1, 70))
        self.assertEqual(profile.quotation_count, 2)

    def test_contacts_roll_up_to_the_company_they_belong_to(self):
        customer = self._create_customer()
        contact = self._create_customer("Bia", is_company=False, parent_id=customer.id)
        self._create_order(customer, 20)
        self._create_order(contact, 10)
        self.assertEqual(self._get_profile(customer).order_count, 2)
        self.assertFalse(self._get_profile(contact))

    def test_a_day_is_the_day_in_the_time_zone_of_the_company(self):
        self.company.relationship_tz = "America/Sao_Paulo"  # UTC-3
        customer = self._create_customer()
        self._create_order(customer, datetime(2026, 3, 2, 1, 0))
        self._create_order(customer, datetime(2026, 3, 1, 23, 0))
        profile = self._get_profile(customer)
        self.assertEqual(profile.order_day_count, 1)
        self.assertEqual(profile.last_order_date, date(2026, 3, 1))

    def test_revenue_is_in_company_currency(self):
        currency = self.env["res.currency"].create(
            {"name": "XTS", "symbol": "x", "rate_ids": [(0, 0, {"rate": 4.0})]}
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Test", "currency_id": currency.id}
        )
        customer = self._create_customer()
        order = self._create_order(customer, 0, amount=100, pricelist_id=pricelist.id)
        self.assertEqual(order.currency_rate, 4)
        self.assertEqual(self._get_profile(customer).revenue, 25)

    def test_orders_of_the_future_wait_for_their_day(self):
        customer = self._create_customer()
        self._create_order(customer, 10)
        self._create_order(customer, -5)
        self.assertEqual(self._get_profile(customer).order_count, 1)
        in_five_days = self._days_ago(-5)
        self.Profile._refresh(self.company, customer.ids, as_of=in_five_days)
        self.assertEqual(self._get_profile(customer).order_count, 2)

    def test_as_of_gives_what_a_refresh_on_that_day_gave(self):
        customer = self._create_customer()
        self._create_history(customer, (100, 80, 60))
        then = self._days_ago(70)
        self.Profile._refresh(self.company, customer.ids, as_of=then)
        profile = self._get_profile(customer)
        self.Profile._refresh(self.company, customer.ids, as_of=then)
        self.assertEqual(profile.order_count, 2)
        self.assertEqual(profile.days_since_order, 10)

    def test_salesperson_of_the_contact_comes_before_the_one_of_the_order(self):
        customer = self._create_customer()
        self._create_order(customer, 10, user_id=self.other_salesman.id)
        profile = self._get_profile(customer)
        self.assertEqual(profile.user_id, self.salesman)
        self.assertEqual(profile.team_id, self.team)
        customer.user_id = False
        self.assertEqual(self._get_profile(customer).user_id, self.other_salesman)

    def test_every_contact_that_could_buy_has_a_profile(self):
        employee = self._create_user("counter").partner_id
        vendor = self._create_customer("Cocoa Ltd", supplier_rank=1)
        archived = self._create_customer("Gone", active=False)
        contact = self._create_customer("New")
        self.assertEqual(self._get_profile(contact).stage_id.name, "New contact")
        for partner in (employee, vendor, archived, self.company.partner_id):
            self.assertFalse(self._get_profile(partner), partner.name)

    def test_a_vendor_who_buys_has_a_profile(self):
        vendor = self._create_customer("Cocoa Ltd", supplier_rank=1)
        self._create_order(vendor, 3)
        self.assertEqual(self._get_profile(vendor).order_count, 1)

    def test_an_archived_customer_leaves_the_funnel_and_comes_back(self):
        customer = self._create_customer()
        self._create_order(customer, 3)
        customer.active = False
        profile = self._get_profile(customer)
        self.assertFalse(profile.active)
        customer.active = True
        self.assertTrue(self._get_profile(customer).active)

    def test_explanations_say_the_figures(self):
        cases = (
            ((), "No order and no quotation yet."),
            ((5,), "Only purchase 5 days ago"),
            ((143, 184, 225), "Last order 143 days ago; usually every 41 days."),
            ((1, 2, 3), "Last order yesterday; usually every day."),
            ((0, 400), "Last order today, after a break of 400 days"),
        )
        for days, expected in cases:
            with self.subTest(days=days):
                customer = self._create_customer()
                self._create_history(customer, days)
                explanation = self._get_profile(customer).explanation
                self.assertIn(expected, explanation)

    def test_refresh_writes_only_rows_that_change(self):
        customer = self._create_customer()
        self._create_history(customer, (30, 20, 13, 1))  # a mean with many decimals
        self._refresh_changed()
        self.Profile._refresh(self.company)
        self.assertEqual(self.Profile._refresh(self.company), 0)
        self._create_order(customer, 0)
        self.env.cr.flush()
        self.assertEqual(self.Profile._refresh(self.company), 1)

    def test_refresh_takes_as_many_queries_for_100_customers_as_for_1(self):
        customers = [self._create_customer(f"Customer {i}") for i in range(100)]
        for customer in customers:
            self._create_order(customer, 10)
        self._refresh_changed()
        counts = []
        for size in (1, 10, 100):
            ids = [customer.id for customer in customers[:size]]
            start = self.env.cr.sql_log_count
            self.Profile._refresh(self.company, ids)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(len(set(counts)), 1, counts)

    def test_quotation_shows_the_stage_of_its_customer(self):
        customer = self._create_customer()
        self._create_history(customer, (100, 60, 50))
        self._refresh_changed()
        form = Form(self.env["sale.order"].with_user(self.salesman))
        form.partner_id = customer
        self.assertEqual(form.relationship_stage_id.name, "At risk")
        self.assertIn("50 days ago", form.relationship_explanation)

    def test_contacts_are_found_by_the_stage_of_their_company(self):
        customer = self._create_customer()
        contact = self._create_customer("Bia", parent_id=customer.id, is_company=False)
        self._create_order(customer, 3)
        self._refresh_changed()
        found = self.env["res.partner"].search(
            [
                ("relationship_stage_id.name", "=", "First purchase"),
                ("id", "in", (customer | contact).ids),
            ]
        )
        self.assertEqual(found, customer | contact)
        without = self.env["res.partner"].search(
            [
                ("relationship_profile_id", "=", False),
                ("id", "in", (customer | self.company.partner_id).ids),
            ]
        )
        self.assertEqual(without, self.company.partner_id)

    def test_card_costs_the_same_whatever_the_history(self):
        small = self._create_customer("Small")
        large = self._create_customer("Large")
        self._create_history(small, (10,))
        self._create_history(large, range(1, 60))
        self._refresh_changed()
        counts = []
        for customer in (small, small, large):
            self.env.invalidate_all()
            partner = customer.with_user(self.salesman)
            start = self.env.cr.sql_log_count
            card = partner.get_relationship_card()
            counts.append(self.env.cr.sql_log_count - start)
        counts.pop(0)  # it filled the caches
        self.assertEqual(len(card["order_days"]), 48)
        self.assertEqual(card["order_days"][-1], str(self._days_ago(1)))
        self.assertLessEqual(max(counts), 12, counts)
