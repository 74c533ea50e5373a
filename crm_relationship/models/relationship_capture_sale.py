from odoo import api, models
from odoo.tools import SQL

from .relationship_interaction_sql import select
from .relationship_profile_scope import NOW, in_company_currency

# When it happened: an order says when it was confirmed. That it was sent is what has
# been written lately, or it was about its date; that it was cancelled was mostly the
# last that was written.
SENT_ON = SQL(
    "CASE WHEN o.write_date >= %s - INTERVAL '1 day'"
    " THEN o.write_date ELSE o.date_order END",
    NOW,
)
# Kind, direction, moment, and whether the order says it, by its state.
EVENTS = {
    "sent": ("quotation", "out", SENT_ON, False),
    "sale": ("order", "in", SQL("o.date_order"), True),
    "cancel": ("cancellation", "in", SQL("o.write_date"), False),
}


class RelationshipCaptureSale(models.AbstractModel):
    """Quotations sent, orders confirmed, orders cancelled."""

    _name = "relationship.capture.sale"
    _inherit = ["relationship.capture.source"]
    _description = "Orders as Interactions"

    _document = "sale.order"

    @api.model
    def _get_codes(self):
        return ["sale"]

    @api.model
    def _get_selects(self, documents):
        return [
            self._get_select(documents, state, *event)
            for state, event in EVENTS.items()
        ]

    def _get_select(self, documents, state, kind, direction, date, is_dated):
        return select(
            {
                "dedup_key": SQL("'sale.order:' || o.id || ':' || o.state"),
                "source": SQL("'sale'"),
                "date": date,
                "is_dated": SQL("%s", is_dated),
                "partner_id": SQL("o.partner_id"),
                "company_id": SQL("o.company_id"),
                "channel_id": SQL("%s", self._get_channel_id("document")),
                "direction": SQL("%s", direction),
                "kind": SQL("%s", kind),
                "user_id": SQL("o.user_id"),
                "raw_subject": SQL("o.name"),
                "raw_amount": in_company_currency(
                    SQL("o.amount_total"), SQL.identifier("o", "currency_rate")
                ),
                "res_model": SQL("'sale.order'"),
                "res_id": SQL("o.id"),
            },
            SQL(
                "FROM sale_order o WHERE o.state = %s AND %s",
                state,
                documents.condition("o"),
            ),
        )
