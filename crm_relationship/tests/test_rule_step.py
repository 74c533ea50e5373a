from ast import literal_eval
from datetime import timedelta

from lxml import etree

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .entry_case import EntryCase

FAILURE = "odoo.addons.crm_relationship.models.relationship_rule_failure"


@tagged("post_install", "-at_install", "crm_relationship")
class TestRuleStep(EntryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.call = cls._create_rule(name="Call")
        cls.step = cls._create_step()

    @classmethod
    def _create_step(cls, **values):
        return cls.Rule.create(
            {
                "name": "Write",
                "parent_id": cls.call.id,
                "wait_days": 10,
                "action_kind": "tag",
                "tag_id": cls.tag.id,
            }
            | values
        )

    def _act(self, days=0, **values):
        """A customer for whom the rule acted so many days ago."""
        customer = self._create_invited(**values)
        self._put_back(customer, days)
        self.call.start_date = self._days_ago(days)
        self.call.apply(self.call.evaluate(self._days_ago(days)))
        self._put_touches_back(customer, days)
        return customer

    def _put_touches_back(self, customer, days):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE relationship_touch SET create_date = create_date - %s * INTERVAL"
            " '1 day' WHERE partner_id = %s",
            [days, customer.id],
        )
        self.env.invalidate_all()

    def _get_steps(self, customer, as_of=None):
        return self._get_outcomes(self.step, customer, as_of)

    def _in(self, days):
        return self.today + timedelta(days=days)

    def test_a_step_follows_so_many_days_after_the_rule_acted_and_once(self):
        customer = self._act()
        found = {days: self._get_steps(customer, self._in(days)) for days in (9, 10)}
        self.assertEqual(found, {9: [], 10: ["treated"]})
        for days in (10, 11, 20):
            self.step.apply(self.step.evaluate(self._in(days)))
        touches = self._get_touches(customer)
        self.assertEqual(touches.rule_id, self.call + self.step)
        self.assertEqual(len(touches), 2)
        self.assertEqual(touches[1].occurrence, str(touches[0].id))
        self.assertEqual(customer.category_id, self.tag)
        self.assertIn("Goes on with “Call” of", touches[1].reason)

    def test_days_without_a_run_are_caught_up_and_then_it_is_too_late(self):
        customer = self._act()
        self.assertEqual(self._get_steps(customer, self._in(24)), ["treated"])
        self.assertEqual(self._get_steps(customer, self._in(25)), [])

    def test_whom_the_rule_left_alone_gets_no_step(self):
        customer = self._act(12)
        self.assertEqual(self._get_steps(customer), ["treated"])
        touch = self._get_touches(customer)
        for state in ("held_out", "skipped"):
            touch.sudo().state = state
            self.assertEqual(self._get_steps(customer), [])

    def test_an_order_since_then_reaches_the_goal(self):
        customer = self._act(12)
        order = self._create_order(customer, 3)
        self._refresh_changed()
        self.assertEqual(self._get_steps(customer), [])
        self.step.goal = "none"
        self.assertEqual(self._get_steps(customer), ["treated"], "it always goes on")
        self.step.goal = "order"
        order._action_cancel()
        self._refresh_changed()
        self.assertEqual(self._get_steps(customer), ["treated"])

    def test_an_order_before_the_rule_acted_reaches_nothing(self):
        customer = self._create_customer()
        self._create_order(customer, 12)
        self._refresh_changed()
        self._enter(customer)
        self._put_back(customer, 12)
        self.call.start_date = self._days_ago(12)
        self.call.apply(self.call.evaluate(self._days_ago(12)))
        self._put_touches_back(customer, 12)
        self.assertEqual(self._get_steps(customer), ["treated"])

    def test_an_order_later_on_the_same_day_reaches_the_goal(self):
        customer = self._act(12)
        self._create_order(customer, 12)
        self._refresh_changed()
        self._enter(customer)
        touch = self._get_touches(customer)
        self.assertEqual(touch.evidence["order_count"], 0)
        self.assertEqual(self._get_steps(customer), [])

    def test_a_contact_since_then_reaches_the_goal_and_our_own_email_not(self):
        customer = self._act(12)
        self.step.goal = "contact"
        talk = {
            "partner_id": customer.id,
            "company_id": self.company.id,
            "channel_id": self.env.ref("crm_relationship.channel_phone").id,
            "subject": "Talk",
            "date": self._days_ago(5),
        }
        interaction = self.env["relationship.interaction"].create(
            talk | {"direction": "out"}
        )
        self.assertEqual(self._get_steps(customer), ["treated"])
        for direction in ("in", "both"):
            interaction.direction = direction
            self.assertEqual(self._get_steps(customer), [], direction)
        interaction.date = self._days_ago(13)
        self.assertEqual(self._get_steps(customer), ["treated"])

    def test_who_was_reached_from_the_work_list_gets_no_step(self):
        self.step.goal = "contact"
        for outcome, found in (
            ("interested", []),
            ("not_now", []),
            ("no_answer", ["treated"]),
        ):
            customer = self._act(12)
            activity = self._get_activities(customer)
            self.env["relationship.today"].log_outcome(
                activity.id, outcome, {"days": 3}
            )
            self.assertEqual(self._get_steps(customer), found, outcome)

    def test_who_left_the_stage_gets_no_step(self):
        customer = self._act(12)
        self.assertEqual(self._get_steps(customer), ["treated"])
        self._enter(customer, self.contact_stage)
        self.assertEqual(self._get_steps(customer), [])
        self._enter(customer)
        self.assertEqual(self._get_steps(customer), [], "another occurrence")

    def test_a_complaint_has_steps_while_it_is_open(self):
        customer = self._create_prospect()
        self.env["relationship.case"].create(
            {
                "name": "Crushed",
                "kind": "complaint",
                "partner_id": customer.id,
                "date_open": f"{self._days_ago(14)} 12:00:00",
            }
        )
        rule = self._create_rule(trigger="complaint", trigger_days=2)
        step = self._create_step(parent_id=rule.id, goal="none", action_kind="activity")
        rule.apply(rule.evaluate(self._days_ago(12)))
        self.assertTrue(step.skip_complaint)
        self.assertEqual(self._get_outcomes(step, customer), ["treated"])

    def _begin(self, **values):
        """A rule that has acted 12 days ago, and its step."""
        rule = self._create_rule(**values)
        step = self._create_step(parent_id=rule.id, goal="none")
        rule.apply(rule.evaluate())
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE relationship_touch SET date = date - 12 WHERE rule_id = %s",
            [rule.id],
        )
        self.env.invalidate_all()
        return step

    def test_who_has_answered_about_a_consent_gets_no_step(self):
        customer = self._create_customer()
        self._create_history(customer, (25, 15, 5))
        self._refresh_changed()
        step = self._begin(trigger="consent", trigger_days=30)
        self.assertEqual(self._get_outcomes(step, customer), ["treated"])
        self.env["relationship.consent"].create(
            {
                "partner_id": customer.id,
                "purpose": "offers",
                "channel_id": step.parent_id.consent_channel_id.id,
                "state": "declined",
            }
        )
        self.assertEqual(self._get_outcomes(step, customer), [])

    def test_a_quotation_that_was_cancelled_has_no_more_steps(self):
        customer = self._create_prospect()
        order = self._create_order(customer, 8, state="sent")
        order.relationship_sent_date = f"{self._days_ago(8)} 12:00:00"
        step = self._begin(trigger="quotation", trigger_days=5)
        self.assertEqual(self._get_outcomes(step, customer), ["treated"])
        order._action_cancel()
        self.assertEqual(self._get_outcomes(step, customer), [])

    def test_who_meets_the_condition_no_more_gets_no_step(self):
        customer = self._create_prospect(city="Gramado")
        domain = "[('partner_id.city', '=', 'Gramado')]"
        step = self._begin(trigger="domain", trigger_domain=domain, state="off")
        step.parent_id.write({"state": "on"})
        self.assertEqual(self._get_outcomes(step, customer), ["treated"])
        customer.city = "Canela"
        self.assertEqual(self._get_outcomes(step, customer), [])

    def test_the_latest_touch_of_the_rule_is_what_counts(self):
        customer = self._act(12)
        self._enter(customer, self.contact_stage)
        move = self._enter(customer)
        self.call.apply(self.call.evaluate())
        touches = self._get_touches(customer)
        self.assertEqual(len(touches), 2, move.display_name)
        self.assertEqual(self._get_steps(customer), [])
        self.assertEqual(self._get_steps(customer, self._in(10)), ["treated"])

    def test_steps_wait_one_after_the_other(self):
        second = self._create_step(name="Tag", wait_days=20)
        customer = self._act()
        for days in (10, 15, 20):
            for step in (self.step, second):
                step.apply(step.evaluate(self._in(days)))
        dates = self._get_touches(customer).mapped("date")
        self.assertEqual(dates, [self.today, self._in(10), self._in(20)])

    def test_a_merged_customer_keeps_its_steps(self):
        customer = self._act(12)
        survivor = self._create_prospect()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((survivor + customer).ids, survivor)
        self.step.write({"goal": "order"})
        self.step.apply(self.step.evaluate())
        self.step.apply(self.step.evaluate())
        self.assertLessEqual(len(self._get_touches(survivor)), 2)

    def test_steps_are_switched_and_archived_with_their_rule(self):
        self.assertEqual(self.step.state, "on")
        self.call.state = "off"
        self.assertEqual(self.step.state, "off")
        self.call.active = False
        self.assertFalse(self.step.active)
        self.call.write({"active": True, "state": "on"})
        self.assertTrue(self.step.active)
        self.assertEqual(self.step.state, "on")
        self.step.state = "paused"
        self.assertEqual(self.call.state, "on")

    def test_steps_heed_the_guards_of_their_rule_unless_they_have_their_own(self):
        other = self._create_step(name="Offer", purpose="offers")
        guards = {"skip_complaint": False, "daily_capacity": 5, "late_days": 3}
        self.call.write(guards | {"purpose": "research"})
        self.assertEqual(self.step.purpose, "research")
        self.assertEqual(other.purpose, "offers", "its own")
        for step in (self.step, other, self._create_step(name="Later")):
            self.assertEqual({name: step[name] for name in guards}, guards)

    def test_a_step_added_with_another_purpose_of_the_rule_follows_it(self):
        form = Form(self.call.with_user(self.manager))
        with form.step_ids.new() as line:
            line.name = "Ask"
            line.wait_days = 20
            line.action_kind = "tag"
            line.tag_id = self.tag
            self.assertEqual(line.purpose, "service")
        form.purpose = "offers"
        rule = form.save()
        self.assertEqual(set(rule.step_ids.mapped("purpose")), {"offers"})

    def test_a_step_that_paused_shows_on_its_rule(self):
        self.assertFalse(self.call.problem)
        self.call.state = "on"
        self.step.state = "paused"
        self.assertIn("The step “Write” has paused", self.call.problem)
        self.step.active = False
        self.assertFalse(self.call.problem, "it was stopped")

    def test_a_step_that_paused_begins_anew_with_its_rule(self):
        self.step.write({"failure_count": 4})
        with mute_logger(FAILURE):
            self.step._count_failure("Broken")
        self.assertEqual((self.step.state, self.call.state), ("paused", "on"))
        self.call.action_switch_off()
        self.call._switch_on("all")
        self.assertEqual((self.step.state, self.step.failure_count), ("on", 0))
        self.assertFalse(self.step.pause_reason)
        self.step._count_failure("Broken")
        self.assertEqual(self.step.state, "on")

    def _break_template(self):
        """As when an add-on goes; Odoo itself refuses to save it."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_template SET subject = JSONB_BUILD_OBJECT('en_US', %s::text)"
            " WHERE id = %s",
            ["{{ object.nothing_like_it }}", self.template.id],
        )
        self.env.invalidate_all()

    def test_a_rule_with_a_step_that_fails_is_not_switched_on(self):
        step = self._create_step(action_kind="email", template_id=self.template.id)
        self.call.state = "off"
        self._break_template()
        with self.assertRaisesRegex(ValidationError, "“Write”: .*“Welcome”"):
            self.call._switch_on("all")
        step.unlink()
        self.call._switch_on("all")
        self.assertEqual(self.step.state, "on")

    def test_a_step_of_a_running_rule_has_to_be_able_to_act(self):
        self._break_template()
        email = {"action_kind": "email", "template_id": self.template.id}
        with self.assertRaises(ValidationError):
            self._create_step(**email)
        channel = self.env.ref("crm_relationship.channel_email")
        with self.assertRaises(ValidationError):
            self.step.write(email | {"channel_id": channel.id})

    def test_a_copy_has_its_own_steps_and_is_off(self):
        copy = self.call.copy()
        self.assertEqual(len(copy.step_ids), 1)
        self.assertEqual((copy.state, copy.step_ids.state), ("off", "off"))

    def test_a_rule_goes_with_its_steps_unless_one_has_acted(self):
        (self.call.copy()).unlink()
        customer = self._act(12)
        self.step.apply(self.step.evaluate())
        self.assertEqual(len(self._get_touches(customer)), 2)
        with self.assertRaises(UserError):
            self.call.unlink()

    def test_a_step_that_acted_is_stopped_on_the_form_of_its_rule(self):
        customer = self._act(12)
        self.step.apply(self.step.evaluate())
        form = Form(self.call.with_user(self.manager))
        with form.step_ids.edit(0) as line:
            line.active = False
        rule = form.save()
        self.assertFalse(self.step.active)
        self.assertEqual(rule.step_ids, self.step, "it is still shown")
        self.assertNotIn(self.step._say_step(), rule.sentence)
        self.assertEqual(len(self._get_touches(customer)), 2)

    def test_a_step_that_acted_and_is_removed_is_stopped(self):
        self._act(12)
        self.step.apply(self.step.evaluate())
        form = Form(self.call.with_user(self.manager))
        form.step_ids.remove(0)
        form.save()
        self.assertTrue(self.step.exists())
        self.assertFalse(self.step.active)
        new = self._create_step()
        new.unlink()
        self.assertFalse(new.exists())

    def test_a_rule_that_is_saved_again_starts_no_step_that_was_stopped(self):
        self.step.active = False
        self.call.write({"active": True, "name": "Call again"})
        self.assertFalse(self.step.active)

    def test_a_rule_that_is_restored_starts_no_step_that_was_stopped(self):
        stopped = self._create_step(wait_days=20)
        stopped.active = False
        for _again in range(2):
            self.call.active = False
            self.assertFalse(self.step.active)
            self.call.active = True
            self.assertTrue(self.step.active)
            self.assertFalse(stopped.active)

    def test_steps_have_a_rule_and_no_steps(self):
        with self.assertRaises(ValidationError):
            self._create_rule(trigger="step")
        with self.assertRaises(ValidationError):
            self._create_step(parent_id=self.step.id)
        with self.assertRaises(ValidationError):
            self.step.trigger = "stage"

    def test_steps_are_added_on_the_form_of_their_rule(self):
        form = Form(self.call.with_user(self.manager))
        with form.step_ids.new() as line:
            line.name = "Write later"
            line.wait_days = 20
            line.action_kind = "email"
            line.template_id = self.template
        rule = form.save()
        step = rule.step_ids.filtered(lambda step: step.wait_days == 20)
        self.assertEqual((step.trigger, step.state), ("step", "on"))
        self.assertEqual(step.channel_id.reach, "email")
        self.assertIn(
            "If the customer has not ordered 20 days later: send the e-mail “Welcome”.",
            rule.sentence,
        )
        self.assertIn("“Call” acted 20 days ago", step.sentence)

    def test_a_step_opened_by_itself_shows_when_it_follows_and_no_switch(self):
        arch = etree.fromstring(self.Rule.get_view(view_type="form")["arch"])
        form = Form(self.step.with_user(self.manager))
        self.assertEqual(form.parent_id, self.call)
        form.wait_days = 12
        form.goal = "none"
        form.save()
        self.assertEqual((self.step.wait_days, self.step.goal), (12, "none"))
        for name in ("action_open_activation", "action_switch_off"):
            [button] = arch.xpath(f"//header/button[@name='{name}']")
            self.assertIn("parent_id", button.get("invisible"))
        [trigger] = arch.xpath("//field[@name='trigger']")
        self.assertEqual(trigger.get("invisible"), "parent_id")

    def test_who_administers_the_settings_sets_the_server_action_of_a_step(self):
        view = self.env.ref("crm_relationship.relationship_rule_view_form_step")
        found = {}
        for groups in ("base.group_system", "base.group_user"):
            user = self._create_user(
                groups, f"{groups},crm_relationship.group_relationship_manager"
            )
            arch = self.Rule.with_user(user).get_view(view.id, "form")["arch"]
            found[groups] = "server_action_id" in arch
        self.assertEqual(found, {"base.group_system": True, "base.group_user": False})

    def test_the_touches_of_a_rule_are_also_those_of_its_steps(self):
        customer = self._act(12)
        self.step.apply(self.step.evaluate())
        self.step.active = False
        self.assertEqual((self.call.touch_count, self.step.touch_count), (2, 1))
        action = self.call.with_user(self.manager).action_open_touches()
        touches = self.Touch.search(action["domain"])
        self.assertEqual(touches, self._get_touches(customer))

    def test_the_one_person_is_not_called_a_fallback(self):
        for name in ("relationship_rule_view_form", "relationship_rule_view_form_step"):
            view = self.env.ref(f"crm_relationship.{name}")
            arch = etree.fromstring(self.Rule.get_view(view.id, "form")["arch"])
            labels = {
                field.get("string"): field.get("invisible")
                for field in arch.xpath("//field[@name='user_id']")
            }
            self.assertIn("assign_to != 'user'", labels["Person"])
            self.assertIn("assign_to == 'user'", labels[None])
        form = Form(self.call.with_user(self.manager))
        form.assign_to = "user"
        form.user_id = self.salesman
        self.assertEqual(form.save().user_id, self.salesman)

    def test_the_list_of_rules_shows_no_steps(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_rule_action"
        )
        rules = self.Rule.search(literal_eval(action["domain"]))
        self.assertIn(self.call, rules)
        self.assertNotIn(self.step, rules)
