from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class RelationshipPrivacyAnonymize(models.TransientModel):
    """Says exactly what an anonymization does before it is done."""

    _name = "relationship.privacy.anonymize"
    _description = "Anonymize a Person"

    partner_id = fields.Many2one("res.partner", string="Contact", required=True)
    partner_name = fields.Char(related="partner_id.name", string="Name")
    contact_ids = fields.Many2many(
        "res.partner",
        string="Contact Persons",
        compute="_compute_contact_ids",
        help="People below the company who may be anonymized with it.",
    )
    contact_count = fields.Integer(compute="_compute_contact_ids")
    include_contacts = fields.Boolean(
        string="Anonymize the Contact Persons Too",
        help="They are other people than the company, each with rights of their own.",
    )
    summary = fields.Html(compute="_compute_summary", sanitize=False)
    confirmation = fields.Char(string="Type the Name")
    line_id = fields.Many2one(
        "privacy.lookup.wizard.line",
        ondelete="set null",
        help="The line of a privacy lookup that this was started from.",
    )

    @api.depends("partner_id")
    def _compute_contact_ids(self):
        for wizard in self:
            contacts = wizard.partner_id._origin._get_privacy_contacts()
            contacts -= contacts._get_privacy_reserved()
            wizard.contact_ids = [Command.set(contacts.ids)]
            wizard.contact_count = len(contacts)

    @api.depends("partner_id", "include_contacts")
    @api.depends_context("lang")
    def _compute_summary(self):
        for wizard in self:
            wizard.summary = wizard._render_summary()

    def _get_partners(self):
        """Whom this anonymizes, contact persons before their company."""
        self.ensure_one()
        partner = self.partner_id._origin
        contacts = self.contact_ids._origin if self.include_contacts else partner[:0]
        return contacts + partner

    def _render_summary(self):
        partners = self._get_partners()
        if not partners:
            return ""
        # Counts only, of all that is kept, whoever may see it.
        people = (
            partners.browse()
            .sudo()
            .union(*(partner.sudo()._get_privacy_people() for partner in partners))
        )
        erasures = [
            erasure
            for erasure in people._get_privacy_erasures()
            if erasure.count or erasure.count is None or erasure.key == "authored"
        ]
        return self.env["ir.qweb"]._render(
            "crm_relationship.privacy_anonymize_summary",
            {
                "removed": [one for one in erasures if one.kind == "remove"],
                "changed": [one for one in erasures if one.kind == "change"],
                "kept": [one for one in erasures if one.kind == "keep"],
            },
        )

    def action_anonymize(self):
        """Forget the person.

        :raise UserError: the name was not typed as it is
        """
        self.ensure_one()
        self.partner_id._check_privacy_officer()
        if _fold(self.confirmation) != _fold(self.partner_name):
            raise UserError(
                self.env._(
                    "Type the name “%s” to confirm: this can't be undone.",
                    self.partner_name,
                )
            )
        partner, line = self.partner_id, self.line_id
        self.env["relationship.privacy.eraser"]._anonymize(self._get_partners())
        if line:
            line._relationship_note(self.env._("Anonymized"))
        # What was typed is the name.
        self.unlink()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%s is what is left.", partner.display_name),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }


def _fold(text) -> str:
    return " ".join((text or "").split()).casefold()
