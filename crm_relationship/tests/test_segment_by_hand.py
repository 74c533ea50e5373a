from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from .segment_case import SegmentCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestSegmentByHand(SegmentCase):
    def setUp(self):
        super().setUp()
        self.profile = self._create_scored(5, 1, 1).with_user(self.salesman)
        self.new = self._ref("new")

    def test_whoever_writes_the_segment_pins_it_and_is_logged(self):
        self.profile.write({"segment_id": self.loyal.id})
        self._segment(self.profile)
        self.assertEqual(self.profile.segment_id, self.loyal)
        self.assertEqual(self.profile.computed_segment_id, self.new)
        self.assertTrue(self.profile.segment_differs)
        self.assertEqual(
            self.profile.segment_pinned_until, self.today + timedelta(days=90)
        )
        move = self.profile.segment_move_ids[0]
        self.assertFalse(move.automatic)
        self.assertEqual(move.create_uid, self.salesman)
        self.assertEqual(move.direction, "up")
        self.assertEqual(move.reason, "Moved by hand.")

    def test_the_dialog_asks_for_reason_and_end(self):
        wizard = Form(
            self.env["relationship.segment.pin"]
            .with_user(self.salesman)
            .with_context(active_ids=self.profile.ids)
        )
        wizard.segment_id = self.loyal
        wizard.reason = "Opens two more shops"
        wizard.save().action_apply()
        self.assertEqual(self.profile.segment_id, self.loyal)
        move = self.profile.segment_move_ids[0]
        self.assertEqual(move.reason, "Opens two more shops")
        with self.assertRaisesRegex(ValidationError, "segment can't be in the past"):
            self.profile._pin(self.loyal, "x", self.today - timedelta(days=1))

    def test_after_its_last_day_the_rules_decide_again(self):
        self.profile._pin(self.loyal, "Trial", self.today)
        self.assertEqual(self._segment(self.profile, self.today), 0)
        self._segment(self.profile, self.today + timedelta(days=1))
        self.assertEqual(self.profile.segment_id, self.new)
        self.assertFalse(self.profile.segment_pinned_until)
        self.assertFalse(self.profile.segment_pin_reason)
        self.assertFalse(self.profile.segment_differs)
        self.assertTrue(self.profile.segment_move_ids[0].automatic)

    def test_release_lets_the_rules_decide_at_once(self):
        self.profile._pin(self.loyal, "Mistake")
        self.profile.action_unpin_segment()
        self.assertEqual(self.profile.segment_id, self.new)
        self.assertFalse(self.profile.segment_pinned_until)

    def test_stage_and_segment_are_set_independently(self):
        lost = self.env.ref("crm_relationship.stage_lost")
        self.profile._pin(lost, "Closed")
        self.profile.write({"segment_id": self.loyal.id})
        self.profile.action_unpin_segment()
        self.assertEqual(self.profile.stage_id, lost)
        self.assertEqual(self.profile.segment_id, self.new)
        self.profile.write({"segment_id": self.loyal.id, "stage_id": lost.id})
        self.assertEqual(self.profile.segment_id, self.loyal)

    def test_nothing_else_can_be_written(self):
        for vals in (
            {"segment_pinned_until": self.today},
            {"segment_id": self.loyal.id, "computed_segment_id": self.loyal.id},
            {"segment_id": self.loyal.id, "stage_pinned_until": self.today},
            {"segment_date": self.today},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self.profile.write(vals)
        with self.assertRaises(ValidationError):
            self.profile.write({"segment_id": False})

    def test_what_differs_can_be_found(self):
        other = self._create_scored(5, 5, 5)
        self.profile._pin(self.loyal, "Trial")
        other._pin(self.champions, "As the rules say")
        own = [("id", "in", (self.profile + other).ids)]
        for domain, expected in (
            ([("segment_differs", "=", True)], self.profile),
            ([("segment_differs", "=", False)], other),
            ([("segment_differs", "!=", True)], other),
            ([("segment_differs", "in", [True, False])], self.profile + other),
        ):
            with self.subTest(domain=domain):
                found = self.Profile.search(own + domain)
                self.assertEqual(set(found.ids), set(expected.ids))

    def test_segments_explain_themselves(self):
        explain = self.profile._explain_segment_id
        self.assertEqual(
            explain(),
            "New: bought very recently (R 5), hardly ever (F 1), spent very little "
            "(V 1); its cell of the grid (5, 1) belongs to “New”.",
        )
        self.profile._pin(self.loyal, "Opens two more shops", "2099-01-31")
        self.assertEqual(
            explain(),
            "Loyal: set by hand until 01/31/2099 because “Opens two more shops”. By "
            "the rules it would be in New: bought very recently (R 5), hardly ever "
            "(F 1), spent very little (V 1); its cell of the grid (5, 1) belongs to "
            "“New”.",
        )
        prospect = self._get_profile(self._create_customer("Nobody yet"))
        self.assertEqual(
            prospect._explain_segment_id(),
            "Prospect: no order yet; the condition of “Prospect” holds.",
        )
        answer = self.profile.explain(["segment_id"])
        self.assertIn("Loyal", answer[self.profile.id]["segment_id"])
