from odoo import api, fields, models

from ..tools import key_dates
from ..tools.transactions import execute, retry
from .relationship_key_date_sql import advance

to_date = fields.Date.to_date
TYPED = ("day", "month", "year")
# They follow from day and month, whoever says otherwise.
FOLLOWING = {"next_date", "alert_date"}
MONTHS = [
    ("01", "January"),
    ("02", "February"),
    ("03", "March"),
    ("04", "April"),
    ("05", "May"),
    ("06", "June"),
    ("07", "July"),
    ("08", "August"),
    ("09", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
]


class RelationshipKeyDate(models.Model):
    """A yearly date of a person around a customer, or of the customer's company.

    `next_date` is stored, so that it can be searched, sorted and shown in a calendar.
    A row of which it is today or later is right by itself: it was the first occurrence
    on or after some day in the past. Only rows whose next date has passed have to be
    moved on, by one statement (`_refresh_next_dates`). Until then `days_left` and
    `to_prepare`, and what is searched by them, tell the truth nevertheless.
    """

    _name = "relationship.key.date"
    _inherit = [
        "relationship.contact.mixin",
        "relationship.key.date.check",
        "relationship.key.date.search",
        "relationship.key.date.merge",
    ]
    _description = "Key Date"
    _order = "next_date, id"
    _rec_names_search = ["name", "partner_id", "kinship_id"]
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
        help="The customer, or the person at the customer's, whom the date belongs to.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    customer_id = fields.Many2one(
        related="partner_id.commercial_partner_id", string="Customer"
    )
    user_id = fields.Many2one(related="customer_id.user_id", string="Salesperson")
    kinship_id = fields.Many2one(
        "relationship.kinship",
        string="Who",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        default=lambda self: self._get_default_kinship(),
    )
    kind = fields.Selection(related="kinship_id.kind")
    icon = fields.Char(related="kinship_id.icon")
    color = fields.Integer(related="kinship_id.color")
    name = fields.Char(
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        help="The person's name; it can be asked another time.",
    )
    day = fields.Integer(required=True, aggregator=None)
    month = fields.Selection(MONTHS, required=True)
    year = fields.Integer(
        aggregator=None,
        help="Of birth, or of founding. Empty: unknown, so no age is told.",
    )
    lead_days = fields.Integer(
        string="Days of Notice",
        compute="_compute_lead_days",
        store=True,
        readonly=False,
        precompute=True,
        aggregator=None,
        help="So many days before the date it is time to prepare something.",
    )
    note = fields.Char(help="For example what pleased last year.")
    active = fields.Boolean(default=True)
    next_date = fields.Date(compute="_compute_next_date", store=True, precompute=True)
    alert_date = fields.Date(
        string="Prepare From",
        compute="_compute_next_date",
        store=True,
        precompute=True,
        help="The next date less the days of notice.",
    )
    age = fields.Integer(
        string="Years",
        compute="_compute_days_left",
        aggregator=None,
        help="The age on the next date; nothing where the year is unknown.",
    )

    _day_in_month = models.Constraint(
        """CHECK (day BETWEEN 1 AND CASE
            WHEN month = '02' THEN 29
            WHEN month IN ('04', '06', '09', '11') THEN 30
            ELSE 31 END)""",
        "The month does not have that many days.",
    )
    _lead_days_in_a_year = models.Constraint(
        "CHECK (lead_days BETWEEN 0 AND 365)",
        "The days of notice are between 0 and 365.",
    )
    _next_date_idx = models.Index("(company_id, next_date)")

    @api.model
    def _get_default_kinship(self):
        return self.env["relationship.kinship"].search(
            [("company_id", "in", (False, self.env.company.id))], limit=1
        )

    @api.depends("kinship_id", "partner_id.name")
    def _compute_name(self):
        for key_date in self:
            if key_date.kinship_id.is_own:
                key_date.name = key_date.partner_id.name
            elif key_date._origin.kinship_id.is_own:
                key_date.name = False  # it was the contact's own date before
            else:
                key_date.name = key_date.name

    @api.depends("kinship_id")
    def _compute_lead_days(self):
        for key_date in self:
            key_date.lead_days = key_date.kinship_id.lead_days

    @api.depends("day", "month", "lead_days", "company_id.relationship_tz")
    def _compute_next_date(self):
        for key_date in self:
            next_date = key_date._get_next_date()
            key_date.next_date = next_date
            key_date.alert_date = next_date and fields.Date.subtract(
                next_date, days=key_date.lead_days
            )

    @api.depends("name", "kinship_id.name")
    def _compute_display_name(self):
        for key_date in self:
            kinship = key_date.kinship_id.name or ""
            key_date.display_name = (
                f"{key_date.name} ({kinship})" if key_date.name else kinship
            )

    @api.model
    def default_get(self, fields):
        """A day chosen in the calendar gives day and month."""
        values = super().default_get(fields)
        values.pop("alert_date", None)
        if chosen := values.pop("next_date", None):
            chosen = to_date(chosen)
            values |= {"day": chosen.day, "month": f"{chosen.month:02}"}
        return values

    @api.model_create_multi
    def create(self, vals_list):
        defaults = self.default_get([*TYPED, "next_date"])
        for vals in vals_list:
            self._check_typed(defaults | vals)
        # A name left empty is filled in where it is the contact's own date.
        rows = super().create(
            [
                {
                    key: value
                    for key, value in vals.items()
                    if key not in FOLLOWING and (value or key != "name")
                }
                for vals in vals_list
            ]
        )
        rows._note_customers()
        return rows

    def write(self, vals):
        vals = {key: value for key, value in vals.items() if key not in FOLLOWING}
        if vals.keys() & set(TYPED):
            for key_date in self:
                self._check_typed({name: key_date[name] for name in TYPED} | vals)
        self._note_customers()
        result = super().write(vals)
        self._note_customers()
        if {"partner_id", "company_id"} & vals.keys():
            # Nobody gives a date to a customer whom they may not see.
            self.check_access("write")
        return result

    def unlink(self):
        self._note_customers()
        return super().unlink()

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    def _note_customers(self):
        """Have the profiles say what comes next and what is known."""
        self.env["relationship.profile.queue"]._note_customers(
            (row.partner_id.id, row.company_id.id) for row in self
        )

    def _get_next_date(self, as_of=None):
        """The next occurrence on or after a day (default: the company's today).

        :return: a date, or False while day and month are none
        """
        self.ensure_one()
        try:
            key_dates.check(self.day, int(self.month or 0))
        except key_dates.KeyDateError:
            return False
        company = (self.company_id or self.env.company).sudo()
        as_of = as_of or company._relationship_today()
        return key_dates.next_occurrence(self.day, int(self.month), as_of)

    @api.model
    def _refresh_next_dates(self) -> int:
        """Move on the dates that have passed: one statement for all companies.

        Safe to run twice, and after missed days. Does not commit.

        :return: number of rows moved
        """
        companies = self.env["res.company"].sudo().search([])
        days = {company.id: company._relationship_today() for company in companies}
        self.flush_model()
        rows = execute(self.env, advance(days))
        self.invalidate_model(["next_date", "alert_date", "days_left", "to_prepare"])
        return len(rows)

    @api.model
    def _cron_refresh_next_dates(self):
        """Every hour, as midnight is not everywhere at the same time; next to nothing
        to do in most of them."""
        retry(self.env.cr, self._refresh_next_dates)
