from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import relationship_interaction_review
from .test_external import ExternalCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestExternalMatch(ExternalCase):
    def _whose(self, **contact):
        """The partner that an event with these addresses is matched with."""
        self.env.flush_all()
        answer = self._log_one(**{"from": contact})
        self.assertNotEqual(answer["status"], "error", answer)
        return self._stored(answer).partner_id

    def _contact(self, **values):
        return self.env["res.partner"].create({"name": "Contact"} | values)

    def test_a_number_is_found_however_it_is_written(self):
        for number in (
            "+55 11 98765-4321",
            "5511987654321",
            "(11) 98765-4321",
            "011 98765 4321",
            "0055 11 98765 4321",
            "11987654321",
        ):
            with self.subTest(number=number):
                self.assertEqual(self._whose(phone=number), self.customer)

    def test_a_brazilian_mobile_is_found_without_its_ninth_digit(self):
        self.assertEqual(self._whose(phone="551187654321"), self.customer)

    def test_an_address_is_found_however_it_is_written(self):
        self.assertEqual(self._whose(email="ROSA@Cafe.test"), self.customer)
        self.assertEqual(self._whose(email="Dona Rosa <rosa@cafe.test>"), self.customer)

    def test_a_plain_text_is_taken_for_what_it_looks_like(self):
        for text in ("+55 11 98765 4321", "rosa@cafe.test", "C-100"):
            answer = self._log_one(**{"from": text})
            self.assertEqual(self._stored(answer).partner_id, self.customer)

    def test_reference_goes_before_address_before_number(self):
        by_ref = self._contact(ref="R-1")
        by_email = self._contact(email="b@external.test")
        number = "+55 11 98765 4321"
        self.assertEqual(
            self._whose(ref="R-1", email="b@external.test", phone=number), by_ref
        )
        self.assertEqual(
            self._whose(ref="no", email="b@external.test", phone=number), by_email
        )
        self.assertEqual(
            self._whose(ref="no", email="n@n", phone=number), self.customer
        )

    def test_of_a_customer_and_its_contact_the_contact_is_meant(self):
        contact = self._contact(
            parent_id=self.customer.id, phone=self.customer.phone, type="contact"
        )
        self.assertEqual(self._whose(phone="11987654321"), contact)

    def test_of_several_contacts_of_a_customer_nobody_is_preferred(self):
        for name in "AB":
            self._contact(name=name, parent_id=self.customer.id, email="all@cafe.test")
        self.assertEqual(self._whose(email="all@cafe.test"), self.customer)

    def test_a_contact_of_the_company_goes_before_a_shared_one(self):
        self._contact(parent_id=self.customer.id, email="a@cafe.test", name="Shared")
        own = self._contact(
            parent_id=self.customer.id,
            email="a@cafe.test",
            company_id=self.company.id,
        )
        self.customer.company_id = False
        own.company_id = self.company
        self.assertEqual(self._whose(email="a@cafe.test"), own)

    def test_an_address_of_two_customers_is_nobodys(self):
        other = self._contact(phone=self.customer.phone)
        self.env.flush_all()
        answer = self._log_one()
        self.assertEqual(answer["status"], "unmatched")
        interaction = self._stored(answer)
        self.assertFalse(interaction.partner_id)
        self.assertEqual(interaction.candidate_ids, self.customer | other)

    def test_who_is_archived_is_found_only_if_nobody_else_is(self):
        archived = self._contact(phone=self.customer.phone, active=False)
        self.assertEqual(self._whose(phone="11987654321"), self.customer)
        self.customer.active = False
        archived.unlink()
        self.assertEqual(self._whose(phone="11987654321"), self.customer)

    def test_we_are_no_customers(self):
        self.company.partner_id.email = "we@external.test"
        self.salesman.partner_id.phone = "+55 11 91111 2222"
        self.env.flush_all()
        self.assertEqual(self._code(**{"from": "we@external.test"}), "internal")
        self.assertEqual(self._code(**{"from": "+5511911112222"}), "internal")

    def test_a_customer_goes_before_one_of_us(self):
        self.salesman.partner_id.phone = self.customer.phone
        self.assertEqual(self._whose(phone="11987654321"), self.customer)


