from odoo.tests import tagged

from .capture_case import CaptureCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestCaptureCase(CaptureCase):
    """Cases as interactions."""

    def _open(self, **values):
        return self.env["relationship.case"].create(
            {
                "name": "Box broken",
                "kind": "complaint",
                "partner_id": self.contact.id,
                "channel_id": self._channel("phone").id,
            }
            | values
        )

    def test_a_complaint_on_the_phone_is_a_contact(self):
        case = self._open()
        [captured] = self._captured(case)
        self.assertEqual(captured.kind, "case")
        self.assertEqual(captured.direction, "in")
        self.assertEqual(captured.sentiment, "negative")
        self.assertEqual(captured.channel_id, self._channel("phone"))
        self.assertEqual(captured.subject, case.display_name)
        self.assertEqual(captured.customer_id, self.customer)
        self.assertTrue(captured.is_contact)

    def test_what_came_by_email_is_an_email(self):
        case = self._open(channel_id=self._channel("email").id)
        self.assertFalse(self._captured(case, kind="case"))

    def test_nobody_knows_yet_whose_it_is(self):
        case = self._open(partner_id=False)
        self.assertFalse(self._captured(case))
        case.partner_id = self.contact
        self.assertEqual(self._captured(case).partner_id, self.contact)

    def test_the_switch_is_obeyed(self):
        self.company.relationship_capture_case = False
        self.assertFalse(self._captured(self._open()))

    def test_the_history_knows_them_too(self):
        case = self._open()
        self._captured(case).unlink()
        self._take_in("relationship.capture.case")
        self.assertEqual(self._captured(case).kind, "case")
