from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .relationship_profile_score_sql import SCORED

# A century: nobody means more, and a date can't be much earlier.
MAX_DAYS = 36_525


class RelationshipScoreLimit(models.Model):
    """Limits of the scores that a company sets by hand, in place of ranks."""

    _name = "relationship.score.limit"
    _description = "Score Limits"
    _order = "company_id, id"
    _rec_name = "company_id"

    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    recency_2 = fields.Integer(default=365, help="Days since the last order, at most.")
    recency_3 = fields.Integer(default=180)
    recency_4 = fields.Integer(default=90)
    recency_5 = fields.Integer(default=30)
    frequency_2 = fields.Integer(default=2, help="Order days, at least.")
    frequency_3 = fields.Integer(default=3)
    frequency_4 = fields.Integer(default=6)
    frequency_5 = fields.Integer(default=12)
    value_2 = fields.Monetary(
        default=100, help="Revenue in company currency, at least."
    )
    value_3 = fields.Monetary(default=500)
    value_4 = fields.Monetary(default=2000)
    value_5 = fields.Monetary(default=10000)

    _company_idx = models.UniqueIndex(
        "(company_id) WHERE active",
        "A company has one set of limits; archive the other first.",
    )

    @api.constrains(*(f"{name}_{score}" for name in SCORED for score in range(2, 6)))
    def _check_order(self):
        """A higher score has to be harder to reach."""
        for limit in self:
            for name in SCORED:
                cuts = [limit[f"{name}_{score}"] for score in range(2, 6)]
                if name == "recency":
                    cuts = [-days for days in cuts]
                if any(low >= high for low, high in pairwise(cuts)):
                    label = limit._fields[f"{name}_2"].get_description(self.env)
                    raise ValidationError(
                        self.env._(
                            "Each limit has to be harder to reach than the one "
                            "before; look at those from “%s” on.",
                            label["string"],
                        )
                    )
            if limit.recency_5 < 0 or limit.recency_2 > MAX_DAYS:
                raise ValidationError(
                    self.env._(
                        "Days since an order can be 0 to %s.",
                        self.env["relationship.profile"]._describe_number(MAX_DAYS),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        limits = super().create(vals_list)
        limits._request_refresh()
        return limits

    def write(self, vals):
        companies = self.company_id
        result = super().write(vals)
        self._request_refresh(companies)
        return result

    def unlink(self):
        companies = self.company_id
        result = super().unlink()
        self._request_refresh(companies)
        return result

    @api.model
    def default_get(self, fields_list):
        """Begin with what the ranks say today, where there is a scale."""
        self.check_access("create")  # ranks tell about all customers
        values = super().default_get(fields_list)
        company = self.env["res.company"].browse(values.get("company_id"))
        company = company or self.env.company
        scale = self.env["relationship.value.scale"]._get_in_force(
            company, company._relationship_today()
        )
        if scale and all(all(getattr(scale, name)) for name in SCORED):
            today = company._relationship_today()
            for score in range(2, 6):
                values |= {
                    f"recency_{score}": (today - scale.recency[score - 2]).days,
                    f"frequency_{score}": scale.frequency[score - 2],
                    f"value_{score}": float(scale.value[score - 2]),
                }
        return {name: values[name] for name in fields_list if name in values}

    @api.model
    def _get_in_force(self, company):
        """The limits of a company, none if it ranks its customers."""
        # Everybody is scored by them, whoever's action makes the refresh.
        return self.sudo().search([("company_id", "=", company.id)], limit=1)

    def _get_cut_values(self, as_of) -> dict:
        """Fields of ``relationship.value.scale`` as these limits give them on a day."""
        if not self:
            return {}
        return {
            f"{name}_{score}": (
                fields.Date.subtract(as_of, days=self[f"recency_{score}"])
                if name == "recency"
                else self[f"{name}_{score}"]
            )
            for name in SCORED
            for score in range(2, 6)
        }

    def _request_refresh(self, companies=None):
        for company in self.exists().company_id | (
            companies or self.env["res.company"]
        ):
            self.env["relationship.refresh"]._request(company)
