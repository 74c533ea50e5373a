from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestStage(RelationshipCase):
    def _get_stage_name(self, *days, **values):
        customer = self._create_customer()
        self._create_history(customer, days, **values)
        return self._get_profile(customer).stage_id.name

    def test_default_funnel(self):
        for days, expected in (
            ((), "New contact"),
            ((10,), "First purchase"),
            ((10, 10), "First purchase"),
            ((10, 40), "Second purchase"),
            ((10, 40, 70), "Frequent buyer"),
            ((29, 30, 31), "Frequent buyer"),
            ((30, 40, 50), "At risk"),
            ((200,), "At risk"),
            ((399, 399), "At risk"),
            ((400,), "Lost"),
            ((400, 800), "Lost"),
            ((120, 150, 180), "Lost"),
            ((89, 99, 109), "At risk"),
            ((5, 405), "Won back"),
            ((5, 371), "Second purchase"),
            ((5, 200, 230, 260, 290), "Won back"),
            ((5, 35, 230, 260, 290, 320), "Frequent buyer"),
        ):
            with self.subTest(days=days):
                self.assertEqual(self._get_stage_name(*days), expected)

    def test_quotation_is_a_stage_only_before_the_first_order(self):
        customer = self._create_customer()
        self._create_order(customer, 3, state="sent")
        self.assertEqual(self._get_profile(customer).stage_id.name, "Quotation")
        self._create_order(customer, 1)
        self.assertEqual(self._get_profile(customer).stage_id.name, "First purchase")

    def test_every_profile_has_one_stage_and_its_last_move_says_which(self):
        for days in ((), (3,), (3, 30), (3, 30, 60), (400,), (3, 500)):
            self._create_history(self._create_customer(), days)
        self._refresh_changed()
        profiles = self.Profile.search([])
        self.assertNotIn(self.Stage, [profile.stage_id for profile in profiles])
        for profile in profiles:
            self.assertEqual(profile.move_ids[0].to_stage_id, profile.stage_id)

    def test_moves_say_from_where_to_where_and_why(self):
        customer = self._create_customer()
        self._create_history(customer, (70, 60, 50))
        self.Profile._refresh(self.company, customer.ids, as_of=self._days_ago(45))
        self.Profile._refresh(self.company, customer.ids)
        moves = self.Move.search([("partner_id", "=", customer.id)])
        self.assertEqual(
            [(move.from_stage_id.name, move.to_stage_id.name) for move in moves],
            [("Frequent buyer", "At risk"), (False, "Frequent buyer")],
        )
        move = moves[0]
        self.assertTrue(move.automatic)
        self.assertEqual(move.reason, "Last order 50 days ago; usually every 10 days.")
        self.assertEqual(move.evidence["days_since_order"], 50)
        self.assertEqual(move.evidence["rhythm_ratio"], 5)
        self.assertEqual(move.user_id, self.salesman)
        self.assertEqual(move.date, self.today)

    def test_second_placing_moves_nobody(self):
        self._create_history(self._create_customer(), (3, 30))
        self._refresh_changed()
        self.assertEqual(self.Profile._place(self.company), 0)

    @mute_logger("odoo.sql_db")
    def test_a_broken_rule_is_refused_and_the_message_names_the_error(self):
        stage = self.env.ref("crm_relationship.stage_first")
        for domain, expected in (
            ("[('no_such_field', '=', 1)]", "no_such_field"),
            ("[('order_count', '=', 1)", "not a list of conditions"),
            ("[('order_count', 'resembles', 1)]", "resembles"),
            ("order_count > 1", "order_count"),
            ("[('order_count', '>', 'many')]", "many"),
            ("[('last_order_date', '>', 'soon')]", "soon"),
            ("__import__('os').system('true')", "First purchase"),
        ):
            with (
                self.subTest(domain=domain),
                self.assertRaises(ValidationError) as caught,
                self.env.cr.savepoint(),
            ):
                stage.domain = domain
            self.assertIn("First purchase", str(caught.exception))
            self.assertIn(expected, str(caught.exception))

    @mute_logger("odoo.addons.crm_relationship.models.relationship_placing_mixin")
    def test_a_rule_that_breaks_later_stops_no_refresh(self):
        self.env.cr.execute(
            "UPDATE relationship_stage SET domain = %s WHERE id = %s",
            (
                "[('gone_field', '=', 1)]",
                self.env.ref("crm_relationship.stage_frequent").id,
            ),
        )
        self.Stage.invalidate_model()
        self.assertEqual(self._get_stage_name(10), "First purchase")

    def test_a_changed_rule_places_the_customers_again(self):
        customer = self._create_customer()
        self._create_history(customer, (10, 40))
        profile = self._get_profile(customer)
        self.env.ref(
            "crm_relationship.stage_frequent"
        ).domain = "[('order_day_count', '>=', 2)]"
        self.assertEqual(profile.stage_id.name, "Frequent buyer")

    def test_the_highest_sequence_that_matches_decides(self):
        customer = self._create_customer()
        self._create_order(customer, 10, amount=5000)
        profile = self._get_profile(customer)
        low = self.Stage.create(
            {"name": "Low", "sequence": 31, "domain": "[('revenue', '>', 1000)]"}
        )
        high = self.Stage.create(
            {"name": "High", "sequence": 32, "domain": "[('revenue', '>', 1000)]"}
        )
        self.assertEqual(profile.stage_id, high)
        low.sequence = 33
        self.assertEqual(profile.stage_id, low)

    def test_a_rule_may_look_at_the_customer_itself(self):
        tag = self.env["res.partner.category"].create({"name": "VIP"})
        customer = self._create_customer(category_id=[(4, tag.id)])
        self._create_order(customer, 10)
        other = self._create_customer("Other")
        vip = self.Stage.create(
            {
                "name": "VIP",
                "sequence": 100,
                "domain": "[('partner_id.category_id.name', '=', 'VIP')]",
            }
        )
        self.assertEqual(self._get_profile(customer).stage_id, vip)
        self.assertEqual(self._get_profile(other).stage_id.name, "New contact")

    def test_archiving_a_stage_places_its_customers_elsewhere(self):
        customer = self._create_customer()
        self._create_history(customer, (10, 40))
        profile = self._get_profile(customer)
        self.env.ref("crm_relationship.stage_second").active = False
        self.assertEqual(profile.stage_id.name, "New contact")

    def test_the_last_stage_open_to_everybody_stays(self):
        contact = self.env.ref("crm_relationship.stage_contact")
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            contact.active = False
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            contact.domain = "[('order_count', '=', 0)]"
        self.assertTrue(contact.is_fallback)

    def test_every_company_keeps_a_stage_open_to_everybody(self):
        self.env["res.company"].create({"name": "Other"})
        contact = self.env.ref("crm_relationship.stage_contact")
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            contact.company_id = self.company

    def test_a_stage_that_becomes_another_companys_lets_its_customers_go(self):
        other = self.env["res.company"].create({"name": "Other"})
        customer = self._create_customer()
        self._create_order(customer, 10)
        profile = self._get_profile(customer)
        self.env.ref("crm_relationship.stage_first").company_id = other
        self.assertEqual(profile.stage_id.name, "New contact")

    def test_dragging_stages_places_the_customers_once(self):
        customer = self._create_customer()
        self._create_order(customer, 10)
        self._refresh_changed()
        moves = self.Move.search_count([])
        stages = self.Stage.search([], order="sequence")
        placed = []
        profile_class = type(self.Profile)
        place = profile_class._place
        self.patch(
            profile_class,
            "_place",
            lambda records, *args, **options: (
                placed.append(args) or place(records, *args, **options)
            ),
        )
        stages.web_resequence({})
        self.assertEqual(len(placed), self.env["res.company"].search_count([]))
        self.assertEqual(self.Move.search_count([]), moves)

    def test_a_stage_with_a_history_can_not_be_deleted(self):
        self._get_stage_name(10)
        with self.assertRaises(UserError):
            self.env.ref("crm_relationship.stage_first").unlink()

    def test_a_stage_of_another_company_takes_nobody_here(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.Stage.create(
            {
                "name": "Theirs",
                "sequence": 200,
                "company_id": other.id,
                "domain": "[('order_count', '>', 0)]",
            }
        )
        self.assertEqual(self._get_stage_name(10), "First purchase")

    def test_counts_of_a_stage(self):
        self._create_order(self._create_customer(), 400)
        self._refresh_changed()
        stage = self.env.ref("crm_relationship.stage_first")
        self.assertEqual((stage.profile_count, stage.match_count), (0, 1))

    def test_empty_columns_are_shown(self):
        groups = self.Profile.with_context(read_group_expand=True).web_read_group(
            [("id", "=", 0)], ["stage_id"], ["revenue:sum"]
        )
        self.assertEqual(len(groups["groups"]), 8)


@tagged("post_install", "-at_install", "crm_relationship")
class TestStageByHand(RelationshipCase):
    def setUp(self):
        super().setUp()
        customer = self._create_customer()
        self._create_order(customer, 10)
        self.profile = self._get_profile(customer).with_user(self.salesman)
        self.lost = self.env.ref("crm_relationship.stage_lost")

    def test_dragging_pins_the_stage_and_logs_who_did_it(self):
        self.profile.write({"stage_id": self.lost.id})
        self.Profile._refresh(self.company)
        self.assertEqual(self.profile.stage_id, self.lost)
        self.assertEqual(
            self.profile.stage_pinned_until, self.today + timedelta(days=90)
        )
        move = self.profile.move_ids[0]
        self.assertFalse(move.automatic)
        self.assertEqual(move.create_uid, self.salesman)
        self.assertEqual(move.from_stage_id.name, "First purchase")
        self.assertEqual(move.reason, "Moved by hand.")

    def test_the_form_asks_for_reason_and_end(self):
        wizard = Form(
            self.env["relationship.stage.pin"]
            .with_user(self.salesman)
            .with_context(active_ids=self.profile.ids)
        )
        wizard.stage_id = self.lost
        wizard.reason = "Closed the shop"
        wizard.save().action_apply()
        self.assertEqual(self.profile.stage_id, self.lost)
        self.assertEqual(self.profile.move_ids[0].reason, "Closed the shop")

    def test_the_end_can_not_be_past(self):
        with self.assertRaises(ValidationError):
            self.profile._pin(self.lost, "x", self.today - timedelta(days=1))

    def test_after_its_last_day_the_rules_decide_again(self):
        self.profile._pin(self.lost, "On holiday", self.today)
        self.Profile._refresh(self.company)
        self.assertEqual(self.profile.stage_id, self.lost)
        self.Profile._refresh(self.company, as_of=self.today + timedelta(days=1))
        self.assertEqual(self.profile.stage_id.name, "First purchase")
        self.assertFalse(self.profile.stage_pinned_until)
        self.assertTrue(self.profile.move_ids[0].automatic)

    def test_release_lets_the_rules_decide_at_once(self):
        self.profile._pin(self.lost, "Mistake")
        self.profile.action_unpin()
        self.assertEqual(self.profile.stage_id.name, "First purchase")
        self.assertFalse(self.profile.stage_pinned_until)

    def test_facts_can_not_be_written(self):
        with self.assertRaises(AccessError):
            self.profile.write({"revenue": 1000000})
        with self.assertRaises(AccessError):
            self.profile.write({"stage_id": self.lost.id, "active": False})
        with self.assertRaises(AccessError):
            self.profile.write({"stage_pinned_until": self.today})

    def test_a_stage_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.Stage.create({"name": "Theirs", "company_id": other.id})
        with self.assertRaises(ValidationError):
            self.profile.sudo().write({"stage_id": theirs.id})
