from datetime import timedelta

from odoo.tests import tagged

from .test_stage_move import StageMoveCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestStageStay(StageMoveCase):
    def test_days_count_from_the_day_the_customer_came(self):
        (self.first | self.lost).target_days = 0
        self.assertEqual(self.profile.days_in_stage, 10)
        self.assertEqual(self.profile.stage_stay, "10 days")
        self.profile._pin(self.lost)
        self.assertEqual(self.profile.days_in_stage, 0)
        self.assertEqual(self.profile.stage_stay, "since today")

    def test_a_stage_without_a_target_has_no_state(self):
        self.first.target_days = 0
        self.assertFalse(self.profile.stage_state)
        self.assertIn(self.profile, self._find("stage_state", "=", False))
        self.assertNotIn(self.profile, self._find("stage_state", "!=", False))

    def test_who_stays_longer_than_the_target_is_stuck(self):
        for target, state in ((9, "stuck"), (10, "due"), (12, "due"), (13, "on_time")):
            self.first.target_days = target
            self.assertEqual(self.profile.stage_state, state, target)
        self.assertEqual(self.profile.stage_stay, "10 of 13 days")

    def _find(self, *condition):
        return self.Profile.with_user(self.salesman).search([condition])

    def test_searching_finds_what_is_shown(self):
        self.Stage.search([]).target_days = 0  # every shipped one
        self.first.target_days = 5
        self.second.target_days = 20
        profiles = self.profile
        for days in range(12):
            customer = self._create_customer()
            self._create_history(customer, (40, 10)[: days % 2 + 1])
            profile = self._get_profile(customer).with_user(self.salesman)
            self._enter(profile, days * 2)
            profiles |= profile
        for state in ("on_time", "due", "stuck", False):
            expected = profiles.filtered(lambda p, state=state: p.stage_state == state)
            self.assertTrue(expected or not state)
            self.assertEqual(self._find("stage_state", "=", state) & profiles, expected)
            self.assertEqual(
                self._find("stage_state", "!=", state) & profiles, profiles - expected
            )
        late = profiles.filtered(lambda p: p.stage_state in ("due", "stuck"))
        self.assertEqual(
            self._find("stage_state", "in", ("due", "stuck")) & profiles, late
        )
        for operator in ("<", "<=", ">", ">=", "=", "!="):
            expected = profiles.filtered_domain([("days_in_stage", operator, 8)])
            self.assertTrue(expected)
            self.assertEqual(
                self._find("days_in_stage", operator, 8) & profiles, expected
            )

    def test_days_before_all_calendars_break_no_search(self):
        self.first.target_days = 999_999
        self.assertEqual(self.profile.stage_state, "on_time")
        self.assertIn(self.profile, self._find("stage_state", "=", "on_time"))
        self.assertNotIn(self.profile, self._find("stage_state", "=", "stuck"))
        for days in (10**9, -(10**9)):
            found = self._find("days_in_stage", ">", days)
            self.assertEqual(self.profile in found, days < 0)

    def test_each_company_has_its_own_day(self):
        other = self.env["res.company"].create(
            {"name": "Other", "relationship_tz": "Pacific/Kiritimati"}
        )
        self.company.relationship_tz = "Pacific/Pago_Pago"  # a day behind at least
        self.assertGreater(
            other._relationship_today(), self.company._relationship_today()
        )
        self._create_order(self.customer, 5, company_id=other.id)
        theirs = self._get_profile(self.customer, other)
        profiles = theirs | self.profile.sudo()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE relationship_profile SET stage_date = %s WHERE id = ANY(%s)",
            (self.company._relationship_today() - timedelta(days=5), profiles.ids),
        )
        self.env.invalidate_all()
        self.assertEqual(self.profile.days_in_stage, 5)
        self.assertGreater(theirs.days_in_stage, 5)
        Profile = self.Profile.sudo()
        found = Profile.search([("days_in_stage", "=", 5)])
        self.assertEqual(found & profiles, self.profile.sudo())
        found = Profile.search([("days_in_stage", ">", 5)])
        self.assertEqual(found & profiles, theirs)

    def test_the_kanban_costs_the_same_for_one_card_and_for_many(self):
        counts = {}
        for count in (1, 1, 10, 40):  # the first one fills the caches
            customers = self.env["res.partner"].create(
                [{"name": str(n), "user_id": self.salesman.id} for n in range(count)]
            )
            self._refresh_changed()
            profiles = self._find("partner_id", "in", customers.ids)
            profiles._pin(self.lost, "All")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._read_kanban(customers)
            counts[count] = self.env.cr.sql_log_count - before
        self.assertEqual(counts[1], counts[40], counts)
        self.assertEqual(counts[1], counts[10], counts)

    def _read_kanban(self, customers):
        """What the client asks for to show these customers' cards."""
        Profile = self.Profile.with_user(self.salesman)
        view = Profile.get_views([(False, "kanban")])
        names = view["models"]["relationship.profile"]["fields"]
        shown = {
            name: {"fields": {"display_name": {}}}
            if field["type"] in ("many2one", "many2many")
            else {}
            for name, field in names.items()
            if f'name="{name}"' in view["views"]["kanban"]["arch"]
        }
        self.assertIn("stage_stay", shown)
        groups = Profile.web_read_group(
            [("partner_id", "in", customers.ids)],
            ["stage_id"],
            ["revenue:sum"],
            auto_unfold=True,
            unfold_read_specification=shown,
        )["groups"]
        cards = [card for group in groups for card in group.get("__records", [])]
        self.assertEqual(len(cards), len(customers))

    def test_the_card_says_how_long(self):
        self.first.target_days = 7
        card = self.customer.with_user(self.salesman).get_relationship_card()
        self.assertEqual(card["stage"]["stay"], "10 of 7 days")
        self.assertEqual(card["stage"]["state"], "stuck")
