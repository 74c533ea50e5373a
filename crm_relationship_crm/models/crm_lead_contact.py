from odoo import api, models
from odoo.tools import SQL, email_normalize

from odoo.addons.crm_relationship.models.relationship_capture import SKIP
from odoo.addons.crm_relationship.models.relationship_capture_message import SPOKEN
from odoo.addons.crm_relationship.models.relationship_interaction_match_sql import (
    MATCHED,
    NOBODY,
)
from odoo.addons.crm_relationship.tools.texts import clip, to_text

# Leads that get contacts in one transaction; the others wait for the next.
AT_ONCE = 200
NAME_LENGTH = 120
# In the context: what a lead says was written by anybody.
UNTRUSTED = "crm_relationship_untrusted"
TURN = "crm_relationship_crm.contact_turn"
# What a lead says itself is not overwritten by what is known of the contact.
SAID = (
    "company_id",
    "contact_name",
    "email_from",
    "function",
    "lang_id",
    "name",
    "partner_name",
    "phone",
    "website",
)
ADDRESS = ("street", "street2", "city", "zip", "state_id", "country_id")


class CrmLead(models.Model):
    """Leads without a contact get one."""

    _inherit = "crm.lead"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_link(self):
        """Give open leads without a contact the one that has their e-mail address or
        phone number, or else a new one. Does not commit.

        Left alone is whose address several customers have, or somebody of us: that is
        for people to decide. Nobody is made a contact who left nothing to be called by.

        :raise Conflict: another transaction makes contacts now
        """
        leads = self.filtered(lambda lead: lead._relationship_is_to_link())
        if len(leads) > AT_ONCE:
            leads[AT_ONCE:]._note_relationship()
            leads = leads[:AT_ONCE]
        if not leads:
            return
        keys = {lead: lead._relationship_get_keys() for lead in leads}
        answers = self.env["relationship.interaction"]._match(
            [(keys[lead], lead._relationship_company().id) for lead in leads]
        )
        unknown = self.browse()
        for lead, (status, partner_id, _customer_id) in zip(
            leads, answers, strict=True
        ):
            if status == MATCHED:
                lead._relationship_set_contact(
                    self.env["res.partner"].browse(partner_id)
                )
            elif status == NOBODY and lead._relationship_is_somebody(keys[lead]):
                unknown += lead
        unknown._relationship_create_contacts(keys)
        leads.filtered("partner_id")._relationship_recapture()

    def _relationship_is_to_link(self) -> bool:
        return (
            not self.partner_id
            and self.active
            and self.won_status == "pending"
            and self._relationship_company().relationship_link_leads
        )

    def _relationship_company(self):
        """The company of a lead, as the facts have it."""
        return (
            self.company_id
            or self.user_id.company_id
            or self.env["res.company"].search([], order="id", limit=1)
        )

    def _relationship_get_keys(self) -> dict:
        """Its e-mail address and phone number, as partners are compared."""
        return self.env["relationship.interaction"]._get_contact_keys(
            {
                "email": self.email_normalized or self.email_from,
                "phone": self.phone_sanitized or self.phone,
            },
            self._relationship_company(),
        )

    def _relationship_is_somebody(self, keys) -> bool:
        """Whether there is anything to call somebody by. Whoever fills in a form has to
        leave an address; a colleague has perhaps met them."""
        if keys.get("email") or keys.get("phone"):
            return True
        named = self.contact_name or self.partner_name
        return bool(not self.relationship_from_form and to_text(named or ""))

    def _relationship_create_contacts(self, keys):
        """One contact for all leads with the same e-mail address or phone number,
        whichever company they are of: contacts are those of all companies, and an
        address that two of them have would be nobody's."""
        if not self:
            return
        self._relationship_take_turn()
        known, leads_of = {}, {}
        for lead in self:
            addresses = [
                (name, keys[lead][name])
                for name in ("email", "phone")
                if keys[lead].get(name)
            ]
            first = next((known[a] for a in addresses if a in known), lead)
            known.update(dict.fromkeys(addresses, first))
            leads_of[first] = leads_of.get(first, self.browse()) + lead
        partners = (
            self.env["res.partner"]
            .with_context(mail_create_nosubscribe=True, mail_create_nolog=True)
            .create([lead._relationship_prepare_contact_vals() for lead in leads_of])
        )
        for partner, leads in zip(partners, leads_of.values(), strict=True):
            for lead in leads:
                lead._relationship_set_contact(partner)

    @api.model
    def _relationship_take_turn(self):
        """Two transactions that look for the same stranger at once would both find
        nobody. So those that make contacts write the same row: the second one fails,
        and finds the contact when it is tried again."""
        self.env.cr.execute(
            SQL(
                "UPDATE ir_config_parameter SET write_date = NOW() AT TIME ZONE 'UTC'"
                " WHERE key = %s",
                TURN,
            ),
            log_exceptions=False,
        )

    def _relationship_prepare_contact_vals(self) -> dict:
        """What is known of the stranger, in plain text; the rest stays with the
        lead."""
        lead = self.with_context(**{UNTRUSTED: True})
        person, company = (
            to_text(self.contact_name or ""),
            to_text(self.partner_name or ""),
        )
        name = person or company or self.email_normalized or self.phone_sanitized
        return lead._prepare_customer_values(
            name or to_text(self.name or ""), is_company=bool(company and not person)
        )

    def _prepare_customer_values(self, partner_name, is_company=False, parent_id=False):
        values = super()._prepare_customer_values(
            partner_name, is_company=is_company, parent_id=parent_id
        )
        if self.env.context.get(UNTRUSTED):
            values = self._relationship_clean(values)
        return values

    def _relationship_clean(self, values) -> dict:
        """Values of a contact without what may not be shown, or is no address."""
        company = self._relationship_company()
        cleaned = {
            name: clip(to_text(value), NAME_LENGTH) if isinstance(value, str) else value
            for name, value in values.items()
        }
        email = email_normalize(self.email_from or "", strict=False)
        phone = self.phone and self.env["relationship.interaction"]._format_phone(
            self.phone_sanitized or self.phone, company
        )
        website = cleaned.get("website") or ""
        return cleaned | {
            "comment": False,  # what a stranger says is no note of ours
            "email": email if email and to_text(email) == email else False,
            "phone": phone or False,
            "website": website if website.startswith(("http://", "https://")) else "",
        }

    def _relationship_set_contact(self, partner):
        """Link a contact; the lead goes on saying what it said, and the contact does
        not get it: anybody may write anything into a form."""
        fields_ = [self._fields[name] for name in SAID if self[name]]
        if any(self[name] for name in ADDRESS):
            fields_ += [self._fields[name] for name in ADDRESS]
        with self.env.protecting(fields_, self):
            self.with_context(**{SKIP: True}).write({"partner_id": partner.id})

    def _relationship_recapture(self):
        """What was said on the leads before anybody knew by whom."""
        if not self:
            return
        messages = self.env["mail.message"].search(
            [
                ("model", "=", self._name),
                ("res_id", "in", self.ids),
                ("message_type", "in", SPOKEN),
            ]
        )
        self.env["relationship.capture"]._note(
            "relationship.capture.message", messages.ids
        )

    def action_relationship_link(self):
        """Look for the contacts of these leads, or make them, now."""
        self.check_access("write")
        # Whom an address belongs to, is no secret of those who may write the lead.
        self.sudo()._relationship_link()
        self._note_relationship()
