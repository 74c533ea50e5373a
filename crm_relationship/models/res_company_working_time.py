from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from odoo import fields, models


class ResCompany(models.Model):
    """When people work, and when customers may be written to."""

    _inherit = "res.company"  # pylint: disable=consider-merging-classes-inherited

    relationship_hour_from = fields.Float(
        string="Write to Customers from",
        default=8.0,
        help="E-mails of rules reach customers between these hours, in the time zone "
        "of the customer.",
    )
    relationship_hour_to = fields.Float(string="Write to Customers until", default=20.0)

    _relationship_hours_valid = models.Constraint(
        "CHECK (relationship_hour_from >= 0 AND relationship_hour_to <= 24"
        " AND relationship_hour_from < relationship_hour_to)",
        "The hours in which customers are written to begin before they end, within "
        "one day.",
    )

    def _relationship_add_days(self, day, days) -> date:
        """The working day so many working days after a day, which need not be one
        itself; for 0 the day itself if people work then, or else the next.

        Where the company has no working hours, all days count.
        """
        self.ensure_one()
        calendar = self.resource_calendar_id
        if not calendar:
            return fields.Date.add(day, days=days)
        first = day if days == 0 else fields.Date.add(day, days=1)
        # The days of the calendar begin where it is at home.
        start = datetime.combine(first, time.min, ZoneInfo(calendar.tz))
        planned = calendar.plan_days(max(days, 1), start, compute_leaves=True)
        return planned.date() if planned else fields.Date.add(day, days=days)
