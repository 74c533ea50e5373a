import itertools
from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from .segment_case import SegmentCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestSegmentMove(SegmentCase):
    def test_moves_are_an_unbroken_chain_with_direction(self):
        profile = self._create_scored(5, 5, 5)
        for scores, direction in (
            ((4, 4, 4), "down"),
            ((2, 4, 4), "down"),
            ((5, 5, 5), "up"),
        ):
            self._score(profile, *scores)
            self.assertEqual(profile.segment_move_ids[0].direction, direction)
        moves = profile.segment_move_ids.sorted("id")
        self.assertEqual(moves[0].direction, "in")
        self.assertFalse(moves[0].from_segment_id)
        for before, after in itertools.pairwise(moves):
            self.assertEqual(before.to_segment_id, after.from_segment_id)
        self.assertEqual(moves[-1].to_segment_id, profile.segment_id)
        self.assertEqual(profile.segment_date, self.today)

    def test_moves_between_segments_of_equal_worth_are_level(self):
        self.loyal.rank = self.champions.rank
        profile = self._create_scored(5, 5, 5)
        self._score(profile, 4, 4, 4)
        self.assertEqual(profile.segment_move_ids[0].direction, "same")

    def test_a_move_keeps_the_figures_of_its_day(self):
        profile = self._create_scored(5, 5, 4, abc_class="a", churn_risk=0.25)
        self._score(profile, 2, 5, 4)
        move = profile.segment_move_ids[0]
        self.assertTrue(move.automatic)
        self.assertEqual(move.user_id, self.salesman)
        self.assertEqual(move.evidence["recency_score"], 2)
        self.assertEqual(move.evidence["abc_class"], "a")
        self.assertEqual(move.evidence["churn_risk"], 0.25)
        self.assertIn("Recency 2, frequency 5, value 4.", move.reason)

    def test_second_placing_moves_and_writes_nobody(self):
        profile = self._create_scored(5, 5, 5)
        place = SQL("SELECT ctid FROM relationship_profile")  # changes when written
        before = self.env.execute_query(place)
        self.assertEqual(self._segment(profile), 0)
        self.assertEqual(self.env.execute_query(place), before)

    def test_who_is_no_customer_of_its_own_any_more_leaves(self):
        profile = self._create_scored(5, 5, 5)
        customer = profile.partner_id
        customer.write({"is_company": False, "parent_id": self._create_customer().id})
        self.assertFalse(self._get_profile(customer))
        move = self.SegmentMove.search([("partner_id", "=", customer.id)], limit=1)
        self.assertEqual(move.direction, "out")
        self.assertEqual(move.from_segment_id, self.champions)
        self.assertFalse(move.to_segment_id)
        self.assertEqual(move.reason, "No longer a customer of its own.")

    def test_the_past_has_the_segment_of_its_day(self):
        profile = self._create_scored(5, 5, 5)
        self.env.cr.execute(
            "UPDATE relationship_segment_move SET date = %s WHERE partner_id = %s",
            (self._days_ago(9), profile.partner_id.id),
        )
        self._score(profile, 2, 5, 5)
        for days in (5, 9):
            found = self._read_as_of(profile, self._days_ago(days))
            self.assertEqual(found, self.champions.id)
        found = self._read_as_of(profile, self._days_ago(11))
        self.assertEqual(found, self._ref("prospect").id, "Nothing was bought by then")

    def _read_as_of(self, profile, day):
        [[segment_id]] = self.env.execute_query(
            SQL(
                "%s one AS (SELECT segment_id FROM relationship_profile WHERE id = %s)"
                " SELECT * FROM one",
                self.Profile._get_as_of_sql(self.company, day),
                profile.id,
            )
        )
        return segment_id

    def test_a_merge_keeps_all_moves_and_what_was_set_by_hand(self):
        kept = self._create_scored(5, 5, 5)
        gone = self._create_scored(1, 1, 1)
        until = self.today + timedelta(days=7)
        gone._pin(self.risk, "Moves away", until)
        customers = kept.partner_id + gone.partner_id
        moves = self.SegmentMove.search([("partner_id", "in", customers.ids)])
        gone_id = gone.partner_id.id
        self.env["base.partner.merge.automatic.wizard"]._merge(
            customers.ids, kept.partner_id
        )
        self.assertEqual(moves.exists().partner_id, customers[0])
        self.assertLessEqual({0, gone_id}, set(moves.mapped("merged_partner_ref")))
        profile = self._get_profile(customers[0])
        self.assertEqual(profile.segment_id, self.risk)
        self.assertEqual(profile.segment_pinned_until, until)
        self.assertEqual(profile.segment_pin_reason, "Moves away")

    def test_who_sees_a_customer_sees_its_moves(self):
        mine = self._create_scored(5, 5, 5)
        theirs = self._create_scored(5, 5, 5)
        theirs.partner_id.user_id = self.other_salesman
        self._refresh_changed()
        seen = self.SegmentMove.with_user(self.salesman).search([]).partner_id
        self.assertIn(mine.partner_id, seen)
        self.assertNotIn(theirs.partner_id, seen)
        with self.assertRaises(AccessError):
            mine.segment_move_ids.with_user(self.manager).write({"note": "x"})
        with self.assertRaises(AccessError):
            mine.segment_move_ids.with_user(self.manager).unlink()

    def test_moves_of_another_company_are_hidden(self):
        profile = self._create_scored(5, 5, 5)
        other = self.env["res.company"].create({"name": "Other"})
        self._create_order(profile.partner_id, 5, company_id=other.id)
        theirs = self._get_profile(profile.partner_id, other)
        moves = self.SegmentMove.search([("company_id", "=", other.id)])
        self.assertEqual(moves.to_segment_id, theirs.segment_id)
        seen = self.SegmentMove.with_user(self.manager).search([])
        self.assertFalse(moves & seen)
