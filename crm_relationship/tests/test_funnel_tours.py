from dateutil.relativedelta import relativedelta

from odoo.tests import HttpCase, tagged

from .funnel_case import FunnelCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestFunnelTours(FunnelCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dawn, cls.noon = cls.Stage.create(
            [
                {
                    "name": name,
                    "rank": rank,
                    "domain": "[('order_count', '=', 12345)]",
                    "phase": "acquisition",
                    "sequence": rank,
                }
                for name, rank in (("Dawn", 31), ("Noon", 32))
            ]
        )
        cls.month = cls.today.replace(day=1)

    def _create_bakeries(self):
        """One who went on this month, and one who stays."""
        joined = self.month - relativedelta(months=2)
        steps = (joined, self.dawn)
        sun = self._create_walker("Padaria Sol", steps, (self.today, self.noon))
        moon = self._create_walker("Padaria Lua", steps)
        return sun, moon

    def test_the_funnel_of_a_period_opens_lists(self):
        self._create_bakeries()
        self.start_tour(
            "/odoo/relationship-funnel-report",
            "relationship_funnel_report",
            login="admin",
        )

    def test_the_flow_opens_moves(self):
        self._create_bakeries()
        self.start_tour(
            "/odoo/relationship-flow", "relationship_flow_report", login="admin"
        )

    def test_the_cohorts_open_customers(self):
        for profile, months in zip(
            self._create_bakeries(), ((2, 1), (2,)), strict=True
        ):
            for count in months:
                day = self.month - relativedelta(months=count)
                self._create_order(profile.partner_id, day)
            self._refresh_changed()
        self.start_tour(
            "/odoo/relationship-cohorts", "relationship_cohort_report", login="admin"
        )

    def test_without_moves_the_funnel_says_what_to_do(self):
        self._create_walker("Padaria Nova")
        self.start_tour(
            "/odoo/relationship-funnel-report",
            "relationship_funnel_report_empty",
            login="admin",
        )
