from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .today_case import TodayCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestTodayOutcome(TodayCase):
    def setUp(self):
        super().setUp()
        self.customer = self._create_touched()
        self.activity = self._get_activities(self.customer)
        self.touch = self.Touch.search([("activity_id", "=", self.activity.id)])

    def _get_logged(self):
        """What the history says of the customer, by the work list or captured."""
        self._capture_changed()
        return self.Interaction.search(
            [("customer_id", "=", self.customer.id), ("kind", "in", ("call", "task"))]
        )

    def _get_rows(self):
        return self.Outcome.search([("partner_id", "=", self.customer.id)], order="id")

    def test_interested_closes_the_activity_and_tells_the_history(self):
        answer = self._say(self.activity)
        self.assertEqual(answer["state"], "logged")
        self.assertEqual(answer["message"], "Café Central: Interested")
        self.assertFalse(self.activity.active)
        self.assertEqual(self.activity.feedback, "Interested")
        [logged] = self._get_logged()
        self.assertEqual((logged.kind, logged.outcome), ("call", "interested"))
        self.assertEqual(logged.user_id, self.salesman)
        [row] = self._get_rows()
        self.assertEqual(row.touch_id, self.touch)
        self.assertEqual(row.outcome, "interested")
        self.assertEqual(row.user_id, self.salesman)
        self.assertEqual(row.interaction_id, logged)
        self.assertEqual(self.touch.last_outcome, "interested")
        self.assertEqual(self._names(), [])

    def test_what_was_said_is_in_the_history(self):
        self._say(self.activity, "not_now", text="Renovating until June")
        [logged] = self._get_logged()
        self.assertEqual(logged.outcome, "reached")
        self.assertIn("Renovating until June", logged.preview)
        self.assertEqual(self.activity.feedback, "Not Now · Renovating until June")

    def test_lost_needs_a_reason(self):
        with self.assertRaises(UserError):
            self._say(self.activity, "lost")
        self._say(self.activity, "lost", lost_reason_id=self.reason.id)
        [row] = self._get_rows()
        self.assertEqual(row.lost_reason_id, self.reason)
        [logged] = self._get_logged()
        self.assertEqual(logged.outcome, "not_interested")
        self.assertIn("Too expensive", logged.preview)

    def test_a_reason_of_another_company_is_none(self):
        other = self.env["res.company"].create({"name": "Other"})
        reason = self.reason.copy({"company_id": other.id})
        with self.assertRaises(UserError):
            self._say(self.activity, "lost", lost_reason_id=reason.id)

    def test_no_answer_plans_the_same_activity_again(self):
        self._say(self.activity, "no_answer", days=3)
        self.assertTrue(self.activity.active)
        self.assertEqual(self.activity.date_deadline, self._days_ago(-3))
        [logged] = self._get_logged()
        self.assertEqual(logged.outcome, "no_answer")
        [row] = self._list()["rows"]
        self.assertEqual((row["section"], row["attempts"]), (2, 1))
        with self.assertRaises(UserError):
            self._say(self.activity, "no_answer")

    def test_done_is_told_as_odoo_tells_it(self):
        task = self._plan(self.customer, kind=self.todo)
        self._say(task, "done", text="Sent the catalogue")
        self.assertFalse(task.active)
        [logged] = self._get_logged()
        self.assertEqual((logged.kind, logged.source), ("task", "activity"))

    def test_a_contact_is_told_once_also_when_activities_are_caught_up_with(self):
        self._say(self.activity)
        self._capture_changed()
        Capture = self.env["relationship.capture"]
        Capture._capture_noted({"relationship.capture.activity": {self.activity.id}})
        self.assertEqual(len(self._get_logged()), 1)

    def test_a_call_after_a_missed_one_is_told_too(self):
        self._say(self.activity, "no_answer", days=1)
        self.activity.with_user(self.salesman).action_feedback("Reached at last")
        outcomes = self._get_logged().mapped("outcome")
        self.assertEqual(sorted(map(str, outcomes)), ["False", "no_answer"])

    def test_whoever_has_the_activity_may_say_so_without_writing_contacts(self):
        self.assertFalse(self.customer.with_user(self.salesman).has_access("write"))
        self._say(self.activity)
        self.assertFalse(self.activity.active)

    def test_the_activity_of_a_colleague_is_not_for_others(self):
        for user in (self.other_salesman, self.leader):
            with self.assertRaises(AccessError):
                self._say(self.activity, user=user)
        self._say(self.activity, user=self.manager)
        self.assertEqual(self._get_rows().user_id, self.manager)

    def test_nonsense_is_refused(self):
        for outcome, values in (
            ("undone", {}),
            ("nonsense", {}),
            ("no_answer", {"days": -1}),
            ("no_answer", {"days": "1"}),
            ("no_answer", {"days": 10**6}),
            ("lost", {"lost_reason_id": "x"}),
        ):
            with self.assertRaises(UserError):
                self._say(self.activity, outcome, **values)
        self.assertTrue(self.activity.active)
        self.assertFalse(self._get_rows())

    # Once

    def test_a_double_tap_counts_once(self):
        first = self._say(self.activity, token="a")
        self.assertEqual(self._say(self.activity, token="a"), first)
        self.assertEqual(len(self._get_rows()), 1)
        self.assertEqual(len(self._get_logged()), 1)

    def test_a_double_tap_on_no_answer_counts_once(self):
        seen = str(self.activity.date_deadline)
        values = {"days": 2, "deadline": seen}
        first = self._say(self.activity, "no_answer", token="a", **values)
        again = self._say(self.activity, "no_answer", token="a", **values)
        self.assertEqual(first, again)
        other_tab = self._say(self.activity, "no_answer", token="b", **values)
        self.assertEqual(other_tab["state"], "changed")
        self.assertIn("planned again", other_tab["message"])
        self.assertEqual(len(self._get_rows()), 1)

    def test_the_second_of_two_people_is_told_who_was_first(self):
        self._say(self.activity, user=self.manager)
        answer = self._say(self.activity, "lost", lost_reason_id=self.reason.id)
        self.assertEqual(answer["state"], "changed")
        self.assertIn(self.manager.name, answer["message"])
        self.assertEqual(len(self._get_rows()), 1)

    def test_what_was_done_elsewhere_is_not_done_again(self):
        self.activity.with_user(self.salesman).action_feedback("By the chatter")
        answer = self._say(self.activity)
        self.assertEqual(answer["state"], "changed")
        self.assertFalse(self._get_rows())

    def test_what_was_cancelled_elsewhere_is_gone(self):
        gone = self.activity.id
        self.activity.unlink()
        answer = self.Today.with_user(self.salesman).log_outcome(gone, "interested")
        self.assertEqual(answer["state"], "changed")
        self.assertIn("cancelled", answer["message"])

    def test_a_customer_merged_meanwhile_keeps_its_work_and_its_outcomes(self):
        before = self._plan(self.customer)
        self._say(before, "no_answer", days=1)
        kept = self._create_customer("Kept")
        gone_id = self.customer.id
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            [gone_id, kept.id], kept
        )
        self.env.invalidate_all()
        self.assertEqual(set(self._names()), {"Kept"})
        self._say(self.activity)
        rows = self.Outcome.search([("partner_id", "=", kept.id)], order="id")
        self.assertEqual(rows.mapped("merged_partner_ref"), [gone_id, 0])

    def test_the_call_with_a_customer_archived_meanwhile_is_told(self):
        self.customer.active = False
        self.assertEqual(self._names(), [])
        self.assertEqual(self._say(self.activity)["state"], "logged")

    # Undo

    def test_undo_opens_the_activity_again_as_it_was(self):
        deadline = self.activity.date_deadline
        messages = self.customer.message_ids
        answer = self._say(self.activity, text="A mistake")
        self._capture_changed()
        self._undo(answer)
        self.assertTrue(self.activity.active)
        self.assertFalse(self.activity.feedback)
        self.assertFalse(self.activity.date_done)
        self.assertEqual(self.activity.date_deadline, deadline)
        self.assertFalse(self._get_logged())
        self.assertEqual(self.customer.message_ids, messages)
        self.assertEqual(self._get_rows().mapped("outcome"), ["interested", "undone"])
        self.assertFalse(self.touch.last_outcome)
        self.assertEqual(self._names(), ["Café Central"])

    def test_undo_leaves_the_activity_its_files(self):
        file = self.env["ir.attachment"].create(
            {
                "name": "Offer.pdf",
                "raw": b"PDF",
                "res_model": "mail.activity",
                "res_id": self.activity.id,
            }
        )
        answer = self._say(self.activity)
        self.assertEqual(file.res_model, "mail.message")
        self._undo(answer)
        self.assertTrue(file.exists())
        self.assertEqual(
            (file.res_model, file.res_id), ("mail.activity", self.activity.id)
        )

    def test_undo_of_no_answer_brings_back_the_day(self):
        deadline = self.activity.date_deadline
        self._undo(self._say(self.activity, "no_answer", days=7))
        self.assertEqual(self.activity.date_deadline, deadline)
        self.assertEqual(self._list()["rows"][0]["attempts"], 0)

    def test_undo_of_done_takes_back_what_was_captured(self):
        task = self._plan(self.customer, kind=self.todo)
        answer = self._say(task, "done", text="Sent the catalogue")
        self.assertTrue(self._get_logged())
        self._undo(answer)
        self.assertFalse(self._get_logged())

    def test_undo_takes_back_the_step_that_follows_by_itself(self):
        self.call.write(
            {"chaining_type": "trigger", "triggered_next_type_id": self.todo.id}
        )
        answer = self._say(self.activity)
        following = self._get_activities(self.customer)
        self.assertEqual(following.activity_type_id, self.todo)
        self._undo(answer)
        self.assertEqual(self._get_activities(self.customer), self.activity)

    def test_undo_twice_is_once_and_then_it_can_be_said_anew(self):
        answer = self._say(self.activity, token="a")
        self._undo(answer)
        self._undo(answer)
        self.assertEqual(len(self._get_rows()), 2)
        self._say(self.activity, "lost", lost_reason_id=self.reason.id, token="b")
        self.assertEqual(self.touch.last_outcome, "lost")
        self.assertEqual(len(self._get_logged()), 1)

    def test_nobody_undoes_what_others_have_said(self):
        answer = self._say(self.activity)
        with self.assertRaises(UserError):
            self._undo(answer, self.manager)

    def test_undo_has_an_end(self):
        answer = self._say(self.activity)
        self.env.cr.execute(
            "UPDATE relationship_touch_outcome SET create_date = create_date - %s",
            [timedelta(hours=1)],
        )
        self.env.invalidate_all()
        with self.assertRaises(UserError):
            self._undo(answer)
        self.assertFalse(self._list()["done"][0]["may_undo"])

    def test_undo_does_not_touch_what_others_have_done_since(self):
        answer = self._say(self.activity, "no_answer", days=2)
        self.activity.date_deadline = self._days_ago(-5)
        with self.assertRaises(UserError):
            self._undo(answer)
        self.assertEqual(self.activity.date_deadline, self._days_ago(-5))

    def test_what_was_done_today_is_listed_with_undo(self):
        answer = self._say(self.activity)
        [done] = self._list()["done"]
        self.assertEqual((done["id"], done["name"]), (answer["id"], "Café Central"))
        self.assertTrue(done["may_undo"])
        self._undo(answer)
        self.assertEqual(self._list()["done"], [])

    # The ledger

    def test_nobody_writes_the_ledger(self):
        row = self.Outcome.browse(self._say(self.activity)["id"])
        for user in (self.salesman, self.manager):
            with self.assertRaises(AccessError):
                row.with_user(user).write({"outcome": "lost"})
            with self.assertRaises(AccessError):
                row.with_user(user).unlink()
            with self.assertRaises(AccessError):
                row.with_user(user).create({"outcome": "lost"})

    def test_whoever_stood_in_sees_why(self):
        self.customer.user_id = self.other_salesman
        self._refresh_changed()
        self.touch.user_id = self.other_salesman
        self._say(self.activity)
        row = self._get_rows().with_user(self.salesman)
        self.env.invalidate_all()
        self.assertFalse(self.touch.with_user(self.salesman).has_access("read"))
        self.assertIn("usually every", row.reason)

    def test_others_see_no_outcome_of_customers_they_do_not_see(self):
        row = self.Outcome.browse(self._say(self.activity)["id"])
        Outcome = self.Outcome.with_user(self.other_salesman)
        self.assertFalse(Outcome.search([]))
        for user in (self.salesman, self.leader, self.manager):
            self.assertEqual(self.Outcome.with_user(user).search([]), row)
