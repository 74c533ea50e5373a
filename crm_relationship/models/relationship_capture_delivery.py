from odoo import api, models
from odoo.tools import SQL

from .relationship_interaction_sql import select


class RelationshipCaptureDelivery(models.AbstractModel):
    """Goods that left for a customer, where the warehouse is run in Odoo, too: read
    from the tables of its add-on, which ours does without."""

    _name = "relationship.capture.delivery"
    _inherit = ["relationship.capture.source"]
    _description = "Deliveries as Interactions"

    _document = "stock.picking"
    _is_pulled = True

    @api.model
    def _get_codes(self):
        return ["delivery"]

    @api.model
    def _get_selects(self, documents):
        if not self._is_available():
            return []
        return [
            select(
                {
                    "dedup_key": SQL("'stock.picking:' || p.id"),
                    "source": SQL("'delivery'"),
                    "date": SQL("COALESCE(p.date_done, p.write_date)"),
                    "is_dated": SQL("TRUE"),
                    "partner_id": SQL("p.partner_id"),
                    "company_id": SQL("p.company_id"),
                    "channel_id": SQL("%s", self._get_channel_id("document")),
                    "direction": SQL("'out'"),
                    "kind": SQL("'delivery'"),
                    "user_id": SQL("p.user_id"),
                    "raw_subject": SQL("p.name"),
                    "res_model": SQL("'stock.picking'"),
                    "res_id": SQL("p.id"),
                },
                SQL(
                    "FROM stock_picking p"
                    " JOIN stock_picking_type way ON way.id = p.picking_type_id"
                    " WHERE %s AND p.state = 'done' AND way.code = 'outgoing'",
                    documents.condition("p"),
                ),
            )
        ]
