import itertools
import random
from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from ..models import relationship_placing_mixin
from ..tools.customers import Customers
from .common import RelationshipCase

CELLS = list(itertools.product(range(1, 6), repeat=2))
SCORES = list(itertools.product(range(1, 6), repeat=3))

# Conditions, and what they say of a profile, worked out in plain Python.
CONDITIONS = {
    "[('order_day_count', '=', 0)]": lambda row: row["order_day_count"] == 0,
    "[('recency_score', '>=', 4)]": lambda row: (row["recency_score"] or 0) >= 4,
    "[('revenue', '>', 250)]": lambda row: row["revenue"] > 250,
    "['|', ('frequency_score', '=', 1), ('value_score', '=', 5)]": lambda row: (
        row["frequency_score"] == 1 or row["value_score"] == 5
    ),
    "[('recency_score', '!=', 3)]": lambda row: row["recency_score"] != 3,
}


def mean(frequency, value):
    """Of two scores, a half rounded up."""
    return (frequency + value + 1) // 2


class SegmentCase(RelationshipCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Segment = cls.env["relationship.segment"]
        cls.SegmentMove = cls.env["relationship.segment.move"]
        cls.Snapshot = cls.env["relationship.segment.snapshot"]
        cls.dormant = cls._ref("dormant")
        cls.champions = cls._ref("champions")
        cls.loyal = cls._ref("loyal")
        cls.risk = cls._ref("risk")

    @classmethod
    def _ref(cls, name):
        return cls.env.ref(f"crm_relationship.segment_{name}")

    def _create_scored(self, *scores, **values):
        """The profile of a customer who bought, with scores of our choice."""
        customer = self._create_customer()
        self._create_order(customer, 10)
        profile = self._get_profile(customer)
        self._score(profile, *scores, **values)
        return profile

    def _score(self, profiles, recency, frequency, value, as_of=None, **values):
        """As a refresh does it on a day."""
        values |= {
            "recency_score": recency,
            "frequency_score": frequency,
            "value_score": value,
            "fv_score": mean(frequency, value) if frequency else None,
        }
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE relationship_profile SET %s WHERE id = ANY(%s)",
                SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), figure)
                    for name, figure in values.items()
                ),
                profiles.ids,
            )
        )
        self.env.invalidate_all()
        self._segment(profiles, as_of)

    def _segment(self, profiles, as_of=None):
        scope = self.Profile._get_scope(
            self.company, Customers(ids=tuple(profiles.partner_id.ids)), as_of
        )
        self.env.flush_all()
        moved = self.Profile._segment_scope(self.company, scope)
        self.Profile._forget_cache()
        return moved

    def _get_segments_of_all_scores(self):
        """What the rules say for each (recency, frequency, value), and a prospect."""
        placing = self.Segment._get_placing_sql(self.company)
        rows = self.env.execute_query(
            SQL(
                """
                WITH relationship_profile AS (
                    SELECT r AS recency_score, f AS frequency_score, v AS value_score,
                           (f + v + 1) / 2 AS fv_score, 3 AS order_day_count,
                           100.0 * r AS revenue, r * 1000 + f * 10 + v AS id
                      FROM GENERATE_SERIES(1, 5) r,
                           GENERATE_SERIES(1, 5) f,
                           GENERATE_SERIES(1, 5) v
                     UNION ALL
                    SELECT NULL, NULL, NULL, NULL, 0, 0, 0
                )
                SELECT recency_score, frequency_score, value_score, %s
                  FROM relationship_profile
                """,
                placing,
            )
        )
        found = {tuple(row[:3]): self.Segment.browse(row[3]) for row in rows}
        self.assertEqual(len(rows), 126)
        self.assertEqual(len(found), 126, "each has one segment")
        return found


