from functools import partial

from odoo.tests import tagged
from odoo.tools import SQL

from . import year_history as plain
from .year_case import YearCase
from .year_history import FIRST, draw_days

# Often one day after the other, or several moves a day.
EDGES = (20, 9, 1, 1)


@tagged("post_install", "-at_install", "crm_relationship")
class TestTriggerYearJourney(YearCase):
    """Where customers stand, day by day over a year.

    The logs are written as the add-on writes them, for no clock can be put back in
    them: a move begins where the last one ended, only what is last is taken back, and
    there are several moves on one day.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stages = cls._create_places(cls.Stage, target_days=(0, 9, 20, 0))
        cls.segments = cls._create_places(
            cls.env["relationship.segment"], rank=(10, 20, 20, 30)
        )

    @classmethod
    def _create_places(cls, Place, **values):
        [(name, given)] = values.items()
        return Place.create(
            [
                {"name": f"Place {n}", "sequence": 90 + n, name: value}
                for n, value in enumerate(given)
            ]
        )

    def _draw_moves(self, log, kind, places, with_undo=False):
        """A way for each customer, as the only one in the log."""
        self._archive()
        self.env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(log._table)))
        self.env.invalidate_all()
        moves = []
        for customer in self.customers:
            standing, place = [], None
            for day in draw_days(self.dice, EDGES, most=40):
                undone = None
                if with_undo and standing and self.dice.random() < 0.3:
                    undone = standing.pop()
                target = (
                    undone.origin
                    if undone
                    else self.dice.choice([one for one in places.ids if one != place])
                )
                move = plain.Move(
                    customer.id, 0, day, place, target,
                    by_rules=not undone and self.dice.random() < 0.3,
                    undoes=undone,
                )  # fmt: skip
                self._log_move(log, kind, move)
                if not undone:
                    # Only moves by hand can be taken back, the last one first.
                    standing = [] if move.by_rules or not place else [*standing, move]
                place = target
                moves.append(move)
        return moves

    def _log_move(self, log, kind, move):
        cause = "rules" if move.by_rules else "hand"
        values = {"undo_of_id": move.undoes.number} if move.undoes else {}
        row = log.create(
            {
                "partner_id": move.customer,
                "company_id": self.company.id,
                f"from_{kind}_id": move.origin,
                f"to_{kind}_id": move.target,
                "date": move.day,
                "cause": "undo" if move.undoes else cause,
            }
            | values
        )
        move.number = row.id

    def _draw_stage_moves(self):
        return self._draw_moves(self.Move, "stage", self.stages, with_undo=True)

    def test_entered_a_stage(self):
        moves = self._draw_stage_moves()
        stages = self.stages[1:3]
        start = FIRST.replace(month=11)
        rule = self._create_rule("stage", stage_ids=stages.ids, start_date=start)
        entered = partial(plain.entered, moves, stages.ids, start)
        self._walk(rule, partial(entered, False))
        rule.write({"with_rule_changes": True, "start_date": start})
        self._walk(rule, partial(entered, True))

    def test_stays_too_long_in_a_stage(self):
        moves = self._draw_stage_moves()
        rule = self._create_rule("stay", trigger_days=9)
        self._walk(rule, partial(plain.stays, moves, dict.fromkeys(self.stages.ids, 9)))
        rule.write({"stay_limit": "target", "stage_ids": self.stages[:2].ids})
        self._walk(rule, partial(plain.stays, moves, {self.stages[1].id: 9}), least=20)

    def test_drops_to_a_worse_segment(self):
        moves = self._draw_moves(
            self.env["relationship.segment.move"], "segment", self.segments
        )
        ranks = {segment.id: segment.rank for segment in self.segments}
        rule = self._create_rule("segment", late_days=9)
        dropped = partial(plain.dropped, moves, ranks)
        self._walk(rule, partial(dropped, self.segments.ids, 9, False))
        rule.write(
            {
                "with_rule_changes": True,
                "segment_ids": self.segments[:2].ids,
                "late_days": 0,
            }
        )
        self._walk(rule, partial(dropped, self.segments[:2].ids, 0, True))
