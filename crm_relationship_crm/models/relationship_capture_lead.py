from odoo import api, models
from odoo.tools import SQL

from odoo.addons.crm_relationship.models.relationship_interaction_sql import select
from odoo.addons.crm_relationship.tools.previews import LOOKED_AT, preview
from odoo.addons.crm_relationship.tools.texts import clip, to_text

from .relationship_profile_lead_sql import closed_on, lead_company, qualified_on

SUBJECT_LENGTH = 200
# Kind, direction, moment, and the condition over lead ``l``.
EVENTS = {
    "created": (
        SQL(
            "CASE WHEN l.type = 'lead' OR l.date_conversion IS NOT NULL"
            " THEN 'lead' ELSE 'opportunity' END"
        ),
        SQL("'in'"),
        SQL("l.create_date"),
        SQL("TRUE"),
    ),
    "qualified": (
        SQL("'opportunity'"),
        SQL("'out'"),
        qualified_on(),
        SQL("l.type = 'opportunity' AND l.date_conversion IS NOT NULL"),
    ),
    "won": (SQL("'won'"), SQL("'in'"), closed_on(), SQL("l.won_status = 'won'")),
    "lost": (SQL("'lost'"), SQL("'in'"), closed_on(), SQL("l.won_status = 'lost'")),
}


class RelationshipCaptureLead(models.AbstractModel):
    """Leads that came in, became opportunities, were won or lost.

    What came through a form on the web is a contact; whatever else brings a lead, an
    e-mail, a call, a meeting, is captured as such.
    """

    _name = "relationship.capture.lead"
    _inherit = ["relationship.capture.source"]
    _description = "Leads as Interactions"

    _document = "crm.lead"
    _batch = 1000

    @api.model
    def _get_codes(self):
        return ["lead"]

    @api.model
    def _prepare(self, ids):
        """Leads get contacts, and the customers of all of them are computed again."""
        leads = self.env["crm.lead"].with_context(active_test=False).browse(ids)
        leads = leads.exists()
        leads._relationship_link()
        self.env["relationship.profile.queue"]._note_customers(
            leads._relationship_customers()
        )

    @api.model
    def _get_selects(self, documents):
        texts = self._get_texts(documents)
        if not texts:
            return []
        return [
            self._get_select(documents, texts, event, *said)
            for event, said in EVENTS.items()
        ]

    def _get_select(self, documents, texts, event, kind, direction, date, condition):
        is_form = SQL("FALSE")
        said = SQL("NULL")
        if event == "created":
            is_form, said = self._get_is_form(), SQL("said.preview")
        return select(
            {
                "dedup_key": SQL("'crm.lead:' || l.id || ':' || %s", event),
                "source": SQL("'lead'"),
                "date": date,
                "is_dated": SQL("TRUE"),
                "partner_id": SQL("l.partner_id"),
                "company_id": lead_company(),
                "channel_id": SQL(
                    "CASE WHEN %s THEN %s ELSE %s END",
                    is_form,
                    self._get_channel_id("web_form"),
                    self._get_channel_id("document"),
                ),
                "direction": direction,
                "kind": kind,
                "user_id": SQL("CASE WHEN NOT %s THEN l.user_id END", is_form),
                "raw_subject": SQL("said.subject"),
                "raw_preview": said,
                "raw_amount": SQL("NULLIF(l.expected_revenue, 0)"),
                "res_model": SQL("'crm.lead'"),
                "res_id": SQL("l.id"),
            },
            SQL(
                """
                FROM crm_lead l
                JOIN UNNEST(%s::int[], %s::text[], %s::text[])
                     said (id, subject, preview) ON said.id = l.id
                JOIN res_partner contact ON contact.id = l.partner_id
                LEFT JOIN res_users seller ON seller.id = l.user_id
                WHERE %s AND %s
                """,
                list(texts),
                [subject for subject, _preview in texts.values()],
                [preview for _subject, preview in texts.values()],
                documents.condition("l"),
                condition,
            ),
        )

    @api.model
    def _get_is_form(self) -> SQL:
        """Whether a visitor of the website has filled in a form."""
        return SQL(
            "(l.relationship_from_form IS TRUE OR l.medium_id IS NOT DISTINCT FROM %s)",
            self._get_record_id("utm.utm_medium_website"),
        )

    @api.model
    def _get_texts(self, documents) -> dict[int, tuple]:
        """{id of a lead: its subject and the beginning of what it says}, as plain text:
        anybody on the web may have written it."""
        self.env.cr.execute(
            SQL(
                "SELECT l.id, LEFT(l.name, %s), LEFT(l.description, %s)"
                " FROM crm_lead l WHERE %s AND l.partner_id IS NOT NULL",
                LOOKED_AT,
                LOOKED_AT,
                documents.condition("l"),
            )
        )
        return {
            lead_id: (
                clip(to_text(name or ""), SUBJECT_LENGTH) or None,
                preview(description),
            )
            for lead_id, name, description in self.env.cr.fetchall()
        }

    @api.model
    def _get_gone(self, documents):
        """What was taken back: won or lost by mistake, a lead once more."""
        return [
            SQL(
                "SELECT 'crm.lead:' || l.id || ':' || %s FROM crm_lead l"
                " WHERE %s AND (%s) IS NOT TRUE",
                event,
                documents.condition("l"),
                condition,
            )
            for event, (*_said, condition) in EVENTS.items()
            if event != "created"
        ]
