from odoo import fields, models
from odoo.tools import email_split

from ..tools.privacy import Traces

# What stays of a contact: what documents, statistics and the system itself need and
# what tells nobody who it was. Everything else is emptied, also fields that another
# add-on or an administrator has added.
KEPT = {
    "active",
    "autopost_bills",
    "commercial_partner_id",
    "company_id",
    "country_id",
    "create_date",
    "create_uid",
    "customer_rank",
    "id",
    "is_company",
    "lang",
    "name",
    "parent_id",
    "partner_share",
    "relationship_anonymized_date",
    "supplier_rank",
    "type",
    "user_id",
    "write_date",
    "write_uid",
}
# Settings of accounting, which past documents were made with.
KEPT_PREFIXES = ("property_", "specific_property_")
# Fields of a contact that are looked for in texts elsewhere.
TRACE_FIELDS = ("name", "complete_name", "email", "email_normalized", "street", "vat")


class ResPartner(models.Model):
    """How a contact, and what hangs on it, is emptied."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _get_privacy_name(self) -> str:
        self.ensure_one()
        return self.env._("Anonymized #%s", self.id)

    def _get_privacy_traces(self) -> Traces:
        """By what these people are recognized in texts, now and before."""
        names = {person[name] for person in self for name in TRACE_FIELDS}
        names -= {person._get_privacy_name() for person in self}
        phones = {
            person[name] for person in self for name in ("phone", "phone_sanitized")
        }
        changes = self.env["mail.tracking.value"].search(
            [
                ("mail_message_id.model", "=", self._name),
                ("mail_message_id.res_id", "in", self.ids),
                ("field_id.name", "in", (*TRACE_FIELDS, "phone")),
            ]
        )
        for change in changes:
            known = phones if change.field_id.name == "phone" else names
            known |= {change.old_value_char, change.new_value_char}
        authored = self.env["mail.message"]._read_group(
            [("author_id", "in", self.ids)], ["email_from"]
        )
        for [sender] in authored:
            names |= set(email_split(sender or ""))
        return Traces(
            frozenset(name for name in names if name),
            frozenset(phone for phone in phones if phone),
        )

    def _erase_privacy_users(self, users):
        users.api_key_ids._remove()
        users.write({"active": False, "signature": False})
        self.env["relationship.privacy.eraser"]._erase_logins(users)
        self._search_all("res.device.log", [("user_id", "in", users.ids)]).unlink()

    def _erase_privacy_banks(self, banks):
        self._search_all(
            "mail.message",
            [("model", "=", banks._name), ("res_id", "in", banks.ids)],
        ).unlink()
        for bank in banks:
            number = self.env._("Anonymized #%s", bank.id)
            bank.write(
                {
                    "allow_out_payment": False,
                    "acc_number": number,
                    "acc_holder_name": False,
                    "clearing_number": False,
                    "note": False,
                    "active": False,
                }
            )

    def _erase_privacy_activities(self, activities):
        activities = activities.exists()
        activities.write({"summary": False, "note": False, "feedback": False})
        self.env.add_to_compute(activities._fields["res_name"], activities)

    def _erase_privacy_ledgers(self):
        self.env["relationship.privacy.eraser"]._erase_ledgers(self)

    def _erase_privacy_contacts(self):
        """Empty the contacts themselves, without telling other contacts.

        The address of a contact person is a copy of the company's, and Odoo would empty
        the company's with it: addresses of those are written past that.
        """
        writable = self._get_privacy_erased_fields()
        address = {name: False for name in writable if name in self._address_fields()}
        values = dict.fromkeys(writable, False) | {
            "relationship_anonymized_date": fields.Datetime.now(),
        }
        for person in self:
            own = values | {"name": person._get_privacy_name()}
            if person.parent_id and person.type == "contact":
                person._update_address(address)
                own = {
                    name: value for name, value in own.items() if name not in address
                }
            if person.relationship_anonymized_date:
                own.pop("relationship_anonymized_date")
            person.write(own)
        # Odoo looks for active accounts; with archived ones it would find closed ones.
        self.with_context(active_test=True).write({"active": False})
        self.env["relationship.privacy.eraser"]._erase_company_dependent(self)

    def _get_privacy_erased_fields(self) -> list[str]:
        """The fields of contacts that are emptied by a write."""
        return [
            name
            for name, field in self._fields.items()
            if field.store
            and name not in KEPT
            and not name.startswith(KEPT_PREFIXES)
            and not field.required
            and not field.company_dependent
            and not (field.compute and field.readonly)
            and not field.related
            and field.type not in ("one2many", "reference")
        ]
