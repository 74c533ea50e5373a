import random
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from ..models import relationship_profile_pipeline
from .forecast_case import ForecastCase
from .value_case import ValueCase

# The log does not keep until when and why somebody set a place.
PIN_COLUMNS = {
    f"{kind}_{name}"
    for kind in ("stage", "segment")
    for name in ("pinned_until", "pin_reason")
}


@tagged("post_install", "-at_install", "crm_relationship")
class TestTimeTravel(ForecastCase, ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Scale = cls.env["relationship.value.scale"]
        cls.Segment = cls.env["relationship.segment"]
        cls.Snapshot = cls.env["relationship.segment.snapshot"]
        cls.columns = tuple(
            name
            for name, field in cls.Profile._fields.items()
            if field.store and field.column_type
        )

    def _refresh_on(self, day):
        """As the job does it at the end of that day."""
        self.env.flush_all()
        with self._on(day):
            self.Profile._refresh_everybody(self.company)

    def _on(self, day):
        Company = type(self.company)
        return patch.object(Company, "_relationship_today", lambda company: day)

    def _as_of(self, day, columns):
        names = ("partner_id", "company_id", *columns)
        rows = self.env.execute_query(
            SQL(
                "%s nothing AS (SELECT) SELECT %s FROM relationship_profile",
                self.Profile._get_as_of_sql(self.company, day),
                SQL(", ").join(map(SQL.identifier, names)),
            )
        )
        return {row[:2]: dict(zip(columns, row[2:], strict=True)) for row in rows}

    def _as_stored(self, columns):
        return {
            key: dict(zip(columns, row, strict=True))
            for key, row in self._snapshot(columns).items()
            if key[1] == self.company.id
        }

    def _random_histories(self, draw, count=20):
        """Orders, many of them invoiced, some of those credited in part or whole."""
        customers = []
        for number in range(count):
            customer = self._create_customer(f"Customer {number}")
            customers.append(customer)
            for _order in range(draw.choice([0, 1, 1, 2, 3, 6])):
                ago = draw.randrange(500)
                amount = draw.choice([10, 10, 25.5, 99.99, 500])
                order = self._create_order(customer, ago, amount)
                if draw.random() < 0.5:
                    continue
                invoice = self._bill(order, self._days_ago(draw.randrange(ago + 1)))
                if draw.random() < 0.5:
                    days = (self.today - invoice.invoice_date).days
                    self._refund(
                        invoice,
                        self._days_ago(draw.randrange(days + 1)),
                        draw.choice([None, amount / 4]),
                    )
        return customers

    def _pin_some(self, draw, customers, day):
        """Somebody puts customers into other segments and stages than theirs."""
        segments = self.Segment.search([])
        stages = self.Stage.search([])
        profiles = self.Profile.search(
            [("partner_id", "in", [customer.id for customer in customers])]
        )
        with self._on(day):
            for profile in draw.sample(list(profiles), 4):
                others = list(segments - profile.segment_id)
                until = day.replace(year=day.year + draw.choice([0, 1]))
                profile._pin(draw.choice(others), "I know them", until)
                others = list(stages - profile.stage_id)
                profile._pin(draw.choice(others), "I know them", until)
            self.env.flush_all()

    def test_every_column_of_the_table_has_a_past(self):
        self.assertTrue(self._as_of(self._days_ago(100), self.columns) is not None)

    def test_the_past_is_what_a_refresh_of_the_day_gave_by_a_model(self):
        """All that is known of all customers: facts, scores, forecasts, stages and
        segments, by the rules or by hand."""
        self._put_in_force()
        self._check_past(random.Random(0))

    def test_the_past_is_what_a_refresh_of_the_day_gave_by_a_rule_of_thumb(self):
        self._put_in_force(kind="rfv")
        self._check_past(random.Random(1))

    def _check_past(self, draw):
        columns = tuple(name for name in self.columns if name not in PIN_COLUMNS)
        customers = self._random_histories(draw)
        then = {}
        for ago in (290, 200, 110, 20):
            day = self._days_ago(ago)
            self._refresh_on(day)
            self._pin_some(draw, customers, day)
            then[day] = self._as_stored(columns)
        self._refresh_on(self.today)
        self.assertNotIn(self._as_stored(columns), then.values())
        for day, expected in then.items():
            self.assertPast(day, columns, expected)

    def test_before_the_log_segments_are_those_of_the_rules(self):
        """A database without a past is seen as if its rules had always been there."""
        draw = random.Random(7)
        self._put_in_force()
        self._random_histories(draw)
        # Stages depend on the log alone; there is none yet.
        columns = tuple(
            name
            for name in self.columns
            if not name.startswith("stage_") and name != "segment_date"
        )
        day = self._days_ago(150)
        self.env["relationship.segment.move"].search([]).sudo().unlink()
        self._refresh_on(day)
        expected = self._as_stored(columns)
        self.assertTrue(all(row["segment_id"] for row in expected.values()))
        self.env.cr.execute("DELETE FROM relationship_segment_move")
        self.Scale.search([]).unlink()
        self._refresh_on(self.today)
        self.env.cr.execute("DELETE FROM relationship_segment_move")
        self.assertPast(day, columns, expected)

    def test_a_condition_that_joins_the_profile_sees_the_day(self):
        """E.g. one on a field of the customer beside one on a figure."""
        customer = self._create_customer("Seldom", comment="seldom")
        self._create_order(customer, 100)
        self._create_order(customer, 10)
        segment = self.Segment.create(
            {
                "name": "Seldom",
                "sequence": -1,
                "mode": "domain",
                "domain": "[('partner_id.comment', 'ilike', 'seldom'),"
                " ('order_count', '=', 1)]",
                "company_id": self.company.id,
            }
        )
        self._refresh_on(self.today)
        key = (customer.id, self.company.id)
        for ago, holds in ((50, True), (5, False)):
            seen = self._as_of(self._days_ago(ago), ("computed_segment_id",))[key]
            self.assertEqual(seen["computed_segment_id"] == segment.id, holds)

    def test_a_share_of_revenue_is_that_of_the_day(self):
        self.env.cr.execute("UPDATE sale_order SET state = 'cancel'")
        self.env.invalidate_all()
        customer = self._create_customer()
        self._create_order(customer, 200, 100)
        self._create_order(self._create_customer(), 10, 9900)
        self._refresh_on(self.today)
        segment = self.Segment.create(
            {
                "name": "Half of It",
                "sequence": -1,
                "mode": "domain",
                "domain": "[('revenue_share', '>', 0.5)]",
                "company_id": self.company.id,
            }
        )
        key = (customer.id, self.company.id)
        for ago, holds in ((100, True), (5, False)):
            seen = self._as_of(self._days_ago(ago), ("computed_segment_id",))[key]
            self.assertEqual(seen["computed_segment_id"] == segment.id, holds)

    def test_what_somebody_set_later_was_not_set_then(self):
        customer = self._create_customer()
        self._create_order(customer, 300)
        for ago in (200, 100):
            self._refresh_on(self._days_ago(ago))
        profile = self.Profile.search([("partner_id", "=", customer.id)])
        until = self._days_ago(-30)
        with self._on(self._days_ago(50)):
            places = self.Segment.search([]) - profile.segment_id
            profile._pin(places[0], "They told me", until)
        self._refresh_on(self.today)
        key = (customer.id, self.company.id)
        names = ("segment_id", "segment_pinned_until", "segment_pin_reason")
        for ago, expected in (
            (51, (None, None)),
            (50, (until, "They told me")),
            (-31, (None, None)),
        ):
            seen = self._as_of(self._days_ago(ago), names)[key]
            self.assertEqual(tuple(seen.values())[1:], expected)

    def test_the_scale_of_a_past_day_holds_on_no_other(self):
        self._random_histories(random.Random(3))
        self._refresh_on(self.today)
        names = ("recency_score", "frequency_score", "value_score", "abc_class")
        days = [self._days_ago(ago) for ago in (200, 180)]
        before = [self._as_of(day, names) for day in days]
        self.Snapshot._take(self.company, days[0])
        kept = self.Scale.search([("date", "=", days[0])])
        self.assertTrue(kept.is_later)
        Scale = type(self.Scale)
        with patch.object(Scale, "_compute_values", side_effect=AssertionError):
            self.assertEqual(self._as_of(days[0], names), before[0])
        self.assertEqual(self._as_of(days[1], names), before[1])
        self._refresh_on(days[0])
        self.assertFalse(kept.is_later)

    def test_slices_add_up_to_the_whole(self):
        self._put_in_force()
        self._random_histories(random.Random(5))
        self._refresh_on(self.today)
        day = self._days_ago(150)
        self.Snapshot._take(self.company, day)
        whole = self._get_snapshot(day)
        self.assertTrue(any(row["buy_probability"] for row in whole.values()))
        self.Snapshot.search([]).unlink()
        with patch.object(relationship_profile_pipeline, "SLICE", 7):
            self.assertTrue(self.Snapshot._step(self.company, day))
            self.assertTrue(self.Snapshot._step(self.company, day))
            self.assertFalse(self._get_snapshot(day), "Nobody sees half of it")
            self.Snapshot._take(self.company, day)
        sliced = self._get_snapshot(day)
        self.assertEqual(sliced.keys(), whole.keys())
        for segment, row in whole.items():
            for name, figure in row.items():
                self.assertAlmostEqual(sliced[segment][name], figure, 9, name)

    def _get_snapshot(self, day):
        names = (
            "customer_count",
            "revenue",
            "expected_value",
            "value_at_risk",
            "buy_probability",
            "forecast_count",
        )
        rows = self.Snapshot.search(
            [("company_id", "=", self.company.id), ("date", "=", day)]
        )
        return {row.segment_id: {name: row[name] for name in names} for row in rows}

    def assertPast(self, day, columns, expected):
        seen = self._as_of(day, columns)
        self.assertEqual(seen.keys(), expected.keys())
        for key, row in expected.items():
            self.assertEqual(seen[key], row, (day, key))
