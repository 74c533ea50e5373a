import logging
import time
from functools import partial

from odoo import api, models
from odoo.tools import SQL

from ..tools.transactions import retry

_logger = logging.getLogger(__name__)

# First key of the advisory locks of this add-on; the second is the company's id.
LOCK_KEY = 0x52454C
# Seconds between two tries for a turn: a refresh after an order takes far less.
TURN_PAUSE = 0.2
TURN_TRIES = 25


class RelationshipProfileJob(models.AbstractModel):
    """When everybody's profile is refreshed, slice by slice. A part of
    ``relationship.profile``.
    """

    _name = "relationship.profile.job"
    _description = "Customer Profile Job"

    @api.model
    def _refresh_everybody(self, company, as_of=None):
        """Refresh all customers of a company slice by slice, without committing."""
        refresh = self.env["relationship.refresh"]._start(
            company, as_of, kinds=["full"]
        )
        more = True
        while more:
            more = refresh._step()
            _logger.info(
                "Customer profiles of %s: %s looked at, %s written",
                company.display_name,
                refresh.customer_count,
                refresh.written_count,
            )
        return refresh

    @api.model
    def _try_turn(self, company) -> bool:
        """Take this transaction's turn to refresh the profiles of a company.

        Refreshes of one company go one after the other, so that they do not run into
        each other's rows; nobody but a refresh asks for a turn, so no user ever waits
        for one. Call it first in a transaction: the snapshot is taken here.

        :return: False if it is somebody else's turn
        """
        [[taken]] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK_KEY, company.id)
        )
        return taken

    @api.model
    def _cron_refresh(self):
        """Nightly: all customers of all companies, one slice per commit.

        A job that was killed goes on where the last commit left it.
        """
        Refresh = self.env["relationship.refresh"]
        companies = self.env["res.company"].search([])
        self.env["relationship.key.date"]._cron_refresh_next_dates()
        todo = companies.filtered(lambda company: not Refresh._is_done(company))
        remaining = len(todo)
        self.env["ir.cron"]._commit_progress()
        for company in todo:
            remaining -= 1
            try:
                if not self._refresh_in_slices(company, remaining):
                    return
            except Exception:
                # One company's trouble is not another's.
                self.env.cr.rollback()
                _logger.exception("Profiles of company %s: refresh failed", company.id)

    @api.model
    def _refresh_in_slices(self, company, remaining) -> bool:
        """Refresh a company, one slice per commit.

        :param remaining: number of companies that come after it
        :return: whether there is time left for the next one
        """
        more = True
        while more:
            more = retry(self.env.cr, partial(self._step_in_turn, company))
            if more is None:
                return True  # somebody else is at it; the next run goes on
            if not self.env["ir.cron"]._commit_progress(1, remaining=remaining + more):
                return False
        return True

    @api.model
    def _step_in_turn(self, company) -> bool | None:
        """Refresh the next slice of a company, waiting a little for our turn.

        :return: whether there is more to do; None if it was not our turn
        """
        for _attempt in range(TURN_TRIES):
            if self._try_turn(company):
                refresh = self.env["relationship.refresh"]._start(company)
                return refresh._step() or not refresh._is_done(company)
            self.env.cr.rollback()  # the next try is to see what others did
            time.sleep(TURN_PAUSE)
        return None
