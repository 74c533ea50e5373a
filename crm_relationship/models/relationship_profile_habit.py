from odoo import api, fields, models

WEEKDAYS = [
    ("1", "Monday"),
    ("2", "Tuesday"),
    ("3", "Wednesday"),
    ("4", "Thursday"),
    ("5", "Friday"),
    ("6", "Saturday"),
    ("7", "Sunday"),
]
DAY_PARTS = [
    ("morning", "Morning"),
    ("afternoon", "Afternoon"),
    ("evening", "Evening"),
    ("night", "Night"),
]


class RelationshipProfileHabit(models.AbstractModel):
    """What a customer usually does, in figures and in words. A part of
    ``relationship.profile``.
    """

    _name = "relationship.profile.habit"
    _description = "Habits of a Customer"

    currency_id = fields.Many2one("res.currency")
    basket_mean = fields.Monetary(
        string="Average Basket",
        readonly=True,
        aggregator="avg",
        help="Revenue per order, untaxed, in company currency.",
    )
    usual_weekday = fields.Selection(
        WEEKDAYS,
        readonly=True,
        help="The weekday of at least 40 % of the order days, where there are three or "
        "more.",
    )
    usual_weekday_share = fields.Float(
        string="Share of Usual Weekday", readonly=True, aggregator="avg"
    )
    usual_day_part = fields.Selection(
        DAY_PARTS,
        string="Usual Time of Day",
        readonly=True,
        help="When the first order of a day comes in, on at least 40 % of the order "
        "days.",
    )
    usual_day_part_share = fields.Float(
        string="Share of Usual Time of Day", readonly=True, aggregator="avg"
    )
    product_ids = fields.One2many(
        "relationship.profile.product",
        "profile_id",
        string="Products",
        readonly=True,
    )
    paid_invoice_count = fields.Integer(
        string="Invoices Paid or Overdue",
        readonly=True,
        help="Posted invoices that were paid, or are past due: what the payment habits "
        "are computed from.",
    )
    payment_on_time_share = fields.Float(
        string="Paid on Time",
        readonly=True,
        aggregator="avg",
        help="Share of these invoices that were paid by their due date.",
    )
    payment_days_late = fields.Float(
        string="Usual Days Late",
        readonly=True,
        aggregator="avg",
        help="Median of the days from the due date to the last payment; negative for "
        "who pays early.",
    )
    payment_days_late_trend = fields.Float(
        string="Trend of Days Late",
        readonly=True,
        aggregator="avg",
        help="Days late of the last twelve months less those of before. Positive: pays "
        "later than before.",
    )
    payment_journal_id = fields.Many2one(
        "account.journal",
        string="Usually Paid Through",
        readonly=True,
        index="btree_not_null",
    )
    payment_method_line_id = fields.Many2one(
        "account.payment.method.line",
        string="Usual Payment Method",
        readonly=True,
        index="btree_not_null",
    )
    payment_method_share = fields.Float(
        string="Share of Usual Payment Method", readonly=True, aggregator="avg"
    )

    # Where the customer came from
    source_id = fields.Many2one(
        "utm.source",
        string="Acquisition Source",
        readonly=True,
        index="btree_not_null",
        help="As noted on the contact, else that of the first order or of a quotation "
        "before it.",
    )
    campaign_id = fields.Many2one(
        "utm.campaign",
        string="Acquisition Campaign",
        readonly=True,
        index="btree_not_null",
    )
    medium_id = fields.Many2one(
        "utm.medium",
        string="Acquisition Medium",
        readonly=True,
        index="btree_not_null",
        help="Of the document that the source is from.",
    )
    acquisition_date = fields.Date(string="Acquired On", readonly=True)

    next_key_date = fields.Date(
        readonly=True,
        help="The nearest key date of the customer and its contacts.",
    )

    order_habit = fields.Char(
        compute="_compute_order_habit",
        help="When the customer orders, and from how many order days we know it.",
    )
    payment_habit = fields.Char(
        compute="_compute_payment_habit",
        help="How the customer pays, and from how many invoices we know it.",
    )
    payment_way = fields.Char(
        string="Usual Way of Payment",
        compute="_compute_payment_way",
        compute_sudo=True,  # its name only, for people without accounting rights
    )

    @api.depends("order_day_count", "usual_weekday", "usual_day_part")
    @api.depends_context("lang")
    def _compute_order_habit(self):
        for profile in self:
            profile.order_habit = profile._describe_order_habit()

    @api.depends(
        "paid_invoice_count",
        "payment_on_time_share",
        "payment_days_late",
        "payment_days_late_trend",
    )
    @api.depends_context("lang")
    def _compute_payment_habit(self):
        for profile in self:
            profile.payment_habit = profile._describe_payment_habit()

    @api.depends("payment_journal_id", "payment_method_line_id", "payment_method_share")
    @api.depends_context("lang")
    def _compute_payment_way(self):
        for profile in self:
            method = profile.payment_method_line_id
            profile.payment_way = profile._say_payment_way(
                profile.payment_journal_id.name, method.name, method.code
            )

    def _say_payment_way(self, journal, method, code):
        """E.g. "Bank (Card), 67%".

        :param journal: name of the journal
        :param method: name of the payment method, if there was one
        :param code: code of the method; "manual" is Odoo's for none at all
        """
        if not journal:
            return False
        way = journal
        if method and code != "manual" and method != journal:
            way = f"{journal} ({method})"
        if self.payment_method_share == 1:
            return way
        return f"{way}, {self._percent(self.payment_method_share)}%"

    def _describe_order_habit(self):
        """E.g. "Mostly on Tuesday (60 %), in the morning (75 %); 12 order days"."""
        self.ensure_one()
        parts = []
        if self.usual_weekday:
            parts.append(self._say_habit("usual_weekday"))
        if self.usual_day_part:
            parts.append(self._say_habit("usual_day_part"))
        if not parts:
            return False
        sentence = self.env._(
            "%(habits)s; from %(count)s order days",
            habits=", ".join(parts),
            count=self.order_day_count,
        )
        return sentence[:1].upper() + sentence[1:]

    def _say_habit(self, name) -> str:
        """E.g. "mostly on Tuesday (60%)".

        Each value has a phrase of its own: in other languages more than the name of
        the weekday changes from one to the next.
        """
        said = {
            "1": self.env._("mostly on Monday"),
            "2": self.env._("mostly on Tuesday"),
            "3": self.env._("mostly on Wednesday"),
            "4": self.env._("mostly on Thursday"),
            "5": self.env._("mostly on Friday"),
            "6": self.env._("mostly on Saturday"),
            "7": self.env._("mostly on Sunday"),
            "morning": self.env._("in the morning"),
            "afternoon": self.env._("in the afternoon"),
            "evening": self.env._("in the evening"),
            "night": self.env._("at night"),
        }
        return self.env._(
            "%(when)s (%(share)s%%)",
            when=said[self[name]],
            share=self._percent(self[f"{name}_share"]),
        )

    def _describe_payment_habit(self):
        """E.g. "83 % of 12 invoices on time; usually 4 days late, 3 days later than
        before"."""
        self.ensure_one()
        if not self.paid_invoice_count:
            return False
        if self.paid_invoice_count == 1:
            on_time = self.payment_on_time_share == 1
            return (
                self.env._("The only invoice was paid on time")
                if on_time
                else self.env._("The only invoice was or is late")
            )
        parts = [
            self.env._(
                "%(share)s%% of %(count)s invoices on time",
                share=self._percent(self.payment_on_time_share),
                count=self.paid_invoice_count,
            )
        ]
        # Both are zero where none of the invoices has been paid.
        if self.payment_days_late or self.payment_on_time_share:
            parts.append(self._describe_days_late(self.payment_days_late))
        trend = round(self.payment_days_late_trend)
        if trend:
            days = self._count_days(abs(trend))
            parts.append(
                self.env._("%s later than a year ago", days)
                if trend > 0
                else self.env._("%s earlier than a year ago", days)
            )
        return "; ".join(parts)

    @api.model
    def _describe_days_late(self, days) -> str:
        count = self._count_days(abs(days))
        if days > 0:
            return self.env._("usually %s late", count)
        if days < 0:
            return self.env._("usually %s early", count)
        return self.env._("usually on the due date")

    @api.model
    def _count_days(self, days) -> str:
        """``4`` -> "4 days", ``1`` -> "1 day"."""
        if days == 1:
            return self.env._("1 day")
        return self.env._("%s days", self._describe_number(days))

    @api.model
    def _percent(self, share) -> int:
        return round(100 * share)
