from datetime import date, time, timedelta
from itertools import pairwise

from freezegun import freeze_time

from odoo.tests import tagged

from . import year_history as plain
from .year_case import YearCase
from .year_history import day_of, moment_of

FIRST, DAYS, LATE = date(2024, 2, 24), 10, 5
HOURS = [
    moment_of(FIRST + timedelta(hours // 24), time(hours % 24, 30))
    for hours in range(24 * DAYS)
]
DAILY = [moment for moment in HOURS if (moment - plain.BEHIND).hour == 6]
BEFORE = HOURS[0] - timedelta(1)
# Days without a run, never so many in a row that it is too late then.
GAPS = [DAILY[number] for number in (0, 1, 4, 5, 9)]
# Nothing that happens makes an end of these.
LASTING = {"after_order", "key_date"}


@tagged("post_install", "-at_install", "crm_relationship")
class TestTriggerRuns(YearCase):
    """Runs that come every hour, every day, or with days in between, while people buy,
    send quotations and talk."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(BEFORE):
            cls._draw_past()
            cls._draw_events()
            cls.rules = cls._create_rules()
            cls.env.flush_all()

    @classmethod
    def _create_rules(cls):
        days = {
            "rhythm": {"min_days_since_order": 1},
            "silence": {"trigger_days": 3},
            "quotation": {"trigger_days": 2},
            "after_order": {"trigger_days": 3, "order_which": "every"},
            "key_date": {"trigger_days": 3, "late_days": 3},
        }
        return [
            cls._create_rule(trigger, **{"late_days": LATE} | values)
            for trigger, values in days.items()
        ]

    @classmethod
    def _draw_past(cls):
        """Orders of the weeks before, and key dates of the weeks to come."""
        cls.ordered, cls.key_dates = {}, []
        kinship = cls.env.ref("crm_relationship.kinship_child")
        for customer in cls.customers[:16]:
            day = FIRST - timedelta(cls.dice.randint(14, 20))
            for _number in range(4):
                cls.ordered[cls._create_order(customer, moment_of(day, time(9)))] = None
                day += timedelta(cls.dice.randint(1, 4))
        for customer in cls.customers:
            day = FIRST + timedelta(cls.dice.randrange(DAYS + 5))
            row = cls.env["relationship.key.date"].create(
                {
                    "partner_id": customer.id,
                    "kinship_id": kinship.id,
                    "name": "Ana",
                    "day": day.day,
                    "month": f"{day.month:02}",
                }
            )
            cls.key_dates.append(
                plain.KeyDate(customer.id, row.id, day.month, day.day, 0, kinship.id)
            )
        cls.ordered = {
            order.id: (order.partner_id.id, order.date_order) for order in cls.ordered
        }

    @classmethod
    def _draw_events(cls):
        """What happens in these days: (moment, what, customer, order)."""
        cls.events = []
        for customer in cls.customers:
            for what in ("order", "order", "quotation", "quotation", "talk", "talk"):
                if cls.dice.random() < 0.4:
                    continue
                moment = cls._draw_instant()
                if what == "talk":
                    cls.events.append((moment, what, customer, None))
                    continue
                order = cls._create_order(customer, moment, state="draft")
                if what == "order":
                    cls.events.append((moment, what, customer, order))
                    continue
                cls.events.append((moment, "send", customer, order))
                if cls.dice.random() < 0.5:
                    later = max(moment + timedelta(hours=1), cls._draw_instant())
                    cls.events.append((later, "order", customer, order))
        cls.events.sort(key=lambda event: event[0])

    @classmethod
    def _draw_instant(cls):
        day = FIRST + timedelta(cls.dice.randrange(DAYS))
        at = cls.dice.choice([*plain.TIMES, time(cls.dice.randrange(24), 10)])
        return moment_of(day, at)

    # What happens
    def _happen(self, clock, first, last):
        """What happens after a moment until another one."""
        for moment, what, customer, order in self.events:
            if not first < moment <= last:
                continue
            clock.move_to(moment)
            if what == "talk":
                self._contact(customer, 0, date=moment)
            else:
                state = {"send": "sent", "order": "sale"}[what]
                order.write({"state": state, "date_order": moment})
        clock.move_to(last)
        self._refresh_changed()

    def _run_at(self, moments):
        """Let things happen, and run at these moments.

        :return: {(trigger, customer's id, occurrence)} of the ledger
        """
        savepoint = self.env.cr.savepoint()
        try:
            with freeze_time(BEFORE) as clock:
                self._archive()
                for first, last in pairwise([BEFORE, *moments]):
                    self._happen(clock, first, last)
                    for rule in self.rules:
                        rule._run()
            return self._get_touched()
        finally:
            self.env.flush_all()
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def _get_touched(self):
        ids = [rule.id for rule in self.rules]
        touches = self.Touch.search([("rule_id", "in", ids)])
        found = [
            (touch.rule_id.trigger, touch.partner_id.id, touch.occurrence)
            for touch in touches
        ]
        self.assertEqual(len(found), len(set(found)))
        own = {customer.id for customer in self.customers}
        return {one for one in found if one[1] in own}

    # In plain Python
    def _hold(self, moment):
        """What holds at a moment, by what has happened until then."""
        as_of = day_of(moment)
        ordered = dict(self.ordered)
        quotations, talked = {}, {customer.id: [] for customer in self.customers}
        for at, what, customer, order in self.events:
            if at > moment:
                break
            if what == "talk":
                talked[customer.id].append(day_of(at))
            elif what == "send":
                quotations[order.id] = plain.Document(customer.id, order.id, at)
            else:
                ordered[order.id] = (customer.id, at)
                quotations.pop(order.id, None)
        purchases = plain.Purchases(
            plain.Order(customer_id, at, True, frozenset())
            for customer_id, at in ordered.values()
        )
        return {
            (trigger, *one)
            for trigger, found in {
                "rhythm": plain.late(purchases, 2, 1, 3, as_of),
                "silence": plain.silent(purchases, talked, {}, 3, as_of),
                "quotation": plain.unanswered(
                    quotations.values(), talked, 2, LATE, as_of
                ),
                "after_order": plain.after_orders(ordered, 3, LATE, as_of),
                "key_date": plain.coming(self.key_dates, 3, 3, as_of),
            }.items()
            for one in found
            if one[0] != self.gone.id
        }

    def test_runs_every_hour_every_day_or_now_and_then_act_for_the_same(self):
        """But for what ended before a run came: that somebody bought, or called. What
        that is, plain Python says."""
        held = {moment: self._hold(moment) for moment in HOURS}
        touched = {}
        for name, moments in {"hourly": HOURS, "daily": DAILY, "gaps": GAPS}.items():
            touched[name] = self._run_at(moments)
            expected = set().union(*(held[moment] for moment in moments))
            self.assertEqual(touched[name], expected, name)
        # Who looks at the last moment sees what has come by then.
        over = {one for one in touched["hourly"] if one not in held[GAPS[-1]]}
        for name in ("daily", "gaps"):
            self.assertLessEqual(touched[name], touched["hourly"])
            missed = touched["hourly"] - touched[name]
            self.assertLessEqual(missed, over)
            self.assertFalse(LASTING & {one[0] for one in missed})
        self.assertTrue(touched["daily"] - touched["gaps"])
        self.assertEqual(
            {one[0] for one in touched["gaps"]}, {rule.trigger for rule in self.rules}
        )
