from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date, formatLang

from ..tools import figures
from .relationship_profile_score_sql import SCORED

SHARE_OPERATORS = (">", ">=", "<", "<=")


class RelationshipProfileScore(models.AbstractModel):
    """Scores of recency, frequency and value. A part of ``relationship.profile``."""

    _name = "relationship.profile.score"
    _description = "Scores of a Customer"

    recency_score = figures.Integer(
        string="Recency",
        readonly=True,
        aggregator="avg",
        help="1 to 5 by the day of the last order; 5 is the fifth of the customers who "
        "bought last.",
    )
    frequency_score = figures.Integer(
        string="Frequency",
        readonly=True,
        aggregator="avg",
        help="1 to 5 by the number of order days.",
    )
    value_score = figures.Integer(
        string="Value", readonly=True, aggregator="avg", help="1 to 5 by the revenue."
    )
    fv_score = figures.Integer(
        string="Frequency and Value",
        readonly=True,
        aggregator="avg",
        help="Mean of the scores of frequency and value, a half rounded up.",
    )
    abc_class = fields.Selection(
        [("a", "A"), ("b", "B"), ("c", "C")],
        string="ABC Class",
        readonly=True,
        help="A: the customers who together make 80% of recent revenue; B: up to 95%; "
        "C: the others who bought.",
    )
    revenue_share = fields.Float(
        string="Share of Revenue",
        compute="_compute_revenue_share",
        search="_search_revenue_share",
        help="Of the company's recent revenue.",
    )

    @api.depends("revenue_recent", "company_id")
    def _compute_revenue_share(self):
        totals = {
            company: self._get_scale(company).revenue_total
            for company in self.company_id
        }
        for profile in self:
            total = totals[profile.company_id]
            profile.revenue_share = profile.revenue_recent / total if total else 0

    def _search_revenue_share(self, operator, value):
        if operator not in SHARE_OPERATORS or not isinstance(value, (int, float)):
            return NotImplemented
        total = SQL(
            """
            SELECT revenue_total FROM relationship_value_scale scale
             WHERE scale.company_id = profile.company_id
             ORDER BY date DESC LIMIT 1
            """
        )
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "(SELECT profile.revenue_recent / NULLIF((%s), 0) %s %s"
                " FROM (SELECT %s AS company_id, %s AS revenue_recent) profile)",
                total,
                SQL(operator),
                value,
                SQL.identifier(alias, "company_id"),
                SQL.identifier(alias, "revenue_recent"),
            )
        )

    @api.model
    def _get_scale(self, company):
        """The scale that the stored scores of a company follow."""
        # Its figures are no secret from whoever sees a customer's score.
        return self.env["relationship.value.scale"].sudo()._get_latest(company)

    def _explain_recency_score(self):
        return self._explain_score("recency")

    def _explain_frequency_score(self):
        return self._explain_score("frequency")

    def _explain_value_score(self):
        return self._explain_score("value")

    def _explain_fv_score(self):
        if not self.fv_score:
            return ""
        return self.env._(
            "Mean of frequency %(frequency)s and value %(value)s, a half rounded up.",
            frequency=self.frequency_score,
            value=self.value_score,
        )

    def _explain_score(self, name) -> str:
        """E.g. "Recency 4 of 5: last order on 3 May; 4 begins at 12 April, 5 at 20
        June. By rank among 4,314 customers, as of 21 November."."""
        score = self[f"{name}_score"]
        scale = self._get_scale(self.company_id)
        if not score or not scale:
            return ""
        figure = self._say_scored(name, self[SCORED[name]])
        sentence = {
            "recency": self.env._(
                "Recency %(score)s of 5: last order on %(figure)s.",
                score=score,
                figure=figure,
            ),
            "frequency": self.env._(
                "Frequency %(score)s of 5: bought on %(figure)s days.",
                score=score,
                figure=figure,
            ),
            "value": self.env._(
                "Value %(score)s of 5: revenue %(figure)s.", score=score, figure=figure
            ),
        }[name]
        limits = [
            self.env._(
                "%(score)s begins at %(limit)s",
                score=number,
                limit=self._say_scored(name, scale[f"{name}_{number}"]),
            )
            for number in (score, score + 1)
            if 2 <= number <= 5 and scale[f"{name}_{number}"]
        ]
        parts = [sentence]
        if limits:
            parts.append("; ".join(limits) + ".")
        parts.append(self._say_scale(scale))
        return " ".join(parts)

    def _say_scored(self, name, figure) -> str:
        if name == "recency":
            return format_date(self.env, figure)
        if name == "frequency":
            return self._describe_number(figure)
        return formatLang(self.env, figure, currency_obj=self.currency_id)

    def _say_scale(self, scale) -> str:
        day = format_date(self.env, scale.date)
        if scale.limit_id:
            return self.env._("Limits set by hand, as of %s.", day)
        return self.env._(
            "By rank among %(count)s customers, as of %(day)s.",
            count=self._describe_number(scale.customer_count),
            day=day,
        )

    def _explain_abc_class(self):
        if not self.abc_class:
            return ""
        share = formatLang(self.env, 100 * self.revenue_share, digits=2)
        return {
            "a": self.env._(
                "%s%% of recent revenue; the customers of class A together make 80%%.",
                share,
            ),
            "b": self.env._(
                "%s%% of recent revenue; classes A and B together make 95%%.", share
            ),
            "c": self.env._(
                "%s%% of recent revenue; class C together makes the last 5%%.", share
            ),
        }[self.abc_class]
