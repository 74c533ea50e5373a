from typing import Any, NamedTuple

from odoo import api, fields, models

# Preferences by their short names, with the fields that hold them.
PREFERENCES = {
    "channel": "relationship_channel_id",
    "time_of_day": "relationship_time_of_day",
    "lang": "lang",
    "contact": "relationship_contact_id",
    "note": "relationship_contact_note",
}


class Preference(NamedTuple):
    """A preference as it holds for a person.

    :param inherited: it is that of the company the person belongs to
    """

    value: Any
    inherited: bool


class ResPartner(models.Model):
    """How a customer likes to be reached."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_channel_id = fields.Many2one(
        "relationship.channel",
        string="Preferred Channel",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        groups="crm_relationship.group_relationship_user",
    )
    relationship_time_of_day = fields.Selection(
        [
            ("early", "Early morning"),
            ("morning", "Morning"),
            ("noon", "Around noon"),
            ("afternoon", "Afternoon"),
            ("evening", "Evening"),
        ],
        string="Time of Day",
        copy=False,
        groups="crm_relationship.group_relationship_user",
        help="When the customer likes to be contacted. Empty: any time.",
    )
    relationship_contact_id = fields.Many2one(
        "res.partner",
        string="Person to Ask For",
        index="btree_not_null",
        ondelete="set null",
        domain="[('commercial_partner_id', '=', commercial_partner_id),"
        " ('is_company', '=', False), ('id', '!=', id)]",
        copy=False,
        groups="crm_relationship.group_relationship_user",
    )
    relationship_contact_note = fields.Text(
        string="Note for the Caller",
        copy=False,
        groups="crm_relationship.group_relationship_user",
        help="What the one who calls should know before.",
    )
    relationship_channel_hint = fields.Char(
        compute="_compute_relationship_hints",
        groups="crm_relationship.group_relationship_user",
        export_string_translation=False,
    )
    relationship_time_hint = fields.Char(
        compute="_compute_relationship_hints",
        groups="crm_relationship.group_relationship_user",
        export_string_translation=False,
    )
    relationship_contact_hint = fields.Char(
        compute="_compute_relationship_hints",
        groups="crm_relationship.group_relationship_user",
        export_string_translation=False,
    )
    relationship_note_hint = fields.Char(
        compute="_compute_relationship_hints",
        groups="crm_relationship.group_relationship_user",
        export_string_translation=False,
    )
    relationship_contact_problem = fields.Char(
        compute="_compute_relationship_contact_problem",
        groups="crm_relationship.group_relationship_user",
        export_string_translation=False,
    )

    @api.depends("commercial_partner_id", *PREFERENCES.values())
    @api.depends_context("lang")
    def _compute_relationship_hints(self):
        """What an empty field shows: the inherited value and whose it is."""
        preferences = self._get_relationship_preferences()
        for partner, values in preferences.items():
            hints = {
                name: partner._say_inherited(name, preference)
                for name, preference in values.items()
            }
            partner.relationship_channel_hint = hints["channel"] or self.env._("Any")
            partner.relationship_time_hint = hints["time_of_day"] or self.env._(
                "Any time"
            )
            partner.relationship_contact_hint = hints["contact"] or self.env._(
                "Anybody"
            )
            partner.relationship_note_hint = hints["note"] or self.env._(
                "e.g. Let it ring: the phone is in the bakery"
            )

    @api.depends("commercial_partner_id", "relationship_contact_id.active")
    @api.depends_context("lang")
    def _compute_relationship_contact_problem(self):
        """Say that the person to ask for is nobody to ask for any more."""
        for partner in self:
            person = partner.relationship_contact_id
            if not person or partner._is_person_to_ask_for(person):
                partner.relationship_contact_problem = False
            elif not person.sudo().active:
                partner.relationship_contact_problem = self.env._(
                    "%s is archived; choose somebody else.", person.sudo().name
                )
            else:
                partner.relationship_contact_problem = self.env._(
                    "%s belongs to another customer now; choose somebody else.",
                    person.sudo().name,
                )

    def _get_relationship_preferences(self) -> dict:
        """How these people like to be reached, with what they inherit.

        A contact inherits from the company it belongs to, value by value, where its
        own is empty. A person to ask for who was archived, or who belongs to another
        customer by now, counts as empty. A bounded number of queries.

        :return: {partner: {name: :class:`Preference`}}, names as in `PREFERENCES`;
            values as of the fields
        """
        return {
            partner: {name: partner._get_preference(name) for name in PREFERENCES}
            for partner in self
        }

    def _get_preference(self, name) -> Preference:
        # A contact shows how its company is reached to whoever sees the contact.
        own, company = self.sudo(), self.sudo().commercial_partner_id
        value = own._get_own_preference(name)
        if value or own == company:
            return Preference(self._without_sudo(value), False)
        value = company._get_own_preference(name)
        if name == "contact" and value == own._origin:
            value = value.browse()  # nobody asks for oneself
        return Preference(self._without_sudo(value), bool(value))

    def _get_own_preference(self, name):
        value = self[PREFERENCES[name]]
        if name == "contact" and not self._is_person_to_ask_for(value):
            return value.browse()
        return value

    def _without_sudo(self, value):
        """Records with the rights of the caller."""
        return value.with_env(self.env) if isinstance(value, models.Model) else value

    def _is_person_to_ask_for(self, person) -> bool:
        """Whether a person is still there and one of the customer's."""
        person, own = person.sudo(), self.sudo()
        return bool(
            person
            and person.active
            and person != own._origin
            and person.commercial_partner_id == own.commercial_partner_id._origin
        )

    def _say_inherited(self, name, preference) -> str:
        """``WhatsApp (Café Central)``, or nothing if it is the person's own."""
        if not preference.inherited:
            return ""
        value = preference.value
        if isinstance(value, models.Model):
            value = value.sudo().name
        elif name == "time_of_day":
            field = self._fields["relationship_time_of_day"]
            value = dict(field._description_selection(self.env))[value]
        company = self.sudo().commercial_partner_id.name
        return self.env._("%(value)s (from %(company)s)", value=value, company=company)

    def _get_card_preferences(self) -> dict:
        """What the relationship card says of how the person likes to be reached."""
        self.ensure_one()
        values = {
            name: preference.value
            for name, preference in self._get_relationship_preferences()[self].items()
        }
        channel, person = values["channel"], values["contact"]
        times = self._fields["relationship_time_of_day"]._description_selection(
            self.env
        )
        return {
            "channel": channel.name if channel else "",
            "icon": channel.icon if channel else "",
            "time_of_day": dict(times).get(values["time_of_day"], ""),
            "lang": self._say_language(values["lang"]),
            "person": person.name if person else "",
            "note": values["note"] or "",
        }

    def _say_language(self, code) -> str:
        """The name of a language that is not the reader's own, else nothing."""
        if not code or code == self.env.lang:
            return ""
        return self.env["res.lang"]._get_data(code=code).name or ""
