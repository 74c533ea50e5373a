from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import RelationshipCase

OWN_DATA = (
    "relationship.profile",
    "relationship.stage.move",
    "relationship.touch",
    "relationship.rule.run",
    "relationship.refresh",
    "relationship.profile.queue",
    "relationship.stage",
    "relationship.rule",
)


@tagged("post_install", "-at_install", "crm_relationship")
class TestAccess(RelationshipCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls._create_customer("Mine")
        cls.theirs = cls._create_customer("Theirs", user_id=cls.other_salesman.id)
        cls.nobodys = cls._create_customer("Nobody's", user_id=False)
        customers = cls.mine + cls.theirs + cls.nobodys
        for customer in customers:
            for day in (45, 35, 25):
                cls._create_order(customer, day, user_id=customer.user_id.id)
        cls.env.cr.flush()
        cls.env["sale.order"].search([("partner_id", "=", cls.nobodys.id)]).write(
            {"user_id": False}
        )
        cls.env.flush_all()
        cls.Profile._refresh(cls.company)
        cls.rule._run()

    def _get_visible(self, user, model="relationship.profile"):
        customers = self.mine + self.theirs + self.nobodys
        records = self.env[model].with_user(user)
        return records.search([("partner_id", "in", customers.ids)]).partner_id

    def test_a_salesman_sees_own_and_nobodys_customers(self):
        self.assertEqual(self._get_visible(self.salesman), self.mine + self.nobodys)
        self.assertEqual(
            self._get_visible(self.salesman, "relationship.stage.move"),
            self.mine + self.nobodys,
        )
        self.assertEqual(
            self._get_visible(self.salesman, "relationship.touch"),
            self.mine + self.nobodys,
        )

    def test_only_administrators_see_whom_rules_leave_alone(self):
        touch = self.env["relationship.touch"].search(
            [("partner_id", "=", self.mine.id)]
        )
        touch.state = "held_out"
        self.env.flush_all()
        director = self._create_user(
            "director",
            "sales_team.group_sale_salesman_all_leads,"
            "crm_relationship.group_relationship_user",
        )
        for user in (self.salesman, director):
            self.assertFalse(touch.with_user(user).search([("id", "=", touch.id)]))
            with self.assertRaises(AccessError):
                self.company.with_user(user).read(["relationship_holdout_seed"])
        self.assertTrue(touch.with_user(self.manager).search([("id", "=", touch.id)]))

    def test_the_past_goes_with_the_customer(self):
        self.theirs.user_id = self.salesman
        self._refresh_changed()
        for model in ("relationship.stage.move", "relationship.touch"):
            self.assertIn(self.theirs, self._get_visible(self.salesman, model))
        moves = self._get_visible(self.other_salesman, "relationship.stage.move")
        self.assertNotIn(self.theirs, moves)

    def test_whoever_knows_nothing_of_relationships_copies_contacts(self):
        clerk = self._create_user("clerk", "base.group_user,base.group_partner_manager")
        self.assertTrue(self.mine.with_user(clerk).copy().name)

    def test_a_contact_does_not_give_away_its_profile(self):
        for partner, expected in ((self.mine, True), (self.theirs, False)):
            values = partner.with_user(self.salesman).read(
                ["relationship_stage_id", "relationship_profile_id"]
            )[0]
            self.assertEqual(bool(values["relationship_stage_id"]), expected)
            self.assertEqual(bool(values["relationship_profile_id"]), expected)
        action = self.theirs.with_user(self.salesman).action_open_relationship()
        self.assertIn("somebody else", action["params"]["message"])

    def test_only_administrators_run_rules_and_refreshes(self):
        rule = self.rule.with_user(self.salesman)
        for method in ("action_run", "action_preview", "get_preview", "get_past"):
            with self.assertRaises(AccessError):
                getattr(rule, method)()
        rule.read(["sentence", "touch_count"])
        system = self._create_user("system", "base.group_system")
        settings = self.env["res.config.settings"].with_user(system).create({})
        with self.assertRaises(AccessError):
            settings.action_relationship_refresh()
        system.group_ids += self.env.ref("crm_relationship.group_relationship_manager")
        settings.action_relationship_refresh()
        self.assertFalse(self.env["relationship.refresh"]._is_done(self.company))

    def test_a_leader_sees_the_customers_of_the_team(self):
        self.assertEqual(self._get_visible(self.leader), self.mine + self.nobodys)
        self.team.user_id = self.other_salesman
        self.env.flush_all()
        self.assertEqual(
            self._get_visible(self.other_salesman),
            self.mine + self.theirs + self.nobodys,
        )

    def test_the_right_to_all_documents_shows_all_customers(self):
        user = self._create_user("all", "sales_team.group_sale_salesman_all_leads")
        everybody = self.mine + self.theirs + self.nobodys
        self.assertEqual(self._get_visible(user), everybody)
        self.assertEqual(self._get_visible(self.manager), everybody)

    def test_the_card_of_somebody_elses_customer_stays_closed(self):
        self.assertTrue(self.mine.with_user(self.salesman).get_relationship_card())
        self.assertFalse(self.theirs.with_user(self.salesman).get_relationship_card())

    def test_without_the_group_nothing_is_seen(self):
        clerk = self._create_user("clerk", "base.group_user")
        portal = self._create_user("portal", "base.group_portal")
        for user in (clerk, portal):
            for model in OWN_DATA:
                with (
                    self.subTest(user=user.login, model=model),
                    self.assertRaises(AccessError),
                ):
                    self.env[model].with_user(user).search([])
            with self.assertRaises(AccessError):
                self.mine.with_user(user).read(["relationship_stage_id"])

    def test_nobody_edits_the_ledgers(self):
        for user in (self.salesman, self.manager):
            for model in ("relationship.touch", "relationship.stage.move"):
                record = self.env[model].with_user(user).search([], limit=1)
                self.assertTrue(record)
                with self.assertRaises(AccessError):
                    record.write({"date": self.today})
                with self.assertRaises(AccessError):
                    record.unlink()
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).create({})

    def test_only_administrators_configure(self):
        for model, values in (
            ("relationship.stage", {"name": "x"}),
            ("relationship.rule", {"name": "x"}),
        ):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.salesman).create(values)
            self.env[model].with_user(self.manager).create(values)

    def test_engine_methods_are_not_called_from_outside(self):
        for method in ("evaluate", "apply"):
            self.assertTrue(
                getattr(getattr(type(self.rule), method), "_api_private", 0)
            )


