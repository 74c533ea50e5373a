from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .trigger_case import TriggerCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestTrigger(TriggerCase):
    """Each trigger: when it holds, how the occurrence is called, what is said."""

    def test_every_trigger_runs_today_and_as_of_any_day_and_says_what_it_is(self):
        customer = self._create_customer()
        self._create_history(customer, (40, 30, 20))
        needed = {
            "stage": {"stage_ids": [Command.set(self.Stage.search([]).ids)]},
            "domain": {"trigger_domain": "[('order_count', '>', 99)]"},
        }
        self._refresh_changed()
        triggers = dict(self.Rule._fields["trigger"].selection)
        del triggers["step"]  # follows a rule, see `test_rule_step`
        for trigger, label in triggers.items():
            with self.subTest(label):
                rule = self._create_rule(trigger, **needed.get(trigger, {}))
                for day in (None, self._days_ago(10), self._days_ago(-10)):
                    rule.evaluate(day)
                self.assertTrue(rule._run())
                self.assertTrue(rule.sentence.startswith("When "))
                self.assertFalse(rule.problem)
                form = Form(rule.with_user(self.manager))
                self.assertEqual(form.sentence, rule.sentence)

    # Rhythm
    def test_who_has_few_orders_is_left_alone_or_measured_by_others(self):
        for days in ((80, 60, 40, 20), (70, 50, 30)):
            self._create_history(self._create_customer(), days)
        new = self._create_customer()
        self._create_history(new, (45,))
        rule = self._create_rule("rhythm")
        self.assertEqual(self._get_keys(rule, new), [])
        rule.rhythm_fallback = "company"
        self.assertEqual(self._get_keys(rule, new), [str(self._days_ago(45))])
        self.assertEqual(self._get_days(rule, new, (4, 5, 6)), [4, 5])
        self.assertIn("others order again after 20 days.", self._get_reason(rule, new))
        rule.write({"rhythm_fallback": "days", "fallback_days": 22})
        self.assertEqual(self._get_days(rule, new, (0, 1, 2)), [0, 1])
        self.assertEqual(len(self._act_twice(rule, new)), 1)

    # Probability
    def test_probability_that_falls_below_the_limit_is_one_occurrence_per_spell(self):
        customer = self._create_customer()
        self._create_history(customer, (60, 50, 40))
        self._refresh_changed()
        profile = self._get_profile(customer)
        rule = self._create_rule("probability", probability_limit=0.4)
        for probability, expected in ((0.41, 0), (0.4, 0), (0.39, 1), (None, 0)):
            self.env.cr.execute(
                "UPDATE relationship_profile SET buy_probability = %s WHERE id = %s",
                [probability, profile.id],
            )
            self.env.invalidate_all()
            items = rule.evaluate().items
            self.assertEqual(len(items), expected, probability)
            for item in items:
                self.assertEqual(item.occurrence, str(self._days_ago(40)))
                said = self.Touch._describe(item.evidence)
                self.assertIn("Buys again with a probability of 39 %.", said)

    # Silence
    def test_any_contact_begins_the_silence_anew(self):
        customer = self._create_prospect()
        self._contact(customer, 100)
        rule = self._create_rule("silence", trigger_days=90)
        self.assertEqual(self._get_days(rule, customer, (9, 10, 11, 12)), [9, 10])
        self.assertEqual(self._get_keys(rule, customer), [str(self._days_ago(100))])
        self.assertIn("No contact for 100 days", self._get_reason(rule, customer))
        self._contact(customer, 95, kind="other", direction="in")
        self.assertEqual(self._get_keys(rule, customer), [str(self._days_ago(95))])
        self.assertEqual(self._get_keys(rule, customer, 6), [])
        self._contact(customer, 2, outcome="no_answer")
        self.assertEqual(self._get_keys(rule, customer), [str(self._days_ago(95))])
        self._contact(customer, 1)
        self.assertEqual(self._get_keys(rule, customer), [])

    def test_who_never_had_contact_is_silent_since_the_last_order(self):
        customer = self._create_customer()
        self._create_history(customer, (200, 100))
        rule = self._create_rule("silence", trigger_days=90)
        self.assertEqual(self._get_days(rule, customer, (0, 10, 11)), [0, 10])
        self.assertEqual(self._get_keys(rule, customer), ["never"])
        self.assertIn("No contact so far.", self._get_reason(rule, customer))

    # Products
    def test_a_product_is_due_by_the_rhythm_of_customer_and_product(self):
        customer, product = self._create_customer(), self._create_product()
        for day in (70, 50, 30):
            self._buy(customer, day, product)
        self._create_history(customer, (69, 40, 5))  # of another product: 32 days
        rule = self._create_rule("reorder", late_days=14)
        key = f"{product.id}/{self._days_ago(30)}"
        self.assertEqual(self._get_keys(rule, customer), [key])
        self.assertEqual(self._get_days(rule, customer, (9, 10, 11)), [9, 10])
        # 24 days after it was due it is too late
        self.assertEqual(self._get_days(rule, customer, (-4, -5)), [-4])
        self.assertIn(
            "“Pralines” is due: last bought 30 days ago; usually every 20 days.",
            self._get_reason(rule, customer),
        )
        rule.reorder_factor = 1.5
        self.assertEqual(self._get_days(rule, customer, (0, 1)), [0])
        rule.trigger_product_ids = self.product
        self.assertEqual(self._get_keys(rule, customer), [])

    def test_products_that_are_archived_are_not_called_for(self):
        customer, product = self._create_customer(), self._create_product()
        for day in (70, 50, 30):
            self._buy(customer, day, product)
        rule = self._create_rule("reorder")
        self.assertTrue(self._get_keys(rule, customer))
        product.active = False
        self.assertEqual(self._get_keys(rule, customer), [])

    def test_a_product_bought_once_and_not_again(self):
        customer = self._create_customer()
        once, twice = self._create_product("Once"), self._create_product("Twice")
        for day, product in ((65, once), (65, twice), (20, twice)):
            self._buy(customer, day, product)
        rule = self._create_rule("single", trigger_days=60)
        key = f"{once.id}/{self._days_ago(65)}"
        self.assertEqual(self._get_keys(rule, customer), [key])
        self.assertEqual(self._get_days(rule, customer, (-9, -10, 5, 6)), [-9, 5])
        self.assertIn("Bought “Once” once, on", self._get_reason(rule, customer))
        self._buy(customer, 0, once)
        self.assertEqual(self._get_keys(rule, customer), [])
        # as of yesterday it had not been bought again
        self.assertEqual(self._get_keys(rule, customer, 1), [key])

    def test_the_service_interval_of_a_product_begins_with_the_last_purchase(self):
        customer, product = self._create_customer(), self._create_product()
        product.relationship_service_days = 180
        self._buy(customer, 400, product)
        self._buy(customer, 185, product)
        self._create_history(customer, (185,))  # a product without service
        rule = self._create_rule("service")
        key = f"{product.id}/{self._days_ago(185)}"
        self.assertEqual(self._get_keys(rule, customer), [key])
        self.assertEqual(self._get_days(rule, customer, (-9, -10, 5, 6)), [-9, 5])
        self.assertIn("is due for service.", self._get_reason(rule, customer))

    # Orders
    def test_days_after_the_first_order_come_once_in_a_life(self):
        customer = self._create_customer()
        orders = self._create_history(customer, (20, 16))
        rule = self._create_rule("after_order", trigger_days=14)
        self.assertEqual(self._get_keys(rule, customer), ["first"])
        self.assertEqual(self._get_days(rule, customer, (-8, -9, 6, 7)), [-8, 6])
        self.assertIn("First order on", self._get_reason(rule, customer))
        self.assertEqual(len(self._act_twice(rule, customer)), 1)
        orders[0]._action_cancel()
        self.assertEqual(len(self._act_twice(rule, customer)), 1)

    def test_days_after_every_order_come_for_each(self):
        customer = self._create_customer()
        first, second, _third = self._create_history(customer, (20, 16, 3))
        self._create_order(customer, 16, state="draft")
        rule = self._create_rule("after_order", trigger_days=14, order_which="every")
        keys = {f"order/{first.id}", f"order/{second.id}"}
        self.assertEqual(set(self._get_keys(rule, customer)), keys)
        self.assertEqual(self._get_keys(rule, customer, 3), [f"order/{first.id}"])
        self.assertEqual(len(self._act_twice(rule, customer)), 2)

    # Key dates
    def _create_key_date(self, partner, day, **values):
        return self.env["relationship.key.date"].create(
            {
                "partner_id": partner.id,
                "kinship_id": self.env.ref("crm_relationship.kinship_child").id,
                "name": "Lia",
                "day": day.day,
                "month": f"{day.month:02}",
            }
            | values
        )

    def test_a_key_date_comes_every_year_so_many_days_before(self):
        customer = self._create_prospect()
        noted = self._create_key_date(customer, date(2000, 1, 3))
        rule = self._create_rule("key_date", trigger_days=7, late_days=3)
        found = {
            str(day): [item.occurrence for item in rule.evaluate(day).items]
            for day in (
                date(2030, 12, 26),
                date(2030, 12, 27),
                date(2030, 12, 30),
                date(2030, 12, 31),
                date(2031, 12, 27),
            )
        }
        self.assertEqual(
            found,
            {
                "2030-12-26": [],
                "2030-12-27": [f"{noted.id}/2031"],
                "2030-12-30": [f"{noted.id}/2031"],
                "2030-12-31": [],
                "2031-12-27": [f"{noted.id}/2032"],
            },
        )

    def test_nobody_prepares_for_a_key_date_that_is_over_unless_it_is_chosen(self):
        customer = self._create_prospect()
        self._create_key_date(customer, self.today - timedelta(2))
        rule = self._create_rule("key_date", trigger_days=3)
        self.assertEqual(self._get_keys(rule, customer), [])
        rule.late_days = 14
        self.assertEqual(len(self._get_keys(rule, customer)), 1)
        form = Form(self.Rule.with_user(self.manager))
        form.trigger = "key_date"
        self.assertEqual(form.late_days, 0)
        form.trigger = "stay"
        self.assertEqual(form.late_days, 14)

    def test_without_a_limit_a_key_date_is_prepared_until_it_comes(self):
        customer = self._create_prospect()
        coming = self.today + timedelta(5)
        self._create_key_date(customer, coming)
        rule = self._create_rule("key_date", trigger_days=7, late_days=0)
        days = self._get_days(rule, customer, (3, 2, 0, -5, -6))
        self.assertEqual(days, [2, 0, -5])
        self.assertIn("Child: Lia, on", self._get_reason(rule, customer))

    def test_birthday_never_fires_for_the_year_of_birth(self):
        customer = self._create_prospect()
        self._create_key_date(customer, date(2024, 5, 10), year=2024)
        rule = self._create_rule("key_date", trigger_days=7)
        years = [
            year for year in range(2022, 2028) if rule.evaluate(date(year, 5, 5)).items
        ]
        self.assertEqual(years, [2025, 2026, 2027])

    def test_birthday_never_fires_for_a_birth_date_in_the_future(self):
        customer = self._create_prospect()
        noted = self._create_key_date(customer, self.today + timedelta(5))
        # No form lets it in; an import of another time may have.
        self.env.flush_all()
        for year, expected in (
            (self.today.year - 1, 1),
            (self.today.year, 0),
            (self.today.year + 1, 0),
        ):
            self.env.cr.execute(
                "UPDATE relationship_key_date SET year = %s WHERE id = %s",
                [year + (self.today + timedelta(5)).year - self.today.year, noted.id],
            )
            self.env.invalidate_all()
            rule = self._create_rule("key_date", trigger_days=7)
            self.assertEqual(len(self._get_keys(rule, customer)), expected, year)

    def test_29_february_is_kept_on_the_28th_in_years_without_one(self):
        customer = self._create_prospect()
        noted = self._create_key_date(customer, date(2000, 2, 29), year=2000)
        rule = self._create_rule("key_date", trigger_days=1, late_days=1)
        found = {
            (day.isoformat(), item.occurrence)
            for year in (2027, 2028)
            for day in (date(year, 2, 24) + timedelta(n) for n in range(8))
            for item in rule.evaluate(day).items
        }
        self.assertEqual(
            found,
            {
                ("2027-02-27", f"{noted.id}/2027"),
                ("2027-02-28", f"{noted.id}/2027"),
                ("2028-02-28", f"{noted.id}/2028"),
                ("2028-02-29", f"{noted.id}/2028"),
            },
        )

    def test_only_dates_of_the_kinds_that_the_rule_names_count(self):
        customer = self._create_prospect()
        self._create_key_date(customer, self.today + timedelta(5))
        rule = self._create_rule(
            "key_date", kinship_ids=self.env.ref("crm_relationship.kinship_parent").ids
        )
        self.assertEqual(self._get_keys(rule, customer), [])
        rule.kinship_ids += self.env.ref("crm_relationship.kinship_child")
        self.assertEqual(len(self._get_keys(rule, customer)), 1)

    def test_nobody_is_called_for_people_who_are_gone(self):
        customer = self._create_prospect()
        contact = self.env["res.partner"].create(
            {"name": "Lia", "parent_id": customer.id}
        )
        self._create_key_date(contact, self.today + timedelta(5))
        rule = self._create_rule("key_date")
        self.assertEqual(len(self._get_keys(rule, customer)), 1)
        contact.active = False
        self.assertEqual(self._get_keys(rule, customer), [])
        contact.active, customer.active = True, False
        self.assertEqual(self._get_keys(rule, customer), [])

    def test_merging_customers_with_the_same_key_date_calls_once(self):
        kept, gone = self._create_prospect(), self._create_prospect()
        for customer in (kept, gone):
            self._create_key_date(customer, self.today + timedelta(5))
        rule = self._create_rule("key_date", domain=f"[('partner_id', '=', {gone.id})]")
        self.assertEqual(len(self._act_twice(rule, gone)), 1)
        rule.domain = "[]"
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([kept.id, gone.id], kept)
        self.assertEqual(self._get_keys(rule, kept), [])
        self.assertEqual(len(self._act_twice(rule, kept)), 1)

    def test_a_second_merge_keeps_known_what_the_first_one_made_known(self):
        kept, gone, last = (self._create_prospect() for _i in range(3))
        for customer in (kept, gone):
            self._create_key_date(customer, self.today + timedelta(5))
        rule = self._create_rule("key_date", domain=f"[('partner_id', '=', {gone.id})]")
        self.assertEqual(len(self._act_twice(rule, gone)), 1)
        rule.domain = "[]"
        for merged in (gone, last):
            wizard = self.env["base.partner.merge.automatic.wizard"].create({})
            wizard._merge([kept.id, merged.id], kept)
            self.assertEqual(self._get_keys(rule, kept), [])

    def test_who_was_asked_for_a_key_date_that_is_joined_is_not_asked_again(self):
        kept, gone = self._create_prospect(), self._create_prospect()
        for customer in (kept, gone):
            self._create_key_date(customer, self.today + timedelta(5))
        rule = self._create_rule("consent", domain=f"[('partner_id', '=', {gone.id})]")
        self.assertEqual(len(self._act_twice(rule, gone)), 1)
        rule.domain = "[]"
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([kept.id, gone.id], kept)
        self.assertEqual(self._get_keys(rule, kept), [])

    def test_what_was_set_free_stays_so_where_key_dates_are_joined(self):
        kept, gone = self._create_prospect(), self._create_prospect()
        for customer in (kept, gone):
            self._create_key_date(customer, self.today + timedelta(5))
        rule = self._create_rule("key_date", state="off")
        rule._switch_on("ignore")
        rule._switch_on("all")
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([kept.id, gone.id], kept)
        self.assertEqual(len(self._get_keys(rule, kept)), 1)

    def test_a_key_date_that_is_joined_twice_stays_known(self):
        last, kept, gone = (self._create_prospect() for _i in range(3))
        for customer in (last, kept, gone):
            self._create_key_date(customer, self.today + timedelta(5))
        rule = self._create_rule("key_date", domain=f"[('partner_id', '=', {gone.id})]")
        self.assertEqual(len(self._act_twice(rule, gone)), 1)
        rule.domain = "[]"
        for survivor, merged in ((kept, gone), (last, kept)):
            wizard = self.env["base.partner.merge.automatic.wizard"].create({})
            wizard._merge([survivor.id, merged.id], survivor)
            self.assertEqual(self._get_keys(rule, survivor), [])

    # Consent
    def test_a_consent_is_asked_for_before_it_is_needed(self):
        customer = self._create_customer()
        self._create_history(customer, (70, 50, 30, 10))  # the next one in 10 days
        rule = self._create_rule("consent", trigger_days=7)
        self.assertEqual(self._get_keys(rule, customer), [])
        rule.trigger_days = 10
        key = f"order/{self._days_ago(10)}"
        self.assertEqual(self._get_keys(rule, customer), [key])
        self.assertEqual(self._get_days(rule, customer, (-10, -11)), [-10])
        self.assertIn(
            "Not asked yet about offers by “E-mail”", self._get_reason(rule, customer)
        )
        noted = self._create_key_date(customer, self.today + timedelta(3))
        year = (self.today + timedelta(3)).year
        keys = {key, f"date/{noted.id}/{year}"}
        self.assertEqual(set(self._get_keys(rule, customer)), keys)
        self.env["relationship.consent"].create(
            {
                "partner_id": customer.id,
                "purpose": "offers",
                "channel_id": self.env.ref("crm_relationship.channel_email").id,
                "state": "declined",
            }
        )
        self.assertEqual(self._get_keys(rule, customer), [])

    # What is refused
    def test_parameters_that_make_no_sense_are_refused(self):
        for values in (
            {"trigger": "domain"},
            {"trigger": "domain", "trigger_domain": "[('no_field', '=', 1)]"},
            {"trigger": "domain", "trigger_domain": "nonsense"},
            {"trigger": "stage"},
        ):
            with self.assertRaises(ValidationError, msg=values):
                self._create_rule(**values)

    def test_a_rule_about_consent_needs_a_channel(self):
        rule = self._create_rule("consent", consent_channel_id=False)
        self.assertIn("Choose the channel", rule.problem)
