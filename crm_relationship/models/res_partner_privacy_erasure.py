from odoo import models
from odoo.fields import Domain

from ..tools.privacy import PrivacyErasure


class ResPartner(models.Model):
    """What becomes of each kind of record when a person is forgotten."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _get_privacy_erasures(self) -> list[PrivacyErasure]:
        """What an anonymization of these people does, in this order.

        The same list is shown before and worked off after the confirmation. Called with
        superuser rights for contacts with all their addresses. An add-on that keeps
        something about people extends this.
        """
        self = self.with_context(active_test=False)
        return [
            *self._get_privacy_erasures_removed(),
            *self._get_privacy_erasures_changed(),
            *self._get_privacy_erasures_kept(),
        ]

    def _get_privacy_erasures_removed(self):
        on_contact = Domain("res_model", "=", self._name) & Domain(
            "res_id", "in", self.ids
        )
        open_activities = self._search_all("mail.activity", on_contact).filtered(
            "active"
        )
        attachments = self._search_all(
            "ir.attachment", on_contact & Domain("res_field", "=", False)
        )
        own = Domain("model", "=", self._name) & Domain("res_id", "in", self.ids)
        messages = self._search_all("mail.message", own)
        dates = self._get_privacy_key_dates()
        pairs = self._search_all(
            "relationship.duplicate",
            Domain("partner_id", "in", self.ids)
            | Domain("other_partner_id", "in", self.ids),
        )
        return [
            PrivacyErasure(
                "key_date",
                "remove",
                self.env._("Key dates"),
                len(dates),
                apply=lambda: dates.exists().unlink(),
            ),
            PrivacyErasure(
                "duplicate",
                "remove",
                self.env._("Possible duplicates"),
                len(pairs),
                self.env._("Also the remark that they are none."),
                lambda: pairs.exists().unlink(),
            ),
            PrivacyErasure(
                "open_activity",
                "remove",
                self.env._("Open activities"),
                len(open_activities),
                self.env._("They are cancelled."),
                lambda: open_activities.exists().unlink(),
            ),
            PrivacyErasure(
                "attachment",
                "remove",
                self.env._("Files attached to the contact"),
                len(attachments),
                apply=lambda: attachments.exists().unlink(),
            ),
            PrivacyErasure(
                "message",
                "remove",
                self.env._("Messages and notes on the contact"),
                len(messages),
                self.env._("With the changes of fields that they tell of."),
                lambda: self._search_all("mail.message", own).unlink(),
            ),
        ]

    def _get_privacy_erasures_changed(self):
        done = self._search_all(
            "mail.activity",
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("active", "=", False),
            ],
        )
        banks = self._search_all("res.partner.bank", [("partner_id", "in", self.ids)])
        users = self._search_all("res.users", [("partner_id", "in", self.ids)])
        proofs = self._search_all(
            "relationship.consent",
            [("partner_id", "in", self.ids), ("proof", "!=", False)],
        )
        authored = self._search_all(
            "mail.message",
            Domain("author_id", "in", self.ids)
            & ~(Domain("model", "=", self._name) & Domain("res_id", "in", self.ids)),
        )
        return [
            PrivacyErasure(
                "user",
                "change",
                self.env._("Accounts in the portal"),
                len(users),
                self.env._("They are closed, and their names removed."),
                lambda: self._erase_privacy_users(users),
            ),
            PrivacyErasure(
                "bank_account",
                "change",
                self.env._("Bank accounts"),
                len(banks),
                self.env._("Their numbers are removed; payments made stay."),
                lambda: self._erase_privacy_banks(banks),
            ),
            PrivacyErasure(
                "contact",
                "change",
                self.env._("The contact, with its addresses"),
                len(self),
                self.env._(
                    "Gets a number for a name and loses everything else: addresses, "
                    "tax number, reference, tags, notes, preferences, additional "
                    "fields. It is archived."
                ),
                self._erase_privacy_contacts,
            ),
            PrivacyErasure(
                "done_activity",
                "change",
                self.env._("Activities done"),
                len(done),
                self.env._("Their texts are removed; that they were done stays."),
                lambda: self._erase_privacy_activities(done),
            ),
            PrivacyErasure(
                "consent_proof",
                "change",
                self.env._("Proofs of consents"),
                len(proofs),
                self.env._("Their texts are removed."),
                lambda: self._erase_privacy_ledgers(),
            ),
            PrivacyErasure(
                "authored",
                "change",
                self.env._("Messages of this person elsewhere"),
                len(authored),
                self.env._(
                    "The sender is removed. In them, and in the messages of documents "
                    "of this person, name, e-mail address, phone number, street and "
                    "tax number are replaced."
                ),
            ),
        ]

    def _get_privacy_erasures_kept(self):
        own = [("partner_id", "in", self.ids)]
        orders = self._search_all("sale.order", own)
        statistics = sum(
            len(self._search_all(f"relationship.{ledger}", own))
            for ledger in ("stage.move", "segment.move", "touch", "touch.outcome")
        )
        reasons = {
            "order": self.env._(
                "Trade law demands that they are kept. They print the name that the "
                "contact has when they are printed: keep what was printed before."
            ),
            "quotation": self.env._(
                "Cancel or delete those that nobody needs any more before you go on."
            ),
            "invoice": self.env._(
                "Tax law demands that they are kept, with their printed files. Printed "
                "again they show the new name."
            ),
            "consent": self.env._(
                "Purpose, state and day stay, to prove that contacts were allowed."
            ),
            "statistics": self.env._("They have no text that says who it was."),
            "blacklist": self.env._(
                "The address or number stays on the list: without it, nobody would "
                "know that it must not be contacted when it turns up again."
            ),
            "country": self.env._("Reports of taxes need it."),
            "limit": self.env._(
                "Files attached to documents, and what employees wrote about the "
                "person elsewhere without a link to the contact, are not found."
            ),
        }
        confirmed = orders.filtered(lambda order: order.state == "sale")
        invoices = self._search_all("account.move", own)
        consents = self._search_all("relationship.consent", own)
        titles = [
            ("order", self.env._("Orders"), len(confirmed)),
            ("quotation", self.env._("Quotations"), len(orders - confirmed)),
            ("invoice", self.env._("Invoices and other entries"), len(invoices)),
            ("consent", self.env._("Consents"), len(consents)),
            ("statistics", self.env._("Stage moves and touches"), statistics),
            (
                "blacklist",
                self.env._("Entries of blacklists"),
                len(self._get_privacy_blacklist_entries()),
            ),
            (
                "country",
                self.env._("Country, language and salesperson of the contact"),
                None,
            ),
            ("limit", self.env._("Files and free texts elsewhere"), None),
        ]
        return [
            PrivacyErasure(key, "keep", title, count, reasons[key])
            for key, title, count in titles
        ]

    def _search_all(self, model, domain):
        """Records of a model, also archived ones; none where there is no such model."""
        if model not in self.env:
            return self.browse()
        return self.env[model].with_context(active_test=False).search(domain)

    def _get_privacy_key_dates(self):
        """Their own dates, and those of the same name that the customer has."""
        own = Domain("partner_id", "in", self.ids)
        for person in self.filtered("name"):
            own |= Domain(
                "partner_id.commercial_partner_id", "=", person.commercial_partner_id.id
            ) & Domain("name", "=ilike", person.name)
        return self._search_all("relationship.key.date", own)

    def _get_privacy_blacklist_entries(self) -> list:
        emails = [email for email in self.mapped("email_normalized") if email]
        phones = [phone for phone in self.mapped("phone_sanitized") if phone]
        return [
            *self._search_all("mail.blacklist", [("email", "in", emails)]),
            *self._search_all("phone.blacklist", [("number", "in", phones)]),
        ]
