from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .entry_case import EntryCase

ENGINE = "odoo.addons.crm_relationship.models.relationship_rule_engine"


@tagged("post_install", "-at_install", "crm_relationship")
class TestEntryEmail(EntryCase):
    def test_an_email_is_queued_once_in_the_same_transaction(self):
        rule = self._create_rule("email")
        customer = self._create_invited(email="lia@choco.test")
        with patch.object(
            type(self.env["mail.mail"]), "send", side_effect=AssertionError
        ):
            rule._run()
            rule._run()
        mail = self._get_mails(customer)
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(mail.subject, "Welcome Café Central")
        self.assertEqual(mail.recipient_ids, customer)
        touch = self._get_touches(customer)
        self.assertEqual(touch.message_id, mail.mail_message_id)
        self.assertEqual(touch.action_kind, "email")
        self.assertFalse(self._get_activities(customer))

    def test_it_is_written_in_the_name_of_the_person_responsible(self):
        rule = self._create_rule("email")
        customer = self._create_invited(email="lia@choco.test")
        other = self._create_invited(email="b@c.test", user_id=self.other_salesman.id)
        rule.with_user(self.manager).action_run()
        for partner, user in ((customer, self.salesman), (other, self.other_salesman)):
            mail = self._get_mails(partner)
            self.assertEqual(mail.author_id, user.partner_id)
            self.assertIn(user.name, mail.body_html)

    def test_a_template_shows_no_more_than_its_sender_may_see(self):
        self.template.body_html = (
            "<t t-set='settings' t-value=\"object.env['ir.config_parameter']\"/>"
            "<t t-out=\"settings.get_param('database.secret')\"/>"
        )
        rule = self._create_rule("email")
        customer = self._create_invited(email="lia@choco.test")
        with mute_logger(ENGINE, "odoo.addons.mail.models.mail_render_mixin"):
            run = rule._run()
        self.assertEqual((run.treated_count, run.failed_count), (0, 1))
        self.assertFalse(self._get_mails(customer))
        self.assertFalse(self._get_touches(customer))

    def test_it_is_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        self.template.with_context(lang="pt_BR").subject = "Olá {{ object.name }}"
        rule = self._create_rule("email")
        customer = self._create_invited(email="a@b.test", lang="pt_BR")
        other = self._create_invited(email="b@b.test", lang="en_US")
        rule._run()
        self.assertEqual(self._get_mails(customer).subject, "Olá Café Central")
        self.assertEqual(self._get_mails(other).subject, "Welcome Café Central")

    def test_without_an_address_it_is_counted_and_done_once_there_is_one(self):
        rule = self._create_rule("email")
        customer = self._create_invited()
        invalid = self._create_invited(email="no address")
        run = rule._run()
        self.assertEqual((run.no_address_count, run.failed_count), (2, 0))
        self.assertIn("Without an e-mail address: 2.", run._get_summary())
        self.assertFalse(self._get_touches(customer))
        self.assertFalse(self._get_touches(invalid))
        self.assertEqual(self._get_excluded(rule), {"no_address": 2})
        customer.email = "lia@choco.test"
        rule._run()
        self.assertEqual(len(self._get_mails(customer)), 1)

    def test_consent_and_blacklist_of_the_email_channel_are_heeded(self):
        rule = self._create_rule("email")
        listed = self._create_invited(email="listed@choco.test")
        self.env["mail.blacklist"].create({"email": "listed@choco.test"})
        withdrawn = self._create_invited(email="withdrawn@choco.test")
        self.env["relationship.consent"].create(
            {
                "partner_id": withdrawn.id,
                "purpose": "service",
                "channel_id": rule.channel_id.id,
                "state": "withdrawn",
            }
        )
        run = rule._run()
        self.assertEqual((run.treated_count, run.refused_count), (0, 2))
        self.assertFalse(self._get_mails(listed + withdrawn))
        with self.assertRaises(ValidationError):
            rule.channel_id = self.env.ref("crm_relationship.channel_phone")

    def test_bad_templates_are_refused_or_stop_the_rule_with_a_reason(self):
        of_users = self.template.copy(
            {"model_id": self.env["ir.model"]._get_id("res.users")}
        )
        to_somebody = self.template.copy(
            {"use_default_to": False, "email_to": "boss@choco.test"}
        )
        for template in (of_users, to_somebody, self.template.browse()):
            with self.assertRaises(ValidationError):
                self._create_rule("email", template_id=template.id)
        rule = self._create_rule("email")
        self._create_invited(email="lia@choco.test")
        for change in (
            {"active": False},
            {"active": True, "model_id": of_users.model_id.id},
            {
                "model_id": self.template.model_id.id,
                "use_default_to": False,
                "partner_to": "3",
            },
        ):
            self.template.write(change)
            self.assertIn("“Welcome”", rule.problem)
            with self.assertRaises(ValidationError):
                rule._run()
        self.template.partner_to = "{{ object.id }}"
        self.assertFalse(rule.problem)
        self.assertEqual(rule._run().treated_count, 1)

    @mute_logger(ENGINE, "odoo.addons.mail.models.mail_render_mixin")
    def test_a_template_that_fails_for_one_customer_reaches_the_others(self):
        self.template.subject = "{{ 1 / (object.ref != 'bad') }}"
        rule = self._create_rule("email")
        bad = self._create_invited(email="a@b.test", ref="bad")
        good = self._create_invited(email="b@b.test")
        run = rule._run()
        self.assertEqual((run.treated_count, run.failed_count), (1, 1))
        self.assertEqual(run.error_partner_id, bad)
        self.assertEqual(len(self._get_mails(good)), 1)
        self.assertFalse(self._get_mails(bad))
        self.assertFalse(self._get_touches(bad))
        bad.ref = "x"
        rule._run()
        self.assertEqual(len(self._get_mails(bad)), 1, "tried again the next time")
        self.assertEqual(len(self._get_mails(good)), 1)

    def test_choosing_an_email_chooses_its_channel(self):
        form = Form(self.Rule.with_user(self.manager))
        form.name = "Welcome"
        form.trigger = "stage"
        form.stage_ids.add(self.stage)
        form.action_kind = "email"
        self.assertEqual(form.channel_id.reach, "email")
        self.assertEqual(form.daily_capacity, 0)
        form.template_id = self.template
        self.assertIn("send the e-mail “Welcome”", form.sentence)
        form.save()

    def test_who_is_responsible_for_nobody_writes_to_nobody(self):
        self.team.user_id = False
        rule = self._create_rule("email")
        customer = self._create_invited(email="a@b.test", user_id=False)
        self.assertEqual(self._get_outcomes(rule, customer), ["no_responsible"])


