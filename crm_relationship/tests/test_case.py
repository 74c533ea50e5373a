from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import RelationshipCase

# A Friday, 15:00 UTC.
FRIDAY = datetime(2026, 3, 13, 15)


@tagged("post_install", "-at_install")
class CaseCommon(RelationshipCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Case = cls.env["relationship.case"]
        cls.calendar = cls.env["resource.calendar"].create(
            {"name": "Office", "tz": "UTC", "company_id": cls.company.id}
        )  # Monday to Friday, 8 to 12 and 13 to 17
        cls.case_team = cls.env.ref("crm_relationship.case_team_care")
        cls.case_team.write(
            {
                "user_id": cls.leader.id,
                "member_ids": [(6, 0, (cls.salesman + cls.other_salesman).ids)],
                "resource_calendar_id": cls.calendar.id,
                "sequence": -10,
            }
        )
        cls.customer = cls._create_customer(email="cafe@example.com")
        cls.contact = cls.env["res.partner"].create(
            {
                "name": "Lia Prado",
                "email": "lia@example.com",
                "parent_id": cls.customer.id,
            }
        )
        cls.stages = {
            kind: cls.env.ref(f"crm_relationship.case_stage_{kind}")
            for kind in ("new", "progress", "waiting", "resolved", "cancelled")
        }
        cls.cause = cls.env.ref("crm_relationship.case_cause_damaged")

    @classmethod
    def _create_case(cls, **values):
        return cls.Case.create(
            {"name": "The box came crushed", "partner_id": cls.contact.id} | values
        )


@tagged("post_install", "-at_install")
class TestCase(CaseCommon):
    def test_cases_are_numbered_by_company(self):
        other = self.env["res.company"].create({"name": "Second"})
        first, second = self._create_case(), self._create_case()
        elsewhere = self._create_case(company_id=other.id)

        self.assertRegex(first.number, r"^C\d{5}$")
        self.assertEqual(int(second.number[1:]), int(first.number[1:]) + 1)
        self.assertEqual(elsewhere.number, "C00001")
        self.assertEqual(first.display_name, f"{first.number} The box came crushed")

    def test_a_case_that_goes_to_another_company_is_counted_there(self):
        other = self.env["res.company"].create({"name": "Second"})
        self._create_case(company_id=other.id)
        cases = self._create_case(user_id=False) + self._create_case(user_id=False)
        cases.user_id = False
        old = cases[0].number

        cases.company_id = other
        self.env.flush_all()

        self.assertEqual(cases.mapped("number"), ["C00002", "C00003"])
        self.assertIn(old, cases[0].message_ids[0].body)
        cases.company_id = other
        self.assertEqual(cases[0].number, "C00002")

    def test_the_customer_is_that_of_the_contact_also_when_the_contact_moves(self):
        case = self._create_case()
        self.assertEqual(case.customer_id, self.customer)
        elsewhere = self._create_customer("Hotel Miramar")

        self.contact.parent_id = elsewhere

        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(case.customer_id, elsewhere)

    def test_a_category_fills_in_severity_and_team_which_can_be_changed(self):
        team = self.env["relationship.case.team"].create({"name": "Invoices"})
        category = self.env["relationship.case.category"].create(
            {"name": "Invoice", "severity": "high", "team_id": team.id}
        )

        case = self._create_case(category_id=category.id)

        self.assertEqual((case.severity, case.team_id), ("high", team))
        case.severity = "low"
        self.assertEqual(case.severity, "low")
        self.assertEqual(self._create_case().severity, "normal")
        self.assertEqual(self._create_case().team_id, self.case_team)

    def test_resolving_keeps_what_was_done_and_why(self):
        case = self._create_case(kind="complaint")
        wizard = self.env["relationship.case.resolve"].with_context(active_ids=case.ids)

        empty = wizard.create({"resolution": "<p><br></p>", "cause_id": self.cause.id})
        with (
            self.assertRaisesRegex(UserError, "what was done"),
            self.env.cr.savepoint(),
        ):
            empty.action_apply()
        without_cause = wizard.create({"resolution": "<p>New box</p>"})
        with self.assertRaisesRegex(UserError, "cause"), self.env.cr.savepoint():
            without_cause.action_apply()
        wizard.create(
            {"resolution": "<p>New box</p>", "cause_id": self.cause.id}
        ).action_apply()

        self.assertEqual(case.stage_id, self.stages["resolved"])
        self.assertIn("New box", case.resolution)
        self.assertEqual(case.cause_id, self.cause)
        self.assertTrue(case.is_closed)
        self.assertTrue(case.date_closed)

    def test_what_is_closed_keeps_its_resolution(self):
        done, opened = self._create_case(), self._create_case()
        meanwhile = self._create_case()
        done._resolve("<p>Said sorry</p>", self.cause)
        wizard = (
            self.env["relationship.case.resolve"]
            .with_context(active_ids=(done + opened + meanwhile).ids)
            .create({"resolution": "<p>New box</p>"})
        )
        self.assertEqual(wizard.case_ids, opened + meanwhile)
        self.assertEqual(wizard.closed_count, 1)

        meanwhile._resolve("<p>Paid back</p>", self.cause)
        wizard.action_apply()

        self.assertIn("New box", opened.resolution)
        self.assertIn("Said sorry", done.resolution)
        self.assertIn("Paid back", meanwhile.resolution)

    def test_a_complaint_is_not_resolved_without_a_word(self):
        case = self._create_case(kind="complaint")
        with self.assertRaisesRegex(ValidationError, "why"), self.env.cr.savepoint():
            case.stage_id = self.stages["resolved"]
        case.stage_id = self.stages["cancelled"]
        self._create_case().stage_id = self.stages["resolved"]

    def test_the_status_bar_leads_to_no_resolution_without_a_word(self):
        arch = etree.fromstring(self.Case.get_view(view_type="form")["arch"])
        [statusbar] = arch.xpath("//header/field[@name='stage_id']")
        domain = safe_eval(statusbar.get("domain"), {"company_id": self.company.id})
        kinds = self.env["relationship.case.stage"].search(domain).mapped("kind")
        self.assertNotIn("resolved", kinds)
        self.assertIn("progress", kinds)

    def test_the_list_has_no_mean_that_counts_who_has_not_rated(self):
        arch = etree.fromstring(self.Case.get_view(view_type="list")["arch"])
        self.assertFalse(arch.xpath("//field[@name='rating_last_value'][@avg]"))

    def test_the_address_of_who_wrote_is_found_by_an_index(self):
        if not self.env.registry.has_trigram:
            self.skipTest("PostgreSQL has no pg_trgm here")
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'relationship_case'"
        )
        found = [row for [row] in self.env.cr.fetchall() if "gin_trgm" in row]
        self.assertTrue([row for row in found if "partner_email" in row])

    def test_reopening_is_counted_and_noted(self):
        case = self._create_case()
        case.stage_id = self.stages["resolved"]
        case.escalated = True

        case.action_reopen()

        self.assertEqual(case.stage_id, self.stages["progress"])
        self.assertEqual(case.reopen_count, 1)
        self.assertFalse(case.date_closed)
        self.assertFalse(case.escalated)
        self.assertIn("Reopened", case.message_ids[0].body)
        case.action_reopen()
        self.assertEqual(case.reopen_count, 1)

    def test_assign_to_me_takes_the_case_and_begins_it(self):
        case = self._create_case(team_id=self._create_silent_team().id)
        self.assertFalse(case.user_id)

        case.with_user(self.salesman).action_assign_to_me()

        self.assertEqual(case.user_id, self.salesman)
        self.assertEqual(case.stage_id, self.stages["progress"])
        self.assertTrue(case.date_assigned)

    def test_what_the_customer_writes_can_do_no_harm(self):
        evil = "<p onclick='x()'>Hi<script>alert(1)</script><img src=x onerror=y()></p>"

        case = self._create_case(description=evil, resolution=evil)

        for text in (case.description, case.resolution):
            self.assertIn("Hi", text)
            for word in ("script", "onclick", "onerror"):
                self.assertNotIn(word, text)

    def test_the_stages_that_cases_need_stay(self):
        with self.assertRaisesRegex(UserError, "Resolved"), self.env.cr.savepoint():
            self.stages["resolved"].unlink()
        with self.assertRaisesRegex(ValidationError, "New"), self.env.cr.savepoint():
            self.stages["new"].active = False
        self.stages["cancelled"].active = False

    def _create_silent_team(self):
        return self.env["relationship.case.team"].create(
            {"name": "Back Office", "assign": False}
        )


