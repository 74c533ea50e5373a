from unittest.mock import patch

from odoo.tests import tagged

from ..models import res_partner, sale_order
from .common import RelationshipCase


@tagged("post_install", "-at_install", "crm_relationship")
class TestPerformance(RelationshipCase):
    """What the add-on adds to everyday work, in queries."""

    def _confirm(self, size):
        """Queries of confirming so many orders of so many customers, up to commit."""
        orders = self.env["sale.order"].concat(
            *(
                self._create_order(self._create_customer(f"C{i}"), state="draft")
                for i in range(size)
            )
        )
        self.env.cr.flush()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        orders.action_confirm()
        self.env.cr.flush()
        return self.env.cr.sql_log_count - start

    def _confirm_without_us(self, size):
        Order = type(self.env["sale.order"])
        with (
            patch.object(sale_order, "FACT_FIELDS", frozenset()),
            patch.object(res_partner, "FACT_FIELDS", frozenset()),
            patch.object(type(self.Queue), "_note_orders", lambda *args: None),
            patch.object(Order, "_get_recorded", lambda *args: {}),
        ):
            return self._confirm(size)

    def test_confirming_orders_costs_at_most_two_more_queries(self):
        self._confirm(1)  # fill the caches
        for size in (1, 10, 100):
            with self.subTest(size=size):
                without = self._confirm_without_us(size)
                self.assertLessEqual(self._confirm(size), without + 2)

    def test_partner_lists_do_not_ask_customer_by_customer(self):
        customers = self.env["res.partner"].concat(
            *(self._create_customer(f"C{i}") for i in range(20))
        )
        self._refresh_changed()
        counts = []
        for records in (customers[:2], customers):
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            records.mapped("relationship_stage_id.name")
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[0], counts[1])
