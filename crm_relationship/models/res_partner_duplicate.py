from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.names import name_sql, number_sql

# What tells whether somebody is there already.
IDENTIFYING_FIELDS = (
    "name",
    "email",
    "phone",
    "vat",
    "company_registry",
    "parent_id",
    "is_company",
    "city",
    "zip",
)
SHOWN = 3


def _trigram_index(registry):
    """Definition of the index on likeness of names, where the database can have it.

    Without a list of pending entries: that would make a check slow after an import.
    """
    if not registry.has_trigram:
        return ""
    name = name_sql("name").code
    return f"USING gin (({name}) gin_trgm_ops) WITH (fastupdate = off)"


class ResPartnerDuplicate(models.Model):
    """Warns of a contact that is there already."""

    _name = "res.partner"
    _inherit = ["res.partner"]

    relationship_duplicate_warning = fields.Html(
        string="Looks Like",
        compute="_compute_relationship_duplicate_warning",
        sanitize=False,
        groups="crm_relationship.group_relationship_user",
    )

    _relationship_email_idx = models.Index(
        "(email_normalized) WHERE email_normalized IS NOT NULL"
    )
    _relationship_phone_idx = models.Index(
        "(phone_sanitized) WHERE phone_sanitized IS NOT NULL"
    )
    _relationship_vat_idx = models.Index(
        f"(({number_sql('vat').code})) WHERE vat IS NOT NULL"
    )
    _relationship_registry_idx = models.Index(
        f"(({number_sql('company_registry').code})) WHERE company_registry IS NOT NULL"
    )
    _relationship_name_idx = models.Index(f"(({name_sql('name').code}))")
    _relationship_trigram_idx = models.Index(_trigram_index)

    @api.depends(*IDENTIFYING_FIELDS)
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_relationship_duplicate_warning(self):
        """Of saved contacts what the last scan found, by one query; of one that is
        being typed in what a check finds now."""
        typed = self.filtered(lambda partner: partner._relationship_is_typed())
        stored = (self - typed)._get_relationship_duplicates()
        for partner in self - typed:
            found = stored.get(partner._origin.id, [])
            partner.relationship_duplicate_warning = self._warn_of(found)
        for partner in typed:
            partner.relationship_duplicate_warning = self._warn_of(
                partner._find_relationship_duplicates()
            )

    def _relationship_is_typed(self) -> bool:
        """Whether a form shows something else than what is saved."""
        if isinstance(self.id, int):
            return False
        saved = self._origin
        return not saved or any(
            (self[name]._origin if self._fields[name].relational else self[name])
            != saved[name]
            for name in IDENTIFYING_FIELDS
        )

    def _get_relationship_duplicates(self) -> dict:
        """{id: [(other id, its name, active, evidence)]} of the pairs to review."""
        ids = self._origin.ids
        if not ids:
            return {}
        Duplicate = self.env["relationship.duplicate"]
        query = Duplicate._search(
            [
                ("state", "=", "open"),
                "|",
                ("partner_id", "in", ids),
                ("other_partner_id", "in", ids),
            ],
            order="score DESC, id",
        )
        pair = SQL.identifier(query.table)
        other = query.make_alias(query.table, "other")
        query.add_join(
            "JOIN",
            other,
            "res_partner",
            SQL(
                "%(other)s.id IN (%(pair)s.partner_id, %(pair)s.other_partner_id)",
                other=SQL.identifier(other),
                pair=pair,
            ),
        )
        rows = self.env.execute_query(
            query.select(
                SQL("%s.partner_id", pair),
                SQL("%s.other_partner_id", pair),
                SQL("%s.evidence", pair),
                *(
                    SQL.identifier(other, name)
                    for name in ("id", "complete_name", "active")
                ),
            )
        )
        found = {}
        for first, second, evidence, partner_id, name, active in rows:
            mine = second if partner_id == first else first
            found.setdefault(mine, []).append((partner_id, name, active, evidence))
        return found

    def _find_relationship_duplicates(self) -> list:
        """As above, of a contact that is not saved as it is shown."""
        self.ensure_one()
        typed = self._prepare_relationship_check()
        if self.parent_id and self.type not in (False, "contact"):
            return []  # an address
        if not any(typed[name] for name in ("email", "phone", "vat", "registry")) and (
            len(typed["name"]) < 4
        ):
            return []
        return [
            (partner.id, partner.complete_name, partner.active, evidence)
            for partner, _score, evidence in self.env["relationship.duplicate"]._find(
                typed, limit=SHOWN
            )
        ]

    def _prepare_relationship_check(self) -> dict:
        return {
            "id": self._origin.id or 0,
            "parent_id": self.parent_id._origin.id or 0,
            "family": self.commercial_partner_id._origin.id or 0,
            "company_id": self.company_id._origin.id or 0,
            "is_company": self.is_company,
            "name": self.name or "",
            "email": self.email_normalized or "",
            "phone": self.phone_sanitized or "",
            "vat": self.vat or "",
            "registry": self.company_registry or "",
            "city": self.city or "",
            "zip": self.zip or "",
        }

    @api.model
    def _warn_of(self, found):
        """A line per contact, with a link that leaves the form as it is."""
        if not found:
            return False
        describe = self.env["relationship.duplicate"]._describe
        line = Markup(
            '<li><a href="/odoo/res.partner/%s" target="_blank" class="alert-link">%s'
            "</a>%s <span>– %s</span></li>"
        )
        archived = Markup(' <span class="badge text-bg-secondary">%s</span>')
        return Markup('<ul class="list-unstyled mb-0">%s</ul>') % Markup().join(
            line
            % (
                partner_id,
                name,
                Markup() if active else archived % self.env._("Archived"),
                describe(evidence),
            )
            for partner_id, name, active, evidence in found[:SHOWN]
        )