@tagged("post_install", "-at_install", "crm_relationship")
class TestEntryTag(EntryCase):
    def test_customers_are_tagged_without_a_write_on_them(self):
        rule = self._create_rule("tag")
        customers = self._create_invited() + self._create_invited()
        customers[0].category_id = self.tag
        with patch.object(
            type(self.env["res.partner"]), "write", side_effect=AssertionError
        ):
            run = rule._run()
        self.assertEqual(customers.category_id, self.tag)
        self.assertEqual(run.treated_count, 2)
        self.assertIn("Customers tagged: 2.", run._get_summary())

    def test_who_has_the_tag_already_is_not_read(self):
        rule = self._create_rule("tag")
        self._create_customer(category_id=self.tag.ids)
        customer = self._create_invited()
        before = self.tag.write_date
        self.env.invalidate_all()
        with patch.object(
            type(self.tag), "write", side_effect=AssertionError("write on the tag")
        ):
            rule._run()
        self.assertIn(customer, self.tag.partner_ids)
        self.assertEqual(self.tag.write_date, before)

    def test_a_tag_taken_away_is_not_given_again(self):
        rule = self._create_rule("tag")
        customer = self._create_invited()
        rule._run()
        customer.category_id = False
        rule._run()
        self.assertFalse(customer.category_id)

    def test_it_needs_nobody_responsible(self):
        self.team.user_id = False
        rule = self._create_rule("tag")
        customer = self._create_invited(user_id=False)
        rule._run()
        self.assertEqual(customer.category_id, self.tag)

    def test_an_archived_tag_stops_the_rule_with_a_reason(self):
        rule = self._create_rule("tag")
        self.tag.active = False
        self.assertIn("archived", rule.problem)
        with self.assertRaises(ValidationError):
            rule._run()


