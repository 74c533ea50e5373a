from odoo import api, models
from odoo.tools import SQL

from .relationship_interaction_sql import select
from .relationship_profile_scope import NOW


class RelationshipCaptureMeeting(models.AbstractModel):
    """Meetings that were held with people from outside: one interaction a customer.

    Nobody tells us that a meeting ends, so the calendar is asked every few minutes. The
    key is the first of the customer's attendees, whoever of them came in the end.
    """

    _name = "relationship.capture.meeting"
    _inherit = ["relationship.capture.source"]
    _description = "Meetings as Interactions"

    _document = "calendar.event"
    _is_pulled = True

    @api.model
    def _get_codes(self):
        return ["meeting"]

    @api.model
    def _get_selects(self, documents):
        return [
            select(
                {
                    "dedup_key": SQL("'calendar.attendee:' || met.attendee_id"),
                    "source": SQL("'meeting'"),
                    "date": SQL("e.start"),
                    "is_dated": SQL("TRUE"),
                    "partner_id": SQL("met.partner_id"),
                    "company_id": SQL(
                        "COALESCE(host.company_id, contact.company_id,"
                        " (SELECT MIN(id) FROM res_company WHERE active))"
                    ),
                    "channel_id": SQL("%s", self._get_channel_id("meeting")),
                    "direction": SQL("'both'"),
                    "kind": SQL("'meeting'"),
                    "user_id": SQL("e.user_id"),
                    "duration": SQL("e.duration"),
                    "raw_subject": SQL(
                        "CASE WHEN %s = 'private' THEN NULL ELSE e.name END",
                        self._get_privacy(),
                    ),
                    "res_model": SQL("'calendar.event'"),
                    "res_id": SQL("e.id"),
                },
                self._get_tables(documents),
            )
        ]

    def _get_tables(self, documents):
        return SQL(
            """
            FROM (
                 SELECT attendee.event_id,
                        MIN(attendee.id) AS attendee_id,
                        (ARRAY_AGG(guest.id ORDER BY attendee.id)
                            FILTER (WHERE attendee.state IS DISTINCT FROM 'declined')
                        )[1] AS partner_id
                   FROM calendar_event e
                   JOIN calendar_attendee attendee ON attendee.event_id = e.id
                   JOIN res_partner guest
                     ON guest.id = attendee.partner_id AND guest.partner_share
                  WHERE %s AND e.active AND e.stop <= %s
                  GROUP BY attendee.event_id, guest.commercial_partner_id
            ) met
            JOIN calendar_event e ON e.id = met.event_id
            JOIN res_partner contact ON contact.id = met.partner_id
            LEFT JOIN res_users host ON host.id = e.user_id
            LEFT JOIN res_users_settings settings ON settings.user_id = e.user_id
            """,
            documents.condition("e"),
            NOW,
        )

    def _get_privacy(self):
        """What the meeting says, else its organizer, else the database."""
        parameters = self.env["ir.config_parameter"].sudo()
        return SQL(
            "COALESCE(e.privacy, settings.calendar_default_privacy, %s)",
            parameters.get_param("calendar.default_privacy", "public"),
        )

    @api.model
    def _get_gone(self, documents):
        """A meeting that was put off is still to come."""
        return [
            SQL(
                """
                SELECT 'calendar.attendee:' || attendee.id
                  FROM calendar_event e
                  JOIN calendar_attendee attendee ON attendee.event_id = e.id
                 WHERE %s AND e.stop > %s
                """,
                documents.condition("e"),
                NOW,
            )
        ]

    @api.model
    def _get_recent_ids(self, since):
        query = SQL(
            "SELECT id FROM calendar_event WHERE (stop >= %s AND stop <= %s)"
            " OR write_date >= %s ORDER BY id",
            since,
            NOW,
            since,
        )
        self.env.cr.execute(query)
        return [row[0] for row in self.env.cr.fetchall()]
