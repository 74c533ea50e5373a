from odoo.tests import HttpCase, tagged

from .today_case import TodayCase


class TodayTourCase(TodayCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.bar = self._create_touched("Bar do Porto", -2, phone="+351 22 555 0100")
        self.cafe = self._create_touched("Café Central", revenue=800)
        self.shop = self._create_touched("Doceria", revenue=400)
        self.env.flush_all()

    def _work(self, tour, user=None):
        self.start_tour("/odoo/today", tour, login=(user or self.salesman).login)
        self.env.invalidate_all()

    def _get_outcomes(self, customer):
        rows = self.Outcome.search([("partner_id", "=", customer.id)], order="id")
        return rows.mapped("outcome")


@tagged("post_install", "-at_install", "crm_relationship")
class TestTodayOnAPhone(TodayTourCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_the_list_is_worked_with_one_thumb(self):
        self._work("today_on_a_phone")
        self.assertEqual(
            self._get_outcomes(self.bar), ["interested", "undone", "no_answer"]
        )
        [activity] = self._get_activities(self.bar)
        self.assertEqual(activity.date_deadline, self._days_ago(-2))
        self.assertEqual(self._get_outcomes(self.cafe), ["lost"])
        self.assertFalse(self._get_activities(self.cafe))
        logged = self.Interaction.search([("customer_id", "=", self.cafe.id)], limit=1)
        self.assertIn("Has a new supplier", logged.preview)
        self.assertEqual(self._get_outcomes(self.shop), ["not_now"])


@tagged("post_install", "-at_install", "crm_relationship")
class TestTodayTours(TodayTourCase):
    browser_size = "1366x768"

    def test_the_list_is_worked_with_the_keyboard(self):
        self._work("today_with_the_keyboard")
        self.assertEqual(self._get_outcomes(self.bar), ["interested"])
        self.assertEqual(self._get_outcomes(self.cafe), ["lost", "undone"])
        self.assertEqual(len(self._get_activities(self.cafe)), 1)

    def test_the_leader_looks_at_the_list_of_a_member(self):
        self._work("today_of_a_member", self.leader)
        self.assertEqual(self._get_outcomes(self.bar), [])
