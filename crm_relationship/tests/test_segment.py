import itertools
import random

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models import relationship_placing_rules
from .segment_case import SegmentCase, mean

CELLS = list(itertools.product(range(1, 6), repeat=2))
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


@tagged("post_install", "-at_install", "crm_relationship")
class TestSegment(SegmentCase):
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
            (
                {"mode": "domain", "domain": "[('segment_id.name', '=', 'New')]"},
                "segments follow from it",
            ),
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
        self.patch(relationship_placing_rules, "AT_ONCE", 0)
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
        self._create_scored(1, 3, 3)
        painted = self.Segment.new({"cells": [[5, 5]]})
        self.assertEqual(painted.match_count, 1)
        painted.cells = [[5, 5], [1, 3]]
        self.assertEqual(painted.match_count, 2)

    def test_counting_takes_as_many_queries_for_all_as_for_one(self):
        self._create_scored(5, 5, 5)
        counts = []
        self.champions.mapped("profile_count")  # what is read once
        for segments in (self.champions, self.Segment.search([])):
            self.env.invalidate_all()
            segments.mapped("name")
            before = self.cr.sql_log_count
            segments.mapped("profile_count")
            segments.mapped("revenue_share")
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)
