from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

OFFICER = "crm_relationship.group_relationship_privacy"


class ResPartner(models.Model):
    """What a person may demand by law: to see what is kept, and to be forgotten."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    relationship_anonymized_date = fields.Datetime(
        string="Anonymized On",
        readonly=True,
        copy=False,
        groups="crm_relationship.group_relationship_user",
    )

    @api.model
    def _check_privacy_officer(self):
        """:raise AccessError: the user is no privacy officer"""
        if not self.env.user.has_group(OFFICER):
            raise AccessError(
                self.env._(
                    "Only privacy officers export or anonymize what is known of a "
                    "person."
                )
            )

    def action_relationship_privacy_export(self):
        """Download what is known of this person; see `relationship.privacy.export`."""
        self.ensure_one()
        self._check_privacy_officer()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/relationship/privacy/export/{self.id}",
            "target": "download",
        }

    def action_relationship_privacy_anonymize(self):
        """Ask before this person is forgotten.

        :raise UserError: the contact stands for a user or for a company of ours
        """
        self.ensure_one()
        self._check_privacy_officer()
        self.check_access("write")
        self._check_privacy_erasable()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_privacy_anonymize_action"
        )
        action["context"] = dict(self.env.context, default_partner_id=self.id)
        return action

    def _check_privacy_erasable(self):
        """:raise UserError: names a contact that is not to be anonymized"""
        people = self._get_privacy_people()
        if reserved := people._get_privacy_reserved():
            raise UserError(
                self.env._(
                    "“%s” can't be anonymized: it is the contact of an internal user, "
                    "of a company of this database, or of the system itself.",
                    reserved[0].display_name,
                )
            )

    def _get_privacy_reserved(self):
        """Those of the contacts that the system or the staff needs."""
        # Users and companies that the officer does not see count too.
        people = self.sudo().with_context(active_test=False)
        reserved = people.filtered(
            lambda person: any(
                not user.share or user._is_public() for user in person.user_ids
            )
        )
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        reserved |= companies.search([("partner_id", "in", people.ids)]).partner_id
        return reserved & people

    def _get_privacy_people(self):
        """This contact with its further addresses: records about the same person.

        Contact persons below a company are other people and not among them.
        """
        people = level = self.with_context(active_test=False)
        while level:
            level = people.search(
                [
                    ("parent_id", "in", level.ids),
                    ("type", "!=", "contact"),
                    ("is_company", "=", False),
                    ("id", "not in", people.ids),
                ]
            )
            people |= level
        return people.with_env(self.env)

    def _get_privacy_contacts(self):
        """The contact persons below a company: other people than it."""
        people = self._get_privacy_people().with_context(active_test=False)
        return self.with_context(active_test=False).search(
            [
                ("id", "child_of", people.ids),
                ("id", "not in", people.ids),
                ("type", "=", "contact"),
                ("is_company", "=", False),
            ]
        )