@tagged("post_install", "-at_install", "crm_relationship")
class TestEntryCode(EntryCase):
    def _create_code_rule(self, code, **values):
        action = self._create_code(code)
        return self._create_rule("server", server_action_id=action.id, **values)

    def test_it_runs_once_for_each_customer(self):
        rule = self._create_code_rule(
            "record.write({'ref': (record.ref or '') + 'Hello'})"
        )
        customers = self._create_invited() + self._create_invited()
        rule._run()
        rule._run()
        for customer in customers:
            self.assertEqual(customer.ref, "Hello")

    @mute_logger(ENGINE)
    def test_a_failure_touches_no_other_customer(self):
        rule = self._create_code_rule(
            "if record.ref == 'bad': raise UserError('No paper')\n"
            "record.write({'comment': 'Printed'})"
        )
        bad = self._create_invited(ref="bad")
        good = self._create_invited()
        run = rule._run()
        self.assertEqual((run.treated_count, run.failed_count), (1, 1))
        self.assertEqual((run.error, run.error_partner_id), ("No paper", bad))
        self.assertIn("Printed", good.comment)
        self.assertFalse(self._get_touches(bad))
        bad.ref = "mended"
        rule._run()
        self.assertIn("Printed", bad.comment)
        self.assertEqual(len(self._get_touches(good)), 1)

    @mute_logger(ENGINE)
    def test_what_fails_is_run_once_per_run(self):
        rule = self._create_code_rule("pass")
        self._create_invited()
        with patch.object(
            type(self.env["ir.actions.server"]), "run", side_effect=ValueError
        ) as run_code:
            rule._run()
        self.assertEqual(run_code.call_count, 1)

    def test_only_who_administers_the_settings_makes_such_a_rule(self):
        action = self._create_code("pass")
        values = {
            "name": "Mine",
            "trigger": "stage",
            "stage_ids": self.stage.ids,
            "action_kind": "server",
        }
        Rule = self.Rule.with_user(self.manager)
        with self.assertRaises(AccessError):
            Rule.create(values | {"server_action_id": action.id})
        with self.assertRaises(ValidationError):
            Rule.create(values)
        admin = self._create_user(
            "admin", "base.group_system,crm_relationship.group_relationship_manager"
        )
        rule = self.Rule.with_user(admin).create(
            values | {"server_action_id": action.id}
        )
        self.assertTrue(rule)

    def test_others_can_stop_it_and_read_it_and_nothing_else(self):
        rule = self._create_code_rule("pass").with_user(self.manager)
        self.assertIn("Tell the printer", rule.sentence)
        self.assertFalse(rule.problem)
        for vals in ({"domain": "[]"}, {"name": "Mine"}, {"action_kind": "tag"}):
            with self.assertRaises(AccessError):
                rule.write(vals)
        with self.assertRaises(AccessError):
            rule.action_run()
        with self.assertRaises(AccessError):
            rule.read(["server_action_id"])
        rule.active = False
        with self.assertRaises(AccessError):
            rule.active = True

    def test_others_can_switch_it_off_and_not_widen_a_rule_with_such_a_step(self):
        rule = self._create_rule("tag")
        step = self.Rule.create(
            {
                "name": "Then print",
                "parent_id": rule.id,
                "action_kind": "server",
                "server_action_id": self._create_code("pass").id,
            }
        )
        managed = rule.with_user(self.manager)
        with self.assertRaises(AccessError):
            managed.write({"domain": "[]"})
        managed.action_switch_off()
        self.assertEqual((rule.state, step.state), ("off", "off"))
        managed.active = False
        self.assertFalse(step.active)
        with self.assertRaises(AccessError):
            managed.active = True
        rule.active = True
        with self.assertRaises(AccessError):
            managed.action_open_activation()
        with self.assertRaises(AccessError):
            managed.write({"state": "on"})
        code = self._create_code_rule("pass")
        code.with_user(self.manager).action_switch_off()
        self.assertEqual(code.state, "off")

    def test_an_action_of_another_model_is_refused(self):
        action = self._create_code(
            "pass", model_id=self.env["ir.model"]._get_id("res.users")
        )
        with self.assertRaises(ValidationError):
            self._create_rule("server", server_action_id=action.id)

    def test_its_company_is_that_of_the_occurrence(self):
        other = self.env["res.company"].create({"name": "Other"})
        rule = self._create_code_rule(
            "record.write({'comment': env.company.name})", company_id=other.id
        )
        customer = self._create_customer(company_id=other.id)
        self._get_profile(customer, other).write({"stage_id": self.stage.id})
        rule._run()
        self.assertIn("Other", customer.comment)


