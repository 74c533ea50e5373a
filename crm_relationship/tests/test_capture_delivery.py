from odoo.tests import tagged

from ..tools.documents import Documents
from .capture_case import CaptureCase

SOURCE = "relationship.capture.delivery"


@tagged("post_install", "-at_install", "crm_relationship")
class TestCaptureDelivery(CaptureCase):
    def test_without_a_warehouse_there_is_no_such_source(self):
        if "stock.picking" in self.env:
            self.skipTest("there is one")
        capture = self.env["relationship.capture"]
        self.assertFalse(self.env[SOURCE]._is_available())
        self.assertNotIn(SOURCE, capture._get_pulled_sources())
        self.assertFalse(capture._capture({SOURCE: Documents(ids=(1,))}))

    def _deliver(self, kind="out"):
        warehouse = self.env["stock.warehouse"].search([], limit=1)
        way = warehouse[f"{kind}_type_id"]
        customers = self.env.ref("stock.stock_location_customers")
        stock = warehouse.lot_stock_id
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": way.id,
                "partner_id": self.contact.id,
                "location_id": (stock if kind == "out" else customers).id,
                "location_dest_id": (customers if kind == "out" else stock).id,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 1,
                            "quantity": 1,
                            "location_id": (stock if kind == "out" else customers).id,
                            "location_dest_id": (
                                customers if kind == "out" else stock
                            ).id,
                        },
                    )
                ],
            }
        )
        picking.move_ids.picked = True
        return picking

    def test_goods_that_left_are_captured(self):
        if "stock.picking" not in self.env:
            self.skipTest("there is no warehouse")
        capture = self.env["relationship.capture"]
        self.assertIn(SOURCE, capture._get_pulled_sources())
        picking = self._deliver()
        self._take_in(SOURCE)
        self.assertFalse(self._captured(picking))
        picking._action_done()
        self._take_in(SOURCE)
        [captured] = self._captured(picking)
        self.assertEqual(captured.kind, "delivery")
        self.assertEqual(captured.direction, "out")
        self.assertEqual(captured.date, picking.date_done)
        self.assertEqual(captured.subject, picking.name)
        self.assertEqual(captured.customer_id, self.customer)
        self.assertFalse(captured.is_contact)

    def test_goods_that_come_back_are_none(self):
        if "stock.picking" not in self.env:
            self.skipTest("there is no warehouse")
        picking = self._deliver("in")
        picking._action_done()
        self._take_in(SOURCE)
        self.assertFalse(self._captured(picking))
