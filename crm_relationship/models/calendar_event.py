from odoo import fields, models

# What is told of a meeting that was held, and whether it was.
TOLD_FIELDS = {"active", "name", "privacy", "start", "stop", "user_id"}


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    def write(self, vals):
        """Meetings are captured once they are over; until then nothing is noted."""
        now = fields.Datetime.now()
        # Only ids and times are taken of it, whoever may change the meeting.
        held = self.sudo().filtered(lambda event: event.stop and event.stop <= now)
        result = super().write(vals)
        if not TOLD_FIELDS.isdisjoint(vals):
            self.env["relationship.capture"]._note(
                "relationship.capture.meeting", held.exists().ids
            )
        return result
