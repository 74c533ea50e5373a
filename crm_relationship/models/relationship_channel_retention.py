from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .relationship_channel_sql import keep_since

# More are not counted while somebody waits.
COUNTED = 100_000


class RelationshipChannel(models.Model):
    """How long what was said through a channel is kept."""

    _inherit = "relationship.channel"

    keep_note = fields.Char(
        compute="_compute_keep_note", export_string_translation=False
    )

    @api.depends("keep_months")
    def _compute_keep_note(self):
        for channel in self:
            channel.keep_note = channel._get_keep_note()

    def _get_keep_note(self):
        """What the next night does, in words; also before the channel is saved."""
        if self.keep_months <= 0:
            return self.env._("Everything is kept for ever.")
        [[since]] = self.env.execute_query(
            SQL("SELECT %s", keep_since(SQL("%s", self.keep_months)))
        )
        # A number only: what it counts may be of companies the user does not work in.
        Interaction = self.env["relationship.interaction"].sudo()
        count = Interaction.search_count(
            [("channel_id", "in", self._origin.ids), ("date", "<", since)],
            limit=COUNTED + 1,
        )
        day = format_date(self.env, since)
        if not count:
            return self.env._("Nothing is older than %s: nothing is deleted.", day)
        if count == 1:
            return self.env._(
                "Next night, 1 interaction from before %s is deleted.", day
            )
        if count > COUNTED:
            return self.env._(
                "Next night, more than %(count)s interactions from before %(day)s are "
                "deleted.",
                count=f"{COUNTED:n}",
                day=day,
            )
        return self.env._(
            "Next night, %(count)s interactions from before %(day)s are deleted.",
            count=f"{count:n}",
            day=day,
        )

    def _get_keep_since(self) -> dict:
        """Until when back the channels keep interactions. One query.

        :return: {channel id: datetime}; those that keep everything are not in it
        """
        self.flush_recordset(["keep_months"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %(since)s FROM relationship_channel"
                " WHERE id = ANY(%(ids)s) AND %(since)s IS NOT NULL",
                since=keep_since(SQL("keep_months")),
                ids=self.ids,
            )
        )
        return dict(rows)
