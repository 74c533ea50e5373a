from odoo import api, models
from odoo.tools import SQL

from .relationship_interaction_sql import noon, select, short


class RelationshipCaptureActivity(models.AbstractModel):
    """Activities done: those whose type says by which channel, and of the others those
    that say what came of it. What the work list has logged is not captured, too.

    A meeting of the calendar is captured as such. What was cancelled did not happen:
    Odoo archives both alike, but only what is done is told in the chatter.
    """

    _name = "relationship.capture.activity"
    _inherit = ["relationship.capture.thread"]
    _description = "Activities as Interactions"

    _document = "mail.activity"

    @api.model
    def _get_codes(self):
        return ["activity"]

    @api.model
    def _get_selects(self, documents):
        return [
            select(
                {
                    "dedup_key": SQL("'mail.activity:' || a.id"),
                    "source": SQL("'activity'"),
                    "date": SQL(
                        "CASE WHEN a.write_date::date = a.date_done THEN a.write_date"
                        " ELSE %s END",
                        noon(SQL("a.date_done"), SQL("place.company_id")),
                    ),
                    "is_dated": SQL("FALSE"),
                    "partner_id": SQL("customer.id"),
                    "company_id": SQL("place.company_id"),
                    "channel_id": SQL(
                        "COALESCE(channel.id, %s)", self._get_channel_id("document")
                    ),
                    "direction": SQL("'out'"),
                    "kind": SQL(
                        "CASE WHEN channel.id IS NULL THEN 'task'"
                        " ELSE CASE channel.code WHEN 'phone' THEN 'call'"
                        " WHEN 'meeting' THEN 'meeting' WHEN 'counter' THEN 'visit'"
                        " ELSE 'message' END END"
                    ),
                    "user_id": SQL("worker.id"),
                    "raw_subject": SQL(
                        "COALESCE(NULLIF(a.summary, ''), kind.name->>worker.lang,"
                        " kind.name->>'en_US')"
                    ),
                    "raw_preview": short(SQL("a.feedback")),
                    "res_model": SQL("a.res_model"),
                    "res_id": SQL("a.res_id"),
                },
                self._get_tables(documents),
            )
        ]

    def _get_tables(self, documents):
        return SQL(
            """
            FROM mail_activity a
            %(document)s
            JOIN res_partner customer ON customer.id = document.partner_id
            LEFT JOIN mail_activity_type kind ON kind.id = a.activity_type_id
            LEFT JOIN relationship_channel channel
              ON channel.id = kind.relationship_channel_id
            LEFT JOIN LATERAL (
                 SELECT users.id, users.company_id, address.lang
                   FROM res_users users
                   JOIN res_partner address ON address.id = users.partner_id
                  WHERE users.id = COALESCE(a.user_id, a.write_uid)
            ) worker ON TRUE
            CROSS JOIN LATERAL (
                 SELECT COALESCE(
                        document.company_id, customer.company_id, worker.company_id,
                        (SELECT MIN(id) FROM res_company WHERE active)
                 )
            ) place (company_id)
           WHERE %(condition)s
             AND a.active IS NOT TRUE
             AND a.date_done IS NOT NULL
             AND a.calendar_event_id IS NULL
             AND (channel.id IS NOT NULL OR a.feedback != '')
             -- What the work list has told the history of is not told twice.
             AND NOT EXISTS (
                 SELECT FROM relationship_touch_outcome outcome
                  WHERE outcome.activity_id = a.id
                    AND outcome.interaction_id IS NOT NULL
                    AND outcome.again_date IS NULL
             )
             AND (
                 a.feedback != ''
                 OR EXISTS (
                     SELECT FROM mail_message done
                      WHERE done.model = a.res_model
                        AND done.res_id = a.res_id
                        AND done.mail_activity_type_id = a.activity_type_id
                        AND done.subtype_id = %(activities)s
                        AND done.date::date = a.date_done
                 )
             )
            """,
            document=self._join_document(
                documents, SQL("a.res_model"), SQL("a.res_id")
            ),
            condition=documents.condition("a"),
            activities=self._get_record_id("mail.mt_activities"),
        )
