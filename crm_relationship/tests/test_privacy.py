import io
import json
import zipfile
from datetime import timedelta

from lxml import html

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, mute_logger

from .common import RelationshipCase

NAME = "Zenóbia <b>Zquux</b> & Filhos"
EMAIL = "zenobia.zquux@example.com"
PHONE = "+351 912 345 678"
DIGITS = "351912345678"
STREET = "Rua das Magnólias 4711"
# Where the name or an address of somebody who was forgotten may be found, and why.
MAY_REMAIN = {
    ("mail_blacklist", "email"): "suppression list: goes on respecting the objection",
    ("phone_blacklist", "number"): "suppression list",
    ("sale_order", "signed_by"): "signature on an order: trade law",
    ("bus_bus", "message"): "notices to browsers; Odoo deletes them within a day",
}


class PrivacyCase(RelationshipCase):
    """A customer of whom a trace was left in every place that we know."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading("generic_coa", cls.company)
        cls.other_company = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.officer = cls._create_user(
            "officer",
            "base.group_user,base.group_partner_manager,"
            "crm_relationship.group_relationship_privacy",
            email="officer@example.org",
        )
        cls.person = cls._create_person()

    @classmethod
    def _create_person(cls):
        person = cls._create_customer(
            NAME,
            is_company=False,
            email=f"Zenobia <{EMAIL}>",
            phone=PHONE,
            street=STREET,
            street2="2.º Esq.",
            city="Lisboa",
            zip="1000-001",
            country_id=cls.env.ref("base.pt").id,
            vat="PT999999990",
            ref="CUST-4711",
            barcode="0424711",
            website="https://zquux.example.com",
            function="Confeiteira",
            comment="<p>Allergic to <b>hazelnuts</b></p>",
            sale_warn_msg="Pays late",
            category_id=[Command.create({"name": "VIP guests"})],
            bank_ids=[
                Command.create({"acc_number": "PT50 0002 0123 1234 5678 9015 4"})
            ],
            image_1920=b"R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
        )
        person.properties = [
            {
                "name": "shoe",
                "type": "char",
                "string": "Shoe size",
                "value": "38 & a half",
                "definition_changed": True,
            }
        ]
        return person

    def _create_traces(self):
        person = self.person
        self.address = self._create_customer(
            NAME, is_company=False, parent_id=person.id, type="delivery", city="Faro"
        )
        self._create_history(person, (75, 65, 55))
        self._refresh_changed()
        self.rule._run()
        self.order = self._create_order(person, 5, signed_by=NAME)
        self.quotation = self._create_order(person, 1, state="draft")
        self.foreign_order = self._create_order(
            person, 3, company_id=self.other_company.id
        )
        self._get_profile(person)._pin(
            self.env.ref("crm_relationship.stage_lost"),
            f"{NAME} moved away",
            self.today + timedelta(days=9),
        )
        self._get_profile(person)._pin(
            self.env.ref("crm_relationship.segment_risk"), f"{NAME} is angry"
        )
        self.kinship = self.env["relationship.kinship"].search([], limit=1)
        self.key_date = self.env["relationship.key.date"].create(
            {
                "partner_id": person.id,
                "kinship_id": self.kinship.id,
                "name": "Little Zquux",
                "day": 29,
                "month": "02",
            }
        )
        channel = self.env["relationship.channel"].search([], limit=1)
        self.consents = self.env["relationship.consent"].create(
            [
                {
                    "partner_id": person.id,
                    "purpose": "offers",
                    "channel_id": channel.id,
                    "state": state,
                    "proof": f"{NAME} said so on the phone",
                }
                for state in ("granted", "withdrawn")
            ]
        )
        self._create_talk()

    def _create_talk(self):
        person = self.person
        staff = self.env.ref("base.user_admin").partner_id
        person.message_post(
            body=f"A note about {NAME}",
            attachments=[("zquux-passport.txt", b"passport of Zquux")],
        )
        person.with_context(tracking_disable=False).write({"vat": "PT123456789"})
        self.env["mail.tracking.value"].flush_model()
        self.env.cr.precommit.run()
        self.env["mail.blacklist"]._add(EMAIL)
        self.env["phone.blacklist"]._add(["+" + DIGITS])
        self.open_activity = person.activity_schedule(
            "mail.mail_activity_data_call", summary=f"Call {NAME}"
        )
        self.done_activity = person.activity_schedule(
            "mail.mail_activity_data_call", summary="Call Zenóbia", note=f"at {PHONE}"
        )
        self.done_activity.action_feedback(feedback=f"{NAME} was cross")
        self.order.activity_schedule(
            "mail.mail_activity_data_todo", note=f"Write to {EMAIL}"
        )
        self.theirs = self.order.message_post(
            body=f"Please call (+351) 912-345-678. {NAME}",
            author_id=person.id,
            email_from=f"Old Name <{EMAIL}>",
            subtype_xmlid="mail.mt_comment",
        )
        self.ours = self.order.message_post(
            body=f"Dear {NAME}, we write to {EMAIL.upper()}",
            author_id=staff.id,
            partner_ids=person.ids,
            subtype_xmlid="mail.mt_comment",
        )
        self.env["payment.transaction"].create(self._prepare_transaction())
        self.pair = self.env["relationship.duplicate"].create(
            {
                "partner_id": person.id,
                "other_partner_id": self._create_customer("Somebody else").id,
                "evidence": {"email": EMAIL, "name": NAME},
            }
        )
        line = {"name": "Truffles", "price_unit": 10, "tax_ids": False}
        self.invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": person.id,
                "invoice_date": self.today,
                "invoice_line_ids": [Command.create(line)],
            }
        )
        self.invoice.action_post()

    def _prepare_transaction(self):
        everything = self.env(context={"active_test": False})
        provider = everything["payment.provider"].search([], limit=1)
        method = everything["payment.method"].search([], limit=1)
        return {
            "provider_id": provider.id,
            "payment_method_id": method.id,
            "reference": "privacy-1",
            "amount": 10,
            "currency_id": self.company.currency_id.id,
            "partner_id": self.person.id,
        }

    def _export(self, partner=None, user=None):
        """(the page as text, the data) of an export."""
        partner = (partner or self.person).with_user(user or self.officer)
        export = self.env["relationship.privacy.export"].with_user(self.officer)
        name, file = export.with_user(user or self.officer)._export(partner)
        self.assertTrue(name.endswith(".zip"))
        with file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
            page = archive.read("personal-data.html").decode()
            data = json.loads(archive.read("personal-data.json"))
        return page, {section["key"]: section for section in data["sections"]}

    def _anonymize(self, partner=None, user=None, **values):
        partner = (partner or self.person).with_user(user or self.officer)
        action = partner.action_relationship_privacy_anonymize()
        wizard = (
            self.env[action["res_model"]]
            .with_user(user or self.officer)
            .with_context(**action["context"])
            .create({"confirmation": partner.name} | values)
        )
        return wizard.action_anonymize()

    def _find(self, *needles):
        """Every place in the database that has one of these texts.

        Registered ones are left out, and what was typed into dialogs: transient tables
        are emptied within hours.

        :return: {(table, column)}
        """
        self.env.flush_all()
        transient = {
            self.env[model]._table
            for model in self.env.registry
            if self.env[model]._transient
        }
        columns = self.env.execute_query(
            SQL(
                """
                SELECT c.table_name, c.column_name
                  FROM information_schema.columns c
                  JOIN information_schema.tables t
                    ON t.table_name = c.table_name AND t.table_schema = c.table_schema
                 WHERE t.table_type = 'BASE TABLE'
                   AND c.table_schema = CURRENT_SCHEMA
                   AND c.data_type IN ('character varying', 'text', 'jsonb', 'json')
                """
            )
        )
        found = set()
        for table, column in columns:
            if table in transient:
                continue
            condition = SQL(" OR ").join(
                SQL("%s::text ILIKE %s", SQL.identifier(column), f"%{needle}%")
                for needle in needles
            )
            query = SQL(
                "SELECT FROM %s WHERE %s LIMIT 1", SQL.identifier(table), condition
            )
            if self.env.execute_query(query):
                found.add((table, column))
        return found


@tagged("post_install", "-at_install", "crm_relationship")
class TestPrivacyRights(PrivacyCase):
    def test_only_officers_export_and_anonymize(self):
        for user in (self.salesman, self.manager):
            person = self.person.with_user(user)
            for method in (
                "action_relationship_privacy_export",
                "action_relationship_privacy_anonymize",
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRaisesRegex(AccessError, "Only privacy officers"),
                ):
                    getattr(person, method)()
            with self.assertRaises(AccessError):
                self._export(user=user)
            with self.assertRaises(AccessError):
                self.env["relationship.privacy.eraser"].with_user(user)._anonymize(
                    person
                )
            with self.assertRaises(AccessError):
                self.env["relationship.privacy.anonymize"].with_user(user).create({})

    def test_no_group_of_sales_makes_an_officer(self):
        officers = self.env.ref("crm_relationship.group_relationship_privacy")
        self.assertIn(self.env.ref("base.user_admin"), officers.user_ids)
        self.assertFalse(self.manager.has_group("base.group_system"))
        self.assertNotIn(officers, self.manager.all_group_ids)

    def test_an_officer_of_another_company_gets_nothing(self):
        self.person.company_id = self.company
        stranger = self._create_user(
            "stranger",
            "crm_relationship.group_relationship_privacy",
            company_id=self.other_company.id,
            company_ids=[Command.set(self.other_company.ids)],
        )
        with self.assertRaises(AccessError):
            self._export(user=stranger)
        with self.assertRaises(AccessError):
            self._anonymize(user=stranger)

    def test_officers_read_the_log_and_nobody_writes_it(self):
        self._export()
        log = self.env["privacy.log"].with_user(self.officer)
        self.assertTrue(log.search([]))
        with self.assertRaises(AccessError):
            log.search([], limit=1).write({"additional_note": "x"})
        with self.assertRaises(AccessError):
            log.search([], limit=1).unlink()
        with self.assertRaises(AccessError):
            log.with_user(self.manager).search([])


@tagged("post_install", "-at_install", "crm_relationship")
class TestPrivacyExport(PrivacyCase):
    def setUp(self):
        super().setUp()
        self._create_traces()

    def test_every_kind_of_record_is_there(self):
        page, data = self._export()
        for key in (
            "contact",
            "bank_account",
            "key_date",
            "consent",
            "profile",
            "stage_move",
            "touch",
            "activity",
            "message",
            "email_blacklist",
            "phone_blacklist",
            "attachment",
            "order",
            "invoice",
            "online_payment",
        ):
            self.assertTrue(data[key]["records"], key)
        self.assertEqual(len(data["contact"]["records"]), 2, "with the other address")
        self.assertEqual(len(data["consent"]["records"]), 2, "with the history")
        text = html.fromstring(page).text_content()
        for words in (
            NAME,
            EMAIL,
            PHONE,
            STREET,
            "Allergic to *hazelnuts*",
            "Shoe size: 38 & a half",
            "VIP guests",
            "PT50 0002",
            "CUST-4711",
            "Little Zquux",
            "said so on the phone",
            "usually every",
            "was cross",
            "zquux-passport.txt",
            "PT999999990 → PT123456789",
            self.order.name,
        ):
            self.assertIn(words, text)

    def test_what_was_thought_of_the_customer_is_there(self):
        profile = self._get_profile(self.person)
        stages = self.Stage.search([]) - profile.stage_id
        profile._pin(profile.stage_id, "zquux-kept")
        profile._pin(stages[0], "zquux-moved")
        page, data = self._export()
        moves = data["stage_move"]["records"]
        self.assertIn("zquux-kept", [move["origin_reason"] for move in moves])
        self.assertIn("hand", [move["cause"] for move in moves])
        self.assertIn("zquux-kept", html.fromstring(page).text_content())
        [order] = [r for r in data["order"]["records"] if r["id"] == self.order.id]
        self.assertIn("relationship_order_kind", order)
        self.assertIn("relationship_confirmed_stage_id", order)

    def test_html_in_a_name_stays_text(self):
        page, _data = self._export()
        self.assertNotIn("<b>Zquux", page)
        self.assertIn("&lt;b&gt;Zquux&lt;/b&gt; &amp; Filhos", page)
        self.assertFalse(html.fromstring(page).xpath("//script|//img|//link|//iframe"))
        self.assertNotRegex(page, r"(src|@import|url\()")

    def test_machines_get_values_and_people_words(self):
        _page, data = self._export()
        [withdrawn, granted] = data["consent"]["records"]
        self.assertEqual(
            {withdrawn["state"], granted["state"]}, {"granted", "withdrawn"}
        )
        order = next(
            row for row in data["order"]["records"] if row["id"] == self.order.id
        )
        self.assertEqual(order["amount_total"], self.order.amount_total)
        self.assertEqual(
            order["date_order"], fields.Datetime.to_string(self.order.date_order)
        )

    def test_documents_of_other_companies_stay_there(self):
        page, data = self._export()
        orders = {row["id"] for row in data["order"]["records"]}
        self.assertIn(self.order.id, orders)
        self.assertNotIn(self.foreign_order.id, orders)
        self.assertNotIn("Elsewhere", page)
        self.officer.company_ids += self.other_company
        page, data = self._export()
        orders = {row["id"] for row in data["order"]["records"]}
        self.assertIn(self.foreign_order.id, orders)
        self.assertIn("Elsewhere", page)

    def test_other_people_of_a_company_are_left_out(self):
        company = self._create_customer("Padaria Aurora", email="info@example.net")
        clerk = self._create_customer(
            "Clerk Kent", is_company=False, parent_id=company.id, email="ck@example.net"
        )
        self._create_order(clerk, 2)
        page, data = self._export(company)
        self.assertNotIn("Clerk", page)
        self.assertNotIn("ck@example.net", page)
        self.assertEqual(len(data["order"]["records"]), 1, "the company bought")
        page, data = self._export(clerk)
        self.assertNotIn("profile", data)
        self.assertNotIn("info@example.net", page)

    def test_it_is_written_in_the_persons_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.person.lang = "fr_FR"
        page, _data = self._export()
        self.assertIn('lang="fr-FR"', page)

    def test_long_histories_are_read_in_batches(self):
        self.env["mail.message"].create(
            [
                {
                    "model": "res.partner",
                    "res_id": self.person.id,
                    "body": f"note {number:04}",
                    "author_id": self.env.user.partner_id.id,
                }
                for number in range(1203)
            ]
        )
        page, data = self._export()
        messages = data["message"]["records"]
        self.assertGreaterEqual(len(messages), 1203)
        self.assertEqual(len({row["id"] for row in messages}), len(messages))
        self.assertEqual(page.count("note 0"), 1000)
        self.assertEqual(page.count("<thead>"), page.count("<table>"))

    def test_the_log_has_counts_and_no_data(self):
        self._export()
        log = self.env["privacy.log"].search([], limit=1)
        self.assertEqual(log.relationship_action, "export")
        self.assertEqual(log.user_id, self.officer)
        self.assertIn(str(self.person.id), log.execution_details)
        self.assertRegex(log.records_description, r"Consents.*: 2")
        values = str(log.read())
        for secret in ("Zquux", "zenobia", "912"):
            self.assertNotIn(secret, values)

    def test_people_without_an_address_are_logged_too(self):
        for email in (False, "no address", "a@example.com, b@example.com"):
            person = self._create_customer("Nobody", email=email)
            self._export(person)
            log = self.env["privacy.log"].search([], limit=1)
            self.assertNotIn("UserError", log.anonymized_email)
            self.assertNotIn("address", log.anonymized_email)
            self.assertTrue(log.anonymized_email)

    def test_an_add_on_adds_a_section(self):
        Partner = self.env.registry["res.partner"]
        original = Partner._get_privacy_sections

        def extended(partner):
            section = partner._get_privacy_section(
                "country", "Countries", "res.country", [("code", "=", "PT")], ["name"]
            )
            return [*original(partner), section]

        self.patch(Partner, "_get_privacy_sections", extended)
        _page, data = self._export()
        self.assertEqual(data["country"]["records"][0]["name"], "Portugal")


@tagged("post_install", "-at_install", "crm_relationship")
class TestPrivacyAnonymize(PrivacyCase):
    def setUp(self):
        super().setUp()
        self._create_traces()
        self.portal = self.env["res.users"].create(
            {
                "login": EMAIL,
                "partner_id": self.person.id,
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )

    def test_nothing_is_left_but_what_is_registered(self):
        before = self._find(NAME, EMAIL, PHONE, DIGITS, "Zquux", STREET)
        self.assertGreater(len(before), 20)
        self._anonymize()
        found = self._find(NAME, EMAIL, PHONE, DIGITS, "Zquux", STREET, "912-345-678")
        self.assertEqual(found - MAY_REMAIN.keys(), set())
        self.assertIn(("mail_blacklist", "email"), found)

    def test_what_the_contact_keeps(self):
        self._anonymize()
        self.assertEqual(self.person.name, f"Anonymized #{self.person.id}")
        self.assertEqual(self.address.name, f"Anonymized #{self.address.id}")
        self.assertFalse(self.person.active)
        self.assertFalse(self.address.active)
        for name in [
            "email",
            "phone",
            "street",
            "street2",
            "city",
            "zip",
            "vat",
            "ref",
            "barcode",
            "website",
            "function",
            "comment",
            "image_1920",
            "category_id",
            "sale_warn_msg",
            "state_id",
        ]:
            self.assertFalse(self.person[name], name)
        self.assertFalse(any(item.get("value") for item in self.person.properties))
        self.assertEqual(self.person.country_id.code, "PT")
        self.assertEqual(self.person.user_id, self.salesman)
        self.assertTrue(self.person.relationship_anonymized_date)
        banks = self.env["res.partner.bank"].with_context(active_test=False)
        bank = banks.search([("partner_id", "=", self.person.id)])
        self.assertFalse(bank.active)
        self.assertNotIn("0002", bank.acc_number + bank.sanitized_acc_number)

    def test_documents_and_statistics_stay(self):
        moves = self.Move.search([("partner_id", "=", self.person.id)])
        touches = self.Touch.search([("partner_id", "=", self.person.id)])
        states = self.consents.mapped("state")
        dates = self.consents.mapped("date")
        self._anonymize()
        self.assertTrue(self.order.exists())
        self.assertEqual(self.order.partner_id, self.person)
        self.assertEqual(self.invoice.state, "posted")
        self.assertEqual(
            self.invoice.invoice_partner_display_name, f"Anonymized #{self.person.id}"
        )
        self.assertEqual(self.Move.search_count([("id", "in", moves.ids)]), len(moves))
        self.assertTrue(touches.exists())
        self.assertEqual(self.consents.mapped("state"), states)
        self.assertEqual(self.consents.mapped("date"), dates)
        self.assertFalse(any(self.consents.mapped("proof")))
        self.assertFalse(self.key_date.exists())
        self.assertFalse(self.pair.exists())
        profile = self._get_profile(self.person)
        self.assertEqual(profile.order_count, 4)
        self.assertTrue(self.env["mail.blacklist"].search([("email", "=", EMAIL)]))

    def test_activities_and_messages(self):
        self._anonymize()
        self.assertFalse(self.open_activity.exists())
        self.assertTrue(self.done_activity.exists())
        self.assertFalse(self.done_activity.feedback)
        messages = self.env["mail.message"].search(
            [("model", "=", "res.partner"), ("res_id", "=", self.person.id)]
        )
        self.assertFalse(messages)
        self.assertFalse(self.theirs.email_from)
        self.assertEqual(self.theirs.author_id, self.person)
        self.assertIn("Please call Anonymized", self.theirs.body)
        self.assertIn("we write to", self.ours.body)

    def test_an_account_in_the_portal_is_closed(self):
        self._anonymize()
        self.assertFalse(self.portal.active)
        self.assertNotIn("zquux", self.portal.login)

    def test_a_company_is_not_emptied_with_its_clerk(self):
        company = self._create_customer(
            "Padaria Aurora",
            street="Praça 1",
            city="Porto",
            vat="PT501442600",
            email="shared@example.net",
            comment="<p>Ask for Clerk Kent</p>",
        )
        clerk = self._create_customer(
            "Clerk Kent",
            is_company=False,
            parent_id=company.id,
            email="shared@example.net",
        )
        date = self.env["relationship.key.date"].create(
            {
                "partner_id": company.id,
                "kinship_id": self.kinship.id,
                "name": "Clerk Kent",
                "day": 1,
                "month": "05",
            }
        )
        company.relationship_contact_id = clerk
        self._anonymize(clerk)
        self.assertEqual(company.street, "Praça 1")
        self.assertEqual(company.city, "Porto")
        self.assertEqual(company.vat, "PT501442600")
        self.assertEqual(company.email, "shared@example.net")
        self.assertNotIn("Kent", company.comment)
        self.assertFalse(company.relationship_contact_id)
        self.assertFalse(clerk.street or clerk.email)
        self.assertFalse(date.exists())

    def test_contact_persons_are_offered_with_their_company(self):
        company = self._create_customer("Padaria Aurora", street="Praça 1")
        clerk, chief = (
            self._create_customer(
                name, is_company=False, parent_id=company.id, email="x@example.net"
            )
            for name in ("Clerk Kent", "Chief Lane")
        )
        wizard = (
            self.env["relationship.privacy.anonymize"]
            .with_user(self.officer)
            .create({"partner_id": company.id, "confirmation": "padaria  aurora"})
        )
        self.assertEqual(wizard.contact_ids, clerk + chief)
        wizard.action_anonymize()
        self.assertFalse(company.street)
        self.assertEqual(clerk.name, "Clerk Kent")
        self.assertFalse(clerk.street, "the company's address")
        self._anonymize(company, include_contacts=True)
        self.assertEqual(clerk.name, f"Anonymized #{clerk.id}")
        self.assertFalse(chief.email)

    def test_the_wizard_says_what_it_will_do(self):
        wizard = self.env["relationship.privacy.anonymize"].with_user(self.officer)
        wizard = wizard.create({"partner_id": self.person.id})
        text = html.fromstring(wizard.summary).text_content()
        for words in (
            r"Key dates\s+1",
            r"Proofs of consents\s+2",
            r"Orders\s+5",
            r"Quotations\s+1",
            r"Entries of blacklists\s+2",
            r"Invoices and other entries\s+1",
            r"Tax law",
        ):
            self.assertRegex(text, words)
        with self.assertRaisesRegex(UserError, "Type the name"):
            wizard.action_anonymize()
        wizard.confirmation = "Somebody else"
        with self.assertRaisesRegex(UserError, "Type the name"):
            wizard.action_anonymize()
        self.assertEqual(self.person.name, NAME)

    def test_the_wizard_forgets_what_was_typed(self):
        self._anonymize()
        wizards = self.env["relationship.privacy.anonymize"]
        self.assertFalse(wizards.search([("confirmation", "!=", False)]))

    def test_a_second_run_changes_nothing(self):
        self._anonymize()
        self.env.flush_all()
        date = self.person.relationship_anonymized_date
        before = self.person.read()
        login = self.portal.login
        self._anonymize()
        after = self.person.read()
        for values in (before[0], after[0]):
            values.pop("write_date")
            values.pop("write_uid")
        self.assertEqual(before, after)
        self.assertEqual(self.person.relationship_anonymized_date, date)
        self.assertEqual(self.portal.login, login)
        logs = self.env["privacy.log"].search(
            [("relationship_action", "=", "anonymize")]
        )
        self.assertEqual(len(logs), 2)

    def test_the_log_masks_who_it_was(self):
        self._anonymize()
        log = self.env["privacy.log"].search([], limit=1)
        self.assertEqual(log.relationship_action, "anonymize")
        self.assertEqual(log.user_id, self.officer)
        self.assertTrue(log.anonymized_name.startswith("Z******"))
        self.assertTrue(log.anonymized_email.startswith("z******.z****@e"))
        self.assertRegex(log.records_description, r"Key dates: 1")

    def test_users_and_companies_are_refused(self):
        root = self.env.ref("base.partner_root")
        public = self.env.ref("base.public_partner")
        archived = self._create_user("gone")
        archived.active = False
        for partner in (
            self.salesman.partner_id,
            archived.partner_id,
            self.company.partner_id,
            root,
            public,
        ):
            with (
                self.subTest(partner=partner.name),
                self.assertRaisesRegex(UserError, "can't be anonymized"),
            ):
                partner.with_user(
                    self.env.ref("base.user_admin")
                ).action_relationship_privacy_anonymize()
            with self.assertRaises(UserError):
                self.env["relationship.privacy.eraser"].with_user(
                    self.env.ref("base.user_admin")
                )._anonymize(partner)

    def test_who_was_merged_into_the_person_is_forgotten_too(self):
        twin = self._create_customer(
            "Zeno Twin", is_company=False, email="twin@example.com"
        )
        order = self._create_order(twin, 2)
        order.message_post(
            body="It was twin@example.com who wrote",
            author_id=twin.id,
            email_from="twin@example.com",
            subtype_xmlid="mail.mt_comment",
        )
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.person + twin).ids, self.person, extra_checks=False
        )
        self._anonymize()
        self.assertEqual(self._find("twin@example.com") - MAY_REMAIN.keys(), set())
        self.assertEqual(order.partner_id, self.person)


@tagged("post_install", "-at_install", "crm_relationship")
class TestPrivacyLookup(PrivacyCase):
    """Odoo's own privacy tools go together with ours."""

    def setUp(self):
        super().setUp()
        self._create_traces()

    def _look_up(self):
        wizard = self.env["privacy.lookup.wizard"].create(
            {"name": NAME, "email": EMAIL}
        )
        wizard.action_lookup()
        return wizard

    def _get_line(self, wizard):
        return wizard.line_ids.filtered(
            lambda line: (
                (line.res_model, line.res_id) == ("res.partner", self.person.id)
            )
        )

    def test_both_actions_are_reached_and_noted(self):
        admin = self.env.ref("base.user_admin")
        wizard = self._look_up()
        line = self._get_line(wizard)
        action = line.with_user(admin).action_relationship_privacy_export()
        self.assertTrue(action["url"].endswith(f"/{self.person.id}"))
        self.assertIn("Exported", wizard.log_id.execution_details)
        action = line.with_user(admin).action_relationship_privacy_anonymize()
        self.env[action["res_model"]].with_user(admin).with_context(
            **action["context"]
        ).create({"confirmation": NAME}).action_anonymize()
        self.assertIn("Anonymized", wizard.log_id.execution_details)
        self.assertNotIn("Zquux", str(wizard.log_id.read()))
        self.assertFalse(line.is_active)

    def test_only_contacts_have_the_actions(self):
        wizard = self._look_up()
        line = wizard.line_ids.filtered(lambda line: line.res_model == "sale.order")[:1]
        self.assertTrue(line)
        with self.assertRaises(ValueError):
            line.action_relationship_privacy_export()

    def test_a_customer_with_consents_and_dates_is_archived(self):
        wizard = self._look_up()
        self._get_line(wizard).action_archive_all()
        self.assertFalse(self.person.active)
        self.assertTrue(self.consents.exists())
        self.assertTrue(self.key_date.exists())

    def _get_new_line(self, person):
        return self._look_up().line_ids.filtered(
            lambda line: (line.res_model, line.res_id) == ("res.partner", person.id)
        )

    def test_a_customer_with_dates_is_deleted(self):
        person = self._create_customer(NAME, email=EMAIL)
        date = self.key_date.copy({"partner_id": person.id})
        self._get_new_line(person).action_unlink()
        self.assertFalse(person.exists() or date.exists())

    def test_a_customer_who_said_something_is_anonymized_instead(self):
        person = self._create_customer(NAME, email=EMAIL)
        consent = self.consents.create(
            {
                "partner_id": person.id,
                "purpose": "offers",
                "channel_id": self.consents.channel_id.id,
                "state": "granted",
            }
        )
        line = self._get_new_line(person)
        self.assertNotIn(
            "relationship.consent", line.wizard_id.line_ids.mapped("res_model")
        )
        with self.assertRaisesRegex(UserError, "anonymize"):
            line.action_unlink()
        self._anonymize(person)
        self.assertTrue(consent.exists())
        self.assertNotEqual(person.name, NAME)


@tagged("post_install", "-at_install", "crm_relationship")
class TestPrivacyWeb(PrivacyCase, HttpCase):
    browser_size = "1366x768"

    def test_the_archive_is_downloaded(self):
        self._create_traces()
        self.env.user.flush_recordset()
        self.authenticate("relationship_officer", "relationship_officer")
        answer = self.url_open(f"/relationship/privacy/export/{self.person.id}")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(
                archive.namelist(), ["personal-data.html", "personal-data.json"]
            )
        self.assertFalse(
            self.env["ir.attachment"].search([("name", "ilike", "personal-data")]),
            "no copy is kept",
        )

    @mute_logger("odoo.http")
    def test_nobody_else_downloads_it(self):
        url = f"/relationship/privacy/export/{self.person.id}"
        self.authenticate("relationship_manager", "relationship_manager")
        self.assertEqual(self.url_open(url).status_code, 403)
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(url).url)

    def test_from_the_contact_to_the_log(self):
        person = self._create_customer("Berta Blum", is_company=False)
        self.start_tour(
            f"/odoo/res.partner/{person.id}",
            "relationship_privacy_anonymize",
            login="admin",
        )
        self.assertEqual(person.name, f"Anonymized #{person.id}")
