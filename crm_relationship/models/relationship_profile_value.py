from datetime import timedelta

from odoo import fields, models
from odoo.tools import format_amount, format_date, formatLang

from ..tools.days import window_starts


class RelationshipProfileValue(models.AbstractModel):
    """What a customer is worth: facts. A part of ``relationship.profile``."""

    _name = "relationship.profile.value"
    _description = "Value of a Customer"

    currency_id = fields.Many2one("res.currency")
    refund_amount = fields.Monetary(
        string="Credited",
        readonly=True,
        help="What posted credit notes took off the revenue, untaxed, in company "
        "currency. What was credited of an order and invoiced again is not counted.",
    )
    revenue_recent = fields.Monetary(
        string="Recent Revenue",
        readonly=True,
        help="Revenue of the months that the settings say; twelve by default.",
    )
    revenue_before = fields.Monetary(
        readonly=True,
        help="Revenue of as many months before the recent ones.",
    )
    revenue_trend = fields.Float(
        string="Trend",
        readonly=True,
        aggregator="avg",
        help="Recent revenue against that before: 0.1 is ten percent more.",
    )
    margin = fields.Monetary(
        readonly=True,
        help="Revenue less cost, of the products whose cost is known, net of credit "
        "notes. The cost is what the order line keeps, where it keeps one. Otherwise "
        "it is the product's cost of today, also for what was sold long ago; a new "
        "cost shows with the next refresh, in the night at the latest.",
    )
    margin_revenue = fields.Monetary(
        string="Revenue of Known Cost",
        readonly=True,
        help="The part of the revenue that the margin was computed from. A credit note "
        "of no order takes off the same share of it as of the revenue.",
    )
    overdue_amount = fields.Monetary(
        string="Overdue",
        readonly=True,
        help="What is open of posted customer invoices past its due date. Credit notes "
        "and payments count once they are reconciled. Sales receipts and opening "
        "entries are not included.",
    )

    def _explain_revenue(self) -> str:
        """E.g. "1,200.00 € from 12 confirmed orders since 3 May 2024, less 50.00 €
        credited."."""
        if not self.order_count:
            return ""
        amount = self._say_amount(self.revenue + self.refund_amount)
        purchases = self._say_purchases()
        if not self.refund_amount:
            return self.env._(
                "%(amount)s from %(purchases)s.", amount=amount, purchases=purchases
            )
        return self.env._(
            "%(amount)s from %(purchases)s, less %(credited)s credited.",
            amount=amount,
            purchases=purchases,
            credited=self._say_amount(self.refund_amount),
        )

    def _explain_refund_amount(self) -> str:
        return self._explain_revenue() if self.refund_amount else ""

    def _explain_revenue_recent(self) -> str:
        if not self.order_count:
            return ""
        until = self._get_seen_on()
        since, _before = window_starts(until, self._get_value_months())
        return self._say_window(self.revenue_recent, since, until)

    def _explain_revenue_before(self) -> str:
        if not self.order_count:
            return ""
        recent, since = window_starts(self._get_seen_on(), self._get_value_months())
        return self._say_window(self.revenue_before, since, recent - timedelta(days=1))

    def _explain_revenue_trend(self) -> str:
        """E.g. "1,200.00 € in the last 12 months, 1,000.00 € in the 12 months before:
        20% more."."""
        if not self.order_count or not (self.revenue_recent or self.revenue_before):
            return ""
        values = {
            "months": self._get_value_months(),
            "recent": self._say_amount(self.revenue_recent),
            "before": self._say_amount(self.revenue_before),
            "share": self._say_share(abs(self.revenue_trend)),
        }
        if self.revenue_before <= 0:
            return self.env._(
                "%(recent)s in the last %(months)s months; in the %(months)s months "
                "before there was no revenue to compare with.",
                **values,
            )
        if round(100 * self.revenue_trend) > 0:
            return self.env._(
                "%(recent)s in the last %(months)s months, %(before)s in the "
                "%(months)s months before: %(share)s more.",
                **values,
            )
        if round(100 * self.revenue_trend) < 0:
            return self.env._(
                "%(recent)s in the last %(months)s months, %(before)s in the "
                "%(months)s months before: %(share)s less.",
                **values,
            )
        return self.env._(
            "%(recent)s in the last %(months)s months, about as much as in the "
            "%(months)s months before: %(before)s.",
            **values,
        )

    def _explain_margin(self) -> str:
        """E.g. "300.00 € earned on 1,000.00 € whose cost is known (83% of the revenue):
        30%."."""
        if not self.order_count:
            return ""
        if self.revenue <= 0 and self.refund_amount:
            return self.env._("All of what was bought was credited.")
        if self.margin_revenue <= 0:
            return self.env._("No cost is known of what was bought.")
        values = {
            "margin": self._say_amount(self.margin),
            "revenue": self._say_amount(self.margin_revenue),
            "percent": self._say_share(self.margin / self.margin_revenue),
        }
        if self.revenue <= 0 or self.margin_revenue >= self.revenue:
            return self.env._(
                "%(margin)s earned on %(revenue)s whose cost is known: %(percent)s.",
                **values,
            )
        return self.env._(
            "%(margin)s earned on %(revenue)s whose cost is known (%(known)s of the "
            "revenue): %(percent)s.",
            known=self._say_share(self.margin_revenue / self.revenue),
            **values,
        )

    def _explain_overdue_amount(self) -> str:
        """E.g. "250.00 € of posted invoices is open past the due date. 33% of 3
        invoices on time; usually 4 days late."."""
        if not self.overdue_amount:
            return ""
        amount = self._say_amount(self.overdue_amount)
        if not self.payment_habit or self.paid_invoice_count == 1:
            return self.env._(
                "%s of posted invoices is open past the due date.", amount
            )
        return self.env._(
            "%(amount)s of posted invoices is open past the due date. %(habit)s.",
            amount=amount,
            habit=self.payment_habit,
        )

    def _say_purchases(self) -> str:
        """What the revenue comes from."""
        day = format_date(self.env, self.first_order_date)
        count = self._describe_number(self.order_count)
        invoices = self._get_value_basis() == "invoices"
        if self.order_count == 1:
            return (
                self.env._("one posted invoice on %s", day)
                if invoices
                else self.env._("one confirmed order on %s", day)
            )
        return (
            self.env._("%(count)s posted invoices since %(day)s", count=count, day=day)
            if invoices
            else self.env._(
                "%(count)s confirmed orders since %(day)s", count=count, day=day
            )
        )

    def _say_window(self, amount, since, until) -> str:
        return self.env._(
            "%(amount)s from %(since)s to %(until)s, net of credit notes.",
            amount=self._say_amount(amount),
            since=format_date(self.env, since),
            until=format_date(self.env, until),
        )

    def _say_amount(self, amount) -> str:
        return format_amount(self.env, amount, self.currency_id)

    def _say_share(self, share) -> str:
        return f"{formatLang(self.env, 100 * share, digits=0)}%"

    def _get_seen_on(self):
        """The day from whose end the figures look back."""
        if self.last_order_date:
            return self.last_order_date + timedelta(days=self.days_since_order)
        return self.company_id._relationship_today()

    def _get_value_basis(self) -> str:
        # A setting of the company, which says how to read the customer's figures.
        return self.company_id.sudo().relationship_value_basis

    def _get_value_months(self) -> int:
        return self.company_id.sudo().relationship_value_months
