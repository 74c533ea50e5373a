import random
from contextlib import suppress
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import RelationshipCase

# What random entry rules ask for.
CONDITIONS = [
    "('order_day_count', '=', {0})",
    "('order_day_count', '>=', {0})",
    "('days_since_order', '>=', {0}0)",
    "('days_since_order', '<', {0}0)",
    "('revenue', '>=', {0}00)",
    "('rhythm_ratio', '>=', {0})",
    "('last_order_date', '=', False)",
    "('partner_id.is_company', '=', True)",
    "('quotation_count', '>', 0)",
]
# Days ago on which everybody is refreshed.
DAYS = (300, 200, 120, 60, 30, 7, 0)


@tagged("post_install", "-at_install", "crm_relationship")
class TestFunnelProperty(RelationshipCase):
    """Random histories in random funnels: everybody has exactly one stage, and the log
    tells the whole story."""

    def test_everybody_has_one_stage_and_the_log_tells_how_it_came(self):
        self._live(random.Random(0))

    def test_so_it_is_in_another_funnel(self):
        self._live(random.Random(1))

    def test_so_it_is_in_a_third_funnel(self):
        self._live(random.Random(2))

    def _live(self, draw):
        customers = [self._create_customer(f"Customer {i}") for i in range(12)]
        for customer in customers:
            for _order in range(draw.choice([0, 1, 2, 3, 5])):
                state = draw.choice(["sale", "sale", "sale", "sent"])
                day, amount = draw.randrange(400), draw.choice([50, 150, 600])
                self._create_order(customer, day, amount, state)
        self._draw_funnel(draw)
        for ago in DAYS:
            with patch.object(
                type(self.company),
                "_relationship_today",
                lambda company, ago=ago: self._days_ago(ago),
            ):
                self._change_funnel(draw)
                self.Profile._refresh_everybody(self.company)
                self._move_some(draw)
                self._check()
        self.assertEqual(self.Profile._place(self.company), 0)

    def _draw_rule(self, draw):
        conditions = draw.sample(CONDITIONS, draw.choice([1, 1, 2]))
        parts = [condition.format(draw.randrange(1, 6)) for condition in conditions]
        either = draw.choice(["'&', ", "'|', "]) if len(parts) > 1 else ""
        return f"[{either}{', '.join(parts)}]"

    def _draw_funnel(self, draw):
        """Some stages of random rules, some of one sequence, some for nobody."""
        self.Stage.create(
            [
                {
                    "name": f"Stage {number}",
                    "sequence": draw.randrange(0, 100, 10),
                    "rank": draw.randrange(0, 100, 10),
                    "domain": draw.choice([False, *[self._draw_rule(draw)] * 4]),
                }
                for number in range(6)
            ]
        )

    def _change_funnel(self, draw):
        """What administrators do, as far as it is allowed."""
        stages = list(self.Stage.with_context(active_test=False).search([]))
        for stage in draw.sample(stages, 3):
            vals = draw.choice(
                [
                    {"active": not stage.active},
                    {"sequence": draw.randrange(100)},
                    {"domain": self._draw_rule(draw)},
                    {"domain": False},
                    {"rank": draw.randrange(100)},
                ]
            )
            # The last stage that is open to everybody stays.
            with suppress(ValidationError), self.env.cr.savepoint():
                stage.write(vals)
        self.Stage.browse(stage.id for stage in draw.sample(stages, 4)).web_resequence(
            {}
        )

    def _move_some(self, draw):
        """What salespeople do: set by hand, take back, let the rules decide."""
        profiles = list(self.Profile.search([]))
        for profile in draw.sample(profiles, 5):
            stages = self.Stage.search([])
            act = draw.choice(["move", "move", "undo", "unpin"])
            if act == "move":
                profile.write({"stage_id": draw.choice(list(stages)).id})
            elif act == "unpin":
                profile.action_unpin()
            elif profile.undoable_move_id:
                profile.undoable_move_id.action_undo()

    def _check(self):
        self.env.flush_all()
        self.env.invalidate_all()
        stages = self.Stage.search([])
        for profile in self.Profile.search([]):
            moves = self.Move.search(
                [
                    ("partner_id", "=", profile.partner_id.id),
                    ("company_id", "=", self.company.id),
                ],
                order="id",
            )
            self.assertIn(profile.stage_id, stages)
            self.assertEqual(moves[-1].to_stage_id, profile.stage_id)
            self.assertFalse(moves[0].from_stage_id)
            self.assertEqual(moves[0].direction, "in")
            since = None
            for before, move in zip([None, *moves], moves, strict=False):
                if before:
                    self.assertEqual(move.from_stage_id, before.to_stage_id)
                    self.assertNotEqual(move.from_stage_id, move.to_stage_id)
                    self.assertGreaterEqual(move.date, before.date)
                    self.assertIn(move.direction, ("up", "down", "same"))
                    self.assertEqual(move.days, (move.date - since).days)
                since = self._get_day_entered(move)
            self.assertEqual(profile.stage_date, since)
            self.assertTrue(
                profile.stage_pinned_until
                or profile.stage_id == profile.computed_stage_id
            )

    def _get_day_entered(self, move):
        """The day since which the customer is where the move brought it: an undo brings
        it back to a stage it had been in before."""
        if not move.undo_of_id:
            return move.date
        earlier = self.Move.search(
            [
                ("partner_id", "=", move.partner_id.id),
                ("company_id", "=", move.company_id.id),
                ("id", "<", move.undo_of_id.id),
            ],
            limit=1,
            order="id desc",
        )
        return self._get_day_entered(earlier)
