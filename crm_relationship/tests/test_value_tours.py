from odoo.tests import HttpCase, tagged

from .forecast_case import ModelInForce
from .scored_case import ScoredCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestValueTours(ModelInForce, ScoredCase, HttpCase):
    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.segment = cls.env["relationship.segment"].create(
            {
                "name": "To wake up",
                "sequence": 45,
                "cells": [[2, 1]],
                "treatment": "Call within a week",
            }
        )
        cls.env["relationship.segment"].search(
            [("mode", "=", "cells"), ("sequence", "<", 45)]
        ).filtered(
            lambda segment: [3, 2] in segment.cells or [2, 1] in segment.cells
        ).active = False

    def _create_bakeries(self):
        shared = {
            "order_day_count": 3,
            "first_order_date": self.today,
            "last_order_date": self.today,
            "frequency_score": 2,
            "value_score": 2,
        }
        sun = self._create_valued(
            "Padaria Sol",
            recency_score=3,
            fv_score=2,
            revenue_recent=600,
            abc_class="a",
            **shared,
        )
        star = self._create_valued(
            "Padaria Estrela",
            recency_score=3,
            fv_score=2,
            revenue_recent=100,
            abc_class="b",
            **shared,
        )
        moon = self._create_valued(
            "Padaria Lua",
            recency_score=2,
            fv_score=1,
            revenue_recent=50,
            abc_class="c",
            buy_probability=0.3,
            churn_risk=0.7,
            **shared,
        )
        profiles = sun | star | moon
        self._set(profiles, segment_id=self.segment.id)
        return profiles

    def test_an_administrator_repaints_a_segment(self):
        profiles = self._create_bakeries()
        self.start_tour(
            f"/odoo/relationship-segments/{self.segment.id}",
            "relationship_value_paint",
            login="admin",
        )
        self.env.invalidate_all()
        self.assertEqual(self.segment.cells, [[3, 2]])
        self.assertEqual(
            [profile.segment_id == self.segment for profile in profiles],
            [True, True, False],
        )

    def test_a_salesman_opens_a_customer_and_reads_why(self):
        self.Profile._refresh(self.company)  # there is a scale
        profile = self._create_bakeries()[-1]
        self._put_in_force(date=self.today)
        self.start_tour(
            f"/odoo/relationship-customers/{profile.id}",
            "relationship_value_why",
            login=self.salesman.login,
        )

    def test_the_grid_and_the_curve_open_lists(self):
        self._create_bakeries()
        self.start_tour(
            "/odoo/relationship-rfv", "relationship_value_reports", login="admin"
        )

    def test_a_list_says_risks_and_scores_also_of_groups(self):
        moon = self._create_bakeries()[-1]
        self._set(moon, expected_value=80, lifetime_value=90, value_at_risk=35)
        self.start_tour(
            "/odoo/relationship-at-risk", "relationship_value_risk", login="admin"
        )

    def test_without_scores_the_grid_says_what_to_do(self):
        self._create_valued("Padaria Nova")
        self.start_tour(
            "/odoo/relationship-rfv", "relationship_value_empty", login="admin"
        )
        running = self.env["relationship.refresh"].search(
            [("company_id", "=", self.company.id), ("state", "=", "running")]
        )
        self.assertTrue(running)
