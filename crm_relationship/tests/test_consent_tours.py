from odoo.tests import HttpCase, tagged

from .test_consent import ConsentCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestConsentTours(ConsentCase, HttpCase):
    browser_size = "1366x768"

    def test_withdraw_in_two_clicks_and_undo(self):
        self._say(self.customer, "granted", days_ago=3)
        self._refresh_changed()
        self.start_tour(
            f"/odoo/res.partner/{self.contact.id}",
            "relationship_consent_withdraw",
            login="relationship_ana",
        )
        rows = self.Consent.search([("partner_id", "=", self.contact.id)])
        self.assertEqual(rows.mapped("state"), ["declined", "not_asked", "withdrawn"])
        self.assertEqual(rows.user_id, self.salesman)
        self.assertEqual(rows.mapped("source"), ["in_person", "phone", "phone"])
        self.assertEqual(rows[1].undone_id, rows[2])