@tagged("post_install", "-at_install")
class TestCaseClock(CaseCommon):
    def _create_at(self, moment, **values):
        with freeze_time(moment):
            return self._create_case(**values)

    def _move(self, case, kind, moment):
        with freeze_time(moment):
            case.stage_id = self.stages[kind]

    def test_deadlines_count_working_hours_over_the_weekend(self):
        case = self._create_at(FRIDAY, severity="high")  # 4 h and 16 h

        self.assertEqual(case.answer_deadline, datetime(2026, 3, 16, 10))
        self.assertEqual(case.deadline, datetime(2026, 3, 17, 15))

    def test_a_holiday_is_no_working_day(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "date_from": datetime(2026, 3, 16),
                "date_to": datetime(2026, 3, 16, 23, 59),
            }
        )
        case = self._create_at(FRIDAY, severity="high")

        self.assertEqual(case.deadline, datetime(2026, 3, 18, 15))

    def test_the_deadline_follows_severity_customer_and_team(self):
        self.env["relationship.case.level"].create(
            {
                "name": "Best",
                "sequence": -1,
                "domain": "[('order_count', '>', 0)]",
                "hours_to_answer": 1,
                "hours_to_resolve": 2,
            }
        )
        self._create_order(self.customer)
        self._refresh_changed()
        stranger = self._create_customer("Nobody")
        self._get_profile(stranger)
        case = self._create_at(FRIDAY, partner_id=stranger.id)
        self.assertEqual(case.deadline, datetime(2026, 3, 20, 15))

        case.severity = "critical"
        self.assertEqual(case.deadline, datetime(2026, 3, 16, 15))
        case.partner_id = self.contact
        self.assertEqual(case.level_id.name, "Best")
        self.assertEqual(case.deadline, datetime(2026, 3, 13, 17))
        nights = self.env["resource.calendar"].create(
            {
                "name": "Saturdays",
                "tz": "UTC",
                "attendance_ids": [
                    (5,),
                    (0, 0, {"name": "S", "dayofweek": "5", "hour_from": 8,
                            "hour_to": 12}),
                ],
            }
        )  # fmt: skip
        case.team_id = self.env["relationship.case.team"].create(
            {"name": "Weekend", "resource_calendar_id": nights.id}
        )
        self.assertEqual(case.deadline, datetime(2026, 3, 14, 10))

    def test_changing_a_level_changes_no_promise_made_before(self):
        level = self.env["relationship.case.level"].create(
            {"name": "All", "sequence": -9, "hours_to_answer": 1, "hours_to_resolve": 4}
        )
        case = self._create_at(FRIDAY)
        self.assertEqual(case.deadline, datetime(2026, 3, 16, 10))
        level.write({"hours_to_answer": 40, "hours_to_resolve": 80})

        case.severity = "critical"
        self._move(case, "waiting", datetime(2026, 3, 13, 16))
        self._move(case, "progress", datetime(2026, 3, 16, 8))

        self.assertEqual(case.answer_deadline, datetime(2026, 3, 13, 17))
        self.assertEqual(case.deadline, datetime(2026, 3, 16, 11))
        after = self._create_at(FRIDAY)
        self.assertEqual(after.resolve_hours, 80)

    def test_the_first_level_that_fits_counts(self):
        levels = self.env["relationship.case.level"].create(
            [
                {"name": "B", "sequence": -5, "severity": "low"},
                {"name": "A", "sequence": -6, "severity": "low"},
            ]
        )
        self.assertEqual(self._create_case(severity="low").level_id, levels[1])

    def test_a_level_with_a_broken_condition_fits_nobody(self):
        level = self.env["relationship.case.level"].create(
            {"name": "Broken", "sequence": -9}
        )
        with self.assertRaises(ValidationError):
            level.domain = "[('no_such_field', '=', 1)]"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE relationship_case_level SET domain = %s WHERE id = %s",
            ["[('no_such_field', '=', 1)]", level.id],
        )
        level.invalidate_recordset()

        with self.assertLogs(
            "odoo.addons.crm_relationship.models.relationship_case_level", "WARNING"
        ):
            case = self._create_case()
            level = case.level_id

        self.assertEqual(level, self.env.ref("crm_relationship.case_level_normal"))

    def test_the_clock_stands_still_while_it_is_the_customers_turn(self):
        case = self._create_at(FRIDAY, severity="high")
        self._move(case, "waiting", datetime(2026, 3, 13, 16))
        with freeze_time(datetime(2026, 3, 27)):
            case.invalidate_recordset()
            self.assertFalse(case.is_overdue)

        self._move(case, "progress", datetime(2026, 3, 16, 11))

        self.assertEqual(case.paused_hours, 4)  # Friday 16-17, Monday 8-11
        self.assertEqual(case.deadline, datetime(2026, 3, 18, 10))

    def test_time_to_answer_and_to_resolve_is_that_of_working_hours(self):
        case = self._create_at(FRIDAY)
        self._move(case, "waiting", datetime(2026, 3, 13, 16))
        self._move(case, "progress", datetime(2026, 3, 16, 9))
        self._move(case, "resolved", datetime(2026, 3, 16, 14))

        self.assertEqual(case.hours_to_resolve, 5)  # 7 less 2
        self.assertEqual(case.hours_to_answer, 7)

        self._move(case, "progress", datetime(2026, 3, 17, 14))
        self.assertEqual(case.hours_to_resolve, 0)
        self._move(case, "resolved", datetime(2026, 3, 17, 15))
        self.assertEqual(case.hours_to_resolve, 6)

    def test_the_promise_to_answer_stands_still_too(self):
        case = self._create_at(FRIDAY, severity="high")
        self._move(case, "waiting", datetime(2026, 3, 13, 16))
        self._move(case, "progress", datetime(2026, 3, 16, 11))
        self.assertEqual(case.answer_deadline, datetime(2026, 3, 16, 15))

    def test_who_takes_a_case_on_the_phone_answers_at_once(self):
        phone = self.env.ref("crm_relationship.channel_phone")
        email = self.env.ref("crm_relationship.channel_email")
        case = self._create_at(FRIDAY, channel_id=phone.id)
        self.assertEqual(case.date_first_answer, FRIDAY)
        self.assertEqual(case.hours_to_answer, 0)
        self.assertFalse(self._create_case(channel_id=email.id).date_first_answer)

    def test_an_answer_that_nothing_knows_of_is_told_by_a_button(self):
        case = self._create_at(FRIDAY)
        closed = self._create_at(FRIDAY)
        self._move(closed, "cancelled", FRIDAY)
        with freeze_time(datetime(2026, 3, 13, 16)):
            (case + closed).with_user(self.salesman).action_answered()
        case.action_answered()
        self.assertEqual(case.date_first_answer, datetime(2026, 3, 13, 16))
        self.assertFalse(closed.date_first_answer)

    def _log(self, user, moment, **values):
        channel = self.env.ref("crm_relationship.channel_phone")
        with freeze_time(moment):
            return (
                self.env["relationship.interaction"]
                .with_user(user)
                .log_contact(
                    self.contact.id,
                    {"channel_id": channel.id, "text": "Called back"} | values,
                )
            )

    def test_who_calls_the_customer_back_answers_its_cases(self):
        self.case_team.member_ids = self.manager
        case = self._create_at(FRIDAY)
        later = self._create_at(datetime(2026, 3, 13, 17))
        other = self._create_at(FRIDAY, partner_id=self._create_customer("Other").id)
        called = datetime(2026, 3, 13, 16)

        self._log(self.salesman, called, outcome="no_answer")
        self._log(self.salesman, called, direction="in")
        self.assertFalse(case.date_first_answer)
        answer = self._log(self.salesman, called)

        self.assertEqual(case.date_first_answer, called)
        self.assertFalse((later + other).filtered("date_first_answer"))
        self.env["relationship.interaction"].with_user(self.salesman).undo_contact(
            answer["id"]
        )
        self.assertFalse(case.date_first_answer)

    def test_cancelling_what_was_resolved_keeps_the_time_it_took(self):
        case = self._create_at(FRIDAY)
        self._move(case, "resolved", datetime(2026, 3, 13, 16))
        self._move(case, "cancelled", datetime(2026, 3, 16, 16))
        self.assertEqual(case.hours_to_resolve, 1)
        self.assertEqual(case.paused_hours, 0)

        self._move(case, "progress", datetime(2026, 3, 17, 9))
        self.assertEqual(case.paused_hours, 10)  # Friday 1, Monday 8, Tuesday 1

    def test_overdue_is_found_and_told_alike(self):
        late = self._create_at(FRIDAY)
        fresh = self._create_at(datetime(2026, 3, 26, 9))
        answered = self._create_at(datetime(2026, 3, 24, 9))
        answered.date_first_answer = datetime(2026, 3, 24, 10)
        closed = self._create_at(FRIDAY)
        self._move(closed, "resolved", FRIDAY + timedelta(hours=1))
        no_promise = self._create_at(FRIDAY)
        self.env.flush_all()
        no_promise.write({"answer_hours": 0, "resolve_hours": 0})
        cases = late + fresh + answered + closed + no_promise

        with freeze_time(datetime(2026, 3, 26, 12)):
            cases.invalidate_recordset()
            mine = [("id", "in", cases.ids)]
            overdue = self.Case.search([*mine, ("is_overdue", "=", True)])
            rest = self.Case.search([*mine, ("is_overdue", "=", False)])
            everyone = self.Case.search([*mine, ("is_overdue", "in", [True, False])])

            self.assertEqual(overdue, late)
            self.assertEqual(cases.filtered("is_overdue"), late)
            self.assertEqual(rest, self.Case.browse(rest.ids) & (cases - late))
            self.assertEqual(len(rest), 4)
            self.assertEqual(everyone, cases.search(mine))

    def test_means_do_not_count_what_has_not_happened(self):
        resolved = self._create_at(FRIDAY)
        self._move(resolved, "resolved", FRIDAY + timedelta(hours=2))
        opened = self._create_at(FRIDAY)
        cases = resolved + opened

        [means] = self.Case._read_group(
            [("id", "in", cases.ids)],
            [],
            ["hours_to_answer:avg", "hours_to_resolve:avg", "rating_last_value:avg"],
        )

        self.assertEqual(means, (2, 2, False))

    def test_what_was_cancelled_was_not_resolved(self):
        team = self.env["relationship.case.team"].create(
            {"name": "A", "assign": False, "resource_calendar_id": self.calendar.id}
        )
        resolved = self._create_at(FRIDAY, team_id=team.id)
        self._move(resolved, "resolved", FRIDAY + timedelta(hours=2))
        spam = self._create_at(FRIDAY, team_id=team.id)
        self._move(spam, "cancelled", FRIDAY + timedelta(hours=1))
        mine = [("team_id", "=", team.id)]

        [[mean]] = self.Case._read_group(mine, [], ["hours_to_resolve:avg"])
        self.assertEqual(mean, 2)
        with freeze_time(FRIDAY + timedelta(days=1)):
            self.assertEqual(team.mean_resolve, 2)

    def test_the_dashboard_of_a_team_counts_its_cases(self):
        team = self.env["relationship.case.team"].create(
            {
                "name": "Counted",
                "assign": False,
                "resource_calendar_id": self.calendar.id,
            }
        )
        self._create_at(FRIDAY, team_id=team.id)
        with freeze_time(datetime(2026, 3, 13, 15)):
            fresh = self._create_case(team_id=team.id, user_id=self.salesman.id)
            done = self._create_case(team_id=team.id)
        self._move(done, "resolved", datetime(2026, 3, 13, 17))
        fresh.write({"answer_hours": 0, "resolve_hours": 0})

        with freeze_time(datetime(2026, 3, 26)):
            team.invalidate_recordset()
            self.assertEqual(team.open_count, 2)
            self.assertEqual(team.overdue_count, 1)
            self.assertEqual(team.unassigned_count, 1)
            self.assertEqual(team.mean_resolve, 2)
            self.assertEqual(team.mean_rating, 0)


