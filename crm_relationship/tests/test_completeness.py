from datetime import timedelta

import psycopg2

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from .common import RelationshipCase


class CompletenessCase(RelationshipCase):
    """No facts that matter but the test's own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Fact = cls.env["relationship.profile.fact"]
        cls.Fact.search([]).active = False
        cls.customer = cls._create_customer()
        cls.Refresh = cls.env["relationship.refresh"]

    @classmethod
    def _fact(cls, field_name=None, name=None, **values):
        if field_name:
            field = cls.env["ir.model.fields"]._get("res.partner", field_name)
            values["field_id"] = field.id
        return cls.Fact.create({"name": name or field_name} | values)

    def _score(self, partner=None):
        partner = partner or self.customer
        self.Profile._refresh(self.company, partner.ids)
        return self._get_profile(partner).completeness

    def _missing(self, partner=None):
        profile = self._get_profile(partner or self.customer)
        profile.invalidate_recordset(["missing_facts", "next_question"])
        return profile.missing_facts, profile.next_question

    def _finish(self):
        """Whatever was asked of the scheduled job is done."""
        self.Refresh.search([("state", "=", "running")]).write({"state": "done"})

    def _is_requested(self, company=None):
        return bool(
            self.Refresh.search_count(
                [
                    ("company_id", "=", (company or self.company).id),
                    ("state", "=", "running"),
                ]
            )
        )


@tagged("post_install", "-at_install", "crm_relationship")
class TestCompleteness(CompletenessCase):
    """How much of what matters is known."""

    def test_the_score_is_the_weighted_share_of_what_is_known(self):
        self._fact("phone", weight=3)
        self._fact("email", weight=2)
        self._fact("city", weight=1)
        self.assertEqual(self._score(), 0)
        self.customer.city = "Namur"
        self.assertEqual(self._score(), 17)
        self.customer.phone = "1"
        self.assertEqual(self._score(), 67)
        self.customer.email = "hello@cafe.example"
        self.assertEqual(self._score(), 100)

    def test_an_empty_text_is_not_known(self):
        self._fact("city")
        self.customer.city = ""
        self.assertEqual(self._score(), 0)

    def test_where_nothing_matters_there_is_no_score(self):
        self._score()
        self.env.cr.execute(
            "SELECT completeness, completeness_gap FROM relationship_profile"
            " WHERE partner_id = %s",
            [self.customer.id],
        )
        self.assertEqual(self.env.cr.fetchall(), [(None, 0)])
        self.assertEqual(self._missing(), (False, False))

    def test_what_matters_for_companies_or_for_persons_only(self):
        person = self._create_customer("Bia", is_company=False)
        self._fact("vat", customer_type="company")
        self._fact("function", customer_type="person", weight=4)
        self._fact("city", customer_type="all")
        self.customer.vat = "BE0477472701"
        person.city = "Namur"
        self.assertEqual((self._score(), self._score(person)), (50, 20))
        self.assertEqual(self._missing()[0], "city")
        self.assertEqual(self._missing(person)[0], "function")

    def test_what_is_known_by_all_kinds_of_fields(self):
        channel = self.env.ref("crm_relationship.channel_phone")
        industry = self.env["res.partner.industry"].create({"name": "Sweets"})
        tag = self.env["res.partner.category"].create({"name": "Sweet"})
        term = self.env.ref("account.account_payment_term_15days")
        for name, value in (
            ("relationship_channel_id", channel.id),
            ("industry_id", industry.id),
            ("category_id", [(4, tag.id)]),
            ("child_ids", [(0, 0, {"name": "Bia"})]),
            ("comment", "<p>Likes it dark</p>"),
            ("relationship_acquisition_date", self._days_ago(3)),
            ("property_payment_term_id", term.id),
            ("color", 4),
            ("credit_limit", 5.0),
        ):
            with self.subTest(name):
                self.customer[name] = False
                fact = self._fact(name)
                self.assertEqual(self._score(), 0)
                self.assertTrue(self._missing()[0])
                self.customer.write({name: value})
                self.assertEqual(self._score(), 100)
                self.assertFalse(self._missing()[0])
                fact.unlink()

    def test_a_field_that_each_company_fills_in(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._fact("property_payment_term_id")
        term = self.env.ref("account.account_payment_term_15days")
        partner = self.customer.with_company(other)
        partner.property_payment_term_id = term
        self.Profile._refresh(self.company, self.customer.ids)
        self.Profile._refresh(other, self.customer.ids)
        self.assertEqual(self._get_profile(self.customer).completeness, 0)
        there = self._get_profile(self.customer, other)
        self.assertEqual(there.completeness, 100)
        self.assertFalse(there.missing_facts)

    def test_a_contact_person(self):
        self._fact(name="Contact", kind="contact")
        self.assertEqual(self._score(), 0)
        contact = self._create_customer(
            "Bia", is_company=False, parent_id=self.customer.id
        )
        self.assertEqual(self._get_profile(self.customer).completeness, 100)
        self.assertFalse(self._missing()[0])
        contact.active = False
        self.assertEqual(self._get_profile(self.customer).completeness, 0)
        contact.active = True
        self.assertEqual(self._get_profile(self.customer).completeness, 100)
        contact.unlink()
        self.assertEqual(self._get_profile(self.customer).completeness, 0)

    def _add_key_date(self, partner, kinship, **values):
        return self.env["relationship.key.date"].create(
            {
                "partner_id": partner.id,
                "kinship_id": self.env.ref(f"crm_relationship.kinship_{kinship}").id,
                "name": "Lia",
                "day": 14,
                "month": "03",
            }
            | values
        )

    def test_a_key_date(self):
        self._fact(name="Any date", kind="key_date")
        child = self.env.ref("crm_relationship.kinship_child")
        self._fact(name="Child", kind="key_date", kinship_id=child.id, weight=3)
        self.assertEqual(self._score(), 0)
        own = self._add_key_date(self.customer, "self")
        self.assertEqual(self._get_profile(self.customer).completeness, 25)
        self.assertEqual(self._missing()[0], "Child")
        contact = self._create_customer(
            "Bia", is_company=False, parent_id=self.customer.id
        )
        date = self._add_key_date(contact, "child")
        self.assertEqual(self._get_profile(self.customer).completeness, 100)
        own.unlink()
        date.active = False
        self.assertEqual(self._missing()[0], "Child, Any date")
        self.assertEqual(self._get_profile(self.customer).completeness, 0)
        date.active = True
        self.assertFalse(self._missing()[0])

    def test_a_key_date_of_another_company_is_not_known_here(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._fact(name="Any date", kind="key_date")
        self._add_key_date(self.customer, "self", company_id=other.id)
        self.assertEqual(self._score(), 0)

    def test_a_consent_asked_for_whatever_the_answer(self):
        self._fact(name="Any purpose", kind="consent")
        self._fact(name="Offers", kind="consent", purpose="offers", weight=3)
        phone = self.env.ref("crm_relationship.channel_phone")

        def say(state, purpose):
            self.env["relationship.consent"].create(
                {
                    "partner_id": self.customer.id,
                    "purpose": purpose,
                    "channel_id": phone.id,
                    "state": state,
                    "date": self.customer.create_date - timedelta(days=1),
                }
            )
            return self._get_profile(self.customer).completeness

        self.assertEqual(self._score(), 0)
        self.assertEqual(say("not_asked", "offers"), 0)
        self.assertEqual(say("granted", "research"), 25)
        self.assertEqual(say("declined", "offers"), 100)

    def test_what_is_missing_is_told_the_weightiest_first(self):
        self._fact("city", name="City", sequence=1)
        self._fact("phone", name="Phone", weight=2, sequence=3)
        email = self._fact("email", name="E-mail", weight=2, sequence=2)
        email.question = "Which e-mail address?"
        self._score()
        self.assertEqual(
            self._missing(), ("E-mail, Phone, City", "Which e-mail address?")
        )
        self.customer.email = "hello@cafe.example"
        self.assertEqual(self._missing(), ("Phone, City", "Phone"))
        self.customer.write({"phone": "1", "city": "Namur"})
        self.assertEqual(self._missing(), (False, False))

    def test_what_is_missing_costs_one_query_however_many_profiles(self):
        self._fact("city")
        self._fact(name="Contact", kind="contact")
        partners = self.env["res.partner"].create(
            [{"name": f"C{n}", "is_company": True} for n in range(100)]
        )
        self.Profile._refresh(self.company, partners.ids)
        profiles = self.Profile.search([("partner_id", "in", partners.ids)])
        counts = []
        for number in (1, 10, 100):
            self.env.flush_all()
            self.env.invalidate_all()
            some = profiles[:number]
            some.mapped("partner_id.id")
            some.mapped("company_id.id")
            self.Fact._get_facts(self.company)
            start = self.env.cr.sql_log_count
            some.mapped("missing_facts")
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[1:], counts[:1] * 2)

    def test_tags_of_the_contact_refresh_too(self):
        self._fact("category_id")
        customer = self._create_customer()
        self.assertEqual(self._get_profile(customer).completeness, 0)
        customer.category_id = self.env["res.partner.category"].create({"name": "Café"})
        self.assertEqual(self._get_profile(customer).completeness, 100)

    def test_another_question_is_asked_at_once(self):
        fact = self._fact("city", question="Where?")
        customer = self._create_customer()
        self._get_profile(customer)
        self.assertEqual(customer.get_relationship_card()["question"], "Where?")
        fact.question = "In which town?"
        self.assertEqual(customer.get_relationship_card()["question"], "In which town?")

    def test_an_address_is_no_contact_person(self):
        self._fact(name="Contact", kind="contact")
        customer = self._create_customer()
        self._create_customer(
            "Back door", is_company=False, parent_id=customer.id, type="delivery"
        )
        self.assertEqual(self._get_profile(customer).completeness, 0)

    def test_a_slip_that_was_undone_is_no_answer(self):
        self._fact(name="Offers", kind="consent", purpose="offers")
        customer = self._create_customer()
        self._refresh_changed()
        phone = self.env.ref("crm_relationship.channel_phone")
        clerk = customer.with_user(self.salesman)
        slip = clerk.set_relationship_consent("offers", phone.id, "granted")
        self.assertEqual(self._get_profile(customer).completeness, 100)
        clerk.undo_relationship_consent(slip["consent_id"])
        self.assertEqual(self._get_profile(customer).completeness, 0)

    def test_a_watched_field_of_the_contact_refreshes(self):
        self._fact("city")
        self._refresh_changed()
        self.env.cr.precommit.run()
        self._refresh_changed()
        self.customer.city = "Namur"
        self.assertEqual(self._get_profile(self.customer).completeness, 100)
        self.customer.city = False
        self.assertEqual(self._get_profile(self.customer).completeness, 0)

    def test_a_field_that_does_not_matter_notes_nobody(self):
        fact = self._fact("city")
        self._score()
        self._refresh_changed()
        self.customer.street = "Main Street"
        self.env.cr.flush()
        self.assertFalse(self.Queue.search_count([]))
        fact.field_id = self.env["ir.model.fields"]._get("res.partner", "street")
        self.customer.street = "Side Street"
        self.env.cr.flush()
        self.assertTrue(self.Queue.search_count([]), "now it does")

    def test_a_change_of_what_matters_asks_for_a_refresh(self):
        fact = self._fact("city")
        self.assertTrue(self._is_requested())
        for values in ({"weight": 5}, {"customer_type": "person"}, {"active": False}):
            self._finish()
            fact.write(values)
            self.assertTrue(self._is_requested(), values)
        self._finish()
        fact.write({"name": "Town", "question": "Where?", "sequence": 3})
        self.assertFalse(self._is_requested(), "the score stays")
        fact.unlink()
        self.assertTrue(self._is_requested())

    def test_a_refresh_that_has_begun_begins_again(self):
        fact = self._fact("city")
        running = self.Refresh._start(self.company)
        running.last_partner_id = 10**6
        running.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE relationship_refresh"
                " SET create_date = create_date - INTERVAL '1 minute'"
            )
        )
        running.invalidate_recordset()
        fact.weight = 7
        again = self.Refresh._start(self.company)
        self.assertEqual(again.last_partner_id, 0)
        self.assertNotEqual(again, running)
        while again._step():
            pass
        self.assertEqual((again.state, running.state), ("done", "done"))

    def test_facts_of_a_company_concern_that_company_only(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._fact("city")
        self._finish()
        fact = self._fact("phone", company_id=other.id)
        self.assertTrue(self._is_requested(other))
        self.assertFalse(self._is_requested())
        self.customer.city = "Namur"
        self.assertEqual(self._score(), 100)
        self.Profile._refresh(other, self.customer.ids)
        there = self._get_profile(self.customer, other)
        self.assertEqual((there.completeness, there.missing_facts), (50, "phone"))
        self._finish()
        fact.company_id = self.company
        self.assertTrue(self._is_requested())
        self.assertTrue(self._is_requested(other), "it does not matter there now")

    def test_an_archived_fact_does_not_count(self):
        self._fact("city")
        phone = self._fact("phone")
        self.customer.city = "Namur"
        self.assertEqual(self._score(), 50)
        phone.active = False
        self.assertEqual(self._score(), 100)
        self.assertFalse(self._missing()[0])

    def test_the_most_valuable_customers_with_the_emptiest_profiles_come_first(self):
        self._fact("city")
        self._fact("phone")
        customers = {}
        for name, revenue, values in (
            ("Rich, half known", 1000, {"city": "Namur"}),
            ("Rich, known", 1000, {"city": "Namur", "phone": "1"}),
            ("Poor, unknown", 100, {}),
            ("Well off, unknown", 700, {}),
            ("No customer yet", 0, {}),
        ):
            customers[name] = self._create_customer(name, **values)
            if revenue:
                self._create_order(customers[name], 10, amount=revenue)
        self._refresh_changed()
        name = "crm_relationship.relationship_profile_action_completeness"
        action = self.env.ref(name)
        arch = action.view_ids[0].view_id.arch
        self.assertIn('default_order="completeness_gap desc, id"', arch)
        ids = [partner.id for partner in customers.values()]
        found = self.Profile.with_user(self.salesman).search(
            [("partner_id", "in", ids)], order="completeness_gap desc, id"
        )
        self.assertEqual(
            found.mapped("partner_id.name"),
            [
                "Well off, unknown",
                "Rich, half known",
                "Poor, unknown",
                "Rich, known",
                "No customer yet",
            ],
        )
        self.assertEqual(found.mapped("completeness_gap"), [700, 500, 100, 0, 0])

    def test_where_nothing_matters_the_order_of_the_list_holds(self):
        """Profiles without a score do not come before those with one."""
        person = self._create_customer("Bia", is_company=False)
        self._fact("city", customer_type="company")
        self._create_order(self.customer, 10)
        self._create_order(person, 10)
        self._refresh_changed()
        found = self.Profile.search(
            [("partner_id", "in", (person + self.customer).ids)],
            order="completeness_gap desc, id",
        )
        self.assertEqual(found.partner_id[0], self.customer)


@tagged("post_install", "-at_install", "crm_relationship")
class TestFactThatMatters(CompletenessCase):
    """What administrators may say that matters."""

    def test_a_field_needs_a_column_and_a_type_that_can_be_known(self):
        Fields = self.env["ir.model.fields"]
        for model, name in (
            ("res.partner", "image_1920"),
            ("res.partner", "avatar_128"),
            ("res.partner", "display_name"),
            ("res.partner", "relationship_stage_id"),
            ("res.users", "login"),
        ):
            field = Fields._get(model, name)
            if name == "display_name" and field.store:
                continue
            with (
                self.subTest(name),
                self.assertRaisesRegex(ValidationError, "field of the contact"),
                self.env.cr.savepoint(),
            ):
                self.Fact.create({"name": "Wrong", "field_id": field.id})
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.Fact.create({"name": "No field"})
        contact = self.Fact.create({"name": "Contact", "kind": "contact"})
        with self.assertRaises(ValidationError):
            contact.kind = "field"

    def test_a_weight_is_positive(self):
        with (
            self.assertRaises(psycopg2.errors.CheckViolation),
            mute_logger("odoo.sql_db"),
        ):
            self._fact("city", weight=0)

    def test_the_name_follows_the_field(self):
        with Form(self.Fact.with_user(self.manager)) as form:
            form.field_id = self.env["ir.model.fields"]._get("res.partner", "city")
            self.assertEqual(form.name, "City")

    def test_a_field_that_is_gone_takes_its_fact_along(self):
        self._fact("city")
        model = self.env["ir.model"]._get("res.partner")
        field = self.env["ir.model.fields"].create(
            {
                "name": "x_relationship_size",
                "field_description": "Size",
                "model_id": model.id,
                "ttype": "char",
            }
        )
        fact = self._fact("x_relationship_size")
        self.customer.city = "Namur"
        self.assertEqual(self._score(), 50)
        field.unlink()
        self.env.invalidate_all()
        self.assertFalse(fact.exists())
        self.assertEqual(self._score(), 100)
        self.assertFalse(self._missing()[0])
        self.customer.city = "Liège"  # what is watched is up to date

    def test_a_field_whose_code_is_gone_stops_nothing(self):
        """Odoo lists the fields of an add-on whose folder somebody took away."""
        self._fact("city")
        fact = self._fact("phone", weight=3)
        self.env.flush_all()
        self.env.cr.execute(
            """
            WITH gone AS (
                INSERT INTO ir_model_fields (
                    name, model, model_id, field_description, ttype, state, store
                )
                SELECT 'gone_with_its_folder', model, model_id, field_description,
                       ttype, state, TRUE
                  FROM ir_model_fields
                 WHERE id = %s
                RETURNING id
            )
            UPDATE relationship_profile_fact SET field_id = gone.id
              FROM gone
             WHERE relationship_profile_fact.id = %s
            """,
            [fact.field_id.id, fact.id],
        )
        self.env.invalidate_all()
        self.customer.city = "Namur"
        self.assertEqual(self._score(), 100)
        self.assertFalse(self._missing()[0])

    def test_salespeople_read_what_matters_and_administrators_change_it(self):
        fact = self._fact("city")
        self.assertTrue(fact.with_user(self.salesman).name)
        with self.assertRaises(AccessError):
            fact.with_user(self.salesman).weight = 3
        fact.with_user(self.manager).weight = 3
        self.Fact.with_user(self.manager).create({"name": "C", "kind": "contact"})
        self._score()
        profile = self._get_profile(self.customer).with_user(self.salesman)
        self.assertEqual(profile.missing_facts, "city, C")
