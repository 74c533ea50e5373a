import itertools
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import RelationshipCase


class StageMoveCase(RelationshipCase):
    """One customer of the salesman in "First purchase" since ten days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second, cls.risk, cls.lost = (
            cls.env.ref(f"crm_relationship.stage_{name}")
            for name in ("first", "second", "risk", "lost")
        )

    def setUp(self):
        super().setUp()
        self.customer = self._create_customer()
        self._create_order(self.customer, 10)
        self.profile = self._get_profile(self.customer).with_user(self.salesman)
        self._enter(self.profile, 10)

    def _enter(self, profiles, days):
        """Make as if the customers had entered their stages so many days ago."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE relationship_profile SET stage_date = %s WHERE id = ANY(%s)",
            (self._days_ago(days), profiles.ids),
        )
        self.env.cr.execute(
            "UPDATE relationship_stage_move SET date = %s WHERE partner_id = ANY(%s)",
            (self._days_ago(days), profiles.partner_id.ids),
        )
        self.env.invalidate_all()

    def _read_place(self, profile=None):
        profile = profile or self.profile
        self.env.flush_all()
        return profile.sudo().read(
            ["stage_id", "stage_date", "stage_pinned_until", "stage_pin_reason"]
        )

    def _get_moves(self, profile=None):
        """The log, oldest first."""
        return (profile or self.profile).sudo().move_ids.sorted("id")

    def _check_chain(self, profile=None):
        moves = self._get_moves(profile)
        self.assertFalse(moves[0].from_stage_id)
        for before, after in itertools.pairwise(moves):
            self.assertEqual(before.to_stage_id, after.from_stage_id)
        self.assertEqual(moves[-1].to_stage_id, (profile or self.profile).stage_id)


