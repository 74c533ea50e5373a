import re

from odoo import api, models
from odoo.tools import SQL, email_normalize

from ..tools.texts import clip, to_text
from .relationship_interaction_match_sql import (
    NOBODY,
    WAYS,
    asked,
    candidates,
    matches,
)

ADDRESS_LENGTH = 200
# Brazilian mobile numbers are written with the ninth digit and, by WhatsApp, without.
BRAZILIAN_MOBILE = re.compile(r"(\+55\d\d)(9?)([6-9]\d{7})")
# Which address stands for the others where one is shown.
SHOWN = ("phone", "email", "ref", "name")


class RelationshipInteractionMatch(models.AbstractModel):
    """Finding out whom a phone number, an e-mail address, a reference belongs to. A
    part of ``relationship.interaction``.
    """

    _name = "relationship.interaction.match"
    _description = "Matching of Addresses"

    @api.model
    def _get_contact_keys(self, contact, company) -> dict:
        """A contact as another system gave it, in the form in which partners are
        compared; what can't be read as a number, an address is not compared.

        :param contact: dict with ref, email, phone, name; all may be missing
        :return: dict of what there is of ref, email, phone, other_phone, name, and
            ``shown``, the one that stands for the others
        """
        keys = {name: contact[name] for name in ("ref", "name") if contact.get(name)}
        shown = dict(keys)
        if email := contact.get("email"):
            normalized = email_normalize(email, strict=False)
            # Whoever writes markup into an address gets no mail there.
            if normalized and to_text(normalized) == normalized:
                keys["email"] = normalized
            shown["email"] = keys.get("email") or to_text(email)
        if phone := contact.get("phone"):
            number = self._format_phone(phone, company)
            if number:
                keys["phone"] = number
                if other := self._get_other_phone(number):
                    keys["other_phone"] = other
            shown["phone"] = number or phone
        keys["shown"] = clip(
            next((shown[name] for name in SHOWN if shown.get(name)), ""),
            ADDRESS_LENGTH,
        )
        return keys

    @api.model
    def _format_phone(self, phone, company):
        """A number as it is stored with partners, or False."""
        said = [phone]
        if phone.startswith("00"):
            # Means + almost everywhere, and where it does not, systems write it.
            said.insert(0, f"+{phone[2:]}")
        for number in said:
            if formatted := self.env["res.partner"]._phone_format(
                number=number, country=company.country_id
            ):
                return formatted
        return False

    @api.model
    def _get_other_phone(self, number):
        """The same number as others may have written it, or None."""
        if mobile := BRAZILIAN_MOBILE.fullmatch(number):
            area, ninth, rest = mobile.groups()
            return f"{area}{'' if ninth else '9'}{rest}"
        return None

    @api.model
    def _match(self, questions) -> list[tuple]:
        """Find out whom contacts are about. One query, however many.

        :param questions: [(keys made by `_get_contact_keys`, company id)]
        :return: [(status, partner id, customer id)], in the order of the questions;
            without ids unless the status is ``matched``
        """
        rows = [
            (n, company_id, way, keys[name])
            for n, (keys, company_id) in enumerate(questions)
            for name, (way, _column) in WAYS.items()
            if keys.get(name)
        ]
        answers = [(NOBODY, None, None)] * len(questions)
        if not rows:
            return answers
        self._flush_addresses()
        for n, *answer in self.env.execute_query(matches(asked(rows))):
            answers[n] = tuple(answer)
        return answers

    @api.model
    def _flush_addresses(self):
        self.env["res.partner"].flush_model(
            [
                "active",
                "commercial_partner_id",
                "company_id",
                "email_normalized",
                "partner_share",
                "phone_sanitized",
                "ref",
                "type",
            ]
        )
        self.env["res.company"].flush_model(["partner_id"])

    @api.model
    def _get_candidate_ids(self, keys, company_id) -> list[int]:
        """Ids of all partners that have one of the addresses."""
        rows = [
            (0, company_id, way, keys[name])
            for name, (way, _column) in WAYS.items()
            if keys.get(name)
        ]
        if not rows:
            return []
        self._flush_addresses()
        found = self.env.execute_query(
            SQL(
                "SELECT DISTINCT id FROM (%s) candidate WHERE NOT is_internal"
                " ORDER BY id LIMIT 20",
                candidates(asked(rows)),
            )
        )
        return [row[0] for row in found]
