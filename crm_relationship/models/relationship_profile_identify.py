import re

from odoo import api, fields, models
from odoo.fields import Domain

# Fewer digits are no phone number.
MIN_DIGITS = 5
NO_PHONE = re.compile(r"[^\d\s()+./-]")


class RelationshipProfileIdentify(models.AbstractModel):
    """Finding out who is calling. A part of ``relationship.profile``."""

    _name = "relationship.profile.identify"
    _description = "Identification of a Customer"

    contact_search = fields.Char(
        string="Name, Phone or E-mail",
        compute="_compute_contact_search",
        search="_search_contact_search",
        help="Name, reference, e-mail or phone number of the customer or of any of its "
        "contacts; a number however it is written.",
    )

    def _compute_contact_search(self):
        self.contact_search = False  # to search by only

    @api.model
    def _search_contact_search(self, operator, value):
        if operator not in ("ilike", "=ilike") or not isinstance(value, str):
            return NotImplemented
        contacts = (
            self.env["res.partner"]
            .with_context(active_test=False)
            ._search(self._get_contact_domain(value))
        )
        return Domain("partner_id", "in", contacts.subselect("commercial_partner_id"))

    @api.model
    def _get_contact_domain(self, text) -> Domain:
        """The contacts whom somebody may mean by a text."""
        digits = re.sub(r"\D", "", text).lstrip("0")
        if len(digits) >= MIN_DIGITS and not NO_PHONE.search(text):
            # The number may be stored or asked for with the code of the country, or
            # without; there may be a 0 in front of the area code.
            return Domain.OR(
                [
                    Domain("phone_mobile_search", "ilike", digits),
                    Domain("phone_sanitized", "like", digits),
                    Domain("ref", "=ilike", text),
                ]
            )
        return Domain.OR(
            [
                Domain("complete_name", "ilike", text),
                Domain("ref", "=ilike", text),
                Domain("email", "ilike", text),
            ]
        )
