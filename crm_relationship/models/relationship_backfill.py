import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, format_datetime

from ..tools.documents import Documents
from ..tools.transactions import Conflict, retry

_logger = logging.getLogger(__name__)

TODO = ("waiting", "running")
CRON = "crm_relationship.ir_cron_backfill"


class RelationshipBackfill(models.Model):
    """The history of one source becomes interactions, batch by batch.

    The record is the bookmark. It is written in the same transaction as the batch, so
    a job that dies starts again behind the last batch that was saved. Documents that
    come into being meanwhile are captured as they do.
    """

    _name = "relationship.backfill"
    _description = "History"
    _order = "id"
    _rec_name = "source"

    name = fields.Char(compute="_compute_name")
    source = fields.Char(required=True, readonly=True, export_string_translation=False)
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        index=True,
        ondelete="cascade",
        help="Empty: the history of every company.",
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("running", "Running"),
            ("stopped", "Stopped"),
            ("done", "Done"),
            ("failed", "Failed"),
        ],
        default="waiting",
        required=True,
        readonly=True,
    )
    last_id = fields.Integer(
        readonly=True,
        export_string_translation=False,
        help="Documents up to this database id are done.",
    )
    max_id = fields.Integer(
        readonly=True,
        export_string_translation=False,
        help="The newest document when it started.",
    )
    looked_count = fields.Integer(string="Documents Looked At", readonly=True)
    found_count = fields.Integer(string="New Interactions", readonly=True)
    failed_count = fields.Integer(string="Documents That Failed", readonly=True)
    progress = fields.Float(compute="_compute_progress", help="In percent.")
    date_start = fields.Datetime(string="Started On", readonly=True)
    date_end = fields.Datetime(string="Finished On", readonly=True)
    error = fields.Text(readonly=True)

    @api.depends("source")
    @api.depends_context("lang")
    def _compute_name(self):
        for backfill in self:
            source = backfill.source
            known = source in self.env and self.env[source]._is_available()
            backfill.name = self.env[source]._get_title() if known else source

    @api.depends("name")
    def _compute_display_name(self):
        for backfill in self:
            backfill.display_name = backfill.name

    @api.depends("state", "last_id", "max_id")
    def _compute_progress(self):
        for backfill in self:
            if backfill.state == "done":
                backfill.progress = 100
            else:
                share = backfill.last_id / max(backfill.max_id, 1)
                backfill.progress = min(100 * share, 99)

    def action_stop(self):
        """Stop behind the batch that is being worked on."""
        self._check_manager()
        # The bookmark is the system's to write.
        self.sudo().filtered(lambda backfill: backfill.state in TODO).state = "stopped"

    def action_resume(self):
        """Go on behind the last batch that was saved."""
        self._check_manager()
        halted = self.sudo().filtered(
            lambda backfill: backfill.state in ("stopped", "failed")
        )
        halted.write({"state": "waiting", "error": False})
        self._trigger()

    def action_restart(self):
        """Look at all documents again; what is there already is not written twice."""
        self._check_manager()
        self.sudo()._reset()
        self._trigger()

    def _check_manager(self):
        """:raise AccessError: the user is no administrator of the add-on"""
        if not self.env.user.has_group("crm_relationship.group_relationship_manager"):
            raise AccessError(
                self.env._("Only administrators decide on the loading of histories.")
            )
        self.check_access("read")

    @api.model
    def _trigger(self):
        # A user may not trigger jobs; this one may be triggered by who comes here.
        self.env.ref(CRON).sudo()._trigger()

    @api.model
    def _start(self, company=None):
        """Have the history of every source taken in by the scheduled job.

        :param company: of this company only
        :return: the histories
        """
        company_id = company.id if company else False
        known = self.search([("company_id", "=", company_id)])
        known._reset()
        sources = self._get_sources()
        missing = set(sources) - set(known.mapped("source"))
        started = known + self.create(
            [
                {"source": source, "company_id": company_id}
                for source in sources
                if source in missing
            ]
        )
        self._trigger()
        return started

    @api.model
    def _get_sources(self) -> list[str]:
        """The histories there are to take in, in their order: the shortest first."""
        return [
            "relationship.order.history",
            *self.env["relationship.capture"]._get_available_sources(),
        ]

    @api.model
    def _request(self, company):
        """Have a history loaded on demand: of the company, or of all where there is no
        other.

        :return: the histories
        :raise AccessError: the user is no administrator of the add-on
        """
        self._check_manager()
        # What there is to load, and where it stands, is the system's to write.
        histories = self.sudo()
        if self.env["res.company"].sudo().search_count([], limit=2) == 1:
            company = None
        return histories._start(company).sudo(False)

    def _reset(self):
        self.write(
            {
                "state": "waiting",
                "last_id": 0,
                "max_id": 0,
                "looked_count": 0,
                "found_count": 0,
                "failed_count": 0,
                "date_start": False,
                "date_end": False,
                "error": False,
            }
        )

    def _step(self):
        """Take in the next batch; does not commit."""
        self.ensure_one()
        if self.state == "waiting":
            self._begin()
        upto, count = self._get_next_batch()
        if not count:
            self._finish()
            return
        documents = Documents(after=self.last_id, upto=upto)
        found, failed = self.env[self.source]._take_in(documents, self.company_id.id)
        self.write(
            {
                "last_id": upto,
                "looked_count": self.looked_count + count,
                "found_count": self.found_count + found,
                "failed_count": self.failed_count + failed,
            }
        )
        if upto >= self.max_id:
            self._finish()
        self.flush_recordset()

    def _begin(self):
        values = {"state": "running"}
        if not self.max_id:
            query = SQL(
                "SELECT COALESCE(MAX(id), 0) FROM %s",
                self.env[self.source]._get_table(),
            )
            self.env.cr.execute(query)
            [[values["max_id"]]] = self.env.cr.fetchall()
            values["date_start"] = fields.Datetime.now()
        self.write(values)

    def _get_next_batch(self):
        """Last id and number of the next documents; no documents at the end."""
        source = self.env[self.source]
        query = SQL(
            "SELECT COALESCE(MAX(id), 0), COUNT(*) FROM ("
            "SELECT id FROM %s WHERE id > %s AND id <= %s ORDER BY id LIMIT %s) batch",
            source._get_table(),
            self.last_id,
            self.max_id,
            source._batch,
        )
        self.env.cr.execute(query)
        return self.env.cr.fetchone()

    def _finish(self):
        """Note the end. After the last of the histories the profiles are computed, for
        they have more to say now."""
        self.write({"state": "done", "date_end": fields.Datetime.now()})
        if self.search_count([("state", "in", TODO)], limit=1):
            return
        for company in self.company_id or self.env["res.company"].search([]):
            self.env["relationship.refresh"]._request(company)

    @api.model
    def _step_in_turn(self) -> int:
        """Take in a batch of the first history that nobody else is at.

        :return: number of histories that are not complete; 0 if there is no work
        """
        todo = self.search([("state", "in", TODO)])
        backfill = todo.try_lock_for_update(limit=1)
        if not backfill:
            return 0
        try:
            with self.env.cr.savepoint():
                backfill._step()
        except Conflict:
            raise
        except Exception as error:
            _logger.exception("Taking in the history of %s failed", backfill.source)
            backfill.write(
                {"state": "failed", "error": f"{type(error).__name__}: {error}"}
            )
        return len(todo)

    @api.model
    def _cron_run(self):
        """Take in histories, one batch per commit.

        A job that was killed goes on where the last commit left it.
        """
        while remaining := retry(self.env.cr, self._step_in_turn):
            if not self.env["ir.cron"]._commit_progress(1, remaining=remaining):
                return
        self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _get_summary(self, company) -> str:
        """What there is of the history of a company, in words."""
        histories = self.search([("company_id", "in", (False, company.id))])
        if not histories:
            return self.env._("The history has not been loaded yet.")
        found = sum(histories.mapped("found_count"))
        failed = histories.filtered(lambda history: history.state == "failed")
        if failed:
            return self.env._("Failed: %s.", ", ".join(failed.mapped("name")))
        todo = histories.filtered(lambda history: history.state in TODO)
        if todo:
            return self.env._(
                "Loading: %(todo)s of %(all)s sources to go, %(found)s new interactions"
                " so far.",
                todo=len(todo),
                all=len(histories),
                found=found,
            )
        if "stopped" in histories.mapped("state"):
            return self.env._("Stopped, with %s new interactions so far.", found)
        return self.env._(
            "Loaded on %(date)s: %(found)s new interactions.",
            date=format_datetime(self.env, max(histories.mapped("date_end"))),
            found=found,
        )
