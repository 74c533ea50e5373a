from datetime import date
from functools import partial
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from . import year_history as plain
from .forecast_case import CALIBRATION, PARAMETERS, ModelInForce
from .year_case import YearCase
from .year_history import YEAR, draw_days

BUYERS = 12
SERVICE = {"Boiler": 31, "Filter": 12}


@tagged("post_install", "-at_install", "crm_relationship")
class TestTriggerYearHabits(ModelInForce, YearCase):
    """What customers do and leave undone, day by day over a year."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = [*SERVICE, "Bag", "Archived"]
        cls.products = [cls._create_product(name) for name in names]
        *serviced, _bag, archived = cls.products
        archived.relationship_service_days = 20
        for product in serviced:
            product.relationship_service_days = SERVICE[product.name]
        cls._draw_orders()
        archived.active = False
        cls.acquired = {}
        for customer in cls.customers[BUYERS - 2 :: 2]:
            day = cls.dice.choice(YEAR)
            customer.relationship_acquisition_date = day
            cls.acquired[customer.id] = day
        cls.talked = cls._draw_contacts(cls.customers[1:20], [15], most=50)
        cls.kinships = cls.env["relationship.kinship"].create(
            [{"name": name, "kind": "person"} for name in ("Niece", "Nephew")]
        )
        cls.key_dates = cls._draw_key_dates()

    @classmethod
    def _draw_orders(cls):
        """Orders of some customers, of which some do not count."""
        values, orders = [], []
        for customer in cls.customers[:BUYERS]:
            for day in draw_days(cls.dice, [7, 12, 31], most=80):
                lines = [
                    (product, cls.dice.choice([0, 5, 5, 5]))
                    for product in cls.dice.sample(cls.products, 2)
                ]
                moment = cls._draw_moment(day)
                state = cls.dice.choice(["sale"] * 6 + ["cancel", "draft"])
                values.append((cls._draw_contact(customer), moment, state, lines))
                paid = frozenset(product.id for product, price in lines if price)
                counts = state == "sale" and bool(paid)
                orders.append(plain.Order(customer.id, moment, counts, paid))
        cls._create_orders(values)
        cls.purchases = plain.Purchases(orders)

    @classmethod
    def _create_orders(cls, rows):
        """Orders at once: (partner, moment, state, [(product, price)])."""
        orders = cls.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": product.id,
                                "product_uom_qty": 1,
                                "price_unit": price,
                                "tax_ids": False,
                            }
                        )
                        for product, price in lines
                    ],
                }
                for partner, _moment, _state, lines in rows
            ]
        )
        cls.env.flush_all()
        for order, (_partner, moment, state, _lines) in zip(orders, rows, strict=True):
            cls.env.cr.execute(
                "UPDATE sale_order SET state = %s, date_order = %s WHERE id = %s",
                [state, moment, order.id],
            )
        cls.env.invalidate_all()

    @classmethod
    def _draw_key_dates(cls):
        """Of customers and their contacts; some are no more, or of somebody who is
        not."""
        left = cls._create_customer("Left", parent_id=cls.customers[5].id)
        values, drawn = [], []
        for customer in cls.customers:
            for number in range(4):
                day = cls.dice.choice(YEAR) if number else date(2024, 2, 29)
                born = cls.dice.choice([0, 2000, 2020, 2024])
                if not number and customer == cls.customers[2]:
                    day, born = date(2024, 1, 1), 2024
                active = cls.dice.random() < 0.9
                who = cls._draw_contact(customer)
                if customer == cls.customers[5]:
                    who = cls.dice.choice([customer, left])
                kinship = cls.dice.choice(cls.kinships)
                values.append(
                    {
                        "partner_id": who.id,
                        "kinship_id": kinship.id,
                        "name": f"Child {number}",
                        "day": day.day,
                        "month": f"{day.month:02}",
                        "year": born,
                        "active": active,
                    }
                )
                drawn.append(
                    (active and who != left, customer.id, day, born, kinship.id)
                )
        rows = cls.env["relationship.key.date"].create(values)
        left.active = False
        return [
            plain.KeyDate(customer_id, row.id, day.month, day.day, born, kinship_id)
            for row, (counts, customer_id, day, born, kinship_id) in zip(
                rows, drawn, strict=True
            )
            if counts
        ]

    def _draw_consents(self, channel):
        """What customers say of offers by that channel, beside what says nothing of
        it; {id: moments}."""
        other = self.env.ref("crm_relationship.channel_phone")
        values, said = [], {}
        for customer in self.customers:
            moments = said[customer.id] = []
            for _number in range(self.dice.randrange(4)):
                moment = self._draw_moment(self.dice.choice(YEAR))
                of_channel = self.dice.choice([channel, other])
                purpose = self.dice.choice(["offers", "service"])
                state = self.dice.choice(["granted", "declined", "not_asked"])
                if (of_channel, purpose) == (channel, "offers") and (
                    state != "not_asked"
                ):
                    moments.append(moment)
                values.append(
                    {
                        "partner_id": customer.id,
                        "purpose": purpose,
                        "channel_id": of_channel.id,
                        "state": state,
                        "date": moment,
                    }
                )
        self.env["relationship.consent"].create(values)
        return said

    def _on(self, day):
        return patch.object(
            type(self.company), "_relationship_today", lambda company: day
        )

    def test_silence(self):
        self._archive()
        rule = self._create_rule("silence", trigger_days=15)
        contacts = {customer.id: () for customer in self.customers} | self.talked
        spells = self._walk(
            rule,
            partial(plain.silent, self.purchases, contacts, self.acquired, 15),
        )
        self.assertIn("never", {key for _customer, key in spells})

    def test_service(self):
        self._archive()
        rule = self._create_rule("service", late_days=9)
        intervals = {
            product.id: SERVICE[product.name]
            for product in self.products
            if product.name in SERVICE
        }
        spells = self._walk(
            rule, partial(plain.in_service, self.purchases, intervals, 9)
        )
        self.assertUnbroken(spells)

    def test_key_date(self):
        self._archive()
        rule = self._create_rule("key_date", trigger_days=9, late_days=5)
        spells = self._walk(rule, partial(plain.coming, self.key_dates, 9, 5))
        self.assertUnbroken(spells)
        kinship = self.kinships[0]
        rule.write({"trigger_days": 3, "late_days": 0, "kinship_ids": kinship.ids})
        own = [one for one in self.key_dates if one.kinship == kinship.id]
        self._walk(rule, partial(plain.coming, own, 3, 0), least=20)

    def test_consent(self):
        self._archive()
        channel = self.env.ref("crm_relationship.channel_email")
        said = self._draw_consents(channel)
        self._archive()
        rule = self._create_rule("consent", trigger_days=10)
        spells = self._walk(
            rule, partial(plain.unasked, self.purchases, self.key_dates, said, 10)
        )
        kinds = {key.partition("/")[0] for _customer, key in spells}
        self.assertEqual(kinds, {"order", "date"})

    def test_probability_and_a_condition_as_runs_see_them_day_by_day(self):
        """As runs do that come every day: the profiles are those of the day, by the
        job of the night. The condition can't be looked at from afar, for it begins on
        the day on which a run sees it; nor is looking back cheap for a probability,
        which a few days do for."""
        self._archive()
        self._put_in_force()
        likely = plain.by_model(PARAMETERS, CALIBRATION, 90)
        unlikely = partial(plain.unlikely, self.purchases, likely, 0.62, 7)
        falls = self._create_rule("probability", probability_limit=0.62)
        condition = self._create_rule(
            "domain", trigger_domain="[('days_since_order', '>', 31)]"
        )
        ids = [customer.id for customer in self.customers]
        seldom = condition.copy({"name": "Seldom", "state": "on"})
        runs = [day for day in YEAR if self.dice.random() < 0.2]
        found = set()
        for number, day in enumerate(YEAR):
            with self._on(day):
                self.Profile._refresh(self.company, ids, day)
                expected = self._expect(unlikely, day)
                self.assertEqual(self._get_acted(falls, day), expected, day)
                condition._note_matches()
                beyond = plain.beyond(self.purchases, 31, YEAR[: number + 1], day)
                began = self._get_own(set(beyond))
                self.assertEqual(self._get_acted(condition, day), began, day)
                if day in runs:
                    seldom._note_matches()
                    beyond = set(plain.beyond(self.purchases, 31, runs, day))
                    began = self._get_own(beyond)
                    self.assertEqual(self._get_acted(seldom, day), began, day)
            found |= expected | began
            if number % 30 == 0:  # from afar
                self.assertEqual(self._get_acted(falls, day), expected, day)
        self.assertGreater(len(found), 40)

    def test_a_probability_at_the_limit_is_not_below_it(self):
        """A rule of thumb whose probabilities are steps: 0.2 after 13 days."""
        self._archive()
        self._put_in_force(
            kind="recency",
            calibration={
                "kind": "steps",
                "thresholds": [-13, -12],
                "values": [0.2, 0.3, 0.6],
            },
        )

        def probability(days, as_of):
            since = (as_of - days[-1]).days
            return 0.6 if since <= 12 else 0.3 if since == 13 else 0.2

        rule = self._create_rule("probability", probability_limit=0.3)
        self._walk(
            rule,
            partial(plain.unlikely, self.purchases, probability, 0.3, 7),
            least=4,
            days=YEAR[:60],
        )
