from odoo.exceptions import AccessError, UserError
from odoo.fields import Datetime
from odoo.tests import tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestLogContact(RelationshipCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Interaction = cls.env["relationship.interaction"]
        cls.phone = cls.env.ref("crm_relationship.channel_phone")
        cls.whatsapp = cls.env.ref("crm_relationship.channel_whatsapp")
        cls.to_call = cls.env.ref("mail.mail_activity_data_call")
        cls.customer = cls._create_customer(phone="+55 11 3555-0100")
        cls.contact = cls.env["res.partner"].create(
            {
                "name": "Rosa",
                "parent_id": cls.customer.id,
                "email": "rosa@example.com",
            }
        )

    def _log(self, user=None, partner=None, **values):
        Interaction = self.Interaction.with_user(user or self.salesman)
        answer = Interaction.log_contact(
            (partner or self.contact).id,
            {"channel_id": self.phone.id, "text": "Wants truffles"} | values,
        )
        self.env.flush_all()
        return answer

    def _logged(self, answer):
        return self.Interaction.browse(answer["id"])

    def test_two_clicks_and_one_sentence(self):
        answer = self._log()
        logged = self._logged(answer)
        self.assertEqual(logged.subject, "Wants truffles")
        self.assertFalse(logged.preview)
        self.assertEqual(logged.kind, "call")
        self.assertEqual(logged.direction, "out")
        self.assertEqual(logged.user_id, self.salesman)
        self.assertEqual(logged.create_uid, self.salesman)
        self.assertEqual(logged.customer_id, self.customer)
        self.assertTrue(logged.is_contact)
        self.assertFalse(answer["activity_id"])

    def test_the_kind_follows_from_the_channel(self):
        for code, kind in (
            ("phone", "call"),
            ("meeting", "meeting"),
            ("counter", "visit"),
            ("whatsapp", "message"),
            ("email", "message"),
            ("document", "other"),
        ):
            channel = self.env.ref(f"crm_relationship.channel_{code}")
            with self.subTest(code=code):
                answer = self._log(channel_id=channel.id)
                self.assertEqual(self._logged(answer).kind, kind)

    def test_a_long_text_is_told_in_the_preview_as_a_whole(self):
        text = "Asked " + "and asked again " * 20
        logged = self._logged(self._log(text=text))
        self.assertLessEqual(len(logged.subject), 120)
        self.assertTrue(logged.subject.endswith("…"))
        self.assertEqual(logged.preview, text.strip())
        logged = self._logged(self._log(text="Birthday\nof the daughter"))
        self.assertEqual(logged.subject, "Birthday")
        self.assertEqual(logged.preview, "Birthday\nof the daughter")

    def test_an_outcome_says_enough(self):
        logged = self._logged(self._log(text="", outcome="no_answer"))
        self.assertEqual(logged.outcome, "no_answer")
        self.assertEqual(logged.display_name, "Call")

    def test_a_timed_call_ends_now(self):
        logged = self._logged(self._log(duration=0.5))
        self.assertEqual(logged.duration, 0.5)
        minutes = (Datetime.now() - logged.date).total_seconds() / 60
        self.assertAlmostEqual(minutes, 30, delta=1)

    def test_the_next_step_is_planned(self):
        answer = self._log(
            next_step={
                "activity_type_id": self.to_call.id,
                "days": 3,
                "user_id": self.manager.id,
            }
        )
        [activity] = self._get_activities(self.contact)
        self.assertEqual(activity.id, answer["activity_id"])
        self.assertEqual(activity.activity_type_id, self.to_call)
        self.assertEqual(activity.user_id, self.manager)
        self.assertEqual(activity.date_deadline, self._days_ago(-3))
        self.assertEqual(activity.summary, "Wants truffles")
        self.assertFalse(activity.automated)

    def test_what_is_sent_twice_is_logged_once(self):
        step = {"activity_type_id": self.to_call.id}
        first = self._log(token="abc", next_step=step)
        self.assertEqual(self._log(token="abc", next_step=step)["id"], first["id"])
        self.assertEqual(len(self._get_activities(self.contact)), 1)
        self.assertNotEqual(self._log(token="xyz")["id"], first["id"])
        other = self._log(token="abc", user=self.manager)
        self.assertNotEqual(other["id"], first["id"])

    def test_undo_takes_both_back(self):
        answer = self._log(next_step={"activity_type_id": self.to_call.id})
        Interaction = self.Interaction.with_user(self.salesman)
        Interaction.undo_contact(answer["id"], answer["activity_id"])
        self.assertFalse(self._logged(answer).exists())
        self.assertFalse(self._get_activities(self.contact))
        # A second click on Undo.
        Interaction.undo_contact(answer["id"], answer["activity_id"])

    def test_undo_touches_nothing_else(self):
        self.salesman.group_ids += self.env.ref("base.group_partner_manager")
        before = self.contact.with_user(self.salesman).activity_schedule(
            summary="Older", user_id=self.salesman.id
        )
        of_customer = self.customer.with_user(self.salesman).activity_schedule(
            summary="Of the customer", user_id=self.salesman.id
        )
        answer = self._log()
        self.env.cr.execute(
            "UPDATE mail_activity SET create_date = create_date - INTERVAL '1 hour'"
            " WHERE id = %s",
            [before.id],
        )
        self.env.invalidate_all()
        with self.assertRaises(UserError):
            self.Interaction.with_user(self.manager).undo_contact(answer["id"])
        Interaction = self.Interaction.with_user(self.salesman)
        for activity in (before, of_customer):
            answer = self._log()
            Interaction.undo_contact(answer["id"], activity.id)
            self.assertTrue(activity.exists())

    def test_nobody_takes_back_what_was_captured(self):
        order = self._create_order(self.contact, user_id=self.salesman.id)
        self._capture_changed()
        captured = self.Interaction.search([("res_id", "=", order.id)], limit=1)
        for user in (self.salesman, self.manager):
            with self.assertRaises(UserError):
                self.Interaction.with_user(user).undo_contact(captured.id)

    def test_wrong_values_are_refused_in_words(self):
        for values in (
            {"channel_id": False},
            {"channel_id": 10**8},
            {"channel_id": "phone"},
            {"text": "   "},
            {"text": None},
            {"text": ["x"]},
            {"text": "x" * 5000},
            {"direction": "sideways"},
            {"direction": ["in"]},
            {"outcome": "great"},
            {"duration": -1},
            {"duration": 25},
            {"duration": "1 hour"},
            {"duration": float("nan")},
            {"next_step": {"activity_type_id": 10**8}},
            {"next_step": {"days": 1}},
            {"next_step": {"activity_type_id": self.to_call.id, "days": "x"}},
            {"next_step": {"activity_type_id": self.to_call.id, "days": 10**9}},
            {"next_step": {"activity_type_id": self.to_call.id, "user_id": 10**8}},
        ):
            with (
                self.subTest(values=values),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                self._log(**values)
        for partner_id in (False, 10**8, "x"):
            with self.subTest(partner=partner_id), self.assertRaises(UserError):
                self.Interaction.log_contact(partner_id, {})

    def test_everybody_in_relationship_logs_on_customers_they_can_read(self):
        self.contact.user_id = self.other_salesman
        self.customer.user_id = self.other_salesman
        self._refresh_changed()
        logged = self._logged(self._log())
        self.assertEqual(logged.with_user(self.salesman).subject, "Wants truffles")

    def test_without_the_right_nothing_is_logged(self):
        clerk = self._create_user("clerk", "base.group_user")
        with self.assertRaises(AccessError):
            self._log(user=clerk)
        with self.assertRaises(AccessError):
            self.Interaction.with_user(clerk).get_log_options()
        with self.assertRaises(AccessError):
            self.Interaction.with_user(clerk).search_log_customers("Rosa")

    def test_customers_of_another_company_are_not_for_us(self):
        other = self.env["res.company"].create({"name": "Branch"})
        stranger = self._create_customer(company_id=other.id)
        with self.assertRaises(UserError):
            self._log(partner=stranger)
        found = self.Interaction.with_user(self.salesman).search_log_customers(
            stranger.name
        )
        self.assertNotIn(stranger.id, [partner["id"] for partner in found])

    def test_a_channel_of_another_company_is_not_for_us(self):
        other = self.env["res.company"].create({"name": "Branch"})
        channel = self.phone.copy({"company_id": other.id, "code": False})
        with self.assertRaises(UserError):
            self._log(channel_id=channel.id)

    def test_the_channel_used_last_is_offered_first(self):
        Interaction = self.Interaction.with_user(self.salesman)
        self.assertEqual(Interaction.get_log_options()["channel_id"], self.phone.id)
        self._log(channel_id=self.whatsapp.id)
        options = Interaction.get_log_options(self.contact.id)
        self.assertEqual(options["channel_id"], self.whatsapp.id)
        self.assertEqual(options["partner"]["name"], "Rosa")
        self.assertEqual(options["customers"][0]["id"], self.contact.id)

    def test_customers_are_found_by_name_phone_and_mail(self):
        Interaction = self.Interaction.with_user(self.salesman)
        for text, partner in (
            ("café cent", self.customer),
            ("(11) 3555-0100", self.customer),
            ("rosa@example", self.contact),
        ):
            with self.subTest(text=text):
                found = Interaction.search_log_customers(text)
                self.assertIn(partner.id, [choice["id"] for choice in found])

    def test_those_one_spoke_with_lately_come_first(self):
        Interaction = self.Interaction.with_user(self.salesman)
        partners = self._create_customer("Zz Alpha") + self._create_customer("Zz Beta")
        self._log(partner=partners[1])
        found = Interaction.search_log_customers("Zz")
        self.assertEqual([choice["id"] for choice in found], partners[::-1].ids)
        self.assertEqual(Interaction.search_log_customers("")[0]["id"], partners[1].id)
        self.assertEqual(
            Interaction.search_log_customers(None)[0]["id"], partners[1].id
        )
