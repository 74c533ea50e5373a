from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..tools.documents import Documents
from .capture_case import CaptureCase

LOGGER = "odoo.addons.crm_relationship.models.relationship_capture"


@tagged("post_install", "-at_install", "crm_relationship")
class TestCaptureFailure(CaptureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Failure = cls.env["relationship.capture.failure"]
        cls.sale = type(cls.env["relationship.capture.sale"])
        cls.healthy = staticmethod(cls.sale._get_selects)
        cls.Interaction.search([]).unlink()

    def _poison(self, *orders):
        """Orders that no statement survives in which they are."""
        [*ids] = [order.id for order in orders]
        get_selects = self.sale._get_selects

        def poisoned(source, documents):
            selects = get_selects(source, documents)
            return [
                SQL(
                    "%s AND 1 / CASE WHEN o.id = ANY(%s) THEN 0 ELSE 1 END > 0",
                    select,
                    ids,
                )
                for select in selects
            ]

        self.patch(self.sale, "_get_selects", poisoned)

    def _confirm(self, count=1):
        orders = self.env["sale.order"].concat(
            *(self._create_order(self.contact, state="draft") for _ in range(count))
        )
        return orders.with_env(self.env)

    @mute_logger(LOGGER)
    def test_a_failure_is_kept_with_its_reason(self):
        order = self._confirm()
        self._poison(order)
        order.action_confirm()
        self._capture_changed()
        self.assertEqual(order.state, "sale")
        failure = self.Failure.search([])
        self.assertEqual(failure.source, "relationship.capture.sale")
        self.assertEqual(failure.document_ids, order.ids)
        self.assertEqual(failure.document_name, "Sales Order")
        self.assertEqual(failure.company_id, self.company)
        self.assertIn("division by zero", failure.error)
        self.assertEqual(failure.state, "new")

    @mute_logger(LOGGER)
    def test_one_document_takes_no_other_along(self):
        orders = self._confirm(20)
        self._poison(orders[7], orders[11])
        orders.action_confirm()
        self._capture_changed()
        captured = self.Interaction.search([("kind", "=", "order")])
        self.assertEqual(len(captured), 18)
        failed = self.Failure.search([]).mapped("document_ids")
        self.assertCountEqual(failed, [orders[7].ids, orders[11].ids])

    @mute_logger(LOGGER)
    def test_one_source_takes_no_other_along(self):
        order = self._confirm()
        self.patch(self.sale, "_get_selects", lambda source, documents: 1 / 0)
        order.action_confirm()
        order.message_post(
            body="Thanks",
            author_id=self.contact.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(self._all().source, "portal")
        self.assertEqual(self.Failure.search([]).document_ids, order.ids)

    @mute_logger(LOGGER)
    def test_a_source_that_is_broken_is_not_tried_document_by_document(self):
        orders = self._confirm(300)
        self.patch(self.sale, "_get_selects", lambda source, documents: 1 / 0)
        documents = Documents(ids=orders._ids)
        rows, failed = self.env["relationship.capture"]._capture_apart(
            {"relationship.capture.sale": documents}
        )
        self.assertFalse(rows)
        self.assertCountEqual(
            [i for _source, ids, _e in failed for i in ids], orders.ids
        )
        self.assertLess(len(failed), 110)

    @mute_logger(LOGGER)
    def test_the_night_heals_what_works_again(self):
        orders = self._confirm(3)
        self._poison(orders[0])
        orders.action_confirm()
        self._capture_changed()
        failure = self.Failure.search([])
        failure._retry()
        self.assertEqual(failure.state, "again")
        self.patch(self.sale, "_get_selects", self.healthy)
        failure._retry()
        self.assertFalse(failure.exists())
        self.assertEqual(len(self.Interaction.search([("kind", "=", "order")])), 3)

    @mute_logger(LOGGER)
    def test_an_administrator_tries_again_and_nobody_else_does(self):
        order = self._confirm()
        self._poison(order)
        order.action_confirm()
        self._capture_changed()
        failure = self.Failure.search([])
        with self.assertRaises(AccessError):
            failure.with_user(self.salesman).action_try_again()
        self.patch(self.sale, "_get_selects", self.healthy)
        failure.with_user(self.manager).action_try_again()
        self.assertFalse(failure.exists())
        self.assertEqual(self._captured(order).kind, "order")

    @mute_logger(LOGGER)
    def test_a_failure_of_a_source_that_left_is_forgotten(self):
        failure = self.Failure.create(
            {"source": "relationship.capture.gone", "document_ids": [1]}
        )
        self.assertEqual(failure.document_name, "relationship.capture.gone")
        failure._retry()
        self.assertFalse(failure.exists())

    @mute_logger(LOGGER)
    def test_not_even_noting_a_failure_is_the_trouble_of_others(self):
        order = self._confirm()
        self._poison(order)
        self.patch(type(self.Failure), "_note", lambda failures, failed: 1 / 0)
        order.action_confirm()
        self._capture_changed()
        self.assertEqual(order.state, "sale")

    def test_the_night_finds_what_came_past_the_hooks(self):
        order = self._confirm()
        self._capture_changed()
        self.env.cr.execute(
            SQL("UPDATE sale_order SET state = 'sale' WHERE id = %s", order.id)
        )
        self.env.invalidate_all()
        self.assertFalse(self._all())
        since = order.write_date.replace(hour=0, minute=0)
        capture = self.env["relationship.capture"]
        capture._catch_up("relationship.capture.sale", since, lambda: True)
        self.assertEqual(self._captured(order).kind, "order")

    def test_jobs_run(self):
        self.Failure.create({"source": "relationship.capture.gone", "document_ids": []})
        for job in ("capture_pull", "capture_catch_up"):
            with self.enter_registry_test_mode():
                cron = self.env.ref(f"crm_relationship.ir_cron_{job}")
                cron.method_direct_trigger()
        self.assertFalse(self.Failure.search([]))
