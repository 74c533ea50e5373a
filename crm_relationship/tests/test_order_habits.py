from datetime import datetime, time, timedelta

from odoo.tests import tagged

from ..models.relationship_profile_habit import DAY_PARTS as DAY_PART_LABELS
from ..models.relationship_profile_habit import WEEKDAYS as WEEKDAY_LABELS
from ..models.relationship_profile_habits import (
    DAY_PARTS,
    HABIT_MIN_DAYS,
    HABIT_MIN_SHARE,
    WEEKDAYS,
)
from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestOrderHabits(RelationshipCase):
    """When customers order, and how much at a time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer()
        # A Monday, some months ago.
        day = cls.today - timedelta(days=200)
        cls.monday = day - timedelta(days=day.weekday())

    def _order(self, week, weekday=0, hour=9, minute=0, **values):
        """An order in a week, on a weekday (Monday is 0), at a time in UTC."""
        day = self.monday + timedelta(weeks=week, days=weekday)
        at = datetime.combine(day, time(hour, minute))
        return self._create_order(self.customer, at, **values)

    def _get(self, *names):
        profile = self._get_profile(self.customer)
        return tuple(profile[name] for name in names)

    def _weekday(self):
        return self._get("usual_weekday", "usual_weekday_share")

    def _day_part(self):
        return self._get("usual_day_part", "usual_day_part_share")

    def test_the_words_know_every_weekday_and_time_of_day(self):
        self.assertEqual(tuple(dict(WEEKDAY_LABELS)), WEEKDAYS)
        self.assertEqual(tuple(dict(DAY_PART_LABELS)), tuple(DAY_PARTS))
        hours = [
            hour
            for first, last in DAY_PARTS.values()
            for hour in range(first, last + 1 + 24 * (last < first))
        ]
        self.assertEqual(sorted(hour % 24 for hour in hours), list(range(24)))

    def test_fewer_than_three_order_days_say_nothing(self):
        self._order(0)
        self._order(1)
        self._order(1, hour=10)
        self.assertEqual(HABIT_MIN_DAYS, 3)
        self.assertEqual(self._weekday(), (False, 0))
        self.assertEqual(self._day_part(), (False, 0))
        self.assertEqual(self._get("order_habit"), (False,))
        self._order(2)
        self.assertEqual(self._weekday(), ("1", 1))
        self.assertEqual(self._day_part(), ("morning", 1))

    def test_a_usual_weekday_needs_two_days_in_five(self):
        self.assertEqual(HABIT_MIN_SHARE, 0.4)
        for week, weekday in enumerate((1, 1, 2, 3, 4)):
            self._order(week, weekday)
        self.assertEqual(self._weekday(), ("2", 0.4))
        self._order(5, 5)
        self.assertEqual(self._weekday(), (False, 0))

    def test_a_usual_time_of_day_needs_two_days_in_five(self):
        for week, hour in enumerate((19, 22, 8, 14, 2)):
            self._order(week, week, hour)
        self.assertEqual(self._day_part(), ("evening", 0.4))
        self.assertEqual(self._weekday(), (False, 0))
        self._order(6, hour=3)
        self._order(7, 2, hour=13)
        self.assertEqual(self._day_part(), (False, 0), "2 of 7")

    def test_every_weekday_is_told_as_itself(self):
        for weekday in range(7):
            for week in range(10 * weekday, 10 * weekday + weekday + 3):
                self._order(week - 80, weekday)
            self.assertEqual(self._get("usual_weekday"), (str(weekday + 1),))
            self.env["sale.order"].search(
                [("partner_id", "=", self.customer.id)]
            ).write({"state": "cancel"})

    def test_parts_of_the_day_begin_and_end_on_the_hour(self):
        expected = {
            (4, 59): "night",
            (5, 0): "morning",
            (11, 59): "morning",
            (12, 0): "afternoon",
            (17, 59): "afternoon",
            (18, 0): "evening",
            (22, 59): "evening",
            (23, 0): "night",
            (0, 0): "night",
        }
        orders = [self._order(week) for week in range(3)]
        found = {}
        for hour, minute in expected:
            for order in orders:
                order.date_order = order.date_order.replace(hour=hour, minute=minute)
            found[hour, minute] = self._get("usual_day_part")[0]
        self.assertEqual(found, expected)

    def test_several_orders_of_a_day_are_one_visit_at_the_time_of_the_first(self):
        for week in range(3):
            self._order(week, hour=14)
            self._order(week, hour=9)
            self._order(week, hour=20)
        self.assertEqual(self._weekday(), ("1", 1))
        self.assertEqual(self._day_part(), ("morning", 1))
        self.assertEqual(self._get("order_day_count"), (3,))

    def test_of_equal_ones_the_first_is_told(self):
        for week, (weekday, hour) in enumerate(((4, 20), (2, 20), (4, 13), (2, 13))):
            self._order(week, weekday, hour)
        self.assertEqual(self._weekday(), ("3", 0.5))
        self.assertEqual(self._day_part(), ("afternoon", 0.5))

    def test_weekday_and_hour_are_those_of_the_company(self):
        for week in range(3):
            self._order(week, 1, hour=1)  # Tuesday, 1:00 UTC
        self.assertEqual((self._weekday()[0], self._day_part()[0]), ("2", "night"))
        self.company.relationship_tz = "America/Sao_Paulo"  # Monday, 22:00
        self.Profile._refresh(self.company, self.customer.ids)
        self.assertEqual((self._weekday()[0], self._day_part()[0]), ("1", "evening"))
        self.company.relationship_tz = "Asia/Tokyo"  # Tuesday, 10:00
        self.Profile._refresh(self.company, self.customer.ids)
        self.assertEqual((self._weekday()[0], self._day_part()[0]), ("2", "morning"))

    def test_the_hour_follows_summer_time(self):
        self.company.relationship_tz = "Europe/Lisbon"
        year = self.today.year - 1
        for month, day in ((7, 6), (7, 13), (7, 20)):
            at = datetime(year, month, day, 11, 30)  # 12:30 there
            self._create_order(self.customer, at)
        self.assertEqual(self._day_part(), ("afternoon", 1))
        for week in range(4):
            at = datetime(year, 1, 5, 11, 30) + timedelta(weeks=week)
            self._create_order(self.customer, at)
        self.assertEqual(self._day_part()[0], "morning")

    def test_the_average_basket(self):
        self._order(0, amount=10)
        self._order(0, amount=20)
        self._order(1, amount=20.01)
        self._order(2, amount=0)
        self._order(3, amount=500, state="draft")
        self.assertEqual(self._get("basket_mean"), (16.67,))

    def test_without_an_order_there_is_no_basket(self):
        self._order(0, state="draft")
        self.assertEqual(self._get("basket_mean", "order_habit"), (0, False))

    def test_as_of_a_day_in_the_past(self):
        for week in range(3):
            self._order(week, 2, hour=8)
        then = self.monday + timedelta(weeks=3)
        before = self._weekday() + self._day_part()
        self.assertEqual(before, ("3", 1, "morning", 1))
        for week in range(4, 9):
            self._order(week, 4, hour=15)
        self.assertEqual(self._weekday(), ("5", 5 / 8))
        self.assertEqual(self._day_part(), ("afternoon", 5 / 8))
        self.Profile._refresh(self.company, self.customer.ids, then)
        profile = self.Profile.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(profile.usual_weekday, "3")
        self.assertEqual(profile.usual_day_part_share, 1)

    def test_the_sentence_has_its_figures(self):
        for week, (weekday, hour) in enumerate(((1, 9), (1, 9), (1, 15), (3, 10))):
            self._order(week, weekday, hour)
        self.assertEqual(
            self._get("order_habit"),
            ("Mostly on Tuesday (75%), in the morning (75%); from 4 order days",),
        )

    def test_one_habit_of_the_two_makes_a_sentence_too(self):
        for week in range(5):
            self._order(week, week, hour=20)
        self.assertEqual(
            self._get("order_habit"), ("In the evening (100%); from 5 order days",)
        )

    def test_a_changed_time_reaches_the_profile(self):
        orders = [self._order(week) for week in range(3)]
        self.assertEqual(self._day_part()[0], "morning")
        for order in orders:
            order.date_order = order.date_order.replace(hour=19)
        self.assertEqual(self._day_part()[0], "evening")
