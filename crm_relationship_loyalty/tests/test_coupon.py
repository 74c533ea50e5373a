from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.crm_relationship.tests.entry_case import EntryCase
from odoo.addons.crm_relationship_loyalty.hooks import uninstall_hook


@tagged("post_install", "-at_install")
class TestCoupon(EntryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.env["loyalty.program"].create(
            {"name": "Ten off", "program_type": "coupons"}
        )
        cls.program.company_id = False

    def _create_coupon_rule(self, **values):
        return self._create_rule(
            "coupon", **{"coupon_program_id": self.program.id, **values}
        )

    def _get_coupons(self, customer):
        return self.env["loyalty.card"].search([("partner_id", "=", customer.id)])

    def test_a_customer_gets_one_coupon_per_occurrence(self):
        rule = self._create_coupon_rule(coupon_days=10, coupon_points=2)
        customer = self._create_invited()
        rule._run()
        rule._run()
        coupon = self._get_coupons(customer)
        self.assertEqual(len(coupon), 1)
        self.assertEqual(coupon.program_id, self.program)
        self.assertEqual(coupon.points, 2)
        self.assertEqual(coupon.expiration_date, self.today + timedelta(days=10))
        self.assertEqual(coupon.history_ids.mapped("issued"), [2])
        touch = self.Touch.search([("rule_id", "=", rule.id)])
        self.assertEqual(touch.coupon_id, coupon)

    def test_a_step_gives_a_coupon_too(self):
        view = self.env.ref("crm_relationship.relationship_rule_view_form_step")
        arch = self.env["relationship.rule"].get_view(view.id, "form")["arch"]
        for name in ("coupon_program_id", "coupon_points", "coupon_days"):
            self.assertIn(f'name="{name}"', arch)

    def test_a_coupon_without_days_does_not_expire(self):
        rule = self._create_coupon_rule(coupon_days=0)
        customer = self._create_invited()
        rule._run()
        self.assertFalse(self._get_coupons(customer).expiration_date)

    def test_the_program_writes_only_where_the_rule_contacts_by_email(self):
        template = self.env["mail.template"].create(
            {
                "name": "Your coupon",
                "model_id": self.env["ir.model"]._get_id("loyalty.card"),
                "subject": "Your coupon",
                "partner_to": "{{ object.partner_id.id }}",
            }
        )
        self.program.communication_plan_ids = [
            Command.create({"trigger": "create", "mail_template_id": template.id})
        ]
        email = self.env.ref("crm_relationship.channel_email")
        for channel, sent in ((self.rule.channel_id, 0), (email, 1)):
            rule = self._create_coupon_rule(channel_id=channel.id, purpose="service")
            customer = self._create_invited(email=f"c{sent}@choco.test")
            with patch.object(self.env.registry["mail.mail"], "send") as send:
                rule._run()
            self.assertEqual(len(self._get_coupons(customer)), 1)
            mails = self._get_mails(customer).filtered(
                lambda mail: mail.subject == "Your coupon"
            )
            self.assertEqual(len(mails), sent)
            send.assert_not_called()
            rule.active = False

    def test_a_rule_without_a_program_with_coupons_is_refused(self):
        promotion = self.env["loyalty.program"].create(
            {"name": "For all", "program_type": "promotion"}
        )
        for program in (self.env["loyalty.program"], promotion):
            with self.assertRaises(ValidationError):
                self._create_coupon_rule(coupon_program_id=program.id)
        rule = self._create_coupon_rule()
        self.assertFalse(rule.problem)
        self.assertIn("Ten off", rule.sentence)
        self.program.active = False
        self.assertIn("archived", rule.problem)

    def test_a_program_of_one_company_needs_a_rule_of_that_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.program.company_id = self.company
        self._create_coupon_rule(company_id=self.company.id)
        for company in (self.env["res.company"], other):
            with self.assertRaises(ValidationError):
                self._create_coupon_rule(company_id=company.id)

    def test_without_the_add_on_its_rules_are_archived(self):
        rule = self._create_coupon_rule()
        uninstall_hook(self.env)
        self.assertFalse(rule.active)
        self.assertEqual(rule.state, "off")
