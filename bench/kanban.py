"""The funnel of a company with very many customers, and of one with a hundred."""

import json
import statistics
from contextlib import contextmanager

from lxml import etree

from odoo.tools import SQL

from .timing import Row, Stopwatch, interleaved, queries, ratio_row

FEW = 100
REPEATS = 30
BUDGET = 1.2
COMPANY = "The Small Company of the Bench"


def measure_kanban(world):
    """Open the funnel of both companies: what the web client asks the server for."""
    many, few = _company_of_many(world), _company_of_few(world)
    try:
        with world.env() as env:
            own = [("company_id", "=", many)]
            number = env["relationship.profile"].search_count(own)
        rows = []
        for login in ("admin", "seller0"):
            rows += _compare(f"funnel of {login}", world, login, many, few, number)
    finally:
        _remove(world, few)
    return rows


def _compare(what, world, login, many, few, number):
    opened = [_Open(world, login, company) for company in (many, few)]
    ours, theirs = interleaved(REPEATS, *opened, warm_up=3)
    counts = [statistics.median(run.counts) for run in opened]
    return [
        ratio_row(f"{what}, {number:,} / {FEW}", BUDGET, ours, theirs),
        Row(
            f"{what}: queries, more with {number:,}",
            counts[0] - counts[1],
            "more",
            0,
            f"{counts[0]:.0f} against {counts[1]:.0f}",
        ),
    ]


class _Open:
    """Times the requests that the web client makes to show the funnel."""

    def __init__(self, world, login, company):
        self._world, self._login, self._company = world, login, company
        self.counts = []
        with self._env() as env:
            view = env.ref("crm_relationship.relationship_profile_view_kanban")
            Profile = env["relationship.profile"]
            arch = etree.fromstring(Profile.get_view(view.id, "kanban")["arch"])
        self._limit = int(arch.get("limit") or 40)
        self._bar = arch.find(".//progressbar")
        self._spec = {
            name: (
                {"fields": {"display_name": {}}}
                if Profile._fields[name].type in ("many2one", "many2many")
                else {}
            )
            for name in {field.get("name") for field in arch.iter("field")}
        }

    def __call__(self):
        with self._env() as env, queries() as count:
            with Stopwatch() as watch:
                self._read_columns(env)
            # The other request, which goes out at the same time.
            env.invalidate_all()
            with Stopwatch() as bar_watch:
                self._read_bars(env)
            self.counts.append(count())
        return watch.seconds + bar_watch.seconds

    @contextmanager
    def _env(self):
        with self._world.env(su=False) as env:
            user = env["res.users"].search([("login", "=", self._login)])
            context = dict(env.context, allowed_company_ids=[self._company])
            yield env(user=user, context=context)

    def _read_columns(self, env):
        env["relationship.profile"].web_read_group(
            [],
            ["stage_id"],
            [f"{self._bar.get('sum_field')}:sum"],
            auto_unfold=True,
            unfold_read_specification=self._spec,
            unfold_read_default_limit=self._limit,
        )

    def _read_bars(self, env):
        env["relationship.profile"].read_progress_bar(
            [],
            "stage_id",
            {
                "field": self._bar.get("field"),
                "colors": json.loads(self._bar.get("colors")),
                "sum_field": self._bar.get("sum_field"),
            },
        )


def _company_of_many(world):
    with world.env() as env:
        return env.company.id


def _company_of_few(world):
    """A company with a hundred profiles, as different as those of the other one."""
    with world.env() as env:
        many = env.company
        few = env["res.company"].create(
            {"name": COMPANY, "currency_id": many.currency_id.id}
        )
        users = env["res.users"].search([("login", "in", ("admin", "seller0"))])
        users.company_ids += few
        env.flush_all()
        env.cr.execute(
            "DELETE FROM relationship_profile WHERE company_id = %s", [few.id]
        )
        names = [
            field.name
            for field in env["relationship.profile"]._fields.values()
            if field.store and field.column_type and field.name not in ("id", "company_id")
        ]
        columns = SQL(", ").join(map(SQL.identifier, names))
        env.cr.execute(
            SQL(
                """
                INSERT INTO relationship_profile (company_id, %(columns)s)
                SELECT %(few)s, %(columns)s
                  FROM (
                       SELECT profile.*, row_number() OVER (
                                  ORDER BY stage_id, id
                              ) AS place, COUNT(*) OVER () AS number
                         FROM relationship_profile profile
                        WHERE company_id = %(many)s AND active
                  ) spread
                 WHERE place %% (number / %(count)s) = 0
                 ORDER BY place
                 LIMIT %(count)s
                """,
                columns=columns,
                few=few.id,
                many=many.id,
                count=FEW,
            )
        )
        env.cr.commit()
    world.vacuum("relationship_profile")
    return few.id


def _remove(world, company):
    with world.env() as env:
        few = env["res.company"].browse(company)
        env["res.users"].search([("company_ids", "in", few.ids)]).company_ids -= few
        env.flush_all()
        env.cr.execute(
            "DELETE FROM relationship_profile WHERE company_id = %s", [company]
        )
        env.cr.commit()
