import json
import statistics
from collections import Counter, defaultdict
from datetime import date, timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ..models import relationship_funnel_report_sql
from ..tools.periods import Period
from .funnel_case import FIRST_DAY, FunnelCase

JANUARY = date(2026, 1, 1), date(2026, 1, 31)
FEBRUARY = date(2026, 2, 1), date(2026, 2, 28)


@tagged("post_install", "-at_install", "crm_relationship")
class TestFunnelReport(FunnelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        ref = cls.env.ref
        cls.new = ref("crm_relationship.stage_contact")
        cls.first = ref("crm_relationship.stage_first")
        cls.second = ref("crm_relationship.stage_second")
        cls.lost = ref("crm_relationship.stage_lost")

    def _get_row(self, stage, *args, **kwargs):
        row = self._get_figures(*args, **kwargs)[stage]
        names = ("count", "present", "came", "went_up", "went_down")
        return tuple(row[name] for name in names)

    def test_customers_are_counted_where_they_were_at_the_end_of_the_period(self):
        self._create_walker("A", (date(2025, 12, 1), self.new))
        self._create_walker(
            "B", (date(2026, 1, 31), self.new), (date(2026, 2, 1), self.first)
        )
        self._create_walker("C", (date(2026, 2, 1), self.new))
        self.assertEqual(self._get_row(self.new, *JANUARY), (2, 2, 1, 0, 0))
        self.assertEqual(self._get_row(self.first, *JANUARY), (0, 0, 0, 0, 0))
        self.assertEqual(self._get_row(self.new, *FEBRUARY), (2, 3, 1, 1, 0))
        self.assertEqual(self._get_row(self.first, *FEBRUARY), (1, 1, 1, 0, 0))

    def test_a_period_is_compared_with_the_one_before(self):
        self._create_walker(
            "A", (date(2026, 1, 9), self.new), (date(2026, 2, 1), self.first)
        )
        funnel = self._get_funnel(*FEBRUARY)
        self.assertEqual(
            funnel["before"], {"since": "2026-01-01", "until": "2026-01-31"}
        )
        row = next(row for row in funnel["stages"] if row["id"] == self.new.id)
        self.assertEqual((row["count"], row["before"]["count"]), (0, 1))

    def test_a_customer_who_comes_and_goes_twice_counts_once(self):
        self._create_walker(
            "A",
            (date(2026, 1, 2), self.new),
            (date(2026, 1, 3), self.first),
            (date(2026, 1, 4), self.new),
            (date(2026, 1, 5), self.first),
        )
        self.assertEqual(self._get_row(self.new, *JANUARY), (0, 1, 1, 1, 0))
        self.assertEqual(self._get_row(self.first, *JANUARY), (1, 1, 1, 0, 1))

    def test_of_several_moves_on_one_day_the_last_decides(self):
        day = date(2026, 1, 31)
        self._create_walker("A", (day, self.new), (day, self.second), (day, self.first))
        self.assertEqual(self._get_row(self.first, *JANUARY), (1, 1, 1, 0, 0))
        self.assertEqual(self._get_row(self.second, *JANUARY), (0, 1, 1, 0, 1))
        listed = self._count_listed("count", *JANUARY, stage_id=self.first.id)
        self.assertEqual(listed, 1)

    def test_value_is_what_they_bought_in_the_period(self):
        profile = self._create_walker("A", (date(2025, 12, 1), self.first))
        self._create_order(profile.partner_id, date(2025, 12, 31), 1000)
        self._create_order(profile.partner_id, date(2026, 1, 1), 30)
        self._create_order(profile.partner_id, date(2026, 1, 31), 4)
        self._create_order(profile.partner_id, date(2026, 2, 1), 500)
        row = self._get_figures(*JANUARY)[self.first]
        self.assertEqual((row["value"], row["before"]["value"]), (34, 1000))

    def test_value_is_net_of_credit_notes_and_as_the_profile_says(self):
        profile = self._create_walker("A", (self._days_ago(400), self.first))
        order = self._create_order(profile.partner_id, 40, 300)
        self.product.invoice_policy = "order"
        invoice = order._create_invoices()
        invoice.invoice_date = self._days_ago(39)
        invoice.action_post()
        note = invoice._reverse_moves([{"invoice_date": self._days_ago(5)}])
        note.invoice_line_ids.price_unit = 80
        note.action_post()
        self._get_profile(profile.partner_id)
        self._walk(profile, (self._days_ago(400), self.first))
        report = self.Report.with_user(self.manager)
        funnel = report.get_funnel([], {"key": "last_12_months"})
        row = next(row for row in funnel["stages"] if row["id"] == self.first.id)
        self.assertEqual(row["value"], 220)
        self.assertEqual(profile.revenue_recent, 220)

    def _create_credit_note(self, partner, day, amount):
        """One of no order."""
        note = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": partner.id,
                "invoice_date": day,
                "invoice_line_ids": [
                    Command.create({"name": "Sorry", "price_unit": amount})
                ],
            }
        )
        note.action_post()
        return note

    def test_a_credit_note_counts_without_a_purchase_in_the_period(self):
        profile = self._create_walker("A", (date(2025, 11, 1), self.first))
        self._create_order(profile.partner_id, date(2025, 11, 2), 1000)
        stranger = self._create_walker("B", (date(2025, 11, 1), self.first))
        for partner in (profile.partner_id, stranger.partner_id):
            self._create_credit_note(partner, date(2025, 12, 20), 300)
            self._create_credit_note(partner, date(2026, 1, 20), 40)
        row = self._get_figures(*JANUARY)[self.first]
        self.assertEqual((row["value"], row["before"]["value"]), (-40, -300))

    def test_orders_of_before_the_period_are_not_read(self):
        """All of a company of ten years, for the report of a month."""
        profile = self._create_walker("A", (date(2025, 1, 1), self.first))
        for day in range(40):
            self._create_order(profile.partner_id, FIRST_DAY + timedelta(day), 1)
        self._create_order(profile.partner_id, date(2026, 1, 15), 1)
        self.env.flush_all()
        self.env.cr.execute("ANALYZE sale_order; SET LOCAL enable_seqscan = off")
        scope = self.Report._get_scope(Period(*JANUARY))
        bought = relationship_funnel_report_sql.purchases(scope, JANUARY[0])
        explain = SQL("EXPLAIN (ANALYZE, FORMAT JSON) %s", bought)
        [[[plan]]] = self.env.execute_query(explain)
        nodes, read = [plan["Plan"]], 0
        while nodes:
            node = nodes.pop()
            nodes += node.get("Plans", ())
            if node.get("Relation Name") == "sale_order":
                read += node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        self.assertEqual(read, 1)

    def test_value_is_of_invoices_where_the_company_says_so(self):
        self.company.relationship_value_basis = "invoices"
        profile = self._create_walker("A", (date(2025, 12, 1), self.first))
        order = self._create_order(profile.partner_id, date(2026, 1, 30), 300)
        self.product.invoice_policy = "order"
        invoice = order._create_invoices()
        invoice.invoice_date = date(2026, 2, 2)
        invoice.action_post()
        self.assertEqual(self._get_figures(*JANUARY)[self.first]["value"], 0)
        self.assertEqual(self._get_figures(*FEBRUARY)[self.first]["value"], 300)

    def test_who_was_merged_into_another_counts_as_that_one(self):
        kept = self._create_walker(
            "A", (date(2026, 1, 9), self.new), (date(2026, 1, 20), self.first)
        )
        self._log(
            kept,
            date(2025, 6, 1),
            self.Stage,
            self.second,
            merged_partner_ref=kept.partner_id.id + 1000,
        )
        self.assertEqual(self._get_row(self.first, *JANUARY), (1, 1, 1, 0, 0))
        self.assertEqual(self._get_row(self.second, *JANUARY), (0, 0, 0, 0, 0))

    def test_the_way_of_a_merged_customer_goes_on_where_there_was_no_other(self):
        heir = self._create_walker("A")
        day = date(2026, 1, 9)
        self._log(heir, date(2025, 6, 1), self.Stage, self.new, merged_partner_ref=7)
        self._log(heir, day, self.new, self.first, date(2025, 6, 1))
        self.assertEqual(self._get_row(self.new, *JANUARY), (0, 1, 0, 1, 0))
        self.assertEqual(self._get_row(self.first, *JANUARY), (1, 1, 1, 0, 0))

    def test_merging_two_customers_leaves_one(self):
        one = self._create_walker("A", (date(2026, 1, 9), self.new))
        other = self._create_walker("B", (date(2026, 1, 10), self.first))
        partners = one.partner_id | other.partner_id
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge(partners.ids, other.partner_id)
        stages = self._get_figures(*JANUARY)
        self.assertEqual(sum(row["count"] for row in stages.values()), 1)
        self.assertEqual(stages[self.first]["count"], 1)
        flows = self._get_flows(*JANUARY)
        self.assertEqual(sum(flow[1] for flow in flows.values()), 1)

    def test_who_left_the_funnel_is_nowhere(self):
        self._create_walker(
            "A", (date(2026, 1, 2), self.new), (date(2026, 1, 20), self.Stage)
        )
        self.assertEqual(self._get_row(self.new, *JANUARY), (0, 1, 1, 0, 0))
        flows = self._get_flows(*JANUARY)
        self.assertEqual(flows[self.new, self.Stage], ("out", 1, 18, 18))
        self.assertEqual(flows[self.Stage, self.new], ("in", 1, None, None))

    def test_a_move_that_was_taken_straight_back_does_not_count(self):
        profile = self._create_walker("A", (date(2025, 12, 1), self.new))
        move = self._log(profile, date(2026, 1, 9), self.new, self.second, cause="hand")
        values = {"cause": "undo", "undo_of_id": move}
        self._log(profile, date(2026, 1, 9), self.second, self.new, **values)
        self.assertEqual(self._get_row(self.new, *JANUARY), (1, 1, 0, 0, 0))
        self.assertEqual(self._get_row(self.second, *JANUARY), (0, 0, 0, 0, 0))
        self.assertEqual(self._get_flows(*JANUARY), {})

    def test_a_move_taken_back_after_others_counts(self):
        """Without it there would be a gap in the way."""
        profile = self._create_walker("A", (date(2025, 12, 1), self.new))
        day = date(2026, 1, 9)
        move = self._log(profile, day, self.new, self.second, cause="hand")
        self._log(profile, day, self.second, self.lost)
        self._log(profile, day, self.lost, self.second)
        values = {"cause": "undo", "undo_of_id": move}
        self._log(profile, day, self.second, self.new, **values)
        self.assertEqual(sum(flow[1] for flow in self._get_flows(*JANUARY).values()), 4)

    def test_moves_by_hand_count_unless_taken_back(self):
        profile = self._create_walker("A", (date(2025, 12, 1), self.new))
        self._log(profile, date(2026, 1, 9), self.new, self.second, cause="hand")
        self.assertEqual(self._get_row(self.new, *JANUARY), (0, 1, 0, 1, 0))
        self.assertTrue(all(profile.move_ids.mapped("counts")))

    def test_an_archived_stage_is_shown_where_it_matters(self):
        gone = self.Stage.create({"name": "Old", "rank": 45, "domain": "[(0, '=', 1)]"})
        self._create_walker("A", (date(2026, 1, 9), gone))
        gone.active = False
        self.assertEqual(self._get_figures(*JANUARY)[gone]["came"], 1)
        self.assertNotIn(gone, self._get_figures(date(2024, 1, 1), date(2024, 1, 31)))

    def test_nobody_counts_customers_they_may_not_see(self):
        self._create_walker("A", (date(2026, 1, 9), self.new))
        self._create_walker("B", (date(2026, 1, 9), self.new), user=self.other_salesman)
        mine = self._get_row(self.new, *JANUARY, user=self.salesman)
        self.assertEqual(mine, (1, 1, 1, 0, 0))
        flows = self._get_flows(*JANUARY, user=self.salesman)
        self.assertEqual(flows[self.Stage, self.new][1], 1)
        self.assertEqual(self._get_row(self.new, *JANUARY)[0], 2)

    def test_whoever_may_not_read_profiles_gets_no_report(self):
        user = self._create_user("outsider", "base.group_user")
        for method in ("get_funnel", "get_flow", "get_cohorts"):
            with self.assertRaises(AccessError):
                getattr(self.Report.with_user(user), method)()

    def test_customers_of_another_company_are_not_counted(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._create_walker("A", (date(2026, 1, 9), self.new))
        self.manager.company_ids |= other
        report = self.Report.with_user(self.manager).with_company(other)
        funnel = report.get_funnel([], self._period(*JANUARY))
        self.assertEqual(sum(row["count"] for row in funnel["stages"]), 0)
        self.assertEqual(funnel["customers"], 0)

    def test_the_search_narrows_all_reports(self):
        one = self._create_walker("A", (date(2026, 1, 9), self.new))
        self._create_walker("B", (date(2026, 1, 9), self.new))
        domain = [("partner_id", "=", one.partner_id.id)]
        figures = self._get_row(self.new, *JANUARY, domain=domain)
        self.assertEqual(figures, (1, 1, 1, 0, 0))
        flows = self._get_flows(*JANUARY, domain=domain)
        self.assertEqual(flows[self.Stage, self.new][1], 1)
        listed = self._count_listed(
            "count", *JANUARY, domain=domain, stage_id=self.new.id
        )
        self.assertEqual(listed, 1)

    def test_a_day_is_one_of_the_company(self):
        """An order of 1 a.m. in UTC is one of the evening before in São Paulo."""
        self.company.relationship_tz = "America/Sao_Paulo"
        profile = self._create_walker("A", (date(2025, 12, 1), self.first))
        order = self._create_order(profile.partner_id, date(2026, 2, 1), 70)
        order.date_order = "2026-02-01 01:00:00"
        self.assertEqual(self._get_figures(*JANUARY)[self.first]["value"], 70)
        self.assertEqual(self._get_figures(*FEBRUARY)[self.first]["value"], 0)

    def test_a_period_that_ends_before_it_begins_is_refused(self):
        for period in (
            self._period(date(2026, 2, 1), date(2026, 1, 1)),
            {"key": "custom"},
            {"key": "next_week"},
            {"key": "this_decade"},
        ):
            with self.assertRaises(UserError):
                self.Report.get_funnel([], period)

    def test_a_period_to_come_is_empty(self):
        begin = fields.Date.add(self._days_ago(0), months=2, day=1)
        period = self._period(begin, fields.Date.add(begin, months=1))
        report = self.Report.with_user(self.manager)
        cohorts = report.get_cohorts([], period)
        self.assertEqual((cohorts["cohorts"], cohorts["is_cut"]), ([], False))
        self.assertEqual(report.get_flow([], period)["flows"], [])
        funnel = report.get_funnel([], period)
        self.assertFalse(any(row["came"] for row in funnel["stages"]))

    def test_the_stages_are_those_in_use(self):
        """Stages of other funnels that come with the add-on are archived."""
        listed = set(self._get_figures(*JANUARY))
        self.assertEqual(listed, set(self.Stage._get_used(self.company)))
        with_archived = self.Stage.with_context(active_test=False)
        self.assertTrue(set(with_archived.search([])) - listed)

    def test_queries_do_not_grow_with_the_customers(self):
        counts = []
        for size in (1, 10, 100):
            self._create_profiles([f"C{i}" for i in range(size)])
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            report = self.Report.with_user(self.manager)
            report.get_funnel()
            report.get_flow()
            report.get_cohorts()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(max(counts[1:]), counts[0])

    def test_an_action_can_be_sent_to_the_browser(self):
        for figure, of_what in (
            ("present", {"stage_id": self.new.id}),
            ("went_up", {"stage_id": self.new.id, "before": True}),
            ("flow", {"from_stage_id": None, "to_stage_id": self.new.id}),
            ("cohort", {"first": "2026-01", "month": "2026-02"}),
        ):
            period = self._period(*JANUARY)
            action = self.Report.get_action(figure, [], period, **of_what)
            domain = json.loads(
                json.dumps(action["domain"], default=fields.Date.to_string)
            )
            self.env[action["res_model"]].search_count(domain)


@tagged("post_install", "-at_install", "crm_relationship")
class TestFunnelProperties(FunnelCase):
    """Random histories, recomputed in plain Python."""

    SIZE = 25

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dice = cls._get_dice(6)
        cls.last_day = date(2026, 6, 30)
        profiles = cls._create_profiles([f"C{n}" for n in range(cls.SIZE)])
        cls.purchases = defaultdict(list)
        for profile in profiles:
            for _ in range(cls.dice.randrange(5)):
                day = FIRST_DAY + timedelta(cls.dice.randrange(540))
                amount = cls.dice.randrange(1, 100)
                cls._create_order(profile.partner_id, day, amount)
                cls.purchases[profile].append((day, amount))
        cls.env.flush_all()
        cls.Profile._refresh(cls.company, profiles.partner_id.ids)
        cls.ways = {
            profile: cls._walk_at_random(profile, cls.dice, cls.last_day)
            for profile in profiles
        }

    def _get_random_period(self):
        since = FIRST_DAY + timedelta(self.dice.randrange(500))
        return since, since + timedelta(self.dice.choice((0, 1, 30, 89, 365)))

    def _get_moves(self, profile):
        """(day, from, to, direction, days)"""
        before, since = self.Stage, None
        for day, stage in self.ways[profile]:
            days = (day - since).days if since else None
            yield day, before, stage, self._get_direction(before, stage), days
            before, since = stage, day

    def _get_place(self, profile, day):
        places = [stage for on, stage in self.ways[profile] if on <= day]
        return places[-1] if places else None

    def _recompute(self, since, until):
        """{stage: figures} in plain Python."""
        found = {stage: Counter() for stage in self.stages}
        stays = defaultdict(list)
        for profile in self.ways:
            moves = [
                move for move in self._get_moves(profile) if since <= move[0] <= until
            ]
            if end := self._get_place(profile, until):
                found[end]["count"] += 1
                found[end]["value"] += sum(
                    amount
                    for day, amount in self.purchases[profile]
                    if since <= day <= until
                )
            came = {to for _day, _from, to, _direction, _days in moves}
            start = self._get_place(profile, since - timedelta(1))
            for stage in came | ({start} if start else set()):
                found[stage]["present"] += 1
            for stage in came:
                found[stage]["came"] += 1
            for direction in ("up", "down"):
                for stage in {move[1] for move in moves if move[3] == direction}:
                    found[stage][f"went_{direction}"] += 1
            for _day, before, _to, direction, days in moves:
                if direction == "up":
                    stays[before].append(days)
        for stage, days in stays.items():
            found[stage]["days_median"] = statistics.median(days)
        return found

    def test_the_funnel_is_what_plain_python_says(self):
        seen = Counter()
        for _ in range(12):
            period = self._get_random_period()
            expected = self._recompute(*period)
            for stage, row in self._get_figures(*period).items():
                for name in ("count", "value", "present", "came"):
                    self.assertEqual(row[name], expected[stage][name], (period, name))
                    seen[name] += row[name]
                for name in ("went_up", "went_down", "days_median"):
                    self.assertEqual(
                        row[name] or 0, expected[stage][name], (period, name)
                    )
                    seen[name] += row[name] or 0
        self.assertTrue(all(seen.values()), seen)

    def test_every_figure_of_the_funnel_opens_as_many_customers(self):
        for _ in range(3):
            period = self._get_random_period()
            for stage, row in self._get_figures(*period).items():
                for name in ("count", "present", "came", "went_up", "went_down"):
                    listed = self._count_listed(name, *period, stage_id=stage.id)
                    self.assertEqual(listed, row[name], (period, name))
                listed = self._count_listed(
                    "count", *period, stage_id=stage.id, before=True
                )
                self.assertEqual(listed, row["before"]["count"])
                listed = self._count_listed("days", *period, stage_id=stage.id)
                self.assertEqual(bool(listed), row["days_median"] is not None)

    def test_the_flow_is_what_plain_python_says_and_opens_as_many_moves(self):
        for _ in range(6):
            since, until = self._get_random_period()
            expected = defaultdict(list)
            for profile in self.ways:
                for day, before, after, _direction, days in self._get_moves(profile):
                    if since <= day <= until:
                        expected[before, after].append(days)
            flows = self._get_flows(since, until)
            self.assertEqual(flows.keys(), expected.keys())
            for (before, after), days in expected.items():
                direction, count, median, _most = flows[before, after]
                self.assertEqual(direction, self._get_direction(before, after))
                self.assertEqual(count, len(days))
                if before:
                    self.assertEqual(median, statistics.median(days))
            for (before, after), (_direction, count, *_days) in flows.items():
                listed = self._count_listed(
                    "flow",
                    since,
                    until,
                    from_stage_id=before.id,
                    to_stage_id=after.id,
                )
                self.assertEqual(listed, count)

    def test_cohorts_are_what_plain_python_says_and_open_as_many_customers(self):
        period = FIRST_DAY, date(2026, 3, 31)
        expected = defaultdict(lambda: defaultdict(set))
        for profile, purchases in self.purchases.items():
            months = {day.strftime("%Y-%m") for day, _amount in purchases}
            for month in months:
                expected[min(months)][month].add(profile)
        report = self.Report.with_user(self.manager)
        cohorts = report.get_cohorts([], self._period(*period))["cohorts"]
        self.assertEqual(cohorts[0]["month"], "2025-01")
        self.assertEqual(cohorts[-1]["month"], "2026-03")
        for cohort in cohorts:
            active = expected[cohort["month"]]
            self.assertEqual(cohort["size"], len(active[cohort["month"]]))
            listed = self._count_listed("cohort", *period, first=cohort["month"])
            self.assertEqual(listed, cohort["size"])
            year, number = map(int, cohort["month"].split("-"))
            for since, count in enumerate(cohort["counts"]):
                later = year * 12 + number - 1 + since
                month = f"{later // 12}-{later % 12 + 1:02}"
                self.assertEqual(count, len(active[month]), (cohort["month"], month))
                if count:
                    listed = self._count_listed(
                        "cohort", *period, first=cohort["month"], month=month
                    )
                    self.assertEqual(listed, count)
