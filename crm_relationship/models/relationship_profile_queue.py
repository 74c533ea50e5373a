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
    """Customers whose profile is out of date.

    They are refreshed right after the commit: what a request changed by a thread in
    the background, for nobody is to wait for it; what a job or a script changed, at
    once. The scheduled job takes what was left.

    Rows are inserted by the transaction that changed something, one statement each,
    and can't conflict with anything. They are deleted by the transaction that
    refreshes the profile, so a refresh that fails or dies loses nothing.
    """

    _name = "relationship.profile.queue"
    _description = "Customer to Refresh"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="cascade",
        help="Empty: every company. A contact shared by companies is a prospect of one "
        "only as long as no other sells to it.",
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
    def _get_pending(self):
        """What the current transaction has to note: (order ids, customer pairs)."""
        precommit = self.env.cr.precommit
        if PENDING not in precommit.data:
            precommit.data[PENDING] = (set(), set())
            precommit.add(self.sudo()._write_pending)
        return precommit.data[PENDING]

    def _write_pending(self):
        # Interactions first: they note their customers too, in the same statement.
        self.env["relationship.capture"]._write_pending()
        order_ids, pairs = self.env.cr.precommit.data.pop(PENDING, ((), ()))
        if not order_ids and not pairs or LEAVING in self.env.cr.cache:
            return
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO relationship_profile_queue (partner_id, company_id)
                SELECT DISTINCT partner.id,
                       CASE WHEN partner.company_id IS NOT NULL OR NOT EXISTS (
                                SELECT FROM res_company
                                 WHERE id != changed.company_id
                            )
                            THEN changed.company_id
                       END
                  FROM (
                       SELECT partner_id, company_id
                         FROM sale_order
                        WHERE id = ANY(%s)
                        UNION
                       SELECT * FROM UNNEST(%s::int[], %s::int[])
                  ) changed (partner_id, company_id)
                  JOIN res_partner partner ON partner.id = changed.partner_id
                RETURNING id
                """,
                list(order_ids),
                [partner for partner, company in pairs],
                [company for partner, company in pairs],
            )
        )
        if 0 < len(rows) <= AT_ONCE:
            refresh = partial(
                _refresh_after_commit, self.env.cr.dbname, [row[0] for row in rows]
            )
            # A person who waits for an answer does not wait for this.
            after = partial(background.submit, refresh) if request else refresh
            self.env.cr.postcommit.add(after)

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
    def _refresh_queued(self, limit=BATCH, ids=None) -> int:
        """Refresh the customers of the oldest rows of the queue; does not commit.

        Rows another transaction is working on are left to it.

        :param ids: only these rows
        :return: number of rows worked off
        """
        only = SQL("id = ANY(%s)", ids) if ids is not None else SQL("TRUE")
        rows = execute(
            self.env,
            SQL(
                """
                DELETE FROM relationship_profile_queue
                 WHERE id IN (
                       SELECT id FROM relationship_profile_queue
                        WHERE %s ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
                 )
                RETURNING partner_id, company_id
                """,
                only,
                limit,
            ),
        )
        self.invalidate_model()
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
                    " WHERE id = ANY(%s)",
                    ids,
                )
            )
        }
        if None in company_ids:
            return self.env["res.company"].search([])
        return self.env["res.company"].browse(company_ids)

    @api.model
    def _cron_refresh_queued(self):
        """Every minute: what was not refreshed right after its transaction."""
        while self.search_count([], limit=1):
            done = retry(self.env.cr, self._refresh_in_turn)
            remaining = self.search_count([]) if done else 0
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
    """Refresh the customers a transaction has just changed, in one of its own.

    Whoever is refreshing at the moment, or in the way, is not waited for: then the
    rows stay in the queue, and the scheduled job takes them within a minute.
    """
    try:
        with Registry(dbname).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            if not table_exists(cr, "relationship_profile_queue"):
                return  # the transaction has uninstalled the add-on
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