@tagged("post_install", "-at_install", "crm_relationship")
class TestSegment(SegmentCase):
    def test_shipped_segments_take_every_score_and_every_prospect_once(self):
        found = self._get_segments_of_all_scores()
        self.assertEqual(found[None, None, None], self._ref("prospect"))
        self.assertEqual(len(set(found.values())), 11, "none is without customers")
        for scores, name in (
            ((5, 5, 5), "champions"),
            ((5, 5, 2), "champions"),
            ((4, 5, 5), "champions"),
            ((4, 4, 4), "loyal"),
            ((3, 5, 5), "loyal"),
            ((5, 3, 3), "active"),
            ((5, 2, 2), "promising"),
            ((5, 1, 1), "new"),
            ((3, 2, 2), "attention"),
            ((2, 5, 5), "risk"),
            ((1, 5, 5), "previous"),
            ((2, 1, 1), "almost_lost"),
            ((1, 1, 1), "dormant"),
        ):
            with self.subTest(scores=scores):
                self.assertEqual(found[scores], self._ref(name))

    def test_no_cell_of_the_grid_is_painted_twice(self):
        shipped = self.Segment.search([("mode", "=", "cells")])
        painted = [tuple(cell) for segment in shipped for cell in segment.cells]
        self.assertEqual(len(painted), len(set(painted)))
        self.assertEqual(set(CELLS) - set(painted), {(1, 1), (1, 2)})

    def test_whatever_is_defined_everybody_is_in_the_first_that_matches(self):
        rng = random.Random(5)
        for attempt in range(10):
            self.Segment.search([("id", "!=", self.dormant.id)]).active = False
            created = self.Segment.create(
                [
                    {
                        "name": f"Random {attempt}.{number}",
                        "sequence": rng.randrange(5),
                        "mode": (mode := rng.choice(["cells", "domain"])),
                        "domain": mode == "domain" and rng.choice(list(CONDITIONS)),
                        "cells": [
                            list(cell) for cell in rng.sample(CELLS, rng.randrange(13))
                        ],
                    }
                    for number in range(rng.randrange(1, 8))
                ]
            )
            created = created.sorted(lambda segment: (segment.sequence, segment.id))
            for scores, segment in self._get_segments_of_all_scores().items():
                row = self._as_row(*scores)
                expected = next(
                    (one for one in created if self._takes(one, row)), self.dormant
                )
                self.assertEqual(segment, expected, (attempt, scores))

    def _as_row(self, recency, frequency, value):
        return {
            "order_day_count": 3 if recency else 0,
            "recency_score": recency,
            "frequency_score": frequency,
            "value_score": value,
            "fv_score": recency and mean(frequency, value),
            "revenue": 100 * (recency or 0),
        }

    def _takes(self, segment, row):
        """What the segment says, worked out in plain Python."""
        if segment.mode == "cells":
            return [row["recency_score"], row["fv_score"]] in segment.cells
        return CONDITIONS[segment.domain](row)

    def test_the_first_that_matches_decides(self):
        profile = self._create_scored(5, 5, 5)
        self.assertEqual(profile.segment_id, self.champions)
        first = self.Segment.create(
            {"name": "First", "sequence": 1, "cells": [[5, 5], [1, 1]]}
        )
        self.assertEqual(profile.segment_id, first)
        first.sequence = 15
        self.assertEqual(profile.segment_id, self.champions)

    def test_a_segment_open_to_everybody_stays(self):
        for vals in (
            {"active": False},
            {"domain": "[('order_count', '=', 0)]"},
            {"mode": "cells"},
            {"company_id": self.env["res.company"].create({"name": "Other"}).id},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(ValidationError, "no other segment takes"),
                self.env.cr.savepoint(),
            ):
                self.dormant.write(vals)
        self.assertTrue(self.dormant.is_fallback)
        self.assertFalse(self.champions.is_fallback)

    def test_a_segment_without_cells_takes_nobody(self):
        self.Segment.create({"name": "Nobody's", "sequence": 500})
        self.assertTrue(self.dormant.is_fallback)

    @mute_logger("odoo.sql_db")
    def test_a_broken_condition_is_refused(self):
        for vals, expected in (
            ({"mode": "domain", "domain": "[('no_such', '=', 1)]"}, "no_such"),
            ({"mode": "domain", "domain": "[('revenue', '>', 'x')]"}, "Champions"),
            ({"cells": [[0, 3]]}, "not all on the grid"),
            ({"cells": [[1, 2, 3]]}, "not all on the grid"),
            ({"cells": "all"}, "not all on the grid"),
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(ValidationError, expected),
                self.env.cr.savepoint(),
            ):
                self.champions.write(vals)

    @mute_logger("odoo.addons.crm_relationship.models.relationship_placing_mixin")
    def test_a_condition_that_breaks_later_stops_nobody(self):
        self.env.cr.execute(
            "UPDATE relationship_segment SET mode = 'domain', domain = %s"
            " WHERE id = %s",
            ("[('gone_field', '=', 1)]", self.champions.id),
        )
        self.Segment.invalidate_model()
        self.assertEqual(self._create_scored(5, 5, 5).segment_id, self.dormant)
        self.assertEqual(self._create_scored(4, 4, 4).segment_id, self.loyal)

    def test_archiving_a_segment_places_its_customers_elsewhere(self):
        profile = self._create_scored(5, 5, 5)
        self.champions.active = False
        self.assertEqual(profile.segment_id, self.dormant)

    def test_whom_an_archived_segment_was_given_by_hand_the_rules_take(self):
        profile = self._create_scored(4, 4, 4)
        profile._pin(self.champions, "Wish")
        self.champions.active = False
        self.assertEqual(profile.segment_id, self.loyal)
        self.assertFalse(profile.segment_pinned_until)

    def test_many_customers_are_placed_in_the_background(self):
        profile = self._create_scored(5, 5, 5)
        self.patch(relationship_placing_mixin, "AT_ONCE", 0)
        self.champions.active = False
        self.assertEqual(profile.segment_id, self.champions, "nobody is without one")
        self.assertFalse(self.env["relationship.refresh"]._is_done(self.company))
        self._segment(profile)
        self.assertEqual(profile.segment_id, self.dormant)

    def test_a_segment_with_a_history_can_not_be_deleted(self):
        self._create_scored(5, 5, 5)
        with self.assertRaises(UserError):
            self.champions.unlink()
        unused = self.Segment.create({"name": "Unused"})
        unused.unlink()
        self.assertFalse(unused.exists())

    def test_dragging_segments_moves_nobody_whose_cells_overlap_with_none(self):
        self._create_scored(5, 5, 5)
        moves = self.SegmentMove.search_count([])
        self.Segment.search([], order="sequence desc").web_resequence({})
        self.assertEqual(self.SegmentMove.search_count([]), moves)

    def test_a_segment_of_another_company_takes_nobody_here(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.Segment.create(
            {
                "name": "Theirs",
                "sequence": 0,
                "company_id": other.id,
                "cells": [[5, 5]],
            }
        )
        profile = self._create_scored(5, 5, 5)
        self.assertEqual(profile.segment_id, self.champions)
        with self.assertRaises(ValidationError):
            profile.sudo().write({"segment_id": theirs.id})

    def test_counts_and_shares(self):
        self._create_scored(5, 5, 5, revenue_recent=300)
        self._create_scored(1, 1, 1, revenue_recent=100)
        champions = self.champions.with_user(self.manager)
        self.assertEqual(champions.profile_count, 1)
        self.assertEqual(champions.match_count, 1)
        total = sum(self.Profile.search([]).mapped("revenue_recent"))
        self.assertAlmostEqual(champions.revenue_share, 300 / total)
        self.assertEqual(champions.revenue, 300)
        action = champions.action_open_profiles()
        self.assertEqual(self.Profile.search_count(action["domain"]), 1)

    def test_painting_counts_before_it_is_saved(self):
        self._create_scored(5, 5, 5)
        form = Form(self.champions)
        self.assertEqual(form.match_count, 1)

    def test_counting_takes_as_many_queries_for_all_as_for_one(self):
        self._create_scored(5, 5, 5)
        counts = []
        for segments in (self.champions, self.Segment.search([])):
            self.env.invalidate_all()
            segments.mapped("name")
            before = self.cr.sql_log_count
            segments.mapped("profile_count")
            segments.mapped("revenue_share")
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)


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
        for days, expected in ((5, self.champions), (9, self.champions), (10, None)):
            found = self._read_as_of(profile, self._days_ago(days))
            self.assertEqual(found, expected and expected.id)

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
            "Loyal: set by hand until 01/31/2099 because “Opens two more shops”. The "
            "rules say: New: bought very recently (R 5), hardly ever (F 1), spent very "
            "little (V 1); its cell of the grid (5, 1) belongs to “New”.",
        )
        prospect = self._get_profile(self._create_customer("Nobody yet"))
        self.assertEqual(
            prospect._explain_segment_id(),
            "Prospect: no order yet; the condition of “Prospect” holds.",
        )
        answer = self.profile.explain(["segment_id"])
        self.assertIn("Loyal", answer[self.profile.id]["segment_id"])


