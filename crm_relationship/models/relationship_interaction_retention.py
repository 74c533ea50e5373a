import logging
from collections import Counter

from odoo import api, models
from odoo.tools import SQL

from ..tools.transactions import execute, retry
from .relationship_channel_sql import keep_since

_logger = logging.getLogger(__name__)

# Interactions per transaction.
BATCH = 5_000


class RelationshipInteractionRetention(models.AbstractModel):
    """Interactions live as long as their channel says. A part of
    ``relationship.interaction``.
    """

    _name = "relationship.interaction.retention"
    _description = "Retention of Interactions"

    _channel_date_idx = models.Index("(channel_id, date)")

    @api.model
    def _cron_purge(self):
        """Every night: delete what the channels keep no longer. What is deleted is
        saved batch by batch; a job that dies leaves the rest to the next one."""
        purged = Counter()
        while True:
            batch = retry(self.env.cr, self._purge)
            purged.update(batch)
            done = batch.total()
            if not done or not self.env["ir.cron"]._commit_progress(
                done, remaining=self._count_expired()
            ):
                break
        self._log_purge(purged)

    @api.model
    def _purge(self, limit=None) -> Counter:
        """Delete some of what is too old, channel by channel. Does not commit.

        :return: number of interactions by id of the channel
        """
        self.env.flush_all()
        rows = execute(
            self.env,
            SQL(
                """
                DELETE FROM relationship_interaction
                 WHERE id = ANY(ARRAY(
                       SELECT old.id FROM (%s LIMIT %s) old
                         JOIN relationship_interaction i ON i.id = old.id
                          FOR UPDATE OF i SKIP LOCKED
                 ))
                RETURNING channel_id, customer_id, company_id
                """,
                self._get_expired(),
                limit or BATCH,
            ),
        )
        if rows:
            self.invalidate_model()
            self.env["relationship.profile.queue"]._note_customers(
                (customer_id, company_id)
                for _channel_id, customer_id, company_id in rows
                if customer_id
            )
        return Counter(channel_id for channel_id, *_pair in rows)

    @api.model
    def _get_expired(self) -> SQL:
        """Ids of what is too old; channels that keep everything are not looked at."""
        return SQL(
            """
            SELECT i.id
              FROM relationship_channel channel
              JOIN relationship_interaction i
                ON i.channel_id = channel.id AND i.date < %(since)s
             WHERE %(since)s IS NOT NULL
            """,
            since=keep_since(SQL("channel.keep_months")),
        )

    @api.model
    def _count_expired(self) -> int:
        [[count]] = self.env.execute_query(
            SQL(
                "SELECT COUNT(*) FROM (%s LIMIT %s) old",
                self._get_expired(),
                20 * BATCH,
            )
        )
        return count

    @api.model
    def _log_purge(self, purged):
        channels = self.env["relationship.channel"].with_context(lang="en_US")
        for channel in channels.browse(purged):
            _logger.info(
                "Deleted %s interactions of the channel %s, which keeps them %s months",
                purged[channel.id],
                channel.name,
                channel.keep_months,
            )
