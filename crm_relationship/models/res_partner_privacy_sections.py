from odoo import models
from odoo.fields import Domain

from ..tools.privacy import PrivacyColumn, PrivacySection
from .sale_order_relationship import RECORDED

# Columns of a contact that say nothing about the person, or repeat another one.
TECHNICAL = {
    "active",
    "autopost_bills",
    "color",
    "commercial_company_name",
    "commercial_partner_id",
    "complete_name",
    "create_uid",
    "email_normalized",
    "employee",
    "id",
    "message_bounce",
    "partner_share",
    "phone_sanitized",
    "signup_type",
    "write_date",
    "write_uid",
}
# Of a move, whatever it is between.
MOVE_COLUMNS = (
    "cause",
    "automatic",
    "reason",
    "until",
    "days",
    "origin_date",
    "origin_until",
    "origin_reason",
)
# Columns of a profile that repeat what stands elsewhere.
PROFILE_TECHNICAL = {"id", "partner_id", "active"}


class ResPartner(models.Model):
    """The kinds of record that an export of personal data consists of."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _get_privacy_sections(self) -> list[PrivacySection]:
        """Everything known about this person, kind by kind.

        Called with superuser rights, in the reader's language, and with the companies
        of the officer as the current ones (`env.companies`): restrict to them. An
        add-on that keeps something about people extends this.
        """
        self.ensure_one()
        people = self._get_privacy_people()
        return [
            *self._get_privacy_master_sections(people),
            *self._get_privacy_relationship_sections(people),
            *self._get_privacy_communication_sections(people),
            *self._get_privacy_document_sections(people),
        ]

    def _get_privacy_customer(self):
        """The contact where it is a customer itself; none for somebody's contact
        person, for what is computed of the company is not about the person."""
        return self if self.commercial_partner_id == self else self.browse()

    # Who it is

    def _get_privacy_master_sections(self, people):
        columns = [
            name
            for name, field in self._fields.items()
            if field.store
            and name not in TECHNICAL
            and field.type not in ("binary", "one2many", "reference")
        ]
        preferences = [name for name in columns if name.startswith("relationship_")]
        columns = [name for name in columns if name not in preferences]
        users = self._search_privacy("res.users", [("partner_id", "in", people.ids)])
        return [
            PrivacySection(
                "contact",
                self.env._("Master data"),
                people,
                columns,
                as_cards=True,
            ),
            PrivacySection(
                "preferences",
                self.env._("Preferences and origin"),
                people.filtered(
                    lambda person: any(person[name] for name in preferences)
                ),
                preferences,
                as_cards=True,
            ),
            self._get_privacy_section(
                "bank_account",
                self.env._("Bank accounts"),
                "res.partner.bank",
                [("partner_id", "in", people.ids)],
                ["acc_number", "acc_holder_name", "bank_id", "note", "active"],
            ),
            PrivacySection(
                "account",
                self.env._("Accounts for signing in"),
                users,
                ["login", "create_date", "login_date", "active"],
            ),
            self._get_privacy_section(
                "device",
                self.env._("Devices signed in from"),
                "res.device.log",
                [("user_id", "in", users.ids)],
                ["last_activity", "ip_address", "browser", "platform", "city"],
            ),
        ]

    # What this add-on keeps

    def _get_privacy_relationship_sections(self, people):
        own = [("partner_id", "in", people.ids)]
        customer = [("partner_id", "in", self._get_privacy_customer().ids)]
        profile = [
            name
            for name, field in self.env["relationship.profile"]._fields.items()
            if field.store and name not in PROFILE_TECHNICAL
        ]
        note = ""
        if not self._get_privacy_customer():
            note = self.env._(
                "Purchases are kept for the company that the person belongs to."
            )
        return [
            self._get_privacy_section(
                "key_date",
                self.env._("Key dates"),
                "relationship.key.date",
                own,
                ["name", "kinship_id", "day", "month", "year", "note", "company_id"],
            ),
            self._get_privacy_section(
                "consent",
                self.env._("Consents, with their history"),
                "relationship.consent",
                own,
                [
                    "date",
                    "purpose",
                    "channel_id",
                    "state",
                    "source",
                    "proof",
                    "user_id",
                    "company_id",
                ],
            ),
            self._get_privacy_section(
                "profile",
                self.env._("Profile: what is computed from purchases"),
                "relationship.profile",
                customer,
                ["explanation", *profile],
                note=note,
                as_cards=True,
            ),
            self._get_privacy_section(
                "product",
                self.env._("Product habits"),
                "relationship.profile.product",
                customer,
                self._get_privacy_fields("relationship.profile.product"),
            ),
            self._get_privacy_section(
                "stage_move",
                self.env._("Moves between stages"),
                "relationship.stage.move",
                customer,
                ["date", "from_stage_id", "to_stage_id", *MOVE_COLUMNS],
            ),
            self._get_privacy_section(
                "segment_move",
                self.env._("Moves between segments"),
                "relationship.segment.move",
                customer,
                ["date", "from_segment_id", "to_segment_id", *MOVE_COLUMNS],
            ),
            self._get_privacy_section(
                "touch",
                self.env._("What rules did about the customer"),
                "relationship.touch",
                customer,
                ["date", "rule_id", "state", "reason", "user_id"],
            ),
            self._get_privacy_section(
                "touch_outcome",
                self.env._("What came of it"),
                "relationship.touch.outcome",
                customer,
                ["date", "outcome", "lost_reason_id", "again_date", "user_id"],
            ),
        ]

    # What was said

    def _get_privacy_communication_sections(self, people):
        addresses = list(filter(None, people.mapped("email_normalized")))
        numbers = list(filter(None, people.mapped("phone_sanitized")))
        on_contact = Domain("res_model", "=", self._name) & Domain(
            "res_id", "in", people.ids
        )
        return [
            self._get_privacy_section(
                "activity",
                self.env._("Activities, planned and done"),
                "mail.activity",
                on_contact,
                [
                    "date_deadline",
                    "date_done",
                    "activity_type_id",
                    "summary",
                    "note",
                    "feedback",
                    "user_id",
                ],
            ),
            self._get_privacy_message_section(people, addresses),
            self._get_privacy_section(
                "meeting",
                self.env._("Meetings"),
                "calendar.event",
                [("partner_ids", "in", people.ids)],
                ["start", "stop", "name", "location", "description", "user_id"],
            ),
            self._get_privacy_section(
                "email_blacklist",
                self.env._("E-mail addresses that must not be written to"),
                "mail.blacklist",
                [("email", "in", addresses)],
                ["email", "create_date", "active"],
            ),
            self._get_privacy_section(
                "phone_blacklist",
                self.env._("Phone numbers that must not be called"),
                "phone.blacklist",
                [("number", "in", numbers)],
                ["number", "create_date", "active"],
            ),
            self._get_privacy_section(
                "attachment",
                self.env._("Attached files"),
                "ir.attachment",
                on_contact & Domain("res_field", "=", False),
                ["name", "create_date", "mimetype", "file_size"],
                note=self.env._("Their content can be asked for."),
            ),
        ]

    def _get_privacy_message_section(self, people, addresses):
        domain = Domain("model", "=", self._name) & Domain("res_id", "in", people.ids)
        domain |= Domain("author_id", "in", people.ids)
        domain |= Domain("partner_ids", "in", people.ids)
        for address in addresses:
            unknown = Domain("author_id", "=", False)
            domain |= unknown & Domain("email_from", "ilike", address)
        domain &= Domain("record_company_id", "in", [False, *self.env.companies.ids])
        return self._get_privacy_section(
            "message",
            self.env._("Messages and notes"),
            "mail.message",
            domain,
            [
                "date",
                PrivacyColumn("author", self.env._("From"), self._get_privacy_author),
                "subject",
                PrivacyColumn("text", self.env._("Text"), self._get_privacy_text),
            ],
        )

    # Documents

    def _get_privacy_document_sections(self, people):
        of_customer = self._get_privacy_customer()
        orders = Domain("partner_id", "in", people.ids)
        invoices = Domain("partner_id", "in", people.ids)
        if of_customer:
            orders |= Domain("partner_id.commercial_partner_id", "=", of_customer.id)
            invoices |= Domain("commercial_partner_id", "=", of_customer.id)
        return [
            self._get_privacy_section(
                "order",
                self.env._("Quotations and orders"),
                "sale.order",
                orders,
                [
                    "name",
                    "date_order",
                    "amount_total",
                    "state",
                    "signed_by",
                    *RECORDED,
                ],
            ),
            self._get_privacy_section(
                "invoice",
                self.env._("Invoices, bills and credit notes"),
                "account.move",
                invoices & Domain("move_type", "!=", "entry"),
                [
                    "name",
                    "invoice_date",
                    "invoice_date_due",
                    "amount_total_signed",
                    "state",
                    "payment_state",
                ],
            ),
            self._get_privacy_section(
                "payment",
                self.env._("Payments"),
                "account.payment",
                [("partner_id", "in", people.ids)],
                ["name", "date", "amount", "payment_type", "memo", "state"],
            ),
            self._get_privacy_section(
                "online_payment",
                self.env._("Online payments"),
                "payment.transaction",
                [("partner_id", "in", people.ids)],
                [
                    "reference",
                    "create_date",
                    "amount",
                    "state",
                    "partner_name",
                    "partner_email",
                    "partner_phone",
                ],
            ),
        ]