class ReviewCase(ExternalCase):
    def _unknown(self, phone="+55 11 91234 5678", **values):
        self.env.flush_all()
        answer = self._log_one(**{"from": {"phone": phone, "name": "Bia"}} | values)
        self.assertEqual(answer["status"], "unmatched")
        return self._stored(answer)


@tagged("post_install", "-at_install", "crm_relationship")
class TestExternalReview(ReviewCase):
    def _to_match(self, user=None):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_interaction_action_match"
        )
        Interaction = self.Interaction.with_user(user or self.salesman)
        return Interaction.search(
            [
                ("partner_id", "=", False),
                ("external_id", "!=", False),
                ("is_ignored", "!=", True),
            ]
        ).with_context(relationship_match=True, action=action["id"])

    def test_what_nobody_has_the_number_of_waits(self):
        interaction = self._unknown()
        self.assertEqual(self._to_match(), interaction)
        self.assertEqual(interaction.external_address, "+55 11 91234-5678")
        self.assertEqual(interaction.external_name, "Bia")
        self.assertEqual(interaction.same_address_count, 1)

    def test_whoever_is_chosen_is_set_for_all_from_that_address(self):
        first = self._unknown()
        second = self._unknown()
        other = self._unknown(phone="+55 11 97777 0000")
        self.assertEqual(first.same_address_count, 2)
        first.with_user(self.salesman).with_context(
            relationship_match=True
        ).partner_id = self.customer
        self.assertEqual(second.partner_id, self.customer)
        self.assertEqual(second.customer_id, self.customer)
        self.assertFalse(other.partner_id)
        self.assertFalse(second.sudo().external_contact)

    def test_elsewhere_one_is_one(self):
        first = self._unknown()
        second = self._unknown()
        first.with_user(self.salesman).partner_id = self.customer
        self.assertFalse(second.partner_id)
        self.assertFalse(first.sudo().external_contact)

    def test_somebody_may_say_that_it_is_a_customer_of_a_colleague(self):
        interaction = self._unknown()
        self.env.cr.flush()
        self.Profile._refresh(self.company, self.customer.ids)
        rows = (
            interaction.with_user(self.other_salesman)
            .with_context(relationship_match=True)
            .web_save({"partner_id": self.customer.id}, {"partner_id": {}})
        )
        self.assertEqual(rows[0]["partner_id"], self.customer.id)
        self.assertFalse(interaction.with_user(self.other_salesman).has_access("read"))

    def test_whoever_says_whose_it_is_reads_nothing_else(self):
        """Neither what is next on the list nor what hangs on it."""
        private = self._stored(self._log_one())
        interaction = self._unknown().with_user(self.other_salesman)
        matching = interaction.with_context(relationship_match=True)
        specification = {"partner_id": {}, "create_uid": {"fields": {"login": {}}}}
        with self.assertRaises(AccessError):
            matching.web_save(
                {"partner_id": self.customer.id}, specification, next_id=private.id
            )
        with self.assertRaises(AccessError):
            matching.web_save({"partner_id": self.customer.id}, {"raw_subject": {}})

    def test_who_is_forgotten_is_not_waited_for_either(self):
        interaction = self._unknown()
        person = self.env["res.partner"].create(
            {"name": "Bia", "phone": "(11) 91234-5678"}
        )
        self.env.flush_all()
        unmatched_ids = person._get_privacy_unmatched_ids()
        self.assertEqual(unmatched_ids, interaction.ids)
        person._erase_privacy_interactions(unmatched_ids)
        self.assertFalse(interaction.external_address)
        self.assertFalse(interaction.sudo().external_contact)
        self.assertTrue(interaction.is_ignored)

    def test_a_company_made_on_the_way_is_not_who_called(self):
        interaction = self._unknown().with_user(self.manager)
        action = interaction.action_create_contact()
        Partner = self.env["res.partner"].with_user(self.manager)
        person = Partner.with_context(**action["context"]).create(
            {"name": "Rosa", "child_ids": [Command.create({"name": "Assistant"})]}
        )
        self.assertEqual(interaction.partner_id, person)

    def test_a_candidate_is_chosen_with_a_click(self):
        other = self.env["res.partner"].create(
            {"name": "Twin", "phone": self.customer.phone}
        )
        self.env.flush_all()
        interaction = self._stored(self._log_one())
        other.with_user(self.salesman).with_context(
            relationship_match_id=interaction.id
        ).action_relationship_match()
        self.assertEqual(interaction.partner_id, other)

    def test_a_contact_created_from_it_is_its_contact(self):
        first, second = self._unknown(), self._unknown()
        manager = first.with_user(self.manager)
        action = manager.action_create_contact()
        defaults = (
            self.env["res.partner"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .default_get(["name", "phone"])
        )
        self.assertEqual(defaults, {"name": "Bia", "phone": "+5511912345678"})
        partner = (
            self.env["res.partner"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create(defaults)
        )
        self.assertEqual((first | second).partner_id, partner)
        with self.assertRaises(UserError):
            manager.action_create_contact()

    def test_find_again_finds_who_has_the_number_now(self):
        interaction = self._unknown()
        other = self._unknown(phone="+55 11 97777 0000")
        self.customer.phone = "(11) 91234-5678"
        self.env.flush_all()
        action = self._to_match().action_find_again()
        self.assertEqual(action["params"]["type"], "success")
        self.assertEqual(interaction.partner_id, self.customer)
        self.assertFalse(other.partner_id)
        action = self.Interaction.with_user(self.salesman).action_find_again()
        self.assertEqual(action["params"]["type"], "info")

    def test_a_contact_that_gets_the_number_calls_the_job(self):
        self._unknown()
        cron = self.env.ref("crm_relationship.ir_cron_rematch")
        Trigger = self.env["ir.cron.trigger"]
        before = Trigger.search_count([("cron_id", "=", cron.id)])
        self.customer.phone = "(11) 97777-0000"
        self.env.cr.flush()
        self.assertEqual(Trigger.search_count([("cron_id", "=", cron.id)]), before)
        self.customer.phone = "(11) 91234-5678"
        self.env.cr.flush()
        self.assertEqual(Trigger.search_count([("cron_id", "=", cron.id)]), before + 1)

    def test_the_job_goes_through_all_in_batches(self):
        rows = self.Interaction.browse(self._unknown().id for _n in range(5))
        self.customer.phone = "(11) 91234-5678"
        self.env.flush_all()
        self.patch(self.env.cr, "commit", lambda: None)
        self.patch(self.env.cr, "rollback", lambda: None)
        self.patch(relationship_interaction_review, "BATCH", 2)
        self.Interaction._cron_rematch()
        self.assertEqual(rows.partner_id, self.customer)

    def test_who_is_no_customer_does_not_come_back(self):
        first, second = self._unknown(), self._unknown()
        first.with_user(self.salesman).action_not_a_customer()
        self.assertFalse(self._to_match())
        self.assertTrue(second.is_ignored)
        third = self._unknown()
        self.assertTrue(third.is_ignored)
        self.assertFalse(self._to_match())
        third.with_user(self.salesman).action_review_again()
        self.assertEqual(len(self._to_match()), 3)

    def test_who_was_no_customer_may_become_one(self):
        interaction = self._unknown()
        interaction.action_not_a_customer()
        self.customer.phone = "(11) 91234-5678"
        self.env.flush_all()
        self.Interaction._rematch(interaction.ids)
        self.assertEqual(interaction.partner_id, self.customer)
        self.assertFalse(interaction.is_ignored)

    def test_whose_it_is_known_to_be_is_no_question_any_more(self):
        interaction = self._stored(self._log_one())
        with self.assertRaises(UserError):
            interaction.with_user(self.salesman).action_not_a_customer()

    def test_an_employee_without_customers_says_nothing(self):
        interaction = self._unknown()
        employee = self._create_user("clerk", "base.group_user")
        with self.assertRaises(AccessError):
            interaction.with_user(employee).action_not_a_customer()
        with self.assertRaises(AccessError):
            self.Interaction.with_user(employee).action_find_again()
