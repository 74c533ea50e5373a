from odoo import models
from odoo.fields import Domain
from odoo.tools import html2plaintext

from odoo.addons.crm_relationship.tools.privacy import (
    PrivacyColumn,
    PrivacyErasure,
    PrivacySection,
)

# What a lead says of a person.
SAID = (
    "city",
    "contact_name",
    "description",
    "email_cc",
    "email_from",
    "function",
    "partner_name",
    "phone",
    "referred",
    "street",
    "street2",
    "website",
    "zip",
)


class ResPartner(models.Model):
    """What leads keep of people, for exports and anonymizations."""

    _inherit = "res.partner"

    def _get_privacy_document_sections(self, people) -> list[PrivacySection]:
        texts = ("name", "contact_name", "partner_name", "email_from", "phone")
        return [
            *super()._get_privacy_document_sections(people),
            self._get_privacy_section(
                "lead",
                self.env._("Leads and opportunities"),
                "crm.lead",
                people._get_privacy_lead_domain(),
                [
                    "create_date",
                    *texts,
                    PrivacyColumn("text", self.env._("Text"), _get_text),
                    "type",
                    "won_status",
                    "date_closed",
                ],
            ),
        ]

    def _get_privacy_erasures_changed(self) -> list[PrivacyErasure]:
        leads = self._search_all("crm.lead", self._get_privacy_lead_domain())
        return [
            *super()._get_privacy_erasures_changed(),
            PrivacyErasure(
                "lead",
                "change",
                self.env._("Leads and opportunities"),
                len(leads),
                self.env._(
                    "Title, names, addresses and texts are removed; when they came in "
                    "and how they ended stays."
                ),
                lambda: self._erase_privacy_leads(leads),
            ),
        ]

    def _get_privacy_lead_domain(self) -> Domain:
        """Leads of these people, and those from their addresses without a contact."""
        emails = [email for email in self.mapped("email_normalized") if email]
        phones = [phone for phone in self.mapped("phone_sanitized") if phone]
        return Domain("partner_id", "in", self.ids) | (
            Domain("partner_id", "=", False)
            & (
                Domain("email_normalized", "in", emails)
                | Domain("phone_sanitized", "in", phones)
            )
        )

    def _erase_privacy_leads(self, leads):
        """Leave of leads what statistics need."""
        empty = dict.fromkeys(SAID, False)
        for lead in leads.exists():
            lead.write(empty | {"name": self.env._("Lead %s", lead.id)})


def _get_text(lead):
    return html2plaintext(lead.description or "").strip()