@tagged("post_install", "-at_install", "crm_relationship")
class TestSegmentSnapshot(SegmentCase):
    def setUp(self):
        super().setUp()
        self._create_scored(
            5,
            5,
            5,
            revenue_recent=300,
            expected_value=200,
            value_at_risk=30,
            buy_probability=0.9,
        )
        self._create_scored(
            5,
            5,
            5,
            revenue_recent=100,
            expected_value=100,
            value_at_risk=10,
            buy_probability=0.7,
        )

    def _get_rows(self, day):
        self.env.flush_all()
        return {
            row.segment_id: (
                row.customer_count,
                row.revenue,
                row.expected_value,
                row.value_at_risk,
                row.buy_probability,
            )
            for row in self.Snapshot.search(
                [("company_id", "=", self.company.id), ("date", "=", day)]
            )
        }

    def test_a_snapshot_sums_up_the_segments_of_the_day(self):
        self.Snapshot._take(self.company, self.today)
        rows = self._get_rows(self.today)
        self.assertEqual(rows[self.champions], (2, 400, 300, 40, 0.8))
        count = sum(row[0] for row in rows.values())
        self.assertEqual(
            count, self.Profile.search_count([("company_id", "=", self.company.id)])
        )

    def test_taken_twice_it_is_the_same(self):
        self.Snapshot._take(self.company, self.today)
        before = self._get_rows(self.today)
        ids = self.Snapshot.search([]).ids
        self.Snapshot._take(self.company, self.today)
        self.assertEqual(self._get_rows(self.today), before)
        self.assertEqual(self.Snapshot.search([]).ids, ids)

    def test_taken_again_after_everybody_left_a_segment_it_forgets_the_segment(self):
        self.Snapshot._take(self.company, self.today)
        champions = self.Profile.search([("segment_id", "=", self.champions.id)])
        self._score(champions, 4, 4, 4)
        self.Snapshot._take(self.company, self.today)
        self.assertNotIn(self.champions, self._get_rows(self.today))

    def test_there_is_one_a_month(self):
        self.assertIn(self.today, self.Snapshot._get_missing_days(self.company))
        self.Snapshot._take(self.company, self.today)
        self.assertNotIn(self.today, self.Snapshot._get_missing_days(self.company))

    def test_only_those_who_see_all_customers_see_the_sums(self):
        self.Snapshot._take(self.company, self.today)
        self.assertTrue(self.Snapshot.with_user(self.manager).search([]))
        with self.assertRaises(AccessError):
            self.Snapshot.with_user(self.salesman).search([])
        with self.assertRaises(AccessError):
            self.Snapshot.with_user(self.manager).search([]).unlink()
