from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from ..models.relationship_profile_facts import FACT_COLUMNS
from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestMerge(RelationshipCase):
    """Odoo's own merge loses nothing that we know of a customer."""

    def setUp(self):
        super().setUp()
        self.kept = self._create_customer("Kept")
        self.gone = self._create_customer("Gone")
        self._create_history(self.kept, (100, 80, 60), amount=10)
        self._create_history(self.gone, (90, 70, 50), amount=20)
        self._refresh_changed()
        self.rule._run()

    def _merge(self, *partners):
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {
                "partner_ids": [(6, 0, [partner.id for partner in partners])],
                "dst_partner_id": self.kept.id,
            }
        )
        wizard.action_merge()

    def test_orders_profile_moves_and_touches_survive(self):
        moves = self.Move.search([("partner_id", "in", (self.kept + self.gone).ids)])
        touches = self.Touch.search([("partner_id", "in", (self.kept + self.gone).ids)])
        self.assertEqual((len(moves), len(touches)), (2, 2))
        gone_id = self.gone.id
        self._merge(self.kept, self.gone)
        self.assertFalse(self.gone.exists())
        self.assertEqual(moves.exists().partner_id, self.kept)
        self.assertEqual(touches.exists().partner_id, self.kept)
        self.assertEqual((len(moves.exists()), len(touches.exists())), (2, 2))
        self.assertEqual(sorted(touches.mapped("merged_partner_ref")), [0, gone_id])
        profile = self._get_profile(self.kept)
        self.assertEqual(profile.order_count, 6)
        self.assertEqual(profile.revenue, 90)
        self.assertEqual(profile.interval_median, 10)
        self.assertEqual(profile.last_order_date, self._days_ago(50))

    def test_the_profile_is_right_at_once_and_stays_so(self):
        self._merge(self.kept, self.gone)
        self.env.flush_all()
        before = self._snapshot(FACT_COLUMNS)
        self.Profile._refresh(self.company)
        self.assertEqual(before, self._snapshot(FACT_COLUMNS))

    def test_the_quiet_spell_that_was_handled_is_not_handled_again(self):
        self._merge(self.kept, self.gone)
        self.rule._run()
        # The merged customer's spell began with the last order of the one who is gone.
        self.assertEqual(
            self.Touch.search_count([("partner_id", "=", self.kept.id)]), 2
        )

    def test_the_same_occurrence_of_both_keeps_both_rows(self):
        self._create_order(self.kept, 45)
        self._create_order(self.gone, 45)
        self._refresh_changed()
        self.rule._run()
        self._merge(self.kept, self.gone)
        touches = self.Touch.search([("partner_id", "=", self.kept.id)])
        self.assertEqual(len(touches), 4)
        self.assertEqual(len(set(touches.mapped("dedup_key"))), 4)
        self.rule._run()
        self.assertEqual(
            self.Touch.search_count([("partner_id", "=", self.kept.id)]), 4
        )

    def test_a_stage_set_by_hand_survives(self):
        lost = self.env.ref("crm_relationship.stage_lost")
        until = self.today + timedelta(days=7)
        self._get_profile(self.gone)._pin(lost, "Moved away", until)
        self._merge(self.kept, self.gone)
        profile = self._get_profile(self.kept)
        self.assertEqual(profile.stage_id, lost)
        self.assertEqual(profile.stage_pinned_until, until)
        self.assertEqual(profile.stage_pin_reason, "Moved away")

    def test_a_prospect_merges_into_a_customer(self):
        prospect = self._create_customer("Prospect")
        self._refresh_changed()
        self._merge(self.kept, prospect)
        self.assertEqual(self._get_profile(self.kept).order_count, 3)

    def test_contacts_of_different_companies_merge(self):
        one = self._create_customer("Bia", is_company=False, parent_id=self.kept.id)
        two = self._create_customer("Bea", is_company=False, parent_id=self.gone.id)
        self._create_order(two, 5)
        self.assertEqual(self._get_profile(self.gone).order_count, 4)
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge([one.id, two.id], one)
        self.assertEqual(self._get_profile(self.gone).order_count, 3)
        self.assertEqual(self._get_profile(self.kept).order_count, 4)

    def test_both_companies_profiles_survive(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._create_order(self.gone, 9, company_id=other.id)
        self._refresh_changed()
        moves = self.Move.search_count([])
        self._merge(self.kept, self.gone)
        self.assertEqual(self.Move.search_count([]), moves, "nobody enters twice")
        self.assertEqual(self._get_profile(self.kept, other).order_count, 1)
        self.assertEqual(self._get_profile(self.kept).order_count, 6)

    def test_consents_dates_products_and_preferences_survive(self):
        phone = self.env.ref("crm_relationship.channel_phone")
        email = self.env.ref("crm_relationship.channel_email")
        child = self.env.ref("crm_relationship.kinship_child")
        cake = self.env["product.product"].create({"name": "Cake", "list_price": 30})
        self._create_order(
            self.gone,
            95,
            order_line=[
                Command.create(
                    {"product_id": cake.id, "price_unit": 30, "tax_ids": False}
                )
            ],
        )
        self.kept.set_relationship_consent("offers", phone.id, "granted")
        self.gone.set_relationship_consent("offers", phone.id, "withdrawn")
        self.gone.set_relationship_consent("research", email.id, "granted")
        dates = self.env["relationship.key.date"].create(
            [
                {
                    "partner_id": partner.id,
                    "kinship_id": child.id,
                    "name": name,
                    "day": day,
                    "month": "02",
                }
                for partner, name, day in (
                    (self.kept, "Clara", 29),
                    (self.gone, "Davi", 3),
                )
            ]
        )
        self.gone.relationship_channel_id = phone
        self._refresh_changed()
        self._merge(self.kept, self.gone)
        consents = self.env["relationship.consent"].search(
            [("partner_id", "=", self.kept.id)]
        )
        self.assertEqual(len(consents), 3)
        self.assertFalse(self.kept._is_contact_allowed("offers", phone))
        self.assertTrue(self.kept._is_contact_allowed("research", email))
        self.assertEqual(dates.partner_id, self.kept)
        self.assertEqual(self.kept.relationship_channel_id, phone)
        profile = self._get_profile(self.kept)
        habits = {
            habit.product_id: (habit.order_day_count, habit.state)
            for habit in profile.product_ids
        }
        self.assertEqual(habits, {self.product: (6, "usual"), cake: (1, "once")})
        self.assertEqual(profile.next_key_date, min(dates.mapped("next_date")))
        card = self.kept.get_relationship_card()
        self.assertEqual(len(card["key_dates"]), 2)
        self.assertNotIn("Preferred channel", card["missing"])
