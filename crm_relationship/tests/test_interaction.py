from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Datetime
from odoo.tests import tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestInteraction(RelationshipCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Interaction = cls.env["relationship.interaction"]
        cls.phone = cls.env.ref("crm_relationship.channel_phone")
        cls.document = cls.env.ref("crm_relationship.channel_document")
        cls.customer = cls._create_customer()
        cls.contact = cls.env["res.partner"].create(
            {"name": "Rosa", "parent_id": cls.customer.id}
        )
        cls.env.cr.flush()
        cls.Profile._refresh(cls.company, cls.customer.ids)

    def _log(self, user=None, **values):
        Interaction = self.Interaction.with_user(user or self.salesman)
        return Interaction.create(
            {
                "partner_id": self.contact.id,
                "channel_id": self.phone.id,
                "subject": "Wants truffles",
            }
            | values
        )

    def _captured(self, record):
        self._capture_changed()
        return self.Interaction.search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)]
        )

    def test_a_logged_contact_rolls_up_to_the_customer(self):
        interaction = self._log()
        self.assertEqual(interaction.customer_id, self.customer)
        self.assertTrue(interaction.is_contact)
        self.assertEqual(interaction.subject, "Wants truffles")
        self.assertEqual(interaction.display_name, "Wants truffles")
        self.assertEqual(interaction.user_id, self.salesman)

    def test_a_document_is_no_contact(self):
        self.assertFalse(self._log(channel_id=self.document.id).is_contact)

    def test_what_counts_is_counted_again_when_the_channel_says_so(self):
        interaction = self._log()
        self.phone.is_contact = False
        self.assertFalse(interaction.is_contact)

    def test_nothing_happens_in_the_future(self):
        with self.assertRaisesRegex(ValidationError, "future"):
            self._log(date=Datetime.add(Datetime.now(), days=3))

    def test_a_contact_that_moves_takes_its_interactions_along(self):
        interaction = self._log()
        other = self._create_customer("Bakery")
        self.contact.parent_id = other
        self.env.flush_all()
        self.assertEqual(interaction.customer_id, other)

    def test_nobody_claims_that_something_was_captured(self):
        with self.assertRaises(AccessError):
            self._log(source="sale")
        with self.assertRaises(AccessError):
            self._log().source = "sale"
        with self.assertRaises(AccessError):
            self._log().customer_id = self._create_customer("Bakery")

    def test_what_the_context_says_is_no_way_around(self):
        for name, value in (("source", "sale"), ("rating", 5), ("res_id", 1)):
            with self.subTest(name=name), self.assertRaises(AccessError):
                Interaction = self.Interaction.with_user(self.salesman)
                Interaction.with_context(**{f"default_{name}": value}).create(
                    {"partner_id": self.contact.id, "channel_id": self.phone.id}
                )
        Interaction = self.Interaction.with_user(self.salesman).with_context(
            default_partner_id=self.contact.id, default_channel_id=self.phone.id
        )
        interaction = Interaction.create({})
        self.assertEqual(interaction.customer_id, self.customer)
        self.assertTrue(interaction.is_contact)

    def test_a_copy_is_logged_by_hand(self):
        order = self._create_order(self.contact, user_id=self.salesman.id)
        copy = self._captured(order).with_user(self.salesman).copy()
        self.assertEqual(copy.source, "manual")
        self.assertFalse(copy.res_id)

    def test_only_outcome_and_sentiment_of_a_captured_one_are_for_users(self):
        order = self._create_order(self.contact, user_id=self.salesman.id)
        interaction = self._captured(order).with_user(self.salesman)
        interaction.sentiment = "positive"
        with self.assertRaises(AccessError):
            interaction.direction = "out"
        with self.assertRaises(AccessError):
            interaction.unlink()

    def test_nobody_deletes_what_a_colleague_has_logged(self):
        interaction = self._log(user=self.manager)
        with self.assertRaises(AccessError):
            interaction.with_user(self.salesman).unlink()
        interaction.with_user(self.manager).unlink()

    def test_a_salesman_of_another_customer_sees_nothing(self):
        interaction = self._log()
        found = self.Interaction.with_user(self.other_salesman).search(
            [("customer_id", "=", self.customer.id)]
        )
        self.assertFalse(found)
        with self.assertRaises(AccessError):
            interaction.with_user(self.other_salesman).read(["subject"])

    def test_what_a_document_says_is_masked_from_who_may_not_read_it(self):
        order = self._create_order(self.contact, user_id=self.other_salesman.id)
        interaction = self._captured(order)
        self.assertEqual(interaction.subject, order.name)
        self.assertEqual(interaction.amount, 100)
        masked = interaction.with_user(self.salesman)
        self.assertTrue(masked.is_masked)
        self.assertFalse(masked.subject)
        self.assertFalse(masked.amount)
        self.assertEqual(masked.display_name, "Order Confirmed")

    def test_nobody_finds_a_masked_interaction_by_its_text(self):
        order = self._create_order(self.contact, user_id=self.other_salesman.id)
        self._capture_changed()
        domain = [("subject", "ilike", order.name)]
        self.assertTrue(self.Interaction.with_user(self.other_salesman).search(domain))
        self.assertFalse(self.Interaction.with_user(self.salesman).search(domain))

    def test_stored_texts_are_for_no_user(self):
        interaction = self._log()
        with self.assertRaises(AccessError):
            interaction.with_user(self.manager).read(["raw_subject"])
        with self.assertRaises(AccessError):
            self.Interaction.with_user(self.manager).search([("raw_subject", "=", "x")])

    def test_an_order_is_captured_when_it_is_confirmed_and_when_cancelled(self):
        order = self._create_order(self.contact, state="draft")
        self.assertFalse(self._captured(order))
        order.action_confirm()
        [confirmed] = self._captured(order)
        self.assertEqual(confirmed.kind, "order")
        self.assertEqual(confirmed.direction, "in")
        self.assertEqual(confirmed.date, order.date_order)
        self.assertFalse(confirmed.is_contact)
        order._action_cancel()
        kinds = self._captured(order).mapped("kind")
        self.assertCountEqual(kinds, ["order", "cancellation"])

    def test_what_is_switched_off_is_not_captured(self):
        self.company.relationship_capture_sale = False
        self.assertFalse(self._captured(self._create_order(self.contact)))

    def test_a_capture_that_fails_leaves_the_order_alone(self):
        order = self._create_order(self.contact, state="draft")
        self.patch(
            type(self.env["relationship.capture.sale"]),
            "_get_selects",
            lambda source, documents: 1 / 0,
        )
        with self.assertLogs(
            "odoo.addons.crm_relationship.models.relationship_capture", "ERROR"
        ):
            order.action_confirm()
            self._capture_changed()
        self.assertEqual(order.state, "sale")
