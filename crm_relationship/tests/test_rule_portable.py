import base64
from unittest.mock import patch

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .entry_case import EntryCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestRulePortable(EntryCase, HttpCase):
    def _import(self, data, user=None):
        wizard = self.env["relationship.rule.import"].with_user(user or self.manager)
        if isinstance(data, str):
            data = data.encode()
        wizard = wizard.create({"file": base64.b64encode(data)})
        known = self.Rule.search([])
        wizard.action_import()
        return self.Rule.search([]) - known

    def _wrap(self, fields, **attributes):
        extra = " ".join(f'{name}="{value}"' for name, value in attributes.items())
        return (
            f'<odoo {extra}><record id="a" model="relationship.rule">'
            f'<field name="name">Call</field>{fields}</record></odoo>'
        )

    def _read(self, rule):
        names = set(rule._get_portable_fields())
        return {name: rule[name] for name in names}

    def test_a_rule_comes_back_as_it_went_and_is_off(self):
        rule = self._create_rule(
            "email",
            name="Welcome <&> “back”",
            domain="[('order_count', '>', 3)]",
            skip_complaint=False,
            daily_capacity=7,
            holdout_share=12.5,
            purpose="research",
        )
        again = self._import(rule._export_xml())
        self.assertEqual(self._read(again), self._read(rule))
        self.assertEqual((rule.state, again.state), ("on", "off"))

    def test_steps_come_with_their_rule(self):
        rule = self._create_rule(activity_days=5)
        self.Rule.create(
            {
                "name": "Then write",
                "parent_id": rule.id,
                "wait_days": 12,
                "goal": "contact",
                "action_kind": "email",
                "template_id": self.template.id,
            }
        )
        again = self._import(rule._export_xml())
        top = again.filtered(lambda found: not found.parent_id)
        self.assertEqual(len(again), 2)
        self.assertEqual(top.step_ids, again - top)
        for found, original in ((top, rule), (top.step_ids, rule.step_ids)):
            self.assertEqual(self._read(found), self._read(original))

    def test_every_rule_of_the_database_can_be_exported_and_imported(self):
        rules = self.Rule.with_context(active_test=False).search(
            [("parent_id", "=", False)]
        )
        again = self._import(rules._export_xml())
        again = again.filtered(lambda rule: not rule.parent_id).sorted("id")
        self.assertEqual(
            [self._read(rule) for rule in again], [self._read(rule) for rule in rules]
        )

    def test_a_number_without_an_end_is_refused(self):
        for value in ('eval="1e999">', ">nan", ">inf"):
            field = f'<field name="trigger_days" {value}</field>'
            self._assert_refused(self._wrap(field), "is no value of “Days”")

    def test_rules_of_the_same_id_are_all_shown(self):
        record = self._wrap("").removeprefix("<odoo >").removesuffix("</odoo>")
        wizard = self.env["relationship.rule.import"].create(
            {"file": base64.b64encode(f"<odoo>{record}{record}</odoo>".encode())}
        )
        [(_name, _operator, ids)] = wizard.action_import()["domain"]
        self.assertEqual(len(ids), 2)

    def test_the_file_is_one_that_odoo_itself_loads(self):
        rule = self._create_rule(
            stage_ids=[Command.set((self.stage + self.contact_stage).ids)]
        )
        root = etree.fromstring(rule._export_xml())
        self.assertEqual(root.tag, "odoo")
        [search] = root.xpath("//field[@name='stage_ids']/@search")
        self.assertIn("'Invited'", search)
        rule.stage_ids = self.contact_stage
        root = etree.fromstring(rule._export_xml())
        [refs] = root.xpath("//field[@name='stage_ids']/@eval")
        self.assertEqual(refs, "[Command.set([ref('crm_relationship.stage_contact')])]")
        [ref] = root.xpath("//field[@name='channel_id']/@ref")
        self.assertEqual(ref, "crm_relationship.channel_phone")
        self.assertFalse(root.xpath("//field[@name='state']"))

    def test_it_is_downloaded_by_who_may_change_rules(self):
        rule = self._create_rule()
        action = rule.with_user(self.manager).action_export()
        self.authenticate(self.manager.login, self.manager.login)
        response = self.url_open(action["url"])
        self.assertEqual(response.status_code, 200)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertEqual(response.content, rule._export_xml())
        self.authenticate(self.salesman.login, self.salesman.login)
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(action["url"]).status_code, 403)
        with self.assertRaises(AccessError):
            rule.with_user(self.salesman).action_export()

    def test_only_who_may_change_rules_imports_them(self):
        with self.assertRaises(AccessError):
            self._import(self._wrap(""), self.salesman)

    def test_rules_that_run_code_neither_leave_nor_come(self):
        action = self._create_code("pass")
        rule = self._create_rule("server", server_action_id=action.id)
        with self.assertRaisesRegex(UserError, "runs a server action"):
            rule.action_export()
        kind = '<field name="action_kind">server</field>'
        self._assert_refused(self._wrap(kind), "runs a server action")
        reference = '<field name="server_action_id" ref="base.x"/>'
        self._assert_refused(self._wrap(reference), "a file can't say")

    def _assert_refused(self, data, reason):
        before = self.Rule.search_count([])
        with self.assertRaisesRegex(UserError, reason), self.env.cr.savepoint():
            self._import(data)
        self.assertEqual(self.Rule.search_count([]), before)

    def test_a_file_says_nothing_but_rules(self):
        record = '<record id="a" model="res.users"><field name="name"/></record>'
        for data, reason in (
            (f"<odoo>{record}</odoo>", "Only retention rules"),
            ("<odoo><function model='x' name='y'/></odoo>", "Only retention rules"),
            ("<html/>", "Only retention rules"),
            ("<odoo/>", "no rules in the file"),
            ("not xml", "no XML"),
            (b"\xff\xfe\x00", "no XML"),
            (b" " * 1_000_001, "too big"),
            (self._wrap('<field name="state">on</field>'), "a file can't say “state”"),
            (self._wrap('<field name="company_id" ref="base.main_company"/>'), "can't"),
            (self._wrap('<field name="no_such">on</field>'), "can't say “no_such”"),
            (self._wrap('<field name="parent_id" ref="zz"/>'), "not in the file"),
            (self._wrap('<field name="holdout_share" eval="1/0"/>'), "can't be read"),
            (self._wrap('<field name="holdout_share">lots</field>'), "is no value of"),
            (self._wrap('<field name="trigger">never</field>'), "is no value of"),
            (self._wrap('<field name="name" eval="env.cr"/>'), "can't be read"),
            (
                self._wrap('<field name="name" eval="__import__(\'os\')"/>'),
                "can't be read",
            ),
            (
                self._wrap("<field name=\"tag_id\" search=\"[('id', '>', 0)]\"/>"),
                "can't be read",
            ),
            (
                self._wrap("<field name=\"tag_id\" search=\"[('color','=','1')]\"/>"),
                "is no value of",
            ),
            (
                self._wrap("<field name=\"tag_id\" search=\"[('name','=','No')]\"/>"),
                "there is no “No” here",
            ),
            (
                self._wrap('<field name="tag_id" ref="base.user_admin"/>'),
                "there is no “base.user_admin” here",
            ),
            (self._wrap("<field name=\"domain\">[('x', '=', 1)]</field>"), "“Call”"),
        ):
            self._assert_refused(data, reason)

    def test_no_other_file_can_be_read_by_it(self):
        data = (
            '<!DOCTYPE odoo [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
            + self._wrap('<field name="activity_summary">&x;</field>')
        )
        self._assert_refused(data, "Only retention rules")

    def test_what_fails_leaves_nothing_of_the_file(self):
        good = self._wrap("")
        bad = self._wrap('<field name="trigger">never</field>')
        both = good.replace("</odoo>", "") + bad.replace("<odoo >", "")
        self._assert_refused(both, "is no value of")

    def test_an_administrator_of_another_company_imports_for_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env,
            "relationship_other",
            "crm_relationship.group_relationship_manager",
            company_id=other.id,
            company_ids=other.ids,
        )
        rule = self._import(self._wrap(""), user)
        self.assertEqual(rule.company_id, other)


