from odoo import api, models
from odoo.tools import SQL

from ..tools.previews import LOOKED_AT, preview
from .relationship_interaction_sql import select
from .relationship_profile_scope import NOW

# What people send each other. Whatever else there is, is from the system or for it.
SPOKEN = ("email", "comment", "email_outgoing", "sms")
# Odoo forgets who was notified of a message after this time.
NOTIFIED_DAYS = 180


class RelationshipCaptureMessage(models.AbstractModel):
    """E-mails, text messages and what is said in the portal.

    No internal notes, no tracking, nothing a bot has said, no comment that no customer
    was told of.
    """

    _name = "relationship.capture.message"
    _inherit = ["relationship.capture.thread"]
    _description = "Messages as Interactions"

    _document = "mail.message"
    _batch = 1000
    _model_column = "model"

    @api.model
    def _get_codes(self):
        return ["email", "sms", "portal"]

    @api.model
    def _is_spoken(self, vals) -> bool:
        """Whether a message of these values may be one with a customer. No query."""
        kind = vals.get("message_type") or "comment"
        if kind not in SPOKEN or vals.get("is_internal"):
            return False
        if not vals.get("res_id") or vals.get("model") not in self._get_threads():
            return False
        if vals.get("author_id") == self._get_record_id("base.partner_root"):
            return False
        # Text messages are notes to Odoo.
        return kind == "sms" or vals.get("subtype_id") not in (
            self._get_record_id("mail.mt_note"),
            self._get_record_id("mail.mt_activities"),
        )

    @api.model
    def _get_selects(self, documents):
        previews = self._get_previews(documents)
        if not previews:
            return []
        return [
            select(
                {
                    "dedup_key": SQL("'mail.message:' || m.id"),
                    "source": SQL("said.source"),
                    "date": SQL("m.date"),
                    "is_dated": SQL("TRUE"),
                    "partner_id": SQL("customer.id"),
                    "company_id": self._get_company(),
                    "channel_id": self._get_channel(),
                    "direction": SQL("said.direction"),
                    "kind": SQL(
                        "CASE WHEN m.message_type = 'email_outgoing'"
                        " THEN 'mailing' ELSE 'message' END"
                    ),
                    "user_id": SQL("colleague.id"),
                    # The name of the customer is no subject of theirs.
                    "raw_subject": SQL(
                        "CASE WHEN m.model = 'res.partner'"
                        " THEN NULLIF(NULLIF(m.subject, ''), document.name)"
                        " ELSE COALESCE(NULLIF(m.subject, ''), document.name) END"
                    ),
                    "raw_preview": SQL("preview.text"),
                    "res_model": SQL("m.model"),
                    "res_id": SQL("m.res_id"),
                },
                self._get_tables(documents, previews),
            )
        ]

    def _get_tables(self, documents, previews):
        return SQL(
            """
            FROM mail_message m
            JOIN UNNEST(%(ids)s::int[], %(texts)s::text[]) preview (id, text)
              ON preview.id = m.id
            %(document)s
            LEFT JOIN mail_message_subtype subtype ON subtype.id = m.subtype_id
            -- who is somebody: whoever is not logged in is nobody
            LEFT JOIN res_partner author
              ON author.id = m.author_id AND author.id != %(public)s
            LEFT JOIN LATERAL (
                 SELECT id, company_id FROM res_users
                  WHERE partner_id = author.id
                  ORDER BY active DESC, id LIMIT 1
            ) writer ON TRUE
            CROSS JOIN LATERAL (
                 SELECT CASE m.message_type
                        WHEN 'sms' THEN 'sms'
                        WHEN 'comment' THEN %(comment)s
                        ELSE 'email' END,
                        CASE WHEN %(is_inbound)s THEN 'in' ELSE 'out' END
            ) said (source, direction)
            LEFT JOIN LATERAL (%(told)s) told ON said.direction = 'out'
            LEFT JOIN res_partner owner
              ON owner.id = document.partner_id AND owner.partner_share
            JOIN res_partner customer
              ON customer.id = CASE
                 WHEN said.direction = 'in' THEN COALESCE(author.id, owner.id)
                 ELSE COALESCE(owner.id, told.id) END
            LEFT JOIN res_users colleague
              ON colleague.id = writer.id AND said.direction = 'out'
           WHERE %(is_spoken)s
             AND m.author_id IS DISTINCT FROM %(root)s
             AND (m.message_type = 'sms' OR subtype.internal IS NOT TRUE)
             AND (
                 said.direction = 'in'
                 OR m.message_type != 'comment'
                 OR told.id IS NOT NULL
                 OR m.date < %(now)s - %(notified)s * INTERVAL '1 day'
             )
             -- what was said with a rating comes with the rating
             AND NOT EXISTS (
                 SELECT FROM rating_rating
                  WHERE message_id = m.id AND consumed
             )
            """,
            ids=list(previews),
            texts=list(previews.values()),
            document=self._join_document(documents, SQL("m.model"), SQL("m.res_id")),
            public=self._get_record_id("base.public_partner"),
            root=self._get_record_id("base.partner_root"),
            comment=SQL("CASE WHEN %s THEN 'portal' ELSE 'email' END", _inbound()),
            is_inbound=_inbound(),
            told=self._get_told(),
            is_spoken=self._get_spoken(),
            notified=NOTIFIED_DAYS,
            now=NOW,
        )

    def _get_told(self):
        """Who outside was told of a message ``m``."""
        return SQL(
            """
            SELECT MIN(contact.id) AS id
              FROM (
                   SELECT res_partner_id FROM mail_notification
                    WHERE mail_message_id = m.id
                    UNION ALL
                   SELECT res_partner_id FROM mail_message_res_partner_rel
                    WHERE mail_message_id = m.id
              ) named (id)
              JOIN res_partner contact ON contact.id = named.id
             WHERE contact.partner_share AND contact.id != %s
            """,
            self._get_record_id("base.public_partner"),
        )

    def _get_company(self):
        return SQL(
            "COALESCE(m.record_company_id, document.company_id, customer.company_id,"
            " writer.company_id, (SELECT MIN(id) FROM res_company WHERE active))"
        )

    def _get_channel(self):
        return SQL(
            "CASE said.source %s END",
            SQL(" ").join(
                SQL("WHEN %s THEN %s", code, self._get_channel_id(code))
                for code in self._get_codes()
            ),
        )

    def _get_spoken(self):
        """The condition of `_is_spoken` that needs no other table."""
        return SQL(
            "m.message_type = ANY(%s) AND m.is_internal IS NOT TRUE AND m.res_id > 0",
            list(SPOKEN),
        )

    def _get_previews(self, documents) -> dict[int, str | None]:
        """{id of a message: its preview}"""
        self.env.cr.execute(
            SQL(
                "SELECT m.id, LEFT(m.body, %s) FROM mail_message m WHERE %s AND %s",
                LOOKED_AT,
                documents.condition("m"),
                self._get_spoken(),
            )
        )
        bodies = dict(self.env.cr.fetchall())
        return {message_id: preview(body) for message_id, body in bodies.items()}


def _inbound() -> SQL:
    """Whether a message ``m`` came from outside: from somebody who does not work for
    us, or from nobody we know."""
    return SQL(
        "CASE m.message_type WHEN 'email_outgoing' THEN FALSE"
        " WHEN 'sms' THEN COALESCE(author.partner_share, FALSE)"
        " ELSE COALESCE(author.partner_share, TRUE) END"
    )
