from odoo.tests import tagged

from .common import LeadCase


@tagged("post_install", "-at_install", "crm_relationship_crm")
class TestLeadCapture(LeadCase):
    """Leads on the timeline of their customer."""

    def _get(self, lead):
        return [row.kind for row in self._captured(lead)]

    def test_a_lead_that_came_in(self):
        lead = self._create_lead(
            self.contact, 3, description="<p>For <b>200</b> guests</p>"
        )
        lead.expected_revenue = 900
        [row] = self._captured(lead)
        self.assertEqual(row.kind, "lead")
        self.assertEqual(row.partner_id, self.contact)
        self.assertEqual(row.customer_id, self.customer)
        self.assertEqual(row.date.date(), self._days_ago(3))
        self.assertEqual(row.channel_id, self._channel("document"))
        self.assertFalse(row.is_contact)
        self.assertEqual(row.user_id, self.salesman)
        self.assertEqual(row.subject, "Truffles for a wedding")
        self.assertEqual(row.preview, "For 200 guests")
        self.assertEqual(row.amount, 900)

    def test_a_lead_from_a_form_is_a_contact(self):
        lead = self._create_lead(self.contact, relationship_from_form=True)
        [row] = self._captured(lead)
        self.assertEqual(row.channel_id, self._channel("web_form"))
        self.assertTrue(row.is_contact)
        self.assertEqual(row.direction, "in")
        self.assertFalse(row.user_id)
        profile = self._get_profile(self.customer)
        self.assertEqual(profile.last_in_date, self.today)

    def test_what_the_website_made_before_is_from_a_form(self):
        medium = self.env.ref("utm.utm_medium_website")
        lead = self._create_lead(self.contact, medium_id=medium.id)
        [row] = self._captured(lead)
        self.assertEqual(row.channel_id, self._channel("web_form"))

    def test_a_lead_that_is_qualified_and_won(self):
        lead = self._create_lead(self.customer, 30)
        self._qualify(lead, 20)
        self._win(lead, 10)
        rows = self._captured(lead)
        self.assertEqual(rows.mapped("kind"), ["lead", "opportunity", "won"])
        self.assertEqual(
            [row.date.date() for row in rows],
            [self._days_ago(30), self._days_ago(20), self._days_ago(10)],
        )

    def test_an_opportunity_from_the_start_that_is_lost(self):
        lead = self._create_opportunity(self.customer)
        self._lose(lead)
        self.assertEqual(self._get(lead), ["opportunity", "lost"])

    def test_what_is_taken_back_did_not_happen(self):
        lead = self._create_opportunity(self.customer)
        first = lead.stage_id
        self._win(lead)
        self.assertEqual(self._get(lead), ["opportunity", "won"])
        lead.stage_id = first
        lead.probability = 10
        self.assertEqual(self._get(lead), ["opportunity"])
        self._lose(lead)
        lead.action_restore()
        self.assertEqual(self._get(lead), ["opportunity"])

    def test_looking_twice_writes_once(self):
        lead = self._create_lead(self.customer)
        rows = self._captured(lead)
        lead.user_id = self.other_salesman
        self._take_in("relationship.capture.lead")
        self.assertEqual(self._captured(lead), rows)

    def test_the_history_is_taken_in(self):
        lead = self._create_lead(self.customer, 100)
        self._lose(lead, 90)
        self.env["relationship.interaction"].search([]).sudo().unlink()
        self.env.cr.execute("DELETE FROM relationship_profile_queue")
        self._take_in("relationship.capture.lead")
        self.assertEqual(self._get(lead), ["lead", "lost"])
        histories = self.env["relationship.backfill"].search([])
        self.assertIn("relationship.capture.lead", histories.mapped("source"))

    def test_it_can_be_switched_off(self):
        self.company.relationship_capture_lead = False
        lead = self._create_lead(self.customer)
        self.assertFalse(self._captured(lead))
        self.assertEqual(self._get_profile(self.customer).lead_count, 1)

    def test_what_is_written_on_a_lead_is_the_customers(self):
        lead = self._create_lead(self.customer)
        lead.message_post(
            body="Is there a discount?",
            author_id=self.contact.id,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(self._get(lead), ["lead", "message"])

    def test_what_is_planned_about_a_lead_is_a_next_step(self):
        lead = self._create_lead(self.contact)
        lead.activity_schedule(summary="Ask for the date", user_id=self.salesman.id)
        Interaction = self.Interaction.with_user(self.salesman)
        for partner in (self.customer, self.env["res.partner"]):
            steps = Interaction._get_next_steps(partner.with_user(self.salesman))
            self.assertIn("Ask for the date", [step["summary"] for step in steps])
        self._lose(lead)
        steps = Interaction._get_next_steps(self.customer.with_user(self.salesman))
        self.assertFalse(steps)

    def test_nobody_reads_more_of_a_lead_than_they_may(self):
        lead = self._create_lead(self.customer, user_id=self.other_salesman.id)
        [row] = self._captured(lead)
        self._refresh_changed()
        seen = row.with_user(self.salesman)
        self.assertTrue(seen.is_masked)
        self.assertFalse(seen.subject)
        self.assertFalse(row.with_user(self.other_salesman).is_masked)
        found = self.Interaction.with_user(self.salesman).search(
            [("subject", "ilike", "wedding")]
        )
        self.assertFalse(found)

    def test_markup_in_a_lead_is_text_in_the_history(self):
        lead = self._create_lead(
            self.customer,
            name="<script>alert(1)</script><b>Hello</b> " + "long " * 200,
            description="<img src=x onerror=x()><p>Hi &lt;i&gt;there&lt;/i&gt;</p>",
        )
        [row] = self._captured(lead)
        self.assertTrue(row.subject.startswith("Hello long"))
        self.assertLessEqual(len(row.subject), 200)
        self.assertNotIn("<", row.subject)
        self.assertEqual(row.preview, "Hi <i>there</i>", "as it was to be read")
