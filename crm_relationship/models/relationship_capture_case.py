from odoo import api, models
from odoo.tools import SQL

from .relationship_interaction_sql import select


class RelationshipCaptureCase(models.AbstractModel):
    """Cases that somebody opened for a customer. What came by e-mail is an e-mail."""

    _name = "relationship.capture.case"
    _inherit = ["relationship.capture.source"]
    _description = "Cases as Interactions"

    _document = "relationship.case"

    @api.model
    def _get_codes(self):
        return ["case"]

    @api.model
    def _get_selects(self, documents):
        return [
            select(
                {
                    "dedup_key": SQL("'relationship.case:' || c.id"),
                    "source": SQL("'case'"),
                    "date": SQL("c.date_open"),
                    "is_dated": SQL("TRUE"),
                    "partner_id": SQL("c.partner_id"),
                    "company_id": SQL("c.company_id"),
                    "channel_id": SQL(
                        "COALESCE(c.channel_id, %s)", self._get_channel_id("document")
                    ),
                    "direction": SQL("'in'"),
                    "kind": SQL("'case'"),
                    "user_id": SQL("c.create_uid"),
                    "sentiment": SQL(
                        "CASE c.kind WHEN 'complaint' THEN 'negative'"
                        " WHEN 'compliment' THEN 'positive' END"
                    ),
                    "raw_subject": SQL("CONCAT_WS(' ', c.number, c.name)"),
                    "res_model": SQL("'relationship.case'"),
                    "res_id": SQL("c.id"),
                },
                SQL(
                    "FROM relationship_case c"
                    " WHERE %s AND c.channel_id IS DISTINCT FROM %s",
                    documents.condition("c"),
                    self._get_channel_id("email"),
                ),
            )
        ]
