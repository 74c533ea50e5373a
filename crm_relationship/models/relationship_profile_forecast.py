import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date

from ..tools import figures, forecasts
from ..tools.transactions import execute
from .relationship_profile_forecast_model_sql import PROBABILISTIC
from .relationship_profile_forecast_sql import (
    Forecast,
    distinct_pairs,
    missing_pairs,
    pairs_as_of,
    update_forecast,
)
from .relationship_profile_scope import orders


class RelationshipProfileForecast(models.AbstractModel):
    """What a customer is expected to do. A part of ``relationship.profile``."""

    _name = "relationship.profile.forecast"
    _description = "Forecast of a Customer"

    currency_id = fields.Many2one("res.currency")
    buy_probability = figures.Float(
        string="Likely to Buy",
        readonly=True,
        aggregator="avg",
        help="Probability of an order within the horizon of the settings.",
    )
    churn_risk = figures.Float(
        readonly=True,
        aggregator="avg",
        help="Probability of no order within the horizon of the settings.",
    )
    expected_orders = figures.Float(
        readonly=True,
        aggregator="sum",
        help="Order days to expect in the next twelve months.",
    )
    expected_value = figures.Monetary(
        string="Expected Revenue",
        readonly=True,
        help="Revenue to expect in the next twelve months.",
    )
    lifetime_value = figures.Monetary(
        readonly=True,
        help="Margin to expect in the next three years, what comes later discounted by "
        "the settings' rate.",
    )
    value_at_risk = figures.Monetary(
        readonly=True, help="Recent revenue times the churn risk."
    )
    interval_low = figures.Float(
        string="Short Interval",
        readonly=True,
        aggregator="avg",
        help="A quarter of the customer's intervals are shorter, in days.",
    )
    interval_high = figures.Float(
        string="Long Interval",
        readonly=True,
        aggregator="avg",
        help="A quarter of the customer's intervals are longer, in days.",
    )
    next_order_date = fields.Date(
        string="Next Order Expected",
        readonly=True,
        help="Last order and the usual interval; a day in the past is overdue.",
    )
    next_order_from = fields.Date(readonly=True)
    next_order_to = fields.Date(string="Next Order Until", readonly=True)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """The unknown comes last, also where the greatest comes first."""
        field = self._fields.get(field_name)
        may_be_unknown = isinstance(field, (figures.MaybeUnknown, fields.Date))
        if may_be_unknown and not nulls:
            nulls = SQL("NULLS LAST")
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    # Part of the refresh

    @api.model
    def _get_forecast_scope(self, company, scope) -> Forecast:
        """What the statements need to know of the model in force: for
        ``Scope.forecast``. Two queries at most.

        :param scope: the :class:`Scope` that it is for
        """
        Model = self.env["relationship.value.model"]
        model = Model._read_in_force(company, scope.as_of)
        if not model or not model.forecasts:
            return Forecast()
        forecast = Forecast(
            kind=model.kind,
            horizon_days=model.horizon_days,
            parameters=model.parameters,
            calibration=model.calibration,
            margin=company._relationship_margin(model),
        )
        if model.kind in PROBABILISTIC:
            pairs = self._get_pairs(company, scope)
            return self._look_up(company, forecast, pairs, scope)
        years = forecasts.years_of_rule(
            model.parameters["retention"], company._relationship_discount_rate()
        )
        return forecast._replace(parameters=model.parameters | {"years": years})

    @api.model
    def _get_pairs(self, company, scope) -> list[tuple]:
        """Distinct pairs (order days, first day) that a statement will come across.

        Of a slice those of the stored profiles, for counting all orders twice would
        cost as much as the facts do; the few that are new are completed afterwards.
        """
        stored = scope.customers.ids is None
        if stored and scope.as_of == company._relationship_today():
            return execute(self.env, distinct_pairs(scope))
        return execute(self.env, pairs_as_of(scope, orders(scope)))

    @api.model
    def _look_up(self, company, forecast, pairs, scope) -> Forecast:
        """Add the purchases to be expected of customers with these pairs."""
        if not pairs:
            return forecast
        counts, days = zip(*pairs, strict=True)
        year, worth = forecasts.per_buy(
            forecast.kind,
            forecast.parameters["model"],
            counts,
            [(scope.as_of - day).days for day in days],
            forecast.horizon_days,
            company._relationship_discount_rate(),
        )
        return forecast._replace(pairs=(counts, days, _listed(year), _listed(worth)))

    @api.model
    def _complete_forecast(self, company, scope) -> int:
        """After a slice: what to expect of customers whose pair was not looked up.

        :return: number of profiles written
        """
        forecast = scope.forecast
        if not forecast or forecast.kind not in PROBABILISTIC:
            return 0
        pairs = execute(self.env, missing_pairs(scope))
        if not pairs:
            return 0
        forecast = self._look_up(company, forecast, pairs, scope)
        query = update_forecast(scope._replace(forecast=forecast))
        return len(execute(self.env, query))

    # Why, in words

    def _explain_buy_probability(self) -> str:
        return self._explain_forecast(
            lambda model: self.env._(
                "%(share)s likely to buy within %(days)s days: %(facts)s; %(model)s.",
                share=self._describe_share(self.buy_probability),
                days=model.horizon_days,
                facts=self._describe_purchases(),
                model=self._describe_model(model),
            )
        )

    def _explain_churn_risk(self) -> str:
        return self._explain_forecast(
            lambda model: self.env._(
                "%(share)s likely not to buy within %(days)s days: %(facts)s; "
                "%(model)s.",
                share=self._describe_share(self.churn_risk),
                days=model.horizon_days,
                facts=self._describe_purchases(),
                model=self._describe_model(model),
            )
        )

    def _explain_expected_orders(self) -> str:
        return self._explain_forecast(
            lambda model: self.env._(
                "%(count)s order days expected in twelve months: %(facts)s; %(share)s "
                "likely to buy within %(days)s days, by %(model)s.",
                count=self._describe_number(self.expected_orders),
                facts=self._describe_purchases(),
                share=self._describe_share(self.buy_probability),
                days=model.horizon_days,
                model=self._describe_kind(model),
            )
        )

    def _explain_expected_value(self) -> str:
        return self._explain_forecast(
            lambda model: self.env._(
                "%(value)s expected in twelve months: %(count)s order days of "
                "%(each)s each; so far they were of %(mean)s on average.",
                value=self._describe_amount(self.expected_value),
                count=self._describe_number(self.expected_orders),
                each=self._describe_amount(
                    self.expected_value / (self.expected_orders or 1)
                ),
                mean=self._describe_amount(self.revenue / self.order_day_count),
            )
        )

    def _explain_lifetime_value(self) -> str:
        company = self.company_id.sudo()  # percentages of the company, no secret
        return self._explain_forecast(
            lambda model: self.env._(
                "%(value)s: the margin of %(margin)s on what is expected in %(years)s "
                "years, discounted at %(rate)s a year.",
                value=self._describe_amount(self.lifetime_value),
                margin=self._describe_share(company._relationship_margin(model)),
                years=forecasts.YEARS,
                rate=self._describe_share(company._relationship_discount_rate()),
            )
        )

    def _explain_value_at_risk(self) -> str:
        return self._explain_forecast(
            lambda model: self.env._(
                "%(value)s: %(share)s likely not to buy within %(days)s days, of a "
                "recent revenue of %(revenue)s.",
                value=self._describe_amount(self.value_at_risk),
                share=self._describe_share(self.churn_risk),
                days=model.horizon_days,
                revenue=self._describe_amount(self.revenue_recent),
            )
        )

    def _explain_next_order_date(self) -> str:
        if not self.next_order_date:
            return self.env._("No rhythm yet: a second order day is needed.")
        sentence = self.env._(
            "Expected on %(day)s: last order on %(last)s, usually every %(usual)s",
            day=format_date(self.env, self.next_order_date),
            last=format_date(self.env, self.last_order_date),
            usual=self._describe_days(self.interval_median),
        )
        if not self._is_next_order_range():
            return self.env._("%s.", sentence)
        return self.env._(
            "%(sentence)s, half of the times after %(low)s to %(high)s days.",
            sentence=sentence,
            low=self._describe_number(self.interval_low),
            high=self._describe_number(self.interval_high),
        )

    def _is_next_order_range(self) -> bool:
        """Whether the intervals differ enough to tell a range."""
        first, last = self.next_order_from, self.next_order_to
        return bool(first and last and first < last)

    def _explain_forecast(self, explain) -> str:
        """What ``explain`` says of the model, or why there is no forecast."""
        self.ensure_one()
        if not self.order_day_count:
            return self.env._("No forecast without an order.")
        Model = self.env["relationship.value.model"]
        model = Model._get_in_force(self.company_id)
        if not model:
            return self.env._("No forecast yet: no model was fitted.")
        if not model.forecasts:
            return Model._describe_reason(model)
        if not self._is_forecast():
            return self.env._("No forecast yet: it comes with the next refresh.")
        return explain(model)

    def _is_forecast(self) -> bool:
        """Whether there is a forecast: a probability and that of the opposite are not
        both zero."""
        return bool(self.buy_probability or self.churn_risk)

    def _describe_purchases(self) -> str:
        since = self.days_since_order
        if self.order_day_count == 1:
            return self.env._("one order day, %s days ago", since)
        return self.env._(
            "%(count)s order days in %(span)s days, the last %(since)s days ago, "
            "usually every %(usual)s",
            count=self.order_day_count,
            span=since + (self.last_order_date - self.first_order_date).days,
            since=since,
            usual=self._describe_days(self.interval_median),
        )

    @api.model
    def _describe_model(self, model) -> str:
        error = model.figures.get("calibration_error")
        kind = self._describe_kind(model)
        if error is None:
            return kind
        return self.env._(
            "%(kind)s, off by %(points)s points on average in the backtest",
            kind=kind,
            points=self._describe_number(error),
        )

    @api.model
    def _describe_kind(self, model) -> str:
        return self.env["relationship.value.model"]._get_kind_name(model.kind)

    @api.model
    def _describe_share(self, share) -> str:
        return self.env._("%s%%", self._describe_number(100 * share))

    def _describe_amount(self, amount) -> str:
        return format_amount(self.env, amount, self.currency_id)


def _listed(values) -> list:
    """Numbers as a statement takes them: what is none is NULL."""
    return [None if np.isnan(value) else float(value) for value in values]
