from odoo.tests import HttpCase, tagged
from odoo.tools import SQL

from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestTimelineTours(RelationshipCase, HttpCase):
    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer("Padaria Aurora", phone="+55 11 3555-0177")
        cls.Interaction = cls.env["relationship.interaction"]

    def _get_logged(self):
        return self.Interaction.search([("customer_id", "=", self.customer.id)])

    def test_a_contact_is_logged_with_the_keyboard_only(self):
        self.env.flush_all()
        self.start_tour(
            f"/odoo/res.partner/{self.customer.id}",
            "timeline_log_with_the_keyboard",
            login=self.salesman.login,
        )
        [logged] = self._get_logged()
        self.assertEqual(logged.subject, "Wants truffles for Easter")
        self.assertEqual(logged.user_id, self.salesman)
        self.assertEqual(logged.channel_id.code, "email")

    def test_from_a_quotation_with_the_next_step_and_undo(self):
        order = self._create_order(
            self.customer, state="draft", user_id=self.salesman.id
        )
        self.env.flush_all()
        self.start_tour(
            f"/odoo/sale.order/{order.id}",
            "timeline_log_from_a_quotation",
            login=self.salesman.login,
        )
        [logged] = self._get_logged()
        self.assertEqual(logged.subject, "Asked for a better price")
        self.assertEqual((logged.direction, logged.outcome), ("in", "interested"))
        [activity] = self._get_activities(self.customer)
        self.assertEqual(activity.date_deadline, self._days_ago(-3))
        self.assertEqual(activity.user_id, self.salesman)

    def test_a_call_is_timed_across_a_reload(self):
        self.env.flush_all()
        self.start_tour(
            "/odoo/timeline", "timeline_timed_call", login=self.salesman.login
        )
        [logged] = self._get_logged()
        self.assertEqual(logged.kind, "call")
        self.assertGreater(logged.duration, 0)

    def test_the_timeline_goes_on_to_the_first_contact(self):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO relationship_interaction (
                    date, partner_id, customer_id, company_id, channel_id, direction,
                    kind, source, is_contact, raw_subject
                )
                SELECT TIMESTAMP '2024-01-01' + n * INTERVAL '5 hours', %(customer)s,
                       %(customer)s, %(company)s, %(channel)s, 'in', 'message', 'mail',
                       TRUE, 'Message ' || n || '.'
                  FROM GENERATE_SERIES(1, 80) n
                """,
                customer=self.customer.id,
                company=self.company.id,
                channel=self.env.ref("crm_relationship.channel_email").id,
            )
        )
        self.start_tour(
            f"/odoo/res.partner/{self.customer.id}",
            "timeline_endless",
            login=self.salesman.login,
        )
