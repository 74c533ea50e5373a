from odoo import api, models
from odoo.tools import SQL

from odoo.addons.rating.models.rating_data import (
    RATING_LIMIT_MIN,
    RATING_LIMIT_OK,
    RATING_LIMIT_SATISFIED,
)

from .relationship_interaction_sql import select, short


class RelationshipCaptureRating(models.AbstractModel):
    """What customers say when they are asked whether they are satisfied."""

    _name = "relationship.capture.rating"
    _inherit = ["relationship.capture.thread"]
    _description = "Ratings as Interactions"

    _document = "rating.rating"

    @api.model
    def _get_codes(self):
        return ["rating"]

    @api.model
    def _get_selects(self, documents):
        return [
            select(
                {
                    "dedup_key": SQL("'rating.rating:' || r.id"),
                    "source": SQL("'rating'"),
                    "date": SQL("COALESCE(r.rated_on, r.write_date)"),
                    "is_dated": SQL("TRUE"),
                    "partner_id": SQL("customer.id"),
                    "company_id": SQL(
                        "COALESCE(document.company_id, customer.company_id,"
                        " rated.company_id,"
                        " (SELECT MIN(id) FROM res_company WHERE active))"
                    ),
                    # A comment with stars, or the page that a mail leads to.
                    "channel_id": SQL(
                        "CASE WHEN m.message_type = 'comment' THEN %s ELSE %s END",
                        self._get_channel_id("portal"),
                        self._get_channel_id("web_form"),
                    ),
                    "direction": SQL("'in'"),
                    "kind": SQL("'rating'"),
                    "user_id": SQL("rated.id"),
                    "sentiment": SQL(
                        "CASE WHEN r.rating >= %s THEN 'positive'"
                        " WHEN r.rating >= %s THEN 'neutral' ELSE 'negative' END",
                        RATING_LIMIT_SATISFIED,
                        RATING_LIMIT_OK,
                    ),
                    "rating": SQL("r.rating"),
                    "raw_subject": SQL("document.name"),
                    "raw_preview": short(SQL("r.feedback")),
                    "res_model": SQL("r.res_model"),
                    "res_id": SQL("r.res_id"),
                },
                SQL(
                    """
                    FROM rating_rating r
                    %s
                    JOIN res_partner customer
                      ON customer.id = COALESCE(r.partner_id, document.partner_id)
                    LEFT JOIN mail_message m ON m.id = r.message_id
                    LEFT JOIN LATERAL (
                         SELECT id, company_id FROM res_users
                          WHERE partner_id = r.rated_partner_id
                          ORDER BY active DESC, id LIMIT 1
                    ) rated ON TRUE
                   WHERE %s AND r.consumed AND r.rating >= %s
                    """,
                    self._join_document(documents, SQL("r.res_model"), SQL("r.res_id")),
                    documents.condition("r"),
                    RATING_LIMIT_MIN,
                ),
            )
        ]

    @api.model
    def _get_gone(self, documents):
        """A rating that was reset was not given."""
        return [
            SQL(
                "SELECT 'rating.rating:' || r.id FROM rating_rating r"
                " WHERE %s AND r.consumed IS NOT TRUE",
                documents.condition("r"),
            )
        ]
