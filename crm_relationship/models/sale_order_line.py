from odoo import api, models

# Columns of a line that the product habits and the margin are computed from. The last
# one comes with Odoo's margins.
FACT_FIELDS = {
    "order_id",
    "price_subtotal",
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "purchase_price",
}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # The access path of product habits and margin: an index-only scan over what was
    # bought.
    _relationship_bought_idx = models.Index(
        "(order_partner_id, order_id)"
        " INCLUDE (product_id, price_subtotal, product_uom_qty, product_uom_id)"
        " WHERE product_id IS NOT NULL AND display_type IS NULL"
        " AND is_downpayment IS NOT TRUE AND product_uom_qty > 0 AND price_subtotal > 0"
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._note_relationship_orders()
        return lines

    def _write_multi(self, vals_list):
        """Note the customers of confirmed orders whose products change, which the
        order itself need not show: another product at the same price."""
        changed = self.browse(
            line.id
            for line, vals in zip(self, vals_list, strict=True)
            if not FACT_FIELDS.isdisjoint(vals)
        )
        changed._note_relationship_orders()
        return super()._write_multi(vals_list)

    def unlink(self):
        self._note_relationship_orders()
        return super().unlink()

    def _note_relationship_orders(self):
        # Whoever's transaction it is; only ids are taken from the orders.
        self.env["relationship.profile.queue"]._note_orders(
            self.sudo().order_id.filtered(lambda order: order.state == "sale")
        )
