import secrets
from datetime import datetime, time, timedelta

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"  # pylint: disable=consider-merging-classes-inherited

    relationship_touch_cap = fields.Integer(
        string="Touches per Customer",
        default=4,
        help="All rules together touch a customer no more often within the days. 0: no "
        "limit.",
    )
    relationship_touch_cap_days = fields.Integer(
        string="Days of Touches", default=30, help="Rolling days, up to today."
    )
    relationship_user_capacity = fields.Integer(
        string="Activities per Person and Day",
        help="All rules together give a person no more customers a day. The rest "
        "waits, those with the highest value at risk come first. 0: no limit.",
    )
    relationship_quiet_days = fields.Boolean(
        string="Quiet Days",
        default=True,
        help="Rules leave customers alone on days without working hours, and on public "
        "holidays of the company's calendar.",
    )
    relationship_holdout_share = fields.Float(
        string="Left Alone by All Rules (%)",
        digits=(16, 1),
        help="This share of the customers, drawn once and for all, is left alone by "
        "all rules; only so the effect of all of them together can be proved.",
    )
    relationship_holdout_seed = fields.Char(
        readonly=True,
        copy=False,
        default=lambda self: secrets.token_hex(8),
        export_string_translation=False,
        groups="crm_relationship.group_relationship_manager",
        help="What the customers to leave alone are drawn from.",
    )

    _relationship_limits_valid = models.Constraint(
        "CHECK (relationship_touch_cap >= 0 AND relationship_touch_cap_days > 0"
        " AND relationship_user_capacity >= 0)",
        "Limits of touches can't be negative, and need at least a day.",
    )
    _relationship_holdout_share_valid = models.Constraint(
        "CHECK (relationship_holdout_share >= 0 AND relationship_holdout_share <= 50)",
        "Between 0 and 50 % of the customers can be left alone.",
    )

    def _get_relationship_quiet_days(self, first, last) -> set:
        """The days from ``first`` to ``last`` on which the company does not work, by
        its calendar; none where quiet days don't matter, or no working hours are known.
        """
        self.ensure_one()
        calendar = self.resource_calendar_id
        if not self.relationship_quiet_days or not calendar:
            return set()
        if not calendar.attendance_ids and not calendar.flexible_hours:
            return set()
        # In UTC; the days in the calendar's time zone begin and end up to one earlier
        # or later.
        unusual = calendar._get_unusual_days(
            datetime.combine(first - timedelta(days=1), time.min),
            datetime.combine(last + timedelta(days=1), time.max),
            self,
        )
        quiet = {
            fields.Date.to_date(day) for day, is_quiet in unusual.items() if is_quiet
        }
        return {day for day in quiet if first <= day <= last}