@tagged("post_install", "-at_install", "crm_relationship")
class TestEntryEngine(EntryCase):
    def test_who_was_archived_or_merged_meanwhile_is_counted_as_gone(self):
        rule = self._create_rule()
        archived, merged, here = (self._create_invited() for _i in range(3))
        survivor = self._create_prospect()
        plan = rule.evaluate()
        self.assertEqual(len(plan.to_treat), 3)
        archived.active = False
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((survivor + merged).ids, survivor)
        done = rule.apply(plan)
        self.assertEqual((done["treated"], done["gone"], done["failed"]), (1, 2, 0))
        self.assertEqual(len(self._get_activities(here)), 1)
        self.assertFalse(self._get_touches(archived))

    def test_the_stage_says_who_is_responsible(self):
        rule = self._create_rule()
        customer = self._create_invited()
        profile = self._get_profile(customer)

        def check(user):
            profile.invalidate_recordset()
            [item] = rule.evaluate().items
            self.assertEqual(item.user_id, user.id)
            self.assertEqual(profile.stage_owner_id, user)
            for other in self.salesman + self.leader + self.other_salesman:
                found = self.Profile.search([("stage_owner_id", "=", other.id)])
                self.assertEqual(profile in found, other == user, other.name)
                named = self.Profile.search([("stage_owner_id", "ilike", other.name)])
                self.assertEqual(profile in named, other == user, other.name)

        check(self.salesman)
        self.stage.owner_rule = "leader"
        check(self.leader)
        self.stage.write({"owner_rule": "user", "owner_id": self.other_salesman.id})
        check(self.other_salesman)
        self.other_salesman.active = False
        check(self.salesman)
        self.salesman.active = False
        check(self.leader)
        self.leader.active = False
        profile.invalidate_recordset()
        self.assertFalse(profile.stage_owner_id)
        self.assertIn(profile, self.Profile.search([("stage_owner_id", "=", False)]))

    def test_who_does_not_work_in_the_company_is_not_responsible(self):
        rule = self._create_rule()
        profile = self._get_profile(self._create_invited())
        self.stage.write({"owner_rule": "user", "owner_id": self.other_salesman.id})
        other = self.env["res.company"].create({"name": "Other"})
        self.other_salesman.write({"company_id": other.id, "company_ids": other.ids})
        [item] = rule.evaluate().items
        self.assertEqual(item.user_id, self.salesman.id)
        self.assertEqual(profile.stage_owner_id, self.salesman)
        found = self.Profile.search([("stage_owner_id", "=", self.salesman.id)])
        self.assertIn(profile, found)
        found = self.Profile.search([("stage_owner_id", "=", self.other_salesman.id)])
        self.assertNotIn(profile, found)

    def test_who_sees_a_customer_sees_who_is_responsible(self):
        self.stage.write({"owner_rule": "user", "owner_id": self.leader.id})
        profile = self._get_profile(self._create_invited())
        self.assertEqual(profile.with_user(self.salesman).stage_owner_id, self.leader)
