import logging
from functools import partial

from odoo import SUPERUSER_ID, api, fields, models
from odoo.http import request
from odoo.modules.registry import Registry
from odoo.tools import SQL
from odoo.tools.sql import table_exists

from ..tools import background
from ..tools.transactions import Conflict, execute, retry

_logger = logging.getLogger(__name__)

PENDING = "crm_relationship.queue"
# In the cache of a cursor that uninstalls the add-on: nothing is noted there any more.
LEAVING = "crm_relationship.leaving"
# A transaction that touched more customers than this leaves them to the scheduled job.
AT_ONCE = 50
# Customers per transaction of the scheduled job.
BATCH = 5_000


class RelationshipProfileQueue(models.Model):
    """Customers whose profile is out of date, and documents whose interactions are.

    They are captured and refreshed right after the commit: what a request changed by a
    thread in the background, for nobody is to wait for it; what a job or a script
    changed, at once. The scheduled job takes what was left.

    Rows are inserted by the transaction that changed something, one statement each,
    and can't conflict with anything. They are deleted by the transaction that
    refreshes the profile, so a refresh that fails or dies loses nothing.
    """

    _name = "relationship.profile.queue"
    _description = "Customer to Refresh"
    _log_access = False

    partner_id = fields.Many2one("res.partner", index=True, ondelete="cascade")
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="cascade",
        help="Empty: every company. A contact shared by companies is a prospect of one "
        "only as long as no other sells to it.",
    )

    source = fields.Char(
        export_string_translation=False,
        help="Instead of a customer: the source that has something to capture.",
    )
    document_id = fields.Integer(
        export_string_translation=False, help="Database id of the document."
    )

    @api.model
    def _note_orders(self, orders):
        """Note the customers of these orders, as they will be at the end of the
        transaction."""
        if orders:
            self._get_pending()[0].update(orders.ids)

    @api.model
    def _note_customers(self, pairs):
        """Note customers.

        :param pairs: (partner id, company id or None for every company)
        """
        pairs = set(pairs)
        if pairs:
            self._get_pending()[1].update(pairs)

    @api.model
    def _note_stored_customers(self, records, customer="partner_id"):
        """Note the customers that records have in the database, which may be others
        than in the cache.

        :param customer: name of their field
        """
        if not records.ids:
            return
        customer = SQL.identifier(customer)
        self._note_customers(
            self.env.execute_query(
                SQL(
                    "SELECT %s, company_id FROM %s"
                    " WHERE id = ANY(%s) AND %s IS NOT NULL",
                    customer,
                    SQL.identifier(records._table),
                    records.ids,
                    customer,
                )
            )
        )

    @api.model
    def _note_documents(self, source, ids):
        """Note documents whose interactions are to be captured.

        :param source: model of the source; see ``relationship.capture.source``
        """
        if ids:
            self._get_pending()[2].update((source, document_id) for document_id in ids)

    @api.model
    def _get_pending(self):
        """What the current transaction has to note: (order ids, customer pairs,
        documents)."""
        precommit = self.env.cr.precommit
        if PENDING not in precommit.data:
            precommit.data[PENDING] = (set(), set(), set())
            precommit.add(self.sudo()._write_pending)
        return precommit.data[PENDING]

    def _write_pending(self):
        pending = self.env.cr.precommit.data.pop(PENDING, ())
        if not any(pending) or LEAVING in self.env.cr.cache:
            return
        order_ids, pairs, documents = pending
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO relationship_profile_queue (
                    partner_id, company_id, source, document_id
                )
                SELECT DISTINCT partner.id,
                       CASE WHEN partner.company_id IS NOT NULL OR NOT EXISTS (
                                SELECT FROM res_company
                                 WHERE id != changed.company_id
                            )
                            THEN changed.company_id
                       END,
                       NULL,
                       NULL::int
                  FROM (
                       SELECT partner_id, company_id
                         FROM sale_order
                        WHERE id = ANY(%s)
                        UNION
                       SELECT * FROM UNNEST(%s::int[], %s::int[])
                  ) changed (partner_id, company_id)
                  JOIN res_partner partner ON partner.id = changed.partner_id
                 UNION ALL
                SELECT NULL, NULL, * FROM UNNEST(%s::varchar[], %s::int[])
                RETURNING id
                """,
                list(order_ids),
                [partner for partner, company in pairs],
                [company for partner, company in pairs],
                [source for source, document_id in documents],
                [document_id for source, document_id in documents],
            )
        )
        if not 0 < len(rows) <= AT_ONCE:
            return
        refresh = partial(
            _refresh_after_commit, self.env.cr.dbname, [row[0] for row in rows]
        )
        if request:
            # A person who waits for an answer does not wait for this.
            self.env.cr.postcommit.add(partial(background.submit, refresh))
        elif order_ids or pairs:
            # Documents alone can wait for the scheduled job: a job that sends a
            # thousand messages is not to stop after each.
            self.env.cr.postcommit.add(refresh)

    @api.model
    def _note_customers_of(self, users):
        """Note the customers whom these users serve."""
        if LEAVING in self.env.cr.cache:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO relationship_profile_queue (partner_id, company_id)
                SELECT partner_id, company_id
                  FROM relationship_profile
                 WHERE user_id = ANY(%s)
                """,
                users.ids,
            )
        )

    @api.model
    def _take(self, condition, limit, ids) -> list[tuple]:
        """Delete the oldest rows of the queue, and return them. Rows another
        transaction is working on are left to it.

        :param ids: only these rows, unless it is None
        :return: (partner id, company id, source, document id) per row
        """
        only = SQL("id = ANY(%s)", ids) if ids is not None else SQL("TRUE")
        rows = execute(
            self.env,
            SQL(
                """
                DELETE FROM relationship_profile_queue
                 WHERE id IN (
                       SELECT id FROM relationship_profile_queue
                        WHERE %s AND %s ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
                 )
                RETURNING partner_id, company_id, source, document_id
                """,
                condition,
                only,
                limit,
            ),
        )
        self.invalidate_model()
        return rows

    @api.model
    def _capture_queued(self, limit=BATCH, ids=None) -> int:
        """Capture what happened to the documents of the oldest rows of the queue; their
        customers take their place in it. Does not commit.

        :param ids: only these rows
        :return: number of rows worked off
        """
        rows = self._take(SQL("source IS NOT NULL"), limit, ids)
        documents = {}
        for _partner_id, _company_id, source, document_id in rows:
            documents.setdefault(source, set()).add(document_id)
        if documents:
            self.env["relationship.capture"]._capture_noted(documents)
        return len(rows)

    @api.model
    def _refresh_queued(self, limit=BATCH, ids=None) -> int:
        """Refresh the customers of the oldest rows of the queue; does not commit.

        :param ids: only these rows
        :return: number of rows worked off
        """
        rows = [row[:2] for row in self._take(SQL("source IS NULL"), limit, ids)]
        for company, partner_ids in self._get_customers(rows).items():
            self.env["relationship.profile"]._refresh(company, partner_ids)
        return len(rows)

    @api.model
    def _get_customers(self, rows):
        """Who is meant by rows of the queue: the partner, for it may have been a
        customer of its own, and its commercial entity of today.

        :return: {company: ids of partners}
        """
        by_company = {}
        for partner_id, company_id in set(rows):
            by_company.setdefault(company_id, set()).add(partner_id)
        everywhere = by_company.pop(None, set())
        companies = self.env["res.company"].browse(by_company)
        if everywhere:
            companies = self.env["res.company"].search([])
        customers = {}
        for company in companies:
            partners = self.env["res.partner"].browse(
                by_company.get(company.id, set()) | everywhere
            )
            customers[company] = sorted(
                {*partners.ids, *partners.commercial_partner_id.ids}
            )
        return customers

    @api.model
    def _get_companies(self, ids):
        """The companies that these rows of the queue are about."""
        company_ids = {
            row[0]
            for row in self.env.execute_query(
                SQL(
                    "SELECT DISTINCT company_id FROM relationship_profile_queue"
                    " WHERE id = ANY(%s) AND source IS NULL",
                    ids,
                )
            )
        }
        if None in company_ids:
            return self.env["res.company"].search([])
        return self.env["res.company"].browse(company_ids)

    @api.model
    def _cron_refresh_queued(self):
        """Every minute: what was not captured and refreshed right after its
        transaction."""
        while captured := retry(self.env.cr, self._capture_queued):
            remaining = self.search_count([])
            if not self.env["ir.cron"]._commit_progress(captured, remaining=remaining):
                return
        waiting = [("source", "=", False)]
        while self.search_count(waiting, limit=1):
            done = retry(self.env.cr, self._refresh_in_turn)
            remaining = self.search_count(waiting) if done else 0
            if not self.env["ir.cron"]._commit_progress(done, remaining=remaining):
                return
            if not done:
                return  # somebody else is at it

    @api.model
    def _refresh_in_turn(self) -> int:
        """Refresh a batch, unless somebody else is refreshing now.

        :return: number of rows worked off
        """
        companies = self.env["res.company"].search([])
        if not all(map(self.env["relationship.profile"]._try_turn, companies)):
            return 0
        return self._refresh_queued()


def _refresh_after_commit(dbname, row_ids):
    """Capture from the documents, and refresh the customers, that a transaction has
    just changed, in transactions of its own.

    Whoever is refreshing at the moment, or in the way, is not waited for: then the
    rows stay in the queue, and the scheduled job takes them within a minute.
    """
    try:
        with Registry(dbname).cursor() as cr:
            if not table_exists(cr, "relationship_profile_queue"):
                return  # the transaction has uninstalled the add-on
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["relationship.profile.queue"]._capture_queued(ids=row_ids)
        with Registry(dbname).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            companies = env["relationship.profile.queue"]._get_companies(row_ids)
            if len(companies) * len(row_ids) > AT_ONCE:
                return
            if all(map(env["relationship.profile"]._try_turn, companies)):
                cr.execute("SET LOCAL lock_timeout = '200ms'")
                env["relationship.profile.queue"]._refresh_queued(ids=row_ids)
    except Conflict as conflict:
        _logger.debug("Left to the scheduled job: %s", conflict)
    except Exception:
        # The user's own transaction is committed; nothing here may tell it otherwise.
        _logger.exception("Refreshing profiles after a commit failed")
