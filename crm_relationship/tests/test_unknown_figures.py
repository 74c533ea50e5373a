from lxml import etree

from odoo.fields import Domain
from odoo.tests import tagged

from .scored_case import ScoredCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestUnknownFigures(ScoredCase):
    """Nobody knows the risk of a customer who was not forecast: it is not low."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.low = cls._create_valued(
            "Low", churn_risk=0.1, expected_value=900, recency_score=5
        )
        cls.none = cls._create_valued(
            "None", churn_risk=0, expected_value=0, recency_score=4
        )
        cls.high = cls._create_valued(
            "High", churn_risk=0.8, expected_value=10, recency_score=1
        )
        cls.unknown = cls._create_valued("Unknown")
        cls.all = cls.low | cls.none | cls.high | cls.unknown

    def _check(self, domain, expected):
        domain = Domain(domain)
        mine = Domain("id", "in", self.all.ids)
        self.env.invalidate_all()
        self.assertEqual(self.Profile.search(mine & domain), expected, domain)
        self.assertEqual(self.all.filtered_domain(domain), expected, domain)

    def test_conditions_find_what_is_known(self):
        for domain, expected in (
            ([("churn_risk", "<", 0.3)], self.low | self.none),
            ([("churn_risk", "<=", 0)], self.none),
            ([("churn_risk", ">=", 0)], self.low | self.none | self.high),
            ([("churn_risk", ">", -1)], self.low | self.none | self.high),
            ([("expected_value", "<", 100)], self.none | self.high),
            ([("expected_value", "=", 0)], self.none),
            ([("expected_value", "=", False)], self.unknown),
            ([("expected_value", "!=", False)], self.low | self.none | self.high),
            ([("expected_value", "!=", 10)], self.low | self.none | self.unknown),
            ([("recency_score", "<=", 2)], self.high),
            ([("recency_score", "=", False)], self.unknown),
        ):
            self._check(domain, expected)

    def test_whoever_a_condition_leaves_is_found_by_its_opposite(self):
        for domain in ([("churn_risk", "<", 0.3)], [("recency_score", ">", 2)]):
            found = self.all.filtered_domain(domain)
            self._check(~Domain(domain), self.all - found)

    def test_the_unknown_comes_last_both_ways(self):
        self._set(self.low, next_order_date=self.today)
        mine = [("id", "in", self.all.ids)]
        for order, expected in (
            ("churn_risk desc", self.high + self.low + self.none + self.unknown),
            ("churn_risk", self.none + self.low + self.high + self.unknown),
            ("recency_score desc", self.low + self.none + self.high + self.unknown),
            (
                "expected_value desc nulls first",
                self.unknown + self.low + self.high + self.none,
            ),
        ):
            self.assertEqual(self.Profile.search(mine, order=order), expected, order)
        found = self.Profile.search(mine, order="next_order_date desc", limit=1)
        self.assertEqual(found, self.low)

    def test_views_hide_what_is_not_known(self):
        hidden = ("churn_risk", "expected_value", "lifetime_value", "value_at_risk")
        for name in ("list_value", "list_risk", "kanban_risk"):
            view = self.env.ref(f"crm_relationship.relationship_profile_view_{name}")
            arch = self.Profile.get_view(view.id, view.type)["arch"]
            for field in self._get_elements(arch, hidden):
                self.assertEqual(
                    field.get("invisible"), "not buy_probability and not churn_risk"
                )

    def _get_elements(self, arch, names):
        found = [
            node
            for node in etree.fromstring(arch).iter("field")
            if node.get("name") in names
        ]
        self.assertTrue(found)
        return found
