from odoo.http import Request
from odoo.tests import HttpCase, tagged

from .test_case_mail import CaseMailCommon


@tagged("post_install", "-at_install")
class TestCaseTours(CaseMailCommon, HttpCase):
    def test_a_complaint_by_email_is_answered_resolved_and_rated(self):
        case = self._receive(1)
        self.assertEqual(case.kind, "complaint")
        self.env.cr.flush()

        self.start_tour(
            "/odoo/action-crm_relationship.relationship_profile_action_list",
            "relationship_case_resolve",
            login=self.manager.login,
        )

        self.env.invalidate_all()
        self.assertTrue(case.date_first_answer)
        self.assertEqual(case.stage_kind, "resolved")
        self.assertEqual(case.cause_id, self.cause)
        self.assertIn("Sent a new box", case.resolution)
        answer = case.message_ids.filtered(lambda m: "on its way" in (m.body or ""))
        self.assertIn(self.contact, answer.notified_partner_ids)
        request = self.env["mail.mail"].search([("res_id", "=", case.id)])
        token = case.rating_ids.access_token
        self.assertTrue([mail for mail in request if token in mail.body_html])

        self.authenticate(None, None)
        self.url_open(
            f"/rate/{token}/submit_feedback",
            data={
                "rate": "5",
                "feedback": "Very kind",
                "csrf_token": Request.csrf_token(self),
            },
        )
        self.start_tour(
            f"/odoo/action-crm_relationship.relationship_case_action/{case.id}",
            "relationship_case_rated",
            login=self.manager.login,
        )
