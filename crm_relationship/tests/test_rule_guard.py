from datetime import date, datetime, time, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import tagged

from ..tools.plan import Occurrence
from .quiet_case import QuietCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestRuleGuard(QuietCase):
    """Who is not to be treated now, each guard counted."""

    def _log_contact(self, customer, days=0, channel="phone"):
        return self.env["relationship.interaction"].create(
            {
                "partner_id": customer.id,
                "channel_id": self.env.ref(f"crm_relationship.channel_{channel}").id,
                "date": fields.Datetime.subtract(fields.Datetime.now(), days=days),
                "subject": "Spoke",
            }
        )

    def test_whoever_was_in_touch_lately_is_left_alone_and_counted(self):
        self.rule.contact_days = 3
        customer, other = self._create_quiet_customer(), self._create_quiet_customer()
        self._log_contact(customer, days=1, channel="counter")
        self._log_contact(other, days=3)
        self.assertEqual(self._get_outcomes(customer), ["contacted"])
        self.assertEqual(self._get_outcomes(other), ["treated"])
        run = self.rule._run()
        self.assertEqual((run.contacted_count, run.treated_count), (1, 1))
        self.assertIn("In touch a short time ago: 1.", run._get_summary())
        later = self.today + timedelta(days=2)
        self.assertEqual(self._get_outcomes(customer, as_of=later), ["treated"])

    def test_a_document_that_was_sent_is_no_contact(self):
        self.rule.contact_days = 3
        customer = self._create_quiet_customer()
        self._log_contact(customer, channel="document")
        self.assertEqual(self._get_outcomes(customer), ["treated"])

    def test_a_call_that_nobody_answered_is_no_contact(self):
        self.rule.contact_days = 3
        customer = self._create_quiet_customer()
        call = self._log_contact(customer)
        call.outcome = "no_answer"
        self.assertEqual(self._get_outcomes(customer), ["treated"])
        call.outcome = "reached"
        self.assertEqual(self._get_outcomes(customer), ["contacted"])

    def test_what_the_customer_does_not_notice_is_no_contact(self):
        self._set_calendar({0, 1, 2, 3, 4, 5, 6} - {self.today.weekday()})
        self.rule.contact_days = 3
        self.company.relationship_touch_cap = 1
        tag = self.env["res.partner.category"].create({"name": "Quiet"})
        tagging = self._create_other_rule(action_kind="tag", tag_id=tag.id)
        customer = self._create_quiet_customer(tz=False)
        self._log_contact(customer, days=1)
        self.assertEqual(self._get_outcomes(customer, tagging), ["treated"])
        tagging._run()
        self.assertEqual(customer.category_id, tag)
        self.rule.contact_days = 0
        self.company.relationship_quiet_days = False
        self.assertEqual(self._get_outcomes(customer), ["treated"], "not capped")

    def test_a_person_of_the_customer_counts_as_the_customer(self):
        self.rule.contact_days = 3
        customer = self._create_quiet_customer()
        person = self.env["res.partner"].create(
            {"name": "Ana", "parent_id": customer.id}
        )
        self._log_contact(person)
        self.assertEqual(self._get_outcomes(customer), ["contacted"])

    def test_a_customer_cools_down_after_a_touch_of_the_rule(self):
        self.rule.cooldown_days = 14
        customer = self._create_quiet_customer()
        self.rule._run()
        self._create_order(customer, 24)  # a new quiet spell
        self._refresh_changed()
        self.assertEqual(self._get_outcomes(customer), ["cooldown"])
        self.assertEqual(self.rule._run().cooldown_count, 1)
        for days, expected in ((13, ["cooldown"]), (14, ["treated"])):
            as_of = self.today + timedelta(days=days)
            self.assertEqual(self._get_outcomes(customer, as_of=as_of), expected)
        self.assertEqual(
            self._get_outcomes(customer, self._create_other_rule()),
            ["treated"],
            "another rule has a cool-down of its own",
        )

    def test_of_two_occurrences_at_once_a_customer_gets_one_touch(self):
        self.rule.cooldown_days = 14
        customer = self._create_quiet_customer()
        with self._two_occurrences_each():
            self.assertEqual(self._get_outcomes(customer), ["treated", "cooldown"])
            self.rule._run()
            self.rule._run()
        self.assertEqual(len(self._get_activities(customer)), 1)

    def test_the_cap_holds_within_one_plan_too(self):
        self.company.relationship_touch_cap = 1
        customer = self._create_quiet_customer()
        with self._two_occurrences_each():
            self.assertEqual(self._get_outcomes(customer), ["treated", "capped"])

    def _two_occurrences_each(self):
        engine = type(self.rule)
        find = engine._get_occurrences

        def find_two(rule, *args, **options):
            fresh, already = find(rule, *args, **options)
            known = set(self.Touch.search([]).mapped("occurrence"))
            twins = [item._replace(key=f"{item.key}b") for item in fresh]
            both = [*fresh, *(twin for twin in twins if twin.key not in known)]
            return both, already

        return patch.object(engine, "_get_occurrences", find_two)

    def test_all_rules_together_touch_a_customer_so_often_in_rolling_days(self):
        self.company.write(
            {"relationship_touch_cap": 2, "relationship_touch_cap_days": 30}
        )
        customer = self._create_quiet_customer()
        rules = [self.rule, *(self._create_other_rule() for _i in range(2))]
        for rule in rules[:2]:
            rule._run()
        self.assertEqual(self._get_outcomes(customer, rules[2]), ["capped"])
        self.assertEqual(rules[2]._run().capped_count, 1)
        first = self._get_touches(customer)[0].date
        for days, expected in ((29, ["capped"]), (30, ["treated"])):
            as_of = first + timedelta(days=days)
            outcomes = self._get_outcomes(customer, rules[2], as_of)
            self.assertEqual(outcomes, expected)

    def test_the_cap_is_of_each_company(self):
        self.company.relationship_touch_cap = 1
        other = self.env["res.company"].create({"name": "Other"})
        self.salesman.company_ids += other
        customer = self._create_quiet_customer()
        self._create_history(customer, (45, 35, 25), company_id=other.id)
        self._refresh_changed()
        self.assertEqual(self._get_outcomes(customer), ["treated", "treated"])
        self.rule._run()
        rule = self._create_other_rule()
        self.assertEqual(
            sorted(self._get_outcomes(customer, rule)), ["capped", "treated"]
        )

    def test_all_rules_together_give_a_person_no_more_to_do(self):
        self.company.relationship_user_capacity = 2
        self._create_quiet_customer(amount=300)
        middle = self._create_quiet_customer(amount=200)
        small = self._create_quiet_customer(amount=100)
        self.rule.domain = "[('revenue', '>', 800)]"
        other = self._create_other_rule(domain="[]")
        self.assertEqual(self.rule._run().treated_count, 1)
        theirs = other.evaluate()
        outcomes = {item.partner_id: item.outcome for item in theirs.items}
        self.assertEqual(outcomes[small.id], "waiting")
        self.assertEqual(list(outcomes.values()).count("treated"), 1)
        other._run()
        tomorrow = self.today + timedelta(days=1)
        self.assertEqual(self._run_on(tomorrow, other)["treated"], 2)
        self.assertEqual(len(self._get_activities(middle)), 1)
        self.assertEqual(len(self._get_activities(small)), 1)

    def test_a_tag_takes_nobodys_time(self):
        self.company.relationship_user_capacity = 1
        tag = self.env["res.partner.category"].create({"name": "Quiet"})
        for _i in range(2):
            self._create_quiet_customer()
        rule = self._create_other_rule(action_kind="tag", tag_id=tag.id)
        self.rule._run()
        self.assertEqual(rule.evaluate().counts["waiting"], 0)

    def _set_calendar(self, weekdays):
        self.company.relationship_quiet_days = True
        self.company.resource_calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Shop",
                "tz": "UTC",
                "company_id": self.company.id,
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Open",
                            "dayofweek": str(day),
                            "hour_from": 9,
                            "hour_to": 18,
                            "day_period": "morning",
                        }
                    )
                    for day in weekdays
                ],
            }
        )

    def test_on_a_quiet_day_nobody_is_contacted_and_on_the_next_everybody_is(self):
        tomorrow = self.today + timedelta(days=1)
        self._set_calendar({0, 1, 2, 3, 4, 5, 6} - {self.today.weekday()})
        customer = self._create_quiet_customer(tz=False)
        self.assertEqual(self._get_outcomes(customer), ["quiet"])
        run = self.rule._run()
        self.assertEqual((run.quiet_count, run.treated_count), (1, 0))
        self.assertIn("Quiet day: 1.", run._get_summary())
        self.assertFalse(self._get_touches(customer))
        self.assertEqual(self._get_outcomes(customer, as_of=tomorrow), ["treated"])
        self.company.relationship_quiet_days = False
        self.assertEqual(self._get_outcomes(customer), ["treated"])

    def test_a_public_holiday_is_a_quiet_day(self):
        self._set_calendar(range(7))
        customer = self._create_quiet_customer(tz=False)
        self.assertEqual(self._get_outcomes(customer), ["treated"])
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Christmas",
                "calendar_id": self.company.resource_calendar_id.id,
                "date_from": datetime.combine(self.today, time.min),
                "date_to": datetime.combine(self.today, time(23, 59, 59)),
            }
        )
        self.assertEqual(self._get_outcomes(customer), ["quiet"])

    def test_a_company_without_working_hours_has_no_quiet_days(self):
        self._set_calendar([])
        customer = self._create_quiet_customer()
        self.assertEqual(self._get_outcomes(customer), ["treated"])

    def test_at_one_moment_it_is_sunday_for_one_customer_and_monday_for_another(self):
        self._set_calendar(range(5))
        here, east, west = (
            self._create_customer(tz=tz)
            for tz in (False, "Pacific/Auckland", "America/Los_Angeles")
        )
        sunday, monday = date(2026, 3, 1), date(2026, 3, 2)

        def quiet_at(moment):
            occurrences = [
                Occurrence(partner.id, None, None, None, None, None, "x", (), ())
                for partner in (here, east, west)
            ]
            with patch.object(fields.Datetime, "now", lambda: moment):
                return self.rule._get_quiet_customers(
                    self.company, moment.date(), occurrences
                )

        late = datetime.combine(sunday, time(20))
        self.assertEqual(quiet_at(late), {here.id, west.id})
        early = datetime.combine(monday, time(3))
        self.assertEqual(quiet_at(early), {west.id})
        self.assertEqual(quiet_at(early + timedelta(days=1)), set())

    def test_who_is_stopped_by_several_guards_is_counted_once(self):
        self.rule.contact_days = 3
        self._set_calendar({0, 1, 2, 3, 4, 5, 6} - {self.today.weekday()})
        customer = self._create_quiet_customer()
        self._log_contact(customer)
        counts = self.rule.evaluate().counts
        self.assertEqual((counts["contacted"], counts["quiet"]), (1, 0))

    def test_queries_of_the_guards_do_not_grow_with_the_customers(self):
        self.rule.write({"contact_days": 3, "cooldown_days": 14, "holdout_share": 20})
        self.company.write(
            {
                "relationship_touch_cap": 4,
                "relationship_user_capacity": 9,
                "relationship_holdout_share": 5,
            }
        )
        self._set_calendar({0, 1, 2, 3, 4, 5, 6} - {self.today.weekday()})
        counts = []
        for size in (1, 9):
            customers = [self._create_customer() for _i in range(size)]
            for customer in customers:
                self._create_history(customer, (45, 35, 25))
            self._refresh_changed()
            self.env.flush_all()
            self.rule.evaluate()
            start = self.env.cr.sql_log_count
            self.rule.evaluate()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(len(set(counts)), 1, counts)
