import itertools

from odoo.tests import HttpCase, tagged

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestMoveTours(RelationshipCase, HttpCase):
    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer("Padaria Aurora")
        cls.env.flush_all()
        cls.Profile._refresh(cls.company)

    def _check_log(self, causes):
        profile = self._get_profile(self.customer)
        self.env.invalidate_all()
        moves = profile.move_ids.sorted("id")
        self.assertEqual([move.cause or "facts" for move in moves], causes)
        for before, after in itertools.pairwise(moves):
            self.assertEqual(before.to_stage_id, after.from_stage_id)
        self.assertEqual(profile.stage_id.name, "New contact")
        self.assertFalse(profile.stage_pinned_until)

    def test_drag_with_reason_cancel_and_undo(self):
        self.start_tour(
            "/odoo/relationship-funnel",
            "relationship_drag_and_undo",
            login=self.salesman.login,
        )
        self._check_log(["facts", "hand", "undo"])

    def test_set_release_and_undo_without_dragging(self):
        self.start_tour(
            "/odoo/relationship-funnel",
            "relationship_move_menu",
            login=self.salesman.login,
        )
        self._check_log(["facts", "hand", "facts", "hand", "undo"])
