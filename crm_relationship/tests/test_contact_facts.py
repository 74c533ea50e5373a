import random
from datetime import datetime, time, timedelta

from odoo.tests import tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestContactFacts(RelationshipCase):
    """What the profile says of the contact with a customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer()
        cls.contact = cls.env["res.partner"].create(
            {"name": "Rosa", "parent_id": cls.customer.id}
        )
        cls.phone = cls.env.ref("crm_relationship.channel_phone")
        cls.email = cls.env.ref("crm_relationship.channel_email")
        cls.meeting = cls.env.ref("crm_relationship.channel_meeting")
        cls.env.cr.flush()
        cls.Profile._refresh(cls.company, cls.customer.ids)

    def _log(self, days, channel=None, direction="out", hour=12, **values):
        day = self.today - timedelta(days=days)
        return self.env["relationship.interaction"].create(
            {
                "partner_id": self.contact.id,
                "channel_id": (channel or self.email).id,
                "direction": direction,
                "date": datetime.combine(day, time(hour)),
                "user_id": self.salesman.id,
            }
            | values
        )

    @property
    def profile(self):
        return self._get_profile(self.customer)

    def test_without_contact_nothing_is_claimed(self):
        self.assertFalse(self.profile.last_interaction_date)
        self.assertFalse(self.profile.answerable_count)
        self.assertEqual(self.profile.contact_habit, "No contact yet")

    def test_last_contact_each_way_by_whom_and_how(self):
        self._log(9, self.phone, "in", user_id=self.other_salesman.id)
        self._log(5, self.email, "out")
        self._log(7, self.phone, "out")
        profile = self.profile
        self.assertEqual(profile.last_interaction_date, self._days_ago(5))
        self.assertEqual(profile.days_since_interaction, 5)
        self.assertEqual(profile.last_in_date, self._days_ago(9))
        self.assertEqual(profile.last_in_channel_id, self.phone)
        self.assertEqual(profile.last_in_user_id, self.other_salesman)
        self.assertEqual(profile.last_out_date, self._days_ago(5))
        self.assertEqual(profile.last_out_channel_id, self.email)
        self.assertEqual(profile.last_out_user_id, self.salesman)

    def test_a_meeting_is_contact_both_ways(self):
        self._log(3, self.meeting, "both")
        self.assertEqual(self.profile.last_in_date, self._days_ago(3))
        self.assertEqual(self.profile.last_out_date, self._days_ago(3))

    def test_documents_are_no_contact(self):
        self._create_order(self.contact, 2)
        self.assertFalse(self.profile.last_interaction_date)

    def test_contacts_of_the_last_ninety_days_are_counted(self):
        for days in (0, 89, 90, 200):
            self._log(days)
        self.assertEqual(self.profile.interaction_count_90, 2)

    def test_what_is_answered_within_a_week_is_answered(self):
        self._log(50, direction="in")
        self._log(44, direction="out")
        self._log(30, direction="in")
        self._log(20, direction="out")
        self.assertEqual(self.profile.answerable_count, 2)
        self.assertEqual(self.profile.answered_share, 0.5)

    def test_one_answer_is_for_all_that_was_asked(self):
        self._log(20, direction="in")
        self._log(19, direction="in")
        self._log(18, direction="out")
        self.assertEqual(self.profile.answerable_count, 2)
        self.assertEqual(self.profile.answered_share, 1)

    def test_an_attempt_is_no_answer(self):
        self._log(20, direction="in")
        self._log(19, self.phone, "out", outcome="no_answer")
        self.assertEqual(self.profile.answered_share, 0)

    def test_what_is_young_may_still_be_answered(self):
        self._log(3, direction="in")
        self.assertEqual(self.profile.answerable_count, 0)

    def test_a_call_is_answered_unless_it_was_missed(self):
        self._log(20, self.phone, "in")
        self._log(21, self.phone, "in", outcome="no_answer")
        self.assertEqual(self.profile.answerable_count, 2)
        self.assertEqual(self.profile.answered_share, 0.5)

    def test_the_past_is_as_it_was(self):
        self._log(100, direction="in")
        self._log(2)
        self.Profile._refresh(self.company, self.customer.ids, as_of=self._days_ago(50))
        profile = self.Profile.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(profile.days_since_interaction, 50)
        self.assertFalse(profile.last_out_date)

    def test_satisfaction_is_the_mean_of_the_ratings(self):
        self._log(4, direction="in", rating=5)
        self._log(3, direction="in", rating=2)
        self.assertEqual(self.profile.rating_count, 2)
        self.assertEqual(self.profile.rating_mean, 3.5)

    def test_it_is_said_in_words(self):
        self._log(20, direction="in")
        self._log(18, direction="out")
        self._log(1, direction="out")
        self.assertEqual(
            self.profile.contact_habit,
            "Last contact yesterday; 3 contacts in 90 days; 100% of 1 answered",
        )

    def test_a_deleted_interaction_counts_no_more(self):
        interaction = self._log(3)
        self.assertTrue(self.profile.last_out_date)
        interaction.unlink()
        self.assertFalse(self.profile.last_out_date)

    def test_random_histories_agree_with_plain_python(self):
        draw = random.Random(4)
        channels = [self.phone, self.email, self.meeting]
        for _history in range(12):
            rows = [
                (
                    self.today - timedelta(days=draw.randint(0, 400)),
                    draw.randint(0, 23),
                    draw.choice(channels),
                    draw.choice(["in", "in", "out", "both"]),
                    draw.choice([False, False, "no_answer"]),
                )
                for _n in range(draw.randint(1, 30))
            ]
            logged = self.env["relationship.interaction"]
            for day, hour, channel, direction, outcome in rows:
                logged |= self._log(
                    (self.today - day).days,
                    channel,
                    direction,
                    hour=hour if day < self.today else 0,
                    outcome=outcome,
                )
            profile = self.profile
            expected = self._count_answers(logged.sorted(lambda i: (i.date, i.id)))
            self.assertEqual(
                (profile.answerable_count, round(profile.answered_share, 6)), expected
            )
            talked = [row[0] for row in rows if row[4] != "no_answer"]
            self.assertEqual(profile.last_interaction_date, max(talked, default=False))
            logged.unlink()

    def _count_answers(self, logged):
        """(number of contacts to answer, share of them that was answered)"""
        answers = []
        for index, asked in enumerate(logged):
            age = (self.today - asked.date.date()).days
            if asked.direction != "in" or age >= 365:
                continue
            later = [
                said.date
                for said in logged[index + 1 :]
                if said.direction != "in" and said.outcome != "no_answer"
            ]
            spoken = asked.channel_id.is_conversation and not asked.outcome
            answered = spoken or (later and later[0] <= asked.date + timedelta(days=7))
            if answered or age >= 7:
                answers.append(bool(answered))
        if not answers:
            return 0, 0
        return len(answers), round(sum(answers) / len(answers), 6)

    def test_the_card_says_the_latest_contact_first(self):
        self._log(9, self.phone, "in")
        self._log(5, self.email, "out")
        self._refresh_changed()
        card = self.customer.with_user(self.salesman).get_relationship_card()
        self.assertEqual(
            [(said["direction"], said["channel"]) for said in card["contacts"]],
            [("out", "E-mail"), ("in", "Phone")],
        )
        self.assertEqual(card["contacts"][0]["user"], self.salesman.name)

    def test_the_card_tells_a_meeting_once(self):
        self._log(3, self.meeting, "both")
        self._refresh_changed()
        [told] = self.customer.get_relationship_card()["contacts"]
        self.assertEqual(told["direction"], "both")

    def test_the_card_of_who_was_never_spoken_to_is_empty(self):
        self.assertEqual(self.customer.get_relationship_card()["contacts"], [])

    def _open_case(self, kind="complaint", **values):
        return self.env["relationship.case"].create(
            {"name": "Box broken", "kind": kind, "partner_id": self.contact.id} | values
        )

    def test_open_cases_are_counted_until_they_are_closed(self):
        complaint = self._open_case()
        self._open_case("question")
        self.assertEqual(self.profile.open_case_count, 2)
        self.assertEqual(self.profile.open_complaint_count, 1)
        complaint.write(
            {
                "resolution": "New ones sent",
                "cause_id": self.env["relationship.case.cause"].search([], limit=1).id,
                "stage_id": complaint._get_stage("resolved").id,
            }
        )
        self.assertEqual(self.profile.open_case_count, 1)
        self.assertEqual(self.profile.open_complaint_count, 0)

    def test_a_case_that_changes_hands_changes_both_customers(self):
        case = self._open_case()
        other = self._create_customer("Bakery")
        self.assertEqual(self.profile.open_case_count, 1)
        case.partner_id = other
        self.assertEqual(self.profile.open_case_count, 0)
        self.assertEqual(self._get_profile(other).open_case_count, 1)
        case.unlink()
        self.assertEqual(self._get_profile(other).open_case_count, 0)

    def test_the_card_names_the_open_cases(self):
        cases = [self._open_case() for _n in range(4)]
        self._refresh_changed()
        card = self.customer.get_relationship_card()
        self.assertEqual(card["case_count"], 4)
        self.assertEqual(len(card["cases"]), 3)
        self.assertIn(card["cases"][0]["number"], [case.number for case in cases])
