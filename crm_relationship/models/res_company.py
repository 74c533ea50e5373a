from datetime import date

from odoo import api, fields, models

from odoo.addons.base.models.res_partner import _tz_get

from ..tools.days import local_day


class ResCompany(models.Model):
    _inherit = "res.company"

    relationship_tz = fields.Selection(
        _tz_get,
        string="Time Zone of Order Days",
        help="The day of an order is its day in this time zone. Empty: the time zone "
        "of the company's address, else UTC.",
    )
    relationship_user_id = fields.Many2one(
        "res.users",
        string="Fallback for Retention Activities",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="Gets the activities for customers without an active salesperson whose "
        "team has no leader.",
    )
    relationship_pin_days = fields.Integer(
        string="Days a Stage Set by Hand Stays",
        default=90,
    )
    relationship_offers_consent = fields.Boolean(
        string="Offers Need a Consent",
        default=True,
        help="Nobody gets an offer who did not grant it before.",
    )
    relationship_service_consent = fields.Boolean(
        string="Service Needs a Consent",
        help="Nobody is contacted about a purchase, or to ask how things are, who did "
        "not grant it before.",
    )
    relationship_research_consent = fields.Boolean(
        string="Research Needs a Consent",
        default=True,
        help="Nobody is asked for an opinion who did not grant it before.",
    )

    # What is captured as interactions; see `relationship.capture`.
    relationship_capture_email = fields.Boolean(string="Capture E-mails", default=True)
    relationship_capture_sms = fields.Boolean(
        string="Capture Text Messages", default=True
    )
    relationship_capture_portal = fields.Boolean(
        string="Capture Portal Messages", default=True
    )
    relationship_capture_activity = fields.Boolean(
        string="Capture Activities", default=True
    )
    relationship_capture_meeting = fields.Boolean(
        string="Capture Meetings", default=True
    )
    relationship_capture_sale = fields.Boolean(string="Capture Orders", default=True)
    relationship_capture_invoice = fields.Boolean(
        string="Capture Invoices", default=True
    )
    relationship_capture_rating = fields.Boolean(string="Capture Ratings", default=True)
    relationship_capture_delivery = fields.Boolean(
        string="Capture Deliveries", default=True
    )
    relationship_capture_case = fields.Boolean(string="Capture Cases", default=True)

    def _relationship_tz(self) -> str:
        """Name of the time zone in which this company's days begin and end."""
        self.ensure_one()
        return self.relationship_tz or self.partner_id.tz or "UTC"

    def _relationship_today(self) -> date:
        """Today's date in the company's time zone."""
        return local_day(fields.Datetime.now(), self._relationship_tz())

    def _relationship_needs_consent(self, purpose) -> bool:
        """Whether who was not asked yet is not to be contacted for a purpose."""
        self.ensure_one()
        return self.sudo()[f"relationship_{purpose}_consent"]

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        for model in ("relationship.stage", "relationship.segment"):
            self.env[model]._check_ladders(companies)
        for company in companies:  # scores and segments begin with a first ranking
            self.env["relationship.refresh"]._request(company)
        return companies

    def write(self, vals):
        result = super().write(vals)
        if {"relationship_tz", "currency_id"} & vals.keys():
            for company in self:
                self.env["relationship.refresh"]._request(company)
        return result