@tagged("post_install", "-at_install")
class TestCaseAssignment(CaseCommon):
    def test_cases_go_round(self):
        cases = self._create_case() + self._create_case() + self._create_case()
        batch = self.Case.create([{"name": "Box"} for _number in range(3)])

        owners = [case.user_id for case in cases + batch]

        self.assertEqual(owners, [self.salesman, self.other_salesman] * 3)

    def test_whoever_has_fewest_open_cases_is_next(self):
        for _number in range(3):
            self._create_case(user_id=self.salesman.id)

        self.assertEqual(self._create_case().user_id, self.other_salesman)
        self.assertEqual(self._create_case().user_id, self.other_salesman)

    def test_of_several_whoever_got_none_for_longest_is_next(self):
        with freeze_time("2026-03-13 10:00:00"):
            first = self._create_case(user_id=self.salesman.id)
        with freeze_time("2026-03-13 09:00:00"):
            second = self._create_case(user_id=self.other_salesman.id)
        (first + second).stage_id = self.stages["resolved"]

        self.assertEqual(self._create_case().user_id, self.other_salesman)

    def test_who_has_left_gets_none(self):
        self.salesman.active = False

        owners = {self._create_case().user_id for _number in range(2)}

        self.assertEqual(owners, {self.other_salesman})

    def test_an_owner_who_was_named_stays(self):
        case = self._create_case(user_id=self.manager.id)
        self.assertEqual(case.user_id, self.manager)

    def test_a_team_can_leave_it_to_its_members(self):
        self.case_team.assign = False
        self.assertFalse(self._create_case().user_id)


