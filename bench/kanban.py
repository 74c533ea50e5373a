"""The funnel of a company with very many customers, and of one with a hundred."""

import json
import statistics
from contextlib import closing, contextmanager

from lxml import etree
from playwright.sync_api import sync_playwright

from odoo.tools import SQL

from devenv import browser as browsers
from devenv.server import OdooServer

from .timing import Row, Stopwatch, interleaved, queries, ratio_row

FEW = 100
REPEATS = 15
BUDGET = 1.2
COMPANY = "The Small Company of the Bench"
FUNNEL = "crm_relationship.relationship_profile_action_funnel"
ELSEWHERE = "crm_relationship.relationship_channel_action"
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
]
# Milliseconds from the click to the last card, sum and bar.
OPEN = """
async ([action, shown, rest]) => {
    const service = odoo.__WOWL_DEBUG__.root.env.services.action;
    const there = async () => {
        while (!shown.every((selector) => document.querySelector(selector))) {
            await new Promise(requestAnimationFrame);
        }
        // What has been put into the page is painted with the next frame.
        await new Promise(requestAnimationFrame);
    };
    const start = performance.now();
    await service.doAction(action, {clearBreadcrumbs: true});
    await there();
    const seconds = (performance.now() - start) / 1000;
    await new Promise((resolve) => setTimeout(resolve, rest));
    return seconds;
}
"""
CARDS = [
    ".o_relationship_funnel .o_kanban_record:not(.o_kanban_ghost)",
    ".o_relationship_funnel .o_column_progress .progress-bar",
    ".o_relationship_funnel .o_animated_number",
]


def measure_kanban(world):
    """Open the funnel of both companies: in a browser, and what it asks the server."""
    many, few = _company_of_many(world), _company_of_few(world)
    try:
        with world.env() as env:
            own = [("company_id", "=", many)]
            number = env["relationship.profile"].search_count(own)
        rows = _compare_in_browser(world, many, few, number)
        for login in ("admin", "seller0"):
            rows += _compare(f"the server's part, {login}", world, login, many, few)
    finally:
        _remove(world, few)
    return rows


def _compare_in_browser(world, many, few, number):
    with (
        OdooServer(world.registry.db_name, options=["--max-cron-threads=0"]) as server,
        sync_playwright() as driver,
    ):
        server.wait_until_ready()
        with closing(
            driver.chromium.launch(
                executable_path=browsers.find(), args=CHROMIUM_OPTIONS
            )
        ) as browser:
            pages = [_Page(browser, server.url, company) for company in (many, few)]
            ours, theirs = interleaved(REPEATS, *pages, warm_up=3)
    return [ratio_row(f"opening the funnel, {number:,} / {FEW}", BUDGET, ours, theirs)]


class _Page:
    """Opens the funnel of a company in the web client, coming from a small list."""

    def __init__(self, browser, url, company):
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        self._page = page = context.new_page()
        page.goto(f"{url}/web/login")
        page.fill("#login", "admin")
        page.fill("#password", "admin")
        page.click("button[type=submit]")
        page.wait_for_selector(".o_web_client", timeout=120_000)
        context.add_cookies([{"name": "cids", "value": str(company), "url": url}])
        page.goto(f"{url}/odoo?debug=0")
        page.wait_for_selector(".o_action_manager", timeout=120_000)

    def __call__(self):
        self._page.evaluate(OPEN, [ELSEWHERE, [".o_list_view .o_data_row"], 300])
        return self._page.evaluate(OPEN, [FUNNEL, CARDS, 0])


def _compare(what, world, login, many, few):
    opened = [_Open(world, login, company) for company in (many, few)]
    ours, theirs = interleaved(REPEATS, *opened, warm_up=3)
    counts = [statistics.median(run.counts) for run in opened]
    return [
        ratio_row(what, None, ours, theirs),
        Row(
            f"{what}: queries",
            counts[0] - counts[1],
            "more",
            None,
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
    """A company with a hundred profiles of those of the other one, as many in each
    stage, so that the columns are as full: the screens differ by the numbers only."""
    with world.env() as env:
        many = env.company
        few = env["res.company"].search([("name", "=", COMPANY)]) or many.create(
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
            if field.store
            and field.column_type
            and field.name not in ("id", "company_id")
        ]
        columns = SQL(", ").join(map(SQL.identifier, names))
        env.cr.execute(
            SQL(
                """
                INSERT INTO relationship_profile (company_id, %(columns)s)
                SELECT %(few)s, %(columns)s
                  FROM (
                       SELECT profile.*, row_number() OVER (
                                  PARTITION BY stage_id ORDER BY id
                              ) AS place
                         FROM relationship_profile profile
                        WHERE company_id = %(many)s AND active
                  ) spread
                 ORDER BY place, stage_id
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
