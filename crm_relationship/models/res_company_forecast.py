from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Changing one of these makes what was learned useless.
REFIT = {"relationship_forecast_days", "relationship_value_basis"}
# Changing one of these changes what follows from it.
REFRESH = {"relationship_margin_percent", "relationship_discount_rate"}


class ResCompany(models.Model):
    _inherit = "res.company"  # pylint: disable=consider-merging-classes-inherited

    relationship_forecast_days = fields.Integer(
        string="Forecast Horizon",
        default=90,
        help="Days within which a customer is likely to buy, or not.",
    )
    relationship_margin_percent = fields.Float(
        string="Margin",
        help="Share of the revenue that is left, in percent. 0: as on the order lines "
        "whose cost is known, else 100.",
    )
    relationship_discount_rate = fields.Float(
        string="Discount Rate",
        default=10,
        help="By how many percent a year what is earned later is worth less.",
    )

    @api.constrains(
        "relationship_forecast_days",
        "relationship_margin_percent",
        "relationship_discount_rate",
    )
    def _check_relationship_forecast(self):
        """:raise ValidationError: a figure that nothing can be computed with"""
        for company in self:
            if not 7 <= company.relationship_forecast_days <= 730:
                raise ValidationError(
                    self.env._("The horizon of the forecast is 7 to 730 days.")
                )
            if not 0 <= company.relationship_margin_percent <= 100:
                raise ValidationError(self.env._("The margin is 0 to 100 percent."))
            if not 0 <= company.relationship_discount_rate <= 100:
                raise ValidationError(
                    self.env._("The discount rate is 0 to 100 percent.")
                )

    def write(self, vals):
        refit = self._filter_relationship_changed(REFIT, vals)
        refresh = self._filter_relationship_changed(REFRESH, vals) - refit
        result = super().write(vals)
        for company in refit:
            self.env["relationship.value.model"]._request(company)
        for company in refresh:
            self.env["relationship.refresh"]._request(company)
        return result

    def _filter_relationship_changed(self, names, vals):
        """The companies that have another value in one of these fields."""
        return self.filtered(
            lambda company: any(
                company[name] != vals[name] for name in names & vals.keys()
            )
        )

    def _relationship_margin(self, model) -> float:
        """What is left of revenue, 0..1.

        :param model: the ``InForce``; it knows the margin of the lines with a cost
        """
        self.ensure_one()
        # A percentage is no secret.
        if percent := self.sudo().relationship_margin_percent:
            return percent / 100
        known = model.parameters.get("margin_share")
        return 1.0 if known is None else known

    def _relationship_discount_rate(self) -> float:
        """Yearly, 0.10 is ten per cent."""
        self.ensure_one()
        return self.sudo().relationship_discount_rate / 100  # no secret