@tagged("post_install", "-at_install", "crm_relationship")
class TestMultiCompany(RelationshipCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.other.relationship_tz = "UTC"
        cls.other_manager = cls._create_user(
            "other_manager",
            "sales_team.group_sale_manager,crm_relationship.group_relationship_manager",
            company_id=cls.other.id,
            company_ids=[(6, 0, cls.other.ids)],
        )
        cls.shared = cls._create_customer("Both")
        cls.ours = cls._create_customer("Ours", company_id=cls.company.id)
        for customer in (cls.shared, cls.ours):
            for day in (45, 35, 25):
                cls._create_order(customer, day, amount=100)
        cls._create_order(cls.shared, 5, amount=7, company_id=cls.other.id)
        cls.env.flush_all()
        for company in (cls.company, cls.other):
            cls.Profile._refresh(company)
            cls.env["relationship.refresh"]._start(company)
        cls.Stage.create({"name": "Ours", "company_id": cls.company.id, "sequence": 1})
        own = cls.rule.copy({"company_id": cls.company.id})
        for rule in cls.rule + own:
            rule._run(cls.company)
        cls.Queue.create({"partner_id": cls.ours.id, "company_id": cls.company.id})

    def test_a_customer_of_both_has_two_profiles(self):
        profiles = self.Profile.search([("partner_id", "=", self.shared.id)])
        revenue = {profile.company_id: profile.revenue for profile in profiles}
        self.assertEqual(revenue, {self.company: 300, self.other: 7})

    def test_a_customer_of_one_company_is_none_of_the_other(self):
        alone = self._create_customer("One only")
        self._create_order(alone, 3)
        self._refresh_changed()
        profiles = self.Profile.search([("partner_id", "=", alone.id)])
        self.assertEqual(profiles.company_id, self.company)

    def test_a_contact_nobody_sold_to_is_a_prospect_of_both(self):
        prospect = self._create_customer("Prospect")
        self._refresh_changed()
        profiles = self.Profile.search([("partner_id", "=", prospect.id)])
        self.assertEqual(profiles.company_id, self.company + self.other)

    def test_a_user_sees_nothing_of_the_other_company(self):
        for model in OWN_DATA:
            ours = self.env[model].search([("company_id", "=", self.company.id)])
            self.assertTrue(ours, model)
            records = self.env[model].with_user(self.other_manager)
            found = records.with_context(active_test=False).search([])
            self.assertNotIn(self.company, found.sudo().company_id, model)
            with self.assertRaises(AccessError):
                ours.with_user(self.other_manager).read(["company_id"])

    def test_partner_fields_are_those_of_the_current_company(self):
        here = self.shared.with_company(self.company)
        there = self.shared.with_company(self.other)
        self.assertEqual(here.relationship_profile_id.revenue, 300)
        self.assertEqual(there.relationship_profile_id.revenue, 7)

    def test_a_rule_run_by_a_person_stays_in_that_persons_companies(self):
        run = self.rule.with_user(self.other_manager)._run()
        self.assertFalse(self.Touch.search([("run_id", "=", run.id)]))
        self.assertEqual(run.company_id, self.other)
