from odoo import api, fields, models
from odoo.tools import email_normalize


class PrivacyLog(models.Model):
    """Odoo's log of what was done at the request of a person; names are masked."""

    _inherit = "privacy.log"
    _order = "date desc, id desc"

    relationship_action = fields.Selection(
        [("export", "Exported"), ("anonymize", "Anonymized")],
        string="What Was Done",
        readonly=True,
        index="btree_not_null",
        help="Empty: a privacy lookup.",
    )
    relationship_partner_ref = fields.Integer(
        string="Contact", readonly=True, aggregator=None, help="Its number."
    )

    @api.model
    def _relationship_log(self, action, partner, counts, name=None, email=None):
        """Enter who did what, and how many records of each kind it was about; never
        the data itself.

        :param action: a value of `relationship_action`
        :param counts: {title: number of records}
        :param name: as it was, where the contact has lost it by now
        """
        # Officers may read the log, but nobody may write into it by hand.
        log = self.sudo().create(
            {
                "anonymized_name": name or partner.name or "-",
                "anonymized_email": email or partner.email or "-",
                "user_id": self.env.uid,
                "relationship_action": action,
                "relationship_partner_ref": partner.id,
                "records_description": "\n".join(
                    f"{title}: {count}" for title, count in counts.items()
                ),
            }
        )
        log.execution_details = log._relationship_describe()
        return log

    def _relationship_describe(self) -> str:
        self.ensure_one()
        if self.relationship_action == "export":
            return self.env._("Exported contact #%s", self.relationship_partner_ref)
        return self.env._("Anonymized contact #%s", self.relationship_partner_ref)

    def _anonymize_email(self, label):
        """Mask what is not one address too: nothing, several, or no address at all."""
        address = email_normalize(label or "", strict=False)
        if not address:
            return "-" if label in ("", "-", False, None) else "***"
        return super()._anonymize_email(address)
