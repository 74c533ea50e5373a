from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from ..models.relationship_profile_scope import ExtraFacts
from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestExtraFacts(RelationshipCase):
    """What another add-on adds to the facts of customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls.env["utm.source"].create({"name": "Street of the Tests"})
        cls.met = cls._create_customer("Met", supplier_rank=1, user_id=False)
        cls.vendor = cls._create_customer("Vendor", supplier_rank=1)

    def _get_extra_facts(self, scope):
        """We met somebody ten days ago."""
        day = self._days_ago(10)
        row = SQL(
            "SELECT %s::int AS partner_id, %s::int AS user_id, %s::int AS team_id,"
            " %s::timestamp AS date WHERE %s < %s",
            self.met.id,
            self.salesman.id,
            self.team.id,
            day,
            day,
            scope.until,
        )
        came = SQL(
            "SELECT partner_id, %s::int AS source_id, NULL::int AS campaign_id,"
            " NULL::int AS medium_id, date, 1 AS id FROM (%s) row",
            self.source.id,
            row,
        )
        return [
            ExtraFacts(
                name="met",
                query=row,
                columns={},
                makes_customer=SQL("met.partner_id IS NOT NULL"),
                has_seller=True,
                acquisition=came,
            )
        ]

    def _get(self, as_of=None):
        Profile = type(self.Profile)
        with patch.object(
            Profile,
            "_get_extra_facts",
            lambda model, scope: self._get_extra_facts(scope),
        ):
            partners = self.met + self.vendor
            self.env.flush_all()
            self.Profile._refresh(self.company, partners.ids, as_of)
        return self.Profile.search([("partner_id", "in", partners.ids)])

    def test_it_says_who_is_a_customer_of_whom_and_where_from(self):
        profile = self._get()
        self.assertEqual(profile.partner_id, self.met)
        self.assertEqual(profile.user_id, self.salesman)
        self.assertEqual(profile.team_id, self.team)
        self.assertEqual(profile.source_id, self.source)
        self.assertEqual(profile.acquisition_date, self._days_ago(10))

    def test_before_that_day_nothing_was_known(self):
        self.assertTrue(self._get())
        self.assertFalse(self._get(self._days_ago(11)))

    def test_who_sold_comes_first(self):
        self._create_order(self.met, 20, user_id=self.other_salesman.id)
        profile = self._get()
        self.assertEqual(profile.user_id, self.other_salesman)
        self.assertFalse(profile.source_id, "It was a customer before")

    def test_without_other_add_ons_there_is_nothing(self):
        self.assertFalse(self.Profile._get_extra_facts(None))
