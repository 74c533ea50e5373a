from odoo import models
from odoo.fields import Domain
from odoo.tools import html2plaintext

from ..tools.privacy import PrivacyColumn, PrivacySection

# What refers to a contact without saying anything more about the person.
TECHNICAL = {
    "discuss.channel.member",
    "discuss.channel.rtc.session",
    "mail.followers",
    "mail.mail",
    "mail.message.reaction",
    "mail.notification",
    "mail.push.device",
    "relationship.duplicate",
    "relationship.profile.queue",
    "res.company",
    "res.partner",
    "res.partner.category",
    "res.users.settings.volumes",
}
# Parts of documents that are listed themselves.
PARTS = {"account.move.line", "account.payment", "sale.order.line"}


class ResPartner(models.Model):
    """How sections of an export are made, and what no section is about."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _get_privacy_sections(self):
        """Add what other records, of whatever add-on, refer to this person."""
        sections = super()._get_privacy_sections()
        listed = {section.records._name for section in sections} | PARTS | TECHNICAL
        people = self._get_privacy_people()
        for model, columns in self._get_privacy_references():
            if model in listed:
                continue
            domain = Domain.OR(Domain(name, "in", people.ids) for name in columns)
            section = self._get_privacy_section(
                model,
                self.env._(
                    "Mentioned in: %s", self.env["ir.model"]._get(model).name or model
                ),
                model,
                domain,
                [PrivacyColumn("name", self.env._("Name"), _get_name)],
            )
            if section.records:
                sections.append(section)
        return sections

    def _get_privacy_references(self):
        """Every stored reference to contacts: (model, names of its columns)."""
        found = []
        for name in sorted(self.env.registry):
            model = self.env[name]
            if model._abstract or model._transient or not model._auto:
                continue
            columns = [
                field.name
                for field in model._fields.values()
                if field.store
                and field.type in ("many2one", "many2many")
                and field.comodel_name == self._name
            ]
            if columns:
                found.append((name, columns))
        return found

    def _get_privacy_section(self, key, title, model, domain, columns, **options):
        """A section of the records of a model, empty where no add-on has the model.

        Columns that the model does not have are left out.
        """
        records = self._search_privacy(model, domain)
        if records._name == model:
            known = self.env[model]._fields
            several = options.get("as_cards") or len(self.env.companies) > 1
            columns = [
                column
                for column in columns
                if isinstance(column, PrivacyColumn)
                or (column in known and (column != "company_id" or several))
            ]
        else:
            columns = []
        return PrivacySection(key, title, records, columns, **options)

    def _search_privacy(self, model, domain):
        """Records of a model in the companies of the officer, also archived ones; no
        contacts where there is no such model."""
        if model not in self.env:
            return self.browse()
        records = self.env[model].with_context(active_test=False)
        domain = Domain(domain)
        if (field := records._fields.get("company_id")) and field.store:
            domain &= Domain("company_id", "in", [False, *self.env.companies.ids])
        return records.search(domain)

    def _get_privacy_fields(self, model) -> list[str]:
        """The stored fields of a model that a person can read."""
        if model not in self.env:
            return []
        skipped = {"id", "partner_id", "profile_id", "active"}
        skipped |= {"create_uid", "create_date", "write_uid", "write_date"}
        return [
            name
            for name, field in self.env[model]._fields.items()
            if field.store
            and name not in skipped
            and field.type not in ("binary", "json", "many2many", "one2many")
        ]

    def _get_privacy_author(self, message):
        return message.author_id.name or message.email_from

    def _get_privacy_text(self, message):
        """The text of a message, and the changes of fields that it tells of."""
        lines = [html2plaintext(message.body or "").strip()]
        for change in message.tracking_value_ids._tracking_value_format():
            label = change["fieldInfo"]["changedField"]
            old, new = change["oldValue"] or "-", change["newValue"] or "-"
            lines.append(f"{label}: {old} → {new}")
        return "\n".join(filter(None, lines))


def _get_name(record):
    return record.display_name
