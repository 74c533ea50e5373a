import random
from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.relationship_profile_facts import PROFILE_COLUMNS
from .common import RelationshipCase


def rank_scores(values):
    """The rule of the literature, customer by customer."""
    count = len(values)
    return [
        min(5, 1 + 5 * sum(other < value for other in values) // max(count - 1, 1))
        for value in values
    ]


@tagged("post_install", "-at_install", "crm_relationship")
class TestScores(RelationshipCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Scale = cls.env["relationship.value.scale"]
        cls.Limit = cls.env["relationship.score.limit"]

    def _refresh_all(self, as_of=None):
        self.env.cr.flush()
        self.Profile._refresh(self.company, as_of=as_of)

    def _profiles(self, customers):
        profiles = self.Profile.search(
            [("partner_id", "in", [c.id for c in customers])]
        )
        by_partner = profiles.grouped("partner_id")
        return [by_partner[customer] for customer in customers]

    def _random_histories(self, seed, count=25):
        draw = random.Random(seed)
        customers = []
        for number in range(count):
            customer = self._create_customer(f"Customer {number}")
            for _order in range(draw.choice([0, 1, 1, 1, 2, 3, 6])):
                self._create_order(
                    customer, draw.randrange(800), draw.choice([10, 10, 25.5, 99.99])
                )
            customers.append(customer)
        return customers

    def test_scores_are_those_of_the_rank_rule(self):
        for seed in range(4):
            with self.subTest(seed=seed):
                self._random_histories(seed)
                self._refresh_all()
                buyers = self.Profile.search([("order_day_count", ">", 0)])
                for score, fact in (
                    ("recency_score", "last_order_date"),
                    ("frequency_score", "order_day_count"),
                    ("value_score", "revenue"),
                ):
                    self.assertEqual(
                        buyers.mapped(lambda one, name=score: one[name]),
                        rank_scores([profile[fact] for profile in buyers]),
                        score,
                    )
                for profile in buyers:
                    mean = (profile.frequency_score + profile.value_score) / 2
                    self.assertEqual(profile.fv_score, int(mean + 0.5))

    def test_who_never_bought_has_no_score(self):
        customer = self._create_customer()
        self._refresh_all()
        [profile] = self._profiles([customer])
        self.assertEqual(
            self._snapshot(("recency_score", "fv_score", "abc_class"))[
                profile.partner_id.id, self.company.id
            ],
            (None, None, None),
        )
        self.assertFalse(profile._explain_recency_score())

    def test_the_only_customer_is_scored_too(self):
        customer = self._create_customer()
        self._create_order(customer, 3)
        self.env.cr.flush()
        self.env.execute_query(
            SQL(
                "UPDATE sale_order SET state = 'cancel' WHERE partner_id != %s"
                " RETURNING id",
                customer.id,
            )
        )
        self._refresh_all()
        [profile] = self._profiles([customer])
        self.assertEqual(profile.recency_score, 1)
        self.assertEqual(profile.value_score, 1)
        self.assertEqual(profile.abc_class, "a")
        self.assertEqual(profile.revenue_share, 1)

    def test_between_refreshes_one_customer_is_scored_by_the_stored_cut_values(self):
        customers = [self._create_customer(f"C{number}") for number in range(6)]
        for number, customer in enumerate(customers):
            self._create_history(customer, range(10 + number * 30, 16 + number * 31, 5))
        self._refresh_all()
        scale = self.Scale.search([("company_id", "=", self.company.id)], limit=1)
        late = customers[-1]
        [before] = self._profiles([late])
        self.assertEqual(before.recency_score, 1)
        self._create_order(late, 0, amount=50000)
        after = self._get_profile(late)
        self.assertEqual(after.recency_score, 5)
        self.assertEqual(after.value_score, 5)
        self.assertEqual(
            self.Scale.search([("company_id", "=", self.company.id)], limit=1), scale
        )

    def test_abc_classes_make_80_and_95_percent(self):
        amounts = [500, 300, 100, 40, 30, 15, 15]
        customers = [self._create_customer(str(amount)) for amount in amounts]
        self.env.cr.flush()
        self.env.cr.execute("UPDATE sale_order SET state = 'cancel'")
        self.env.invalidate_all()
        for customer, amount in zip(customers, amounts, strict=True):
            self._create_order(customer, 10, amount)
        self._refresh_all()
        profiles = self._profiles(customers)
        self.assertEqual("".join(p.abc_class for p in profiles), "aabbbcc")
        self.assertAlmostEqual(profiles[0].revenue_share, 0.5)
        self.assertIn("80%", profiles[0]._explain_abc_class())
        self.assertEqual(
            self.Profile.search([("revenue_share", ">=", 0.3)]).partner_id,
            customers[0] + customers[1],
        )

    def test_limits_by_hand_replace_the_ranks(self):
        customer = self._create_customer()
        self._create_history(customer, [40, 80, 200], amount=100)
        limit = self.Limit.with_user(self.manager).create(
            {
                "recency_2": 300,
                "recency_3": 100,
                "recency_4": 40,
                "recency_5": 39,
                "frequency_2": 2,
                "frequency_3": 3,
                "frequency_4": 4,
                "frequency_5": 5,
                "value_2": 1,
                "value_3": 2,
                "value_4": 300,
                "value_5": 300.01,
            }
        )
        self._refresh_all()
        [profile] = self._profiles([customer])
        self.assertEqual(profile.recency_score, 4)
        self.assertEqual(profile.frequency_score, 3)
        self.assertEqual(profile.value_score, 4)
        self.assertIn("by hand", profile._explain_recency_score())
        limit.active = False
        self._refresh_all()
        self.assertIn("By rank", profile._explain_recency_score())

    def test_limits_have_to_rise(self):
        for values in (
            {"frequency_3": 2},
            {"recency_4": 180},
            {"value_5": 5},
            {"recency_5": -1},
            {"recency_2": 10_000_000},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.Limit.create(values)

    def test_limits_begin_with_the_ranks_of_today(self):
        for number in range(12):
            customer = self._create_customer(str(number))
            self._create_history(
                customer, range(number, 40 * number + 1, 33), amount=10 * (number + 1)
            )
        self._refresh_all()
        scale = self.Scale._get_in_force(self.company, self.today)
        limit = self.Limit.create({})
        self.assertEqual(limit.frequency_5, scale.frequency[3])
        self.assertEqual(self._days_ago(limit.recency_2), scale.recency[0])

    def test_ranks_are_told_to_nobody_but_administrators(self):
        with self.assertRaises(AccessError):
            self.Limit.with_user(self.salesman).default_get(["value_5"])
        scale = self.Scale.with_user(self.salesman).search([], limit=1)
        self.assertTrue(scale.date)
        with self.assertRaises(AccessError):
            scale.read(["revenue_total"])

    def test_limits_in_days_move_on_with_the_days(self):
        self.Limit.create({})
        self._refresh_all()
        scale = self.Scale._get_in_force(self.company, self.today)
        later = self.Scale._get_in_force(self.company, self.today + timedelta(days=9))
        self.assertEqual(later.recency[0] - scale.recency[0], timedelta(days=9))
        self.assertEqual(later.value, scale.value)

    def test_a_company_without_a_ranking_has_no_segments_yet(self):
        company = self.env["res.company"].create({"name": "New"})
        self.assertFalse(self.env["relationship.refresh"]._is_done(company))
        customer = self._create_customer()
        self._create_order(customer, 3, company_id=company.id)
        profile = self._get_profile(customer, company)
        self.assertFalse(profile.segment_id)
        self.Profile._refresh_everybody(company)
        self.assertTrue(profile.segment_id)
        self.assertEqual(len(profile.segment_move_ids), 1)

    def test_everything_can_be_explained(self):
        self._random_histories(2)
        self._refresh_all()
        profiles = self.Profile.search([])
        profiles.explain()  # what is shared is in memory now
        profiles.invalidate_recordset()
        with self.assertQueryCount(25):
            explained = profiles.explain()
        buyer = profiles.filtered("order_day_count")[0]
        self.assertIn("recency_score", explained[buyer.id])
        self.assertEqual(profiles.explain(["score", "placing", "name"])[buyer.id], {})

    def test_a_request_while_a_pass_begins_makes_another(self):
        Refresh = self.env["relationship.refresh"]
        running = Refresh._start(self.company)
        running.flush_recordset()
        self.env.execute_query(
            SQL(
                "UPDATE relationship_refresh SET create_date = create_date"
                " - INTERVAL '1 second' RETURNING id"
            )
        )
        running.invalidate_recordset()
        Refresh._request(self.company)
        self.assertNotEqual(Refresh._start(self.company), running)
        newest = Refresh._start(self.company)
        Refresh._request(self.company)
        self.assertEqual(Refresh._start(self.company), newest)

    def test_only_administrators_set_limits(self):
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            self.Limit.with_user(self.salesman).create({})

    def test_a_pass_ranks_before_it_places(self):
        stage = self.Stage.create(
            {
                "name": "Best",
                "sequence": 999,
                "domain": "[('recency_score', '=', 5)]",
                "company_id": self.company.id,
            }
        )
        customers = self._random_histories(9, count=12)
        newest = self._create_customer("Newest")
        self._create_order(newest, 0)
        self.env.cr.flush()
        self.Queue.search([]).unlink()
        refresh = self.env["relationship.refresh"]._start(self.company)
        phases = []
        while refresh._step():
            phases.append(refresh.phase)
        self.assertEqual(phases[-1], "place")
        [profile] = self._profiles([newest])
        self.assertEqual(profile.stage_id, stage)
        self.assertEqual(len(profile.move_ids), 1, "It was placed once, and right")
        self.assertTrue(all(p.stage_id for p in self._profiles(customers)))

    def test_the_past_is_scored_as_it_was(self):
        """Scores as of a day are those that a refresh on that day gave, whether its
        scale was kept or not."""
        self._random_histories(3)
        day = self._days_ago(200)
        self._refresh_all(as_of=day)
        expected = self._snapshot(PROFILE_COLUMNS)
        self._refresh_all()
        self.assertNotEqual(self._snapshot(PROFILE_COLUMNS), expected)
        self.assertEqual(self._as_of(day), expected)
        self.Scale.search([]).unlink()
        self.assertEqual(self._as_of(day), expected)

    def _as_of(self, day):
        names = ("partner_id", "company_id", *PROFILE_COLUMNS)
        rows = self.env.execute_query(
            SQL(
                "%s nothing AS (SELECT) SELECT %s FROM relationship_profile",
                self.Profile._get_as_of_sql(self.company, day),
                SQL(", ").join(map(SQL.identifier, names)),
            )
        )
        return {row[:2]: row[2:] for row in rows}

    def test_a_score_says_why(self):
        customers = self._random_histories(5)
        self._refresh_all()
        for profile in self._profiles(customers):
            sentences = profile.explain(["recency_score", "value_score", "fv_score"])
            self.assertEqual(
                set(sentences[profile.id]),
                {"recency_score", "value_score", "fv_score"}
                if profile.order_day_count
                else set(),
            )
        best = max(self._profiles(customers), key=lambda p: p.recency_score)
        self.assertIn("5 begins at", best._explain_recency_score())

    def test_who_may_not_see_a_customer_is_told_nothing(self):
        customer = self._create_customer(user_id=self.other_salesman.id)
        self._create_order(customer, 1)
        self._refresh_all()
        [profile] = self._profiles([customer])
        with self.assertRaises(AccessError):
            profile.with_user(self.salesman).explain(["value_score"])

    def test_yesterdays_scale_stays(self):
        yesterday = self.today - timedelta(days=1)
        self._refresh_all(as_of=yesterday)
        self._refresh_all()
        self._refresh_all()
        self.assertEqual(
            self.Scale.search([("company_id", "=", self.company.id)]).mapped("date"),
            [self.today, yesterday],
        )
