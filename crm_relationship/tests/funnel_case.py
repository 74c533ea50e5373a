import random
from datetime import date, timedelta

from odoo.tools import SQL

from .scored_case import ScoredCase

FIRST_DAY = date(2025, 1, 1)


class FunnelCase(ScoredCase):
    """Customers with a past of our choice, as the log would have it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Report = cls.env["relationship.funnel.report"]
        cls.stages = cls.Stage.search([("company_id", "in", [False, cls.company.id])])

    @classmethod
    def _create_walker(cls, name, *steps, user=None):
        """The profile of a customer who came to a stage on a day, and so on.

        :param steps: (day, stage), in their order; no stage: the customer left
        """
        [profile] = cls._create_profiles([name], user)
        cls._walk(profile, *steps)
        return profile

    @classmethod
    def _walk(cls, profile, *steps, **values):
        """Replace the log of a customer."""
        cls.env.flush_all()
        cls.env.cr.execute(
            "DELETE FROM relationship_stage_move WHERE partner_id = %s",
            [profile.partner_id.id],
        )
        before, since = cls.Stage, None
        for day, stage in steps:
            cls._log(profile, day, before, stage, since, **values)
            before, since = stage, day
        cls.env.cr.execute(
            "UPDATE relationship_profile SET stage_id = %s WHERE id = %s",
            [before.id or None, profile.id],
        )
        cls.env.invalidate_all()

    @classmethod
    def _log(cls, profile, day, before, after, since=None, **values):
        row = {
            "partner_id": profile.partner_id.id,
            "company_id": profile.company_id.id,
            "date": day,
            "from_stage_id": before.id or None,
            "to_stage_id": after.id or None,
            "direction": cls._get_direction(before, after),
            "days": (day - since).days if since else None,
            "cause": "facts",
            "automatic": True,
        } | values
        [[move_id]] = cls.env.execute_query(
            SQL(
                "INSERT INTO relationship_stage_move (%s) VALUES %s RETURNING id",
                SQL(", ").join(map(SQL.identifier, row)),
                tuple(row.values()),
            )
        )
        return move_id

    @staticmethod
    def _get_direction(before, after):
        if not before or not after:
            return "in" if after else "out"
        if before.rank == after.rank:
            return "same"
        return "up" if before.rank < after.rank else "down"

    @classmethod
    def _walk_at_random(cls, profile, dice, last_day):
        """A way through the funnel, several steps on one day included.

        :return: the steps
        """
        day, steps, here = FIRST_DAY + timedelta(dice.randrange(200)), [], None
        while day <= last_day and len(steps) < 12:
            here = dice.choice([stage for stage in cls.stages if stage != here])
            steps.append((day, here))
            day += timedelta(dice.choice((0, 0, 1, 30, dice.randrange(120))))
        cls._walk(profile, *steps)
        return steps

    def _get_funnel(self, since, until, domain=None, user=None):
        report = self.Report.with_user(user or self.manager)
        return report.get_funnel(domain or [], self._period(since, until))

    def _get_figures(self, *args, **kwargs):
        """{stage: its figures}"""
        stages = self._get_funnel(*args, **kwargs)["stages"]
        return {self.Stage.browse(row["id"]): row for row in stages}

    def _get_flows(self, since, until, user=None, domain=None):
        """{(from, to): (direction, count, median days, days of nine of ten)}"""
        report = self.Report.with_user(user or self.manager)
        return {
            (
                self.Stage.browse(row["from_stage_id"]),
                self.Stage.browse(row["to_stage_id"]),
            ): (
                row["direction"],
                row["count"],
                row["days_median"],
                row["days_most"],
            )
            for row in report.get_flow(domain or [], self._period(since, until))[
                "flows"
            ]
        }

    def _count_listed(self, figure, since, until, user=None, domain=None, **of_what):
        """How many rows the list behind a figure has."""
        user = user or self.manager
        action = self.Report.with_user(user).get_action(
            figure, domain or [], self._period(since, until), **of_what
        )
        model = self.env[action["res_model"]].with_user(user)
        return model.search_count(action["domain"])

    @staticmethod
    def _period(since, until):
        return {"key": "custom", "since": str(since), "until": str(until)}

    @staticmethod
    def _get_dice(seed):
        return random.Random(seed)
