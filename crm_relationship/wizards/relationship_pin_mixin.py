from odoo import api, fields, models
from odoo.fields import Command


class RelationshipPinMixin(models.AbstractModel):
    """Asks for the reason and the end date of what is set by hand."""

    _name = "relationship.pin.mixin"
    _description = "Set by Hand"

    profile_ids = fields.Many2many(
        "relationship.profile", string="Customers", required=True
    )
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    until = fields.Date(
        required=True,
        help="After this day the entry rules decide again.",
    )
    reason = fields.Char(required=True)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        profiles = self.env["relationship.profile"].browse(
            self.env.context.get("active_ids", [])
        )
        company = profiles.company_id[:1] or self.env.company
        values.setdefault("profile_ids", [Command.set(profiles.ids)])
        values.setdefault(
            "until",
            fields.Date.add(
                company._relationship_today(), days=company.relationship_pin_days
            ),
        )
        return values

    @api.depends("profile_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.profile_ids.company_id[:1]

    def action_apply(self):
        self.ensure_one()
        self.profile_ids._pin(self._get_place(), self.reason, self.until)
        return {"type": "ir.actions.act_window_close"}

    def _get_place(self):
        """The stage or segment that was chosen."""
        raise NotImplementedError
