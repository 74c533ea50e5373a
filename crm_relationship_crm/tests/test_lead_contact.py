from odoo.tests import tagged

from odoo.addons.http_routing.tests.common import MockRequest

from .common import LeadCase

NONSENSE = "<script>alert(1)</script>"


@tagged("post_install", "-at_install", "crm_relationship_crm")
class TestLeadContact(LeadCase):
    """Leads that come without a contact."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.be")
        cls.customer.phone = "+32 470 12 34 56"
        cls.env.flush_all()

    def _form(self, **values):
        """What a visitor of the website has sent."""
        values = {"name": "Inquiry", "relationship_from_form": True} | values
        return self._create_lead(user_id=False, **values)

    def _count_partners(self):
        return self.env["res.partner"].with_context(active_test=False).search_count([])

    def test_what_a_visitor_sends_is_from_a_form(self):
        """Odoo's website saves it as the superuser, whoever sends it."""
        for user, expected in (
            (self.env.ref("base.public_user"), True),
            (self.salesman, False),
        ):
            with MockRequest(self.env(user=user)):
                lead = self.env["crm.lead"].create({"name": "Inquiry"})
            self.assertEqual(lead.relationship_from_form, expected)

    def test_the_contact_with_the_email_address(self):
        lead = self._form(email_from='"Rosa" <ROSA@example.com>')
        self.assertFalse(lead.partner_id)
        self._refresh_changed()
        self.assertEqual(lead.partner_id, self.contact)
        self.assertEqual(self._get_profile(self.customer).lead_count, 1)
        self.assertEqual(self._captured(lead).customer_id, self.customer)

    def test_the_contact_with_the_phone_number(self):
        lead = self._form(phone="0470/12.34.56")
        self._refresh_changed()
        self.assertEqual(lead.partner_id, self.customer)

    def test_a_stranger_becomes_a_contact(self):
        source = self.env["utm.source"].create({"name": "Chocolate Fair"})
        lead = self._form(
            contact_name="Maria Lima",
            email_from="maria@example.org",
            phone="+32 470 99 88 77",
            partner_name="Lima & Filhos",
            city="Ghent",
            description="<p>Do you deliver?</p>",
            source_id=source.id,
        )
        self._refresh_changed()
        partner = lead.partner_id
        self.assertEqual(partner.name, "Maria Lima")
        self.assertEqual(partner.email, "maria@example.org")
        self.assertEqual(partner.phone, "+32 470 99 88 77")
        self.assertEqual(partner.company_name, "Lima & Filhos")
        self.assertEqual(partner.city, "Ghent")
        self.assertFalse(partner.comment, "It stays with the lead")
        profile = self._get_profile(partner)
        self.assertEqual(
            profile.stage_id, self.env.ref("crm_relationship_crm.stage_lead")
        )
        self.assertEqual(profile.source_id, source)
        [row] = self._captured(lead)
        self.assertEqual(row.channel_id, self._channel("web_form"))
        self.assertEqual(row.preview, "Do you deliver?")

    def test_a_company_is_one(self):
        lead = self._create_lead(
            partner_name="Lima & Filhos", email_from="info@example.org"
        )
        self._refresh_changed()
        self.assertTrue(lead.partner_id.is_company)
        self.assertEqual(lead.partner_id.name, "Lima & Filhos")
        self.assertEqual(lead.partner_id.user_id, self.salesman)

    def test_nothing_is_made_in_the_transaction_of_the_visitor(self):
        before = self._count_partners()
        self._form(email_from="new@example.org")
        self.env.cr.flush()
        self.assertEqual(self._count_partners(), before)
        self._refresh_changed()
        self.assertEqual(self._count_partners(), before + 1)

    def test_two_leads_of_one_stranger_make_one_contact(self):
        first = self._form(email_from="twice@example.org", phone="+32 470 11 11 11")
        second = self._form(email_from="Twice@Example.org")
        third = self._form(phone="0470 11 11 11", contact_name="Twice")
        self._refresh_changed()
        self.assertTrue(first.partner_id)
        self.assertEqual(first.partner_id, second.partner_id)
        self.assertEqual(first.partner_id, third.partner_id)
        later = self._form(email_from="twice@example.org")
        self._refresh_changed()
        self.assertEqual(later.partner_id, first.partner_id)

    def test_a_stranger_who_asks_two_companies_is_one_contact(self):
        """With two of them the address would be nobody's ever after."""
        other = self.env["res.company"].create(
            {"name": "Other", "country_id": self.company.country_id.id}
        )
        here = self._form(email_from="both@example.org")
        there = self._form(email_from="both@example.org", company_id=other.id)
        self._refresh_changed()
        self.assertTrue(here.partner_id)
        self.assertEqual(here.partner_id, there.partner_id)
        for company in (self.company, other):
            later = self._form(email_from="both@example.org", company_id=company.id)
            self._refresh_changed()
            self.assertEqual(later.partner_id, here.partner_id)

    def test_what_the_lead_said_stays_and_reaches_no_contact(self):
        """Whoever knows an address may write anything into a form."""
        lead = self._form(
            email_from="rosa@example.com",
            contact_name="Not Rosa",
            phone="+32 470 66 66 66",
            street="Nowhere 1",
        )
        self._refresh_changed()
        self.assertEqual(lead.partner_id, self.contact)
        self.assertEqual(lead.contact_name, "Not Rosa")
        self.assertEqual(lead.phone, "+32 470 66 66 66")
        self.assertEqual(lead.street, "Nowhere 1")
        self.assertEqual(lead.company_id, self.company)
        self.assertEqual(self.contact.name, "Rosa")
        self.assertFalse(self.contact.phone or self.contact.street)

    def test_what_the_lead_did_not_say_is_known_of_the_contact(self):
        lead = self._form(phone="+32 470 12 34 56")
        self._refresh_changed()
        self.assertEqual(lead.email_from, "central@example.com")

    def test_an_address_of_several_customers_is_left_to_people(self):
        self._create_customer("Also Rosa", email="rosa@example.com")
        before = self._count_partners()
        lead = self._form(email_from="rosa@example.com")
        self._refresh_changed()
        self.assertFalse(lead.partner_id)
        self.assertEqual(self._count_partners(), before)

    def test_an_address_of_our_own_people_is_left_to_people(self):
        self.salesman.email = "ana@example.com"
        before = self._count_partners()
        lead = self._form(email_from="ana@example.com")
        self._refresh_changed()
        self.assertFalse(lead.partner_id)
        self.assertEqual(self._count_partners(), before)

    def test_who_cannot_be_called_is_no_contact(self):
        before = self._count_partners()
        leads = self._form(contact_name="Nobody", email_from="not an address")
        leads += self._form(phone="ring me")
        leads += self._form()
        self._refresh_changed()
        self.assertFalse(leads.partner_id)
        self.assertEqual(self._count_partners(), before)
        self.assertEqual(leads[0].email_from, "not an address")

    def test_whom_a_colleague_has_met_needs_no_address(self):
        lead = self._create_lead(contact_name="Bia of the Fair")
        self._refresh_changed()
        self.assertEqual(lead.partner_id.name, "Bia of the Fair")

    def test_markup_and_nonsense_reach_no_contact(self):
        lead = self._form(
            name=NONSENSE + "Hello",
            contact_name=f"Eve {NONSENSE}<b>Bold</b>" + "x" * 5000,
            partner_name=f"<img src=x onerror=alert(1)>ACME{'y' * 5000}",
            email_from=f"eve@example.org, {NONSENSE}@example.org",
            phone="0470 12" + "9" * 500,
            function=NONSENSE,
            street=f"{NONSENSE}Street 1",
            website="javascript:alert(1)",
            description=f"{NONSENSE}<p onclick='x()'>Hi</p>" + "<p>long</p>" * 5000,
        )
        said = lead.read()[0]
        self._refresh_changed()
        partner = lead.partner_id
        self.assertTrue(partner)
        self.assertTrue(partner.name.startswith("Eve Bold"))
        self.assertLessEqual(len(partner.name), 120)
        self.assertLessEqual(len(partner.company_name), 120)
        self.assertEqual(partner.email, "eve@example.org")
        self.assertFalse(partner.phone or partner.website or partner.comment)
        texts = map(str, partner.read()[0].values())
        self.assertFalse([text for text in texts if "<" in text and "alert" in text])
        for name in ("name", "contact_name", "partner_name", "email_from", "phone"):
            self.assertEqual(lead[name], said[name], "nothing is lost")
        self.assertNotIn("onclick", lead.description)
        self.assertTrue(self._captured(lead))

    def test_a_lead_that_fails_holds_up_no_other(self):
        """E.g. a constraint of another add-on."""
        good = self._form(email_from="good@example.org")
        bad = self._form(email_from="bad@example.org")
        create = type(self.env["res.partner"]).create

        def refuse(partners, vals_list):
            if any(vals.get("email") == "bad@example.org" for vals in vals_list):
                raise ValueError("No!")
            return create(partners, vals_list)

        self.patch(type(self.env["res.partner"]), "create", refuse)
        with self.assertLogs("odoo.addons.crm_relationship", "ERROR"):
            self._refresh_changed()
        self.assertTrue(good.partner_id)
        self.assertFalse(bad.partner_id)
        failure = self.env["relationship.capture.failure"].search([])
        self.assertEqual(failure.document_ids, bad.ids)
        self.patch(type(self.env["res.partner"]), "create", create)
        failure._retry()
        self.assertTrue(bad.partner_id)
        self.assertFalse(failure.exists())

    def test_it_can_be_switched_off(self):
        self.company.relationship_link_leads = False
        lead = self._form(email_from="rosa@example.com")
        self._refresh_changed()
        self.assertFalse(lead.partner_id)

    def test_a_lead_that_is_over_gets_no_contact(self):
        lead = self._form(email_from="rosa@example.com")
        self._lose(lead)
        self._refresh_changed()
        self.assertFalse(lead.partner_id)

    def test_an_address_that_comes_later(self):
        lead = self._form()
        self._refresh_changed()
        self.assertFalse(lead.partner_id)
        lead.email_from = "rosa@example.com"
        self._refresh_changed()
        self.assertEqual(lead.partner_id, self.contact)

    def test_what_was_written_before_is_taken_in(self):
        lead = self._form(email_from="new@example.org")
        lead.message_post(
            body="Hello?",
            email_from="new@example.org",
            author_id=False,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
        )
        self._refresh_changed()
        self._refresh_changed()
        self.assertEqual(
            sorted(self._captured(lead).mapped("kind")), ["lead", "message"]
        )

    def test_the_company_of_a_contact_counts(self):
        """A contact of another company is not ours."""
        other = self.env["res.company"].create({"name": "Other"})
        self._create_customer("Theirs", email="x@example.org", company_id=other.id)
        lead = self._form(email_from="x@example.org")
        self._refresh_changed()
        self.assertTrue(lead.partner_id)
        self.assertNotEqual(lead.partner_id.company_id, other)

    def test_there_is_a_row_to_take_turns_by(self):
        """Two at once: see the black-box tests."""
        self.Lead._relationship_take_turn()
        self.assertEqual(self.env.cr.rowcount, 1)
