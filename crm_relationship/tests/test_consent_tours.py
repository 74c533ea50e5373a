from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

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
        self.assertEqual(rows.mapped("source"), ["in_person", "other", "phone"])
        self.assertEqual(rows[1].undone_id, rows[2])

    def _start_on_customer(self, tour):
        self._say(self.customer, "granted", days_ago=3)
        self._refresh_changed()
        self.start_tour(
            f"/odoo/res.partner/{self.customer.id}", tour, login="relationship_ana"
        )
        return self.Consent.search([("partner_id", "=", self.customer.id)])

    def test_all_boards_of_a_customer_agree(self):
        rows = self._start_on_customer("relationship_consent_boards")
        self.assertEqual(rows.mapped("state"), ["declined", "withdrawn", "granted"])

    def test_undo_after_the_board_has_gone(self):
        rows = self._start_on_customer("relationship_consent_undo_late")
        self.assertEqual(rows.mapped("state"), ["granted", "withdrawn", "granted"])
        self.assertEqual(rows[0].undone_id, rows[1])

    @mute_logger("odoo.http")
    def test_the_dialog_keeps_what_was_typed_until_it_is_recorded(self):
        calls = []
        refusal = UserError("Please try again")
        partners = self.env.registry["res.partner"]
        record = partners.set_relationship_consent

        def stumble(partner, *args, **kwargs):
            calls.append(args)
            if len(calls) == 1:
                raise refusal
            return record(partner, *args, **kwargs)

        self.patch(partners, "set_relationship_consent", stumble)
        rows = self._start_on_customer("relationship_consent_dialog")
        self.assertEqual(len(calls), 2)
        self.assertEqual(
            (rows[0].state, rows[0].proof), ("withdrawn", "By letter of 3 May")
        )