@tagged("post_install", "-at_install", "crm_relationship")
class TestStageMove(StageMoveCase):
    def test_a_move_by_hand_says_how_and_after_how_long(self):
        move = self.profile._pin(self.lost, "Closed", self.today + timedelta(days=5))
        self.assertEqual(move.create_uid, self.salesman)
        self.assertEqual(move.cause, "hand")
        self.assertEqual(move.direction, "down")
        self.assertEqual(move.days, 10)
        self.assertEqual(move.until, self.today + timedelta(days=5))
        self.assertEqual(move.reason, "Closed")
        self.assertFalse(move.automatic)
        self.assertEqual(self.profile.stage_date, self.today)
        self.assertEqual(self.profile._pin(self.second).direction, "up")
        self.lost.rank = self.second.rank
        self.assertEqual(self.profile._pin(self.lost).direction, "same")
        self._check_chain()

    def test_who_is_there_already_is_kept_there_without_a_move(self):
        self.assertFalse(self.profile._pin(self.first, "Stays"))
        self.assertEqual(self.profile.stage_pin_reason, "Stays")
        self.assertEqual(self.profile.stage_date, self._days_ago(10))
        self.assertEqual(len(self._get_moves()), 1)

    def test_the_dialog_applies_to_where_the_customer_is_by_now(self):
        wizard = self._open_dialog(self.lost)
        self._create_order(self.customer, 1)
        self._refresh_changed()
        self.assertEqual(self.profile.stage_id, self.second, "Moved by the rules")
        action = wizard.save().action_apply()
        self.assertEqual(self._get_moves()[-1].from_stage_id, self.second)
        self.assertIn("from “Second purchase” to “Lost”", action["params"]["message"])
        self._check_chain()

    def test_the_dialog_is_no_move_if_the_customer_has_come_there_by_itself(self):
        wizard = self._open_dialog(self.second)
        self._create_order(self.customer, 1)
        self._refresh_changed()
        count = len(self._get_moves())
        params = wizard.save().action_apply()["params"]
        self.assertEqual(len(self._get_moves()), count)
        self.assertEqual(params["move_ids"], [])
        self.assertIn("already", params["message"])
        self.assertTrue(self.profile.stage_pinned_until)

    def _open_dialog(self, stage, profiles=None):
        wizard = Form(
            self.env["relationship.stage.pin"]
            .with_user(self.salesman)
            .with_context(active_ids=(profiles or self.profile).ids)
        )
        wizard.stage_id = stage
        wizard.reason = "They said so"
        return wizard

    def test_a_stage_that_was_archived_meanwhile_is_refused(self):
        wizard = self._open_dialog(self.lost)
        self.lost.active = False
        with self.assertRaisesRegex(ValidationError, "“Lost” is archived"):
            wizard.save().action_apply()
        with self.assertRaisesRegex(ValidationError, "“Lost” is archived"):
            self.profile.write({"stage_id": self.lost.id})

    def test_a_stage_that_is_gone_is_refused(self):
        stage = self.Stage.create({"name": "Never used", "sequence": 1})
        stage_id = stage.id
        stage.unlink()
        with self.assertRaises(ValidationError):
            self.profile.move_to_stage(stage_id)

    def test_a_customer_that_was_merged_meanwhile_is_refused(self):
        wizard = self._open_dialog(self.lost)
        wizard_before = self._open_dialog(self.lost).save()
        other = self._create_customer("Other")
        self._refresh_changed()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            [self.customer.id, other.id], other
        )
        with self.assertRaisesRegex(MissingError, "merged"):
            wizard.save()
        with self.assertRaisesRegex(MissingError, "merged"):
            wizard_before.action_apply()
        with self.assertRaisesRegex(MissingError, "merged"):
            self._open_dialog(self.lost)
        with self.assertRaisesRegex(MissingError, "merged"):
            self.profile.move_to_stage(self.lost.id)
        with self.assertRaisesRegex(MissingError, "merged"):
            self.profile.action_unpin()

    def test_a_stage_that_the_company_does_not_use_is_refused(self):
        unused = self.Stage.browse(self.risk.ids)
        used = self.Stage.search([]) - unused
        with (
            patch.object(
                type(self.Stage), "_get_used", lambda self, company: used.sudo()
            ),
            self.assertRaisesRegex(ValidationError, "“At risk” is not in use"),
        ):
            self.profile._pin(unused, "Angry")
        self.assertEqual(self.profile.stage_id, self.first)

    def test_an_archived_customer_can_be_moved(self):
        self.customer.active = False
        self._refresh_changed()
        self.assertTrue(self.profile._pin(self.lost, "Closed"))
        self._check_chain()

    def test_a_stage_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.Stage.create({"name": "Theirs", "company_id": other.id})
        for stage in (theirs.id, "Theirs"):
            refusal = AccessError if stage == theirs.id else ValidationError
            with self.assertRaises(refusal), self.env.cr.savepoint():
                self.profile.move_to_stage(stage)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.profile.sudo()._pin(theirs)
        self.assertEqual(self.profile.stage_id, self.first)

    def test_nobody_moves_the_customers_of_others(self):
        theirs = self.profile.with_user(self.other_salesman)
        move = self.profile._pin(self.risk)
        for act in (
            lambda: theirs.move_to_stage("Lost"),
            theirs.action_unpin,
            theirs.action_undo_move,
            move.with_user(self.other_salesman).action_undo,
            lambda: theirs._undo(move),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                act()
        self.assertEqual(self.profile.stage_id, self.risk)

    def test_many_at_once_cost_as_many_queries_per_hundred(self):
        counts = {}
        for count in (1, 1, 10, 100):  # the first one fills the caches
            customers = self.env["res.partner"].create(
                [
                    {"name": f"Customer {number}", "user_id": self.salesman.id}
                    for number in range(count)
                ]
            )
            self._refresh_changed()
            profiles = self.Profile.with_user(self.salesman).search(
                [("partner_id", "in", customers.ids)]
            )
            self.assertEqual(len(profiles), count)
            self.env.invalidate_all()
            counts[count] = [
                self._count(lambda: profiles._pin(self.lost, "All")),  # noqa: B023
                self._count(profiles.action_undo_move),
            ]
            self.assertEqual(profiles.stage_id.name, "New contact")
            self.assertFalse(any(profiles.mapped("stage_pinned_until")))
        self.assertEqual(counts[10], counts[100])
        self.assertEqual(counts[1][0], counts[100][0])

    def _count(self, act):
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        act()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_the_dialog_names_a_few_and_counts_many(self):
        customers = self.env["res.partner"].create(
            [{"name": str(number), "user_id": self.salesman.id} for number in range(13)]
        )
        self._refresh_changed()
        profiles = self.Profile.search([("partner_id", "in", customers.ids)])
        wizard = self._open_dialog(self.lost, profiles)
        self.assertFalse(wizard.is_named)
        self.assertEqual(wizard.profile_count, 13)
        params = wizard.save().action_apply()["params"]
        self.assertIn("13 customers moved to “Lost”", params["message"])
        self.assertEqual(len(params["move_ids"]), 13)

    def test_segments_by_hand_say_how_too(self):
        segment = self.env["relationship.segment"].search([], limit=1)
        move = self.profile._pin(segment, "Big plans")
        self.assertEqual(move.cause, "hand")
        self.assertEqual(move.until, self.profile.segment_pinned_until)
        self.assertIn(move.direction, ("in", "up", "down", "same"))

    def test_the_first_place_has_no_days_before(self):
        self.env.cr.execute(
            "UPDATE relationship_profile SET segment_id = NULL, segment_date = NULL"
        )
        self.env.invalidate_all()
        segment = self.env["relationship.segment"].search([], limit=1)
        move = self.profile._pin(segment)
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT days, direction FROM relationship_segment_move WHERE id = %s",
            (move.id,),
        )
        self.assertEqual(self.env.cr.fetchone(), (None, "in"))


