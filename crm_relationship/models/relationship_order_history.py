from functools import partial

from odoo import api, models

from ..tools.documents import Documents
from ..tools.transactions import execute, retry
from .sale_order_relationship_sql import number

# Orders that are numbered in one transaction, and further ones of the same customers.
BATCH = 2000
MORE = 20_000


class RelationshipOrderHistory(models.AbstractModel):
    """Numbers the orders of before the add-on: 1st, 2nd, nth of the customer.

    Which stage or segment the customer was in nobody knows, so nothing is said of it.
    It is one of the histories: see ``relationship.backfill``, which keeps the bookmark.
    An order without a number is its own bookmark too; what slips through, such as an
    order that was loaded past Odoo, is numbered the next night.
    """

    _name = "relationship.order.history"
    _inherit = ["relationship.capture.source"]
    _description = "Numbers of Past Orders"

    _document = "sale.order"
    _batch = BATCH
    _more = MORE

    @api.model
    def _get_title(self):
        return self.env._("First and Repeat Orders")

    @api.model
    def _take_in(self, documents, company_id):
        """Number orders. There are no interactions in it, and nothing that could fail
        for one order alone."""
        self._number(documents, company_id)
        return 0, 0

    @api.model
    def _number(self, documents, company_id=None) -> int:
        """Number confirmed orders that have no number; does not commit.

        :return: how many
        """
        numbered = execute(self.env, number(documents, company_id, self._more))
        if numbered:
            self.env["sale.order"].invalidate_model(flush=False)
        return len(numbered)

    @api.model
    def _get_unnumbered_ids(self, after):
        """The next confirmed orders without a number."""
        self.env.cr.execute(
            "SELECT id FROM sale_order"
            " WHERE state = 'sale' AND relationship_ordinal IS NULL AND id > %s"
            " ORDER BY id LIMIT %s",
            [after, self._batch],
        )
        return tuple(row[0] for row in self.env.cr.fetchall())

    @api.model
    def _cron_number(self):
        """Nightly: number what has none, unless the history is still being taken in, or
        somebody has stopped that."""
        own = [("source", "=", self._name), ("state", "!=", "done")]
        if self.env["relationship.backfill"].search_count(own, limit=1):
            return
        after = 0
        while ids := self._get_unnumbered_ids(after):
            retry(self.env.cr, partial(self._number, Documents(ids=ids)))
            after = ids[-1]
            if not self.env["ir.cron"]._commit_progress(len(ids), remaining=1):
                return
        self.env["ir.cron"]._commit_progress(remaining=0)