@tagged("post_install", "-at_install")
class TestCaseEscalation(CaseCommon):
    def _escalate(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "crm_relationship.ir_cron_escalate_cases"
            ).method_direct_trigger()

    def setUp(self):
        super().setUp()
        self.Case.search([]).unlink()
        with freeze_time("2026-03-02 09:00:00"):
            self.case = self._create_case()
            self.other = self._create_case()
        self.env.flush_all()

    def _activities(self, case):
        return self.env["mail.activity"].search(
            [("res_model", "=", case._name), ("res_id", "=", case.id)]
        )

    def test_the_leader_is_told_once(self):
        self._escalate()
        self._escalate()

        self.assertTrue(self.case.escalated)
        self.assertTrue(self.case.date_escalated)
        activity = self._activities(self.case)
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.leader)
        self.assertIn(self.case.number, activity.summary)
        notes = self.case.message_ids.filtered(lambda note: "Overdue" in note.body)
        self.assertEqual(len(notes), 1)

    def _get_overdue_notes(self, case):
        return [
            str(note.body)
            for note in case.message_ids.sorted("id")
            if "Overdue" in (note.body or "")
        ]

    def test_a_late_answer_is_told_and_later_the_missed_resolution(self):
        self.company.relationship_tz = "America/Sao_Paulo"
        with freeze_time("2026-03-03 10:00:00"):  # to be answered until 9:00 UTC
            self._escalate()
        [note] = self._get_overdue_notes(self.case)
        self.assertIn("to be answered", note)
        self.assertIn("6:00", note)  # in São Paulo
        self.assertNotIn("9:00", note)

        with freeze_time("2026-03-03 11:00:00"):
            self._escalate()
            self.case.action_answered()
        self.assertEqual(len(self._get_overdue_notes(self.case)), 1)
        with freeze_time("2026-03-20 09:00:00"):
            self._escalate()
            self._escalate()

        [_first, note] = self._get_overdue_notes(self.case)
        self.assertIn("to be resolved", note)
        self.assertEqual(len(self._activities(self.case)), 1)

    def test_the_case_says_who_was_told(self):
        self.case_team.user_id = False
        self.other.user_id = False

        self._escalate()

        self.assertEqual(self.case.escalated_to_id, self.case.user_id)
        self.assertTrue(self.other.escalated)
        self.assertFalse(self.other.escalated_to_id)
        self.case.stage_id = self.stages["resolved"]
        self.case.action_reopen()
        self.assertFalse(self.case.escalated_to_id)

    def test_the_to_do_goes_with_the_case(self):
        self._escalate()
        self.assertTrue(self._activities(self.case))

        self.case.with_user(self.salesman).stage_id = self.stages["resolved"]

        self.assertFalse(self._activities(self.case))
        self.assertTrue(self._activities(self.other))

    def test_what_is_in_time_waits_or_is_closed_is_left_alone(self):
        self.case.stage_id = self.stages["waiting"]
        self.other.stage_id = self.stages["cancelled"]

        self._escalate()

        self.assertFalse((self.case + self.other).filtered("escalated"))

    def test_a_case_that_fails_stops_no_other(self):
        Model = self.env.registry["relationship.case"]
        original = Model._escalate
        broken = self.case.id

        def escalate(case):
            if case.id == broken:
                raise ValueError("This one is broken")
            return original(case)

        with (
            patch.object(Model, "_escalate", escalate),
            self.assertLogs(
                "odoo.addons.crm_relationship.models.relationship_case_escalation",
                "ERROR",
            ),
        ):
            self._escalate()

        self.assertFalse(self.case.escalated)
        self.assertTrue(self.other.escalated)