@tagged("post_install", "-at_install", "crm_relationship")
class TestMoveToStage(StageMoveCase):
    """What other programs call."""

    def test_by_id_or_name_with_reason_and_end(self):
        until = self.today + timedelta(days=7)
        [told] = self.profile.move_to_stage("lost", "Sold", str(until))
        move = self._get_moves()[-1]
        self.assertEqual(
            told,
            {
                "profile_id": self.profile.id,
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "stage_id": self.lost.id,
                "until": str(until),
                "move_id": move.id,
            },
        )
        self.assertEqual((move.note, move.until), ("Sold", until))
        [told] = self.profile.move_to_stage(self.lost.id)
        self.assertFalse(told["move_id"])
        self.assertFalse(self.profile.stage_pin_reason)

    def test_names_of_other_languages(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        self.lost.with_context(lang="pt_BR").name = "Perdido"
        portuguese = self.profile.with_context(lang="pt_BR")
        for name in ("Perdido", "Lost", " LOST "):
            self.assertEqual(
                portuguese.move_to_stage(name)[0]["stage_id"], self.lost.id
            )

    def test_errors_say_what_to_do(self):
        self.Stage.create({"name": "Lost", "sequence": 1})
        for stage, until, said in (
            ("Lost", None, f"2 stages are called “Lost”.*{self.lost.id}"),
            ("Gone", None, "no active stage “Gone”.*First purchase"),
            ("", None, "no active stage"),
            (None, None, "no active stage"),
            (True, None, "no active stage"),
            (self.risk.id, "soon", "“soon” is no date"),
            (self.risk.id, "2020-01-01", "past"),
            (10**6, None, "in a stage"),
        ):
            with (
                self.subTest(stage=stage, until=until),
                self.assertRaisesRegex(ValidationError, said),
                self.env.cr.savepoint(),
            ):
                self.profile.move_to_stage(stage, until=until)
        self.assertEqual(len(self._get_moves()), 1)


@tagged("post_install", "-at_install", "crm_relationship")
class TestUndoOfMoves(StageMoveCase):
    def test_undo_restores_all_and_the_log_keeps_both_ways(self):
        before = self._read_place()
        move = self.profile._pin(self.lost, "Closed")
        self.assertTrue(move.is_undoable)
        stored = [name for name, field in move._fields.items() if field.store]
        logged = move.sudo().read(stored)
        action = self.profile.action_undo_move()
        self.assertEqual(self._read_place(), before)
        self.assertIn("is back in “First purchase”", action["params"]["message"])
        undo = self._get_moves()[-1]
        self.assertEqual((undo.cause, undo.direction), ("undo", "up"))
        self.assertEqual(undo.undo_of_id, move)
        self.assertEqual(undo.create_uid, self.salesman)
        self.assertEqual(undo.reason, "Undone: Closed")
        self.env.invalidate_all()
        again = move.sudo().read(stored)
        self.assertEqual(again, logged, "The log is only added to")
        self._check_chain()

    def test_undo_restores_what_was_set_by_hand_before(self):
        self.profile._pin(self.risk, "Angry", self.today + timedelta(days=3))
        self._enter(self.profile, 4)
        before = self._read_place()
        self.profile._pin(self.lost, "Closed", self.today + timedelta(days=30))
        self.profile.action_undo_move()
        self.assertEqual(self._read_place(), before)
        self.Profile._refresh(self.company)
        self.assertEqual(self._read_place(), before, "The pin holds again")
        self._check_chain()

    def test_undo_goes_back_step_by_step(self):
        start = self._read_place()
        self.profile._pin(self.risk, "Angry")
        between = self._read_place()
        self.profile._pin(self.lost, "Closed")
        self.profile.action_undo_move()
        self.assertEqual(self._read_place(), between)
        self.profile.action_undo_move()
        self.assertEqual(self._read_place(), start)
        with self.assertRaises(UserError):
            self.profile.action_undo_move()
        self._check_chain()

    def test_undo_is_refused_when_the_rules_have_moved_the_customer_since(self):
        move = self.profile._pin(self.lost, "Closed", self.today)
        self.Profile._refresh(
            self.company, self.customer.ids, as_of=self.today + timedelta(days=1)
        )
        self.assertEqual(self.profile.stage_id, self.first)
        self.assertFalse(move.is_undoable)
        with self.assertRaisesRegex(UserError, "since and is in “First purchase” now"):
            move.action_undo()

    def test_undo_is_refused_when_somebody_has_moved_the_customer_since(self):
        move = self.profile._pin(self.lost, "Closed")
        self.profile.with_user(self.leader)._pin(self.risk, "No, angry only")
        with self.assertRaisesRegex(UserError, "is in “At risk” now"):
            move.action_undo()

    def test_undo_is_refused_when_somebody_has_kept_the_customer_there(self):
        move = self.profile._pin(self.lost, "Closed")
        self.profile.with_user(self.leader)._pin(self.lost, "I was told so")
        with self.assertRaises(UserError):
            move.action_undo()
        self.assertEqual(self.profile.stage_pin_reason, "I was told so")

    def test_nothing_is_undone_twice(self):
        move = self.profile._pin(self.lost, "Closed")
        move.action_undo()
        with self.assertRaises(UserError):
            move.action_undo()
        self.assertEqual(len(self._get_moves()), 3)

    def test_moves_by_rules_and_released_ones_are_not_undone(self):
        with self.assertRaises(UserError):
            self.profile.action_undo_move()
        with self.assertRaises(UserError):
            self._get_moves()[0].action_undo()
        self.profile._pin(self.lost, "Closed")
        self.profile.action_unpin()
        with self.assertRaises(UserError):
            self.profile.action_undo_move()

    def test_a_move_that_did_not_note_what_it_replaced_is_not_undone(self):
        move = self.profile._pin(self.lost)
        self.env.flush_all()
        # As a drag of before 19.0.1.4.0 whose pin has ended since.
        self.env.cr.execute(
            "UPDATE relationship_stage_move SET until = NULL, origin_date = NULL"
            " WHERE id = %s",
            (move.id,),
        )
        self.env.cr.execute(
            "UPDATE relationship_profile SET stage_pinned_until = NULL WHERE id = %s",
            (self.profile.id,),
        )
        self.env.invalidate_all()
        self.assertFalse(move.is_undoable)
        with self.assertRaises(UserError):
            self.profile.action_undo_move()

    def test_after_an_undo_the_rules_decide_if_nothing_was_set_before(self):
        self.profile._pin(self.lost, "Closed")
        self._create_order(self.customer, 1)
        self._refresh_changed()
        self.assertEqual(self.profile.stage_id, self.lost)
        action = self.profile.action_undo_move()
        self.assertEqual(self.profile.stage_id, self.second)
        self.assertIn("is back in “Second purchase”", action["params"]["message"])
        undo, automatic = self._get_moves()[-2:]
        self.assertEqual((undo.cause, undo.to_stage_id), ("undo", self.first))
        self.assertTrue(automatic.automatic)
        self._check_chain()

    def test_a_pin_that_has_ended_meanwhile_is_not_restored(self):
        self.profile._pin(self.risk, "Angry", self.today)
        move = self.profile._pin(self.lost, "Closed")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE relationship_stage_move SET origin_until = %s WHERE id = %s",
            (self._days_ago(1), move.id),
        )
        self.env.invalidate_all()
        self.profile.action_undo_move()
        self.assertEqual(self.profile.stage_id, self.first)
        self.assertFalse(self.profile.stage_pinned_until)
        self._check_chain()

    def test_back_from_an_archived_stage_the_rules_decide(self):
        self.profile._pin(self.risk, "Angry")
        self.profile._pin(self.lost, "Closed")
        self.risk.active = False
        self.profile.action_undo_move()
        self.assertEqual(self.profile.stage_id, self.first)
        self.assertEqual(self.profile.stage_date, self.today)
        self.assertFalse(self.profile.stage_pinned_until)
        self.assertEqual(self._get_moves()[-1].cause, "undo")
        self._check_chain()

    def test_of_many_those_are_undone_that_nobody_moved_since(self):
        other = self._create_customer("Other")
        self._create_order(other, 10)
        profiles = self.profile | self._get_profile(other)
        profiles = profiles.with_user(self.salesman)
        moves = profiles._pin(self.lost, "Closed")
        profiles[1]._pin(self.risk, "Angry")
        params = moves.action_undo()["params"]
        self.assertEqual(profiles.mapped("stage_id"), self.first | self.risk)
        self.assertIn("is back in “First purchase”", params["message"])
        self.assertIn("1 others", params["message"])

    def test_moves_of_merged_customers_are_not_undone(self):
        other = self._create_customer("Other")
        self._create_order(other, 10)
        theirs = self._get_profile(other).with_user(self.salesman)
        move = theirs._pin(self.lost, "Closed", self.today)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            [self.customer.id, other.id], self.customer
        )
        self.assertFalse(move.is_undoable)
        with self.assertRaises(UserError):
            move.action_undo()

    def test_a_forgotten_customer_leaves_no_reason_behind(self):
        self.profile._pin(self.risk, "Angry", self.today + timedelta(days=3))
        move = self.profile._pin(self.lost, "Closed")
        self.assertEqual(move.origin_reason, "Angry")
        self.env["relationship.privacy.eraser"]._erase_ledgers(self.customer)
        self.assertFalse(move.origin_reason)
