from datetime import date

from odoo import fields, models

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

    def _relationship_tz(self) -> str:
        """Name of the time zone in which this company's days begin and end."""
        self.ensure_one()
        return self.relationship_tz or self.partner_id.tz or "UTC"

    def _relationship_today(self) -> date:
        """Today's date in the company's time zone."""
        return local_day(fields.Datetime.now(), self._relationship_tz())