@tagged("post_install", "-at_install", "crm_relationship")
class TestRulePricelist(EntryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pricelist = cls.env["product.pricelist"].create({"name": "Friends"})

    def _create_pricelist_rule(self, **values):
        return self._create_rule("pricelist", pricelist_id=self.pricelist.id, **values)

    def test_customers_get_it_in_the_company_of_the_rule(self):
        rule = self._create_pricelist_rule()
        customer = self._create_invited()
        other = self.env["res.company"].create({"name": "Other"})
        rule.company_id = self.company
        rule._run()
        self.assertEqual(customer.property_product_pricelist, self.pricelist)
        elsewhere = customer.with_company(other).property_product_pricelist
        self.assertNotEqual(elsewhere, self.pricelist)
        self.assertIn("give the price list “Friends”", rule.sentence)

    def test_who_has_it_is_not_written_to(self):
        rule = self._create_pricelist_rule()
        customer = self._create_invited()
        customer.property_product_pricelist = self.pricelist
        with patch.object(
            type(self.env["res.partner"]), "write", side_effect=AssertionError
        ):
            run = rule._run()
        self.assertEqual((run.treated_count, run.failed_count), (1, 0))
        self.assertEqual(customer.property_product_pricelist, self.pricelist)

    def test_what_somebody_changed_later_is_left_so(self):
        rule = self._create_pricelist_rule()
        customer = self._create_invited()
        rule._run()
        customer.specific_property_product_pricelist = False
        rule._run()
        self.assertNotEqual(customer.property_product_pricelist, self.pricelist)

    def test_a_price_list_that_is_gone_stops_the_rule_with_a_reason(self):
        rule = self._create_pricelist_rule()
        self.pricelist.active = False
        self.assertIn("“Friends” is archived", rule.problem)
        other = self.env["res.company"].create({"name": "Other"})
        self.pricelist.write({"active": True, "company_id": other.id})
        self.assertIn("is of Other", rule.problem)


@tagged("post_install", "-at_install", "crm_relationship")
class TestPlainFields(EntryCase):
    """What others automate on: no add-on is needed to use it in a condition."""

    def test_stage_segment_and_risk_are_fields_of_a_contact(self):
        customer = self._create_invited()
        self._refresh_changed()
        profile = self._get_profile(customer)
        profile.churn_risk = 0.4
        self.env.flush_all()
        Partner = self.env["res.partner"]
        for model, domain in (
            (Partner, [("relationship_stage_id", "=", self.stage.id)]),
            (Partner, [("relationship_stage_id.name", "=", "Invited")]),
            (Partner, [("relationship_segment_id", "=", profile.segment_id.id)]),
            (Partner, [("relationship_churn_risk", ">", 0.3)]),
            (self.Profile, [("stage_id", "=", self.stage.id)]),
            (self.Profile, [("segment_id", "=", profile.segment_id.id)]),
            (self.Profile, [("churn_risk", ">", 0.3)]),
        ):
            record = customer if model is Partner else profile
            self.assertIn(record, model.search(domain), domain)
        self.assertEqual(
            customer.filtered_domain([("relationship_stage_id", "=", self.stage.id)]),
            customer,
        )
