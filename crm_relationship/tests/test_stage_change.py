from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import RelationshipCase

CONFIRMED = "relationship_confirmed"


@tagged("post_install", "-at_install", "crm_relationship")
class TestStageChange(RelationshipCase):
    """Changes of the stages: seen before, safe while they happen, explained after."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.env.ref("crm_relationship.stage_first")
        cls.second = cls.env.ref("crm_relationship.stage_second")
        cls.contact = cls.env.ref("crm_relationship.stage_contact")
        cls.Change = cls.env["relationship.placing.change"]

    def setUp(self):
        super().setUp()
        self.once = self._create_customer("Once")
        self._create_order(self.once, 10)
        self.twice = self._create_customer("Twice")
        self._create_history(self.twice, (10, 40))
        self._refresh_changed()

    def _get_stage(self, customer):
        return self._get_profile(customer).stage_id

    def _preview(self, stages, method="save", **options):
        rows = stages.with_user(self.manager).get_move_preview(method, **options)[
            "rows"
        ]
        return {(row["from"], row["to"]): row["count"] for row in rows}

    def test_a_preview_says_who_would_move_and_changes_nothing(self):
        changes = self.Change.search_count([])
        moves = self.Move.search_count([])
        rule = {"domain": "[('order_day_count', '>=', 1)]", "sequence": 45}
        self.assertEqual(
            self._preview(self.first, values=rule),
            {("Second purchase", "First purchase"): 1},
        )
        self.assertEqual(self.first.sequence, 30)
        self.assertEqual(self._get_stage(self.twice), self.second)
        self.assertEqual(self.Change.search_count([]), changes)
        self.assertEqual(self.Move.search_count([]), moves)

    def test_a_preview_of_each_kind_of_change(self):
        new = {
            "name": "Second in row",
            "sequence": 300,
            "domain": "[('order_day_count', '=', 2)]",
        }
        self.assertEqual(
            self._preview(self.Stage, values=new),
            {("Second purchase", "Second in row"): 1},
        )
        self.assertEqual(
            self._preview(self.second, "archive"),
            {("Second purchase", "New contact"): 1},
        )
        self.second.active = False
        self.assertEqual(
            self._preview(self.second, "unarchive"),
            {("New contact", "Second purchase"): 1},
        )
        self.second.active = True
        self.second.domain = "[('order_day_count', 'in', [1, 2])]"
        self.assertEqual(
            self._preview(self.second + self.first, "resequence", offset=30),
            {("Second purchase", "First purchase"): 1},
        )

    def test_the_list_behind_a_preview_has_those_who_would_move(self):
        preview = self.first.get_move_preview(
            "save", {"domain": "[('order_day_count', 'in', [1, 2])]", "sequence": 45}
        )
        [row] = preview["rows"]
        profiles = self.Profile.search(row["domain"])
        self.assertEqual(profiles.partner_id, self.twice)
        self._get_profile(self.twice)._pin(self.second)
        again = self.first.get_move_preview("save", {"sequence": 46})
        self.assertEqual(again["count"], 0)

    def test_a_preview_counts_customers_of_other_companies_too(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self._create_customer("Theirs", company_id=other.id, user_id=False)
        self._create_order(theirs, 10, company_id=other.id)
        self._refresh_changed()
        stage = self.first.with_user(self.manager)
        preview = stage.get_move_preview("archive")
        rows = {row["company"]: row for row in preview["rows"]}
        self.assertEqual(rows["Other"]["count"], 1)
        self.assertFalse(rows["Other"]["domain"])
        self.assertTrue(rows[self.company.name]["domain"])

    def test_a_preview_of_what_is_impossible_says_why(self):
        with self.assertRaisesRegex(ValidationError, "no_such_field"):
            self._preview(self.first, values={"domain": "[('no_such_field', '=', 1)]"})
        with self.assertRaisesRegex(ValidationError, "needs an active stage"):
            self._preview(self.contact, "archive")
        self.assertTrue(self.contact.active)

    def test_only_who_may_change_stages_sees_a_preview(self):
        with self.assertRaises(AccessError):
            self.first.with_user(self.salesman).get_move_preview("archive")

    def test_in_the_client_nobody_moves_without_a_confirmation(self):
        stage = self.second.with_user(self.manager)
        values = {"domain": "[('order_day_count', '=', 9)]"}
        with self.assertRaisesRegex(UserError, "nobody has confirmed"):
            stage.web_save(values, {})
        version = stage.get_move_preview("save", values)["version"]
        stage.with_context(**{CONFIRMED: version}).web_save(values, {})
        self.assertEqual(self._get_stage(self.twice), self.contact)
        stage.web_save({"description": "Not about who is here"}, {})

    def test_who_confirmed_what_is_out_of_date_is_told(self):
        stage = self.second.with_user(self.manager)
        version = stage.get_move_preview("archive")["version"]
        self.first.sequence = 35
        with self.assertRaisesRegex(UserError, "meanwhile"):
            stage.with_context(**{CONFIRMED: version}).write({"active": False})
        self.assertTrue(stage.active)

    def test_the_log_says_which_change_moved_a_customer(self):
        self.second.with_user(self.manager).domain = "[('order_day_count', '=', 9)]"
        move = self._get_profile(self.twice).move_ids[0]
        self.assertEqual(move.cause, "rules")
        self.assertEqual(move.create_uid, self.manager)
        self.assertEqual(
            move.reason,
            "The rule of “Second purchase” is another one. Last order 10 days ago; "
            "usually every 30 days.",
        )
        change = move.change_id
        self.assertEqual((change.user_id, change.move_count), (self.manager, 1))
        self.assertEqual(change.state, "done")
        self.assertEqual(
            change.changes,
            [
                {
                    "id": self.second.id,
                    "name": "Second purchase",
                    "field": "domain",
                    "old": '[("order_day_count", "=", 2)]',
                    "new": "[('order_day_count', '=', 9)]",
                }
            ],
        )

    def test_moves_say_how_long_where_and_in_which_direction(self):
        self.second.active = False
        move = self._get_profile(self.twice).move_ids[0]
        self.assertEqual((move.direction, move.days), ("down", 0))
        self.env.cr.execute(
            "UPDATE relationship_profile SET stage_date = %s WHERE partner_id = %s",
            (self._days_ago(9), self.twice.id),
        )
        self.Profile.invalidate_model()
        self.second.active = True
        move = self._get_profile(self.twice).move_ids[0]
        self.assertEqual((move.direction, move.days), ("up", 9))

    def test_a_change_can_be_taken_back(self):
        self.second.write({"domain": "[('order_day_count', '=', 9)]", "sequence": 5})
        change = self.Change.search([], limit=1)
        self.assertEqual(self._get_stage(self.twice), self.contact)
        change.with_user(self.manager).action_undo()
        self.assertEqual(self.second.sequence, 40)
        self.assertEqual(self._get_stage(self.twice), self.second)
        self.assertEqual(change.state, "undone")

    def test_a_new_stage_can_be_taken_back(self):
        stage = self.Stage.create(
            {"name": "All", "domain": "[('order_count', '>', 0)]"}
        )
        self.assertEqual(self._get_stage(self.once), stage)
        self.Change.search([], limit=1).with_user(self.manager).action_undo()
        self.assertFalse(stage.active)
        self.assertEqual(self._get_stage(self.once), self.first)

    def test_what_was_changed_again_is_not_taken_back(self):
        self.second.sequence = 5
        change = self.Change.search([], limit=1)
        self.second.sequence = 6
        with self.assertRaisesRegex(UserError, "changed again"):
            change.with_user(self.manager).action_undo()
        with self.assertRaises(AccessError):
            self.Change.search([], limit=1).with_user(self.salesman).action_undo()

    def test_a_rule_can_not_ask_for_what_follows_from_it(self):
        for domain in (
            f"[('stage_id', '=', {self.first.id})]",
            "[('partner_id.relationship_stage_id.name', '=', 'Lost')]",
            "[('partner_id', 'any', [('relationship_stage_id', '!=', False)])]",
            "[('segment_id.name', '=', 'Loyal')]",
            "[('days_in_stage', '>', 60)]",
            "[('stage_state', '=', 'stuck')]",
        ):
            with (
                self.subTest(domain=domain),
                self.assertRaisesRegex(ValidationError, "can't ask for"),
                self.env.cr.savepoint(),
            ):
                self.second.domain = domain

    def test_stages_of_one_sequence_are_told_apart(self):
        one, two = self.Stage.create(
            [
                {"name": name, "sequence": 99, "domain": "[('order_count', '=', 2)]"}
                for name in ("One", "Two")
            ]
        )
        self.assertEqual(self._get_stage(self.twice), two)
        self.assertEqual(self.Profile._place(self.company), 0)
        two.active = False
        self.assertEqual(self._get_stage(self.twice), one)

    def test_a_pin_ends_with_its_stage(self):
        lost = self.env.ref("crm_relationship.stage_lost")
        self._get_profile(self.once)._pin(lost)
        self.assertEqual(self._get_stage(self.once), lost)
        lost.active = False
        profile = self._get_profile(self.once)
        self.assertEqual(profile.stage_id, self.first)
        self.assertFalse(profile.stage_pinned_until)

    def test_the_rules_are_known_of_whoever_was_set_by_hand(self):
        lost = self.env.ref("crm_relationship.stage_lost")
        profile = self._get_profile(self.once)
        profile._pin(lost)
        self.Profile._refresh(self.company)
        self.assertEqual(profile.stage_id, lost)
        self.assertEqual(profile.computed_stage_id, self.first)


@tagged("post_install", "-at_install", "crm_relationship")
class TestStageJob(RelationshipCase):
    """Many customers are placed by the scheduled job."""

    def setUp(self):
        super().setUp()
        self.patch(
            self.env.registry["relationship.placing.mixin"],
            "_is_many",
            lambda places, companies: True,
        )
        self.Refresh = self.env["relationship.refresh"]
        self.second = self.env.ref("crm_relationship.stage_second")
        self.customer = self._create_customer()
        self._create_history(self.customer, (10, 40))
        self.profile = self._get_profile(self.customer)
        self.Profile._refresh_everybody(self.company)

    def _run(self):
        while self.Profile._step_in_turn(self.company):
            pass

    def test_a_change_is_placed_by_a_job_of_its_own(self):
        self.second.active = False
        change = self.env["relationship.placing.change"].search([], limit=1)
        self.assertEqual(self.profile.stage_id, self.second)
        self.assertEqual((change.state, change.progress), ("waiting", 0))
        job = self.Refresh.search([], limit=1)
        self.assertEqual((job.kind, job.change_id), ("place", change))
        self.assertGreater(job.total_count, 0)
        self._run()
        self.assertEqual(self.profile.stage_id.name, "New contact")
        self.assertEqual(self.profile.move_ids[0].change_id, change)
        self.assertEqual((change.state, change.progress), ("done", 100))
        self.assertEqual(change.move_count, 1)
        self.assertTrue(self.Refresh._is_done(self.company))

    def test_the_last_of_several_changes_does_it_for_all(self):
        self.second.active = False
        self.second.active = True
        self._run()
        self.assertEqual(self.profile.stage_id, self.second)
        changes = self.env["relationship.placing.change"].search([])
        self.assertEqual(set(changes.mapped("state")), {"done"})
        self.assertFalse(self.Refresh.search([("state", "=", "running")]))

    def test_a_change_before_midnight_is_placed_afterwards_with_its_reason(self):
        self.second.active = False
        change = self.env["relationship.placing.change"].search([], limit=1)
        tomorrow = fields.Date.add(self.today, days=1)
        with patch.object(
            type(self.company), "_relationship_today", lambda company: tomorrow
        ):
            self._run()
            self.assertTrue(self.Refresh._is_done(self.company))
        self.assertEqual(self.profile.move_ids[0].change_id, change)
        self.assertEqual(change.state, "done")
        self.assertFalse(self.Refresh.search([("state", "=", "running")]))

    def test_a_pass_over_everything_is_not_replaced_by_placing(self):
        full = self.Refresh.create({"company_id": self.company.id, "as_of": self.today})
        self.second.active = False
        self.assertTrue(self.Refresh._start(self.company)._step() is False)
        self.assertEqual(full.state, "running")
        self._run()
        self.assertEqual(full.state, "done")


@tagged("post_install", "-at_install", "crm_relationship")
class TestFunnelChoice(RelationshipCase):
    def setUp(self):
        super().setUp()
        self.customer = self._create_customer()
        self._create_history(self.customer, (10, 40))
        self.profile = self._get_profile(self.customer)
        self.Choice = self.env["relationship.funnel.choice"].with_user(self.manager)

    def _choose(self, funnel):
        form = Form(self.Choice)
        form.funnel = funnel
        self.assertEqual(form.funnel, funnel)
        form.save().action_apply()

    def test_each_funnel_places_everybody_and_the_first_comes_back(self):
        before = self.Stage.search([])
        for funnel, stage in (
            ("services", "Under contract"),
            ("projects", "Repeat client"),
            ("retail", "Second purchase"),
        ):
            with self.subTest(funnel=funnel):
                self._choose(funnel)
                self.assertEqual(self.profile.stage_id.name, stage)
                self.assertEqual(self.Stage.search([]).mapped("funnel")[0], funnel)
                self.assertEqual(len(set(self.Stage.search([]).mapped("funnel"))), 1)
                self.assertFalse(self.Profile.search([("stage_id", "=", False)]))
        self.assertEqual(self.Stage.search([]), before)
        self.assertEqual(self.profile.move_ids[0].cause, "rules")

    def test_a_choice_is_taken_back_as_a_whole(self):
        own = self.Stage.create({"name": "Mine", "domain": "[('revenue', '>', 9e9)]"})
        before = self.Stage.search([])
        for funnel in ("services", "projects"):
            self._choose(funnel)
            self.assertFalse(own.active)
            change = self.env["relationship.placing.change"].search([], limit=1)
            change.with_user(self.manager).action_undo()
            self.assertEqual(self.Stage.search([]), before)
            self.assertEqual(self.profile.stage_id.name, "Second purchase")

    def test_the_choice_shows_where_the_customers_would_be(self):
        before = self.Stage.search([])
        stages = self.Choice.get_preview("services")["stages"]
        counts = {stage["name"]: stage["count"] for stage in stages}
        self.assertEqual(counts["Under contract"], 1)
        self.assertEqual(stages[0]["name"], "New contact")
        self.assertEqual(len(counts), 9)
        self.assertEqual(self.Stage.search([]), before)
        self.assertTrue(self.Choice.new({}).is_current)

    def test_a_choice_that_is_out_of_date_is_refused(self):
        form = Form(self.Choice)
        form.funnel = "projects"
        choice = form.save()
        self.env.ref("crm_relationship.stage_first").sequence = 31
        with self.assertRaisesRegex(UserError, "meanwhile"):
            choice.action_apply()

    def test_a_funnel_without_an_open_stage_can_not_be_used(self):
        self.env.ref("crm_relationship.stage_services_contact").unlink()
        with self.assertRaisesRegex(UserError, "was deleted"):
            self.Choice.get_preview("services")

    def test_a_salesman_does_not_choose(self):
        choice = self.env["relationship.funnel.choice"].with_user(self.salesman)
        with self.assertRaises(AccessError):
            choice.create({"funnel": "services"})
        with self.assertRaises(AccessError):
            choice.get_preview("services")

    def test_who_comes_back_after_a_contract_of_long_ago_is_won_back(self):
        self._choose("services")
        for days, expected in (
            ((10,), "Starting"),
            ((100,), "Under contract"),
            ((400,), "Renewal at risk"),
            ((5, 600), "Won back"),
            ((600,), "Ended"),
            ((60, 70, 80), "Renewal at risk"),
        ):
            with self.subTest(days=days):
                customer = self._create_customer()
                self._create_history(customer, days)
                profile = self._get_profile(customer)
                self.assertEqual(profile.stage_id.name, expected)

    def test_who_is_where_in_projects(self):
        self._choose("projects")
        for days, expected in (
            ((), "New contact"),
            ((10,), "First project"),
            ((200,), "Follow-up"),
            ((10, 300), "Repeat client"),
            ((600,), "Sleeping"),
            ((1200,), "Lost"),
        ):
            with self.subTest(days=days):
                customer = self._create_customer()
                self._create_history(customer, days)
                profile = self._get_profile(customer)
                self.assertEqual(profile.stage_id.name, expected)