@tagged("post_install", "-at_install")
class TestCaseAccess(CaseCommon):
    def _sees(self, user, case):
        return case in self.Case.with_user(user).search([("id", "=", case.id)])

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case_team.member_ids = cls.manager
        cls.case_team.user_id = False
        cls.case_team.assign = False
        cls.case = cls._create_case()
        cls.env["relationship.profile"]._refresh(cls.company, cls.customer.ids)

    def test_whoever_serves_the_customer_sees_its_cases(self):
        self.assertTrue(self._sees(self.salesman, self.case))
        self.assertFalse(self._sees(self.other_salesman, self.case))
        with self.assertRaises(AccessError):
            self.case.with_user(self.other_salesman).read(["name"])

    def test_owner_and_team_see_the_cases_of_other_peoples_customers(self):
        self.case.user_id = self.other_salesman
        self.assertTrue(self._sees(self.other_salesman, self.case))

        self.case.user_id = False
        self.case_team.member_ids += self.other_salesman
        self.assertTrue(self._sees(self.other_salesman, self.case))

        self.case_team.member_ids -= self.other_salesman
        self.assertFalse(self._sees(self.other_salesman, self.case))
        self.case_team.user_id = self.other_salesman
        self.assertTrue(self._sees(self.other_salesman, self.case))

    def test_mail_of_strangers_is_the_teams(self):
        case = self._create_case(partner_id=False)
        self.assertFalse(self._sees(self.salesman, case))
        self.assertTrue(self._sees(self.manager, case))
        self.case_team.member_ids += self.salesman
        self.assertTrue(self._sees(self.salesman, case))
        case.team_id = False
        self.assertTrue(self._sees(self.other_salesman, case))

    def test_a_stranger_on_the_phone_is_no_trouble_to_who_is_not_in_the_team(self):
        case = self.Case.with_user(self.salesman).create({"name": "Lost parcel"})
        self.assertEqual(case.team_id, self.case_team)
        case.name = "Lost parcel of Mr. Odd"
        self.assertFalse(self._sees(self.other_salesman, case))

    def test_who_owns_a_case_can_hand_it_over(self):
        case = self.case.with_context(tracking_disable=False)
        case.user_id = self.other_salesman
        own = case.with_user(self.other_salesman)

        [values] = own.web_save({"user_id": self.manager.id}, {"name": {}})

        self.assertEqual(values["name"], self.case.name)
        self.assertEqual(self.case.user_id, self.manager)
        self.assertTrue(self._sees(self.other_salesman, case))
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            own.name = "Mine again"
        case.message_unsubscribe(self.other_salesman.partner_id.ids)
        self.assertFalse(self._sees(self.other_salesman, case))

    def test_people_of_another_company_see_nothing(self):
        company = self.env["res.company"].create({"name": "Second"})
        stranger = self._create_user(
            "stranger",
            "sales_team.group_sale_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.assertFalse(self._sees(stranger, self.case))

    def test_the_portal_sees_nothing(self):
        portal = self._create_user(
            "portal", "base.group_portal", partner_id=self.contact.id
        )
        with self.assertRaises(AccessError):
            self.Case.with_user(portal).search([])
        with self.assertRaises(AccessError):
            self.case.with_user(portal).read(["name"])

    def test_users_open_and_write_cases_administrators_delete_them(self):
        Case = self.Case.with_user(self.salesman)
        case = Case.create({"name": "Late", "partner_id": self.contact.id})
        case.name = "Very late"
        with self.assertRaises(AccessError):
            case.unlink()
        case.with_user(self.manager).unlink()

    def test_nobody_gives_a_case_to_a_customer_they_do_not_see(self):
        hidden = self._create_customer("Hidden", user_id=self.other_salesman.id)
        self.env["relationship.profile"]._refresh(self.company, hidden.ids)
        case = self.case.with_user(self.salesman)
        with self.assertRaises(AccessError):
            case.partner_id = hidden

    def test_users_configure_nothing(self):
        for name in ("team", "stage", "category", "cause", "level"):
            records = self.env[f"relationship.case.{name}"].search([], limit=1)
            records.with_user(self.salesman).read(["name"])
            with self.assertRaises(AccessError):
                records.with_user(self.salesman).write({"name": "Mine"})


@tagged("post_install", "-at_install")
class TestCaseOfCustomer(CaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls._create_case(kind="complaint", severity="high")
        cls.env["relationship.profile"]._refresh(cls.company, cls.customer.ids)

    def test_the_card_has_the_open_cases_of_a_customer_in_one_query(self):
        closed = self._create_case()
        closed.stage_id = self.stages["resolved"]
        with freeze_time(FRIDAY):
            late = self._create_case(name="Late", user_id=self.salesman.id)
        self.env.flush_all()
        partner = self.contact.with_user(self.salesman)
        partner._get_relationship_open_cases()  # warm up the rules

        with self.assertQueryCount(2):  # the commercial entity, the cases
            partner.invalidate_recordset()
            cases = partner._get_relationship_open_cases()

        self.assertEqual([case["id"] for case in cases], [late.id, self.case.id])
        self.assertEqual(
            cases[0],
            {
                "id": late.id,
                "number": late.number,
                "name": "Late",
                "kind": "question",
                "severity": "normal",
                "deadline": "2026-03-20 15:00:00",
                "overdue": True,
                "owner": self.salesman.name,
                "stage": "New",
            },
        )
        self.assertFalse(cases[1]["overdue"])

    def test_the_card_has_no_case_that_the_user_may_not_see(self):
        self.case_team.member_ids = self.manager
        self.case.user_id = False
        partner = self.contact.with_user(self.other_salesman)
        self.assertEqual(partner._get_relationship_open_cases(), [])

    def test_a_customer_counts_the_cases_of_its_contacts(self):
        self._refresh_changed()
        self.assertEqual(self.customer.relationship_case_count, 1)
        self.assertEqual(self.contact.relationship_case_count, 1)
        action = self.customer.action_open_relationship_cases()
        self.assertEqual(self.Case.search(action["domain"]), self.case)

    def test_a_quotation_warns_of_an_open_complaint(self):
        order = self._create_order(self.customer, state="draft")
        self.assertEqual(order.relationship_complaint_ids, self.case)
        action = order.action_open_relationship_complaints()
        self.assertEqual(action["res_id"], self.case.id)

        self.case._resolve("<p>New box</p>", self.cause)
        order.invalidate_recordset()
        self.assertFalse(order.relationship_complaint_ids)

    def test_a_quotation_does_not_tell_of_complaints_that_are_not_for_the_user(self):
        order = self._create_order(
            self.customer, state="draft", user_id=self.other_salesman.id
        )
        self.case.user_id = self.salesman
        self.case_team.member_ids = self.salesman
        own = order.with_user(self.other_salesman)
        self.assertFalse(own.relationship_complaint_ids)

    def test_complaining_customers_are_found_in_one_query(self):
        happy = self._create_customer("Happy")
        self._create_case(partner_id=happy.id, kind="compliment")
        ids = (self.contact + happy).ids
        self.env.flush_all()

        with self.assertQueryCount(1):
            found = self.Case._get_complaining_customers(self.company, ids)

        self.assertEqual(found, {self.customer.id})
        self.assertEqual(self.Case._get_complaining_customers(self.company, []), set())
        other = self.env["res.company"].create({"name": "Second"})
        self.assertEqual(self.Case._get_complaining_customers(other, ids), set())

    def test_cases_follow_a_merge_of_contacts(self):
        double = self._create_customer("Café Central (2)", email="cafe@example.com")
        there = self._create_case(partner_id=double.id, kind="complaint")
        person = self.env["res.partner"].create({"name": "Rui", "parent_id": double.id})
        of_person = self._create_case(partner_id=person.id)

        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (double + self.customer).ids, self.customer
        )

        cases = there + of_person
        cases.invalidate_recordset()
        self.assertEqual(there.partner_id, self.customer)
        self.assertEqual(cases.customer_id, self.customer)

    def test_a_contact_merged_into_another_customers_takes_its_cases_there(self):
        elsewhere = self._create_customer("Hotel Miramar")
        same = self.env["res.partner"].create(
            {"name": "Lia", "email": "lia@example.com", "parent_id": elsewhere.id}
        )

        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (same + self.contact).ids, same
        )

        self.case.invalidate_recordset()
        self.assertEqual(self.case.partner_id, same)
        self.assertEqual(self.case.customer_id, elsewhere)
