from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Profiles are computed from these settings.
VALUE_FIELDS = {"relationship_value_basis", "relationship_value_months"}
MAX_MONTHS = 120


class ResCompany(models.Model):
    _inherit = "res.company"  # pylint: disable=consider-merging-classes-inherited

    relationship_value_basis = fields.Selection(
        [("orders", "Confirmed orders"), ("invoices", "Posted invoices")],
        string="Basis of Value",
        default="orders",
        required=True,
        help="What counts as a purchase: confirmed orders or posted customer invoices.",
    )
    relationship_value_months = fields.Integer(
        string="Months of Recent Revenue",
        default=12,
        required=True,
        help="So many calendar months up to today are recent, and are compared with as "
        "many before.",
    )

    @api.constrains("relationship_value_months")
    def _check_relationship_value_months(self):
        for company in self:
            if not 1 <= company.relationship_value_months <= MAX_MONTHS:
                raise ValidationError(
                    self.env._("Recent revenue is that of 1 to %s months.", MAX_MONTHS)
                )

    def write(self, vals):
        changed = self.filtered(
            lambda company: any(
                company[name] != vals[name] for name in VALUE_FIELDS & vals.keys()
            )
        )
        result = super().write(vals)
        for company in changed:
            self.env["relationship.refresh"]._request(company)
        return result
