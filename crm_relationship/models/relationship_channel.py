from odoo import api, fields, models
from odoo.exceptions import UserError

# Font Awesome classes that a channel can show itself with.
ICONS = [
    ("fa-phone", "Phone"),
    ("fa-mobile", "Mobile"),
    ("fa-commenting-o", "Text message"),
    ("fa-whatsapp", "WhatsApp"),
    ("fa-envelope-o", "Envelope"),
    ("fa-paper-plane-o", "Paper plane"),
    ("fa-users", "Meeting"),
    ("fa-video-camera", "Video"),
    ("fa-comments-o", "Chat"),
    ("fa-share-alt", "Social network"),
    ("fa-globe", "Globe"),
    ("fa-wpforms", "Form"),
    ("fa-user-circle-o", "Account"),
    ("fa-shopping-basket", "Counter"),
    ("fa-truck", "Delivery"),
    ("fa-file-text-o", "Document"),
    ("fa-map-marker", "Place"),
    ("fa-star-o", "Star"),
]


class RelationshipChannel(models.Model):
    """A way in which the company and a customer reach each other."""

    _name = "relationship.channel"
    _description = "Channel"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        help="Names the channel for other programs, whatever the language. Empty: none "
        "asks for it by name.",
    )
    icon = fields.Selection(ICONS, default="fa-comments-o")
    color = fields.Integer()
    sequence = fields.Integer(default=10)
    active = fields.Boolean(
        default=True,
        help="An archived channel is no longer offered; what was recorded with it "
        "stays.",
    )
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: every company uses the channel."
    )
    reach = fields.Selection(
        [
            ("email", "E-mail address"),
            ("phone", "Phone number"),
            ("none", "Neither"),
        ],
        string="Reaches the Customer By",
        required=True,
        default="none",
        help="Decides which of Odoo's blacklists closes the channel: that of e-mail "
        "addresses, that of phone numbers, or none.",
    )

    is_contact = fields.Boolean(
        string="Counts as a Contact",
        default=True,
        help="Somebody has been in touch with the customer. A document that the "
        "customer merely receives is no contact.",
    )
    is_conversation = fields.Boolean(
        string="Is a Conversation",
        help="Both sides talk at the same time, so what comes in is answered at once.",
    )
    keep_months = fields.Integer(
        string="Months to Keep Interactions",
        help="Older interactions of this channel are deleted every night. 0: they are "
        "kept for ever.",
    )

    _keep_months_positive = models.Constraint(
        "CHECK (keep_months >= 0)", "The number of months can't be negative."
    )
    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0)) WHERE code IS NOT NULL",
        "Another channel has this code.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        # Sources remember which channel has their code.
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def write(self, vals):
        result = super().write(vals)
        if {"code", "company_id"} & vals.keys():
            self.env.registry.clear_cache()
        if "is_contact" in vals:
            self.env["relationship.interaction"]._recount_channels(self)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        """Archive it instead: what was said through a channel is not forgotten.

        :raise UserError: names the channel
        """
        # A customer that the user may not see counts too.
        used = self.sudo()._get_used()
        if used:
            raise UserError(
                self.env._(
                    "“%s” is in use with customers or rules; archive it instead, so "
                    "that its history stays.",
                    used[0].name,
                )
            )

    def _get_used(self):
        """Those of the channels that something refers to."""
        used = self.browse()
        for model, field_name in self._get_references():
            records = self.env[model].with_context(active_test=False)
            groups = records._read_group([(field_name, "in", self.ids)], [field_name])
            used |= used.concat(*(channel for [channel] in groups))
        return used

    @api.model
    def _get_references(self) -> list[tuple[str, str]]:
        """(model, field) of what keeps a channel from being deleted."""
        return [
            ("relationship.case", "channel_id"),
            ("relationship.consent", "channel_id"),
            ("relationship.interaction", "channel_id"),
            ("relationship.rule", "channel_id"),
            ("res.partner", "relationship_channel_id"),
        ]
