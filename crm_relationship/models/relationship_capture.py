import logging

from odoo import api, fields, models

from ..tools.documents import Documents
from ..tools.transactions import Conflict
from .relationship_interaction_sql import upsert

_logger = logging.getLogger(__name__)

# Whoever works on documents and does not want them captured puts this in the context.
SKIP = "crm_relationship_skip_capture"
# Failures after which the documents of one call are not taken apart any further.
PATIENCE = 100
# What was written in these last days is looked at again every night.
RECENT_DAYS = 3


class RelationshipCapture(models.AbstractModel):
    """Turns what happens to documents into interactions.

    A hook notes ids of documents and nothing else: one insert into the queue at the end
    of the transaction. Right after the commit one statement reads the documents and
    writes the interactions; nobody waits for it, and nothing that goes wrong in it is
    the trouble of who works on the documents. The same statement, over a range of ids,
    takes in the history, and catches up with what was missed: what is there already is
    not written again.
    """

    _name = "relationship.capture"
    _description = "Capture of Interactions"

    @api.model
    def _get_sources(self) -> list[str]:
        """The models of the sources, in the order in which a history is taken in.

        Other add-ons, and other parts of this one, append theirs: a model that inherits
        from ``relationship.capture.source``, a field of the company that switches it
        on, and a hook that calls `_note`.
        """
        return [
            "relationship.capture.sale",
            "relationship.capture.invoice",
            "relationship.capture.delivery",
            "relationship.capture.message",
            "relationship.capture.activity",
            "relationship.capture.meeting",
            "relationship.capture.rating",
            "relationship.capture.case",
        ]

    @api.model
    def _get_available_sources(self) -> list[str]:
        """The sources of which there can be documents here."""
        return [name for name in self._get_sources() if self.env[name]._is_available()]

    @api.model
    def _get_pulled_sources(self) -> list[str]:
        """The sources that nobody tells of what happens, so that they are asked."""
        return [
            name for name in self._get_available_sources() if self.env[name]._is_pulled
        ]

    @api.model
    def _get_switches(self) -> dict[str, str]:
        """{source: field of the company that switches it on}"""
        return {
            code: f"relationship_capture_{code}"
            for source in self._get_sources()
            for code in self.env[source]._get_codes()
        }

    @api.model
    def _note(self, source, ids):
        """Note documents that something happened to in this transaction.

        :param source: model of the source
        """
        if ids and not self.env.context.get(SKIP):
            # One insert, whoever works on the documents.
            self.env["relationship.profile.queue"].sudo()._note_documents(source, ids)

    @api.model
    def _capture_noted(self, noted):
        """Write the interactions of noted documents. What can't be captured is kept for
        an administrator. Does not commit.

        :param noted: {model of the source: ids of documents}
        :raise Conflict: another transaction is in the way
        """
        for name, ids in noted.items():
            self._note_failures(self._prepare_apart(name, ids))
        rows, failed = self._capture_apart(
            {name: Documents(ids=tuple(sorted(ids))) for name, ids in noted.items()}
        )
        self._note_customers(rows)
        self._note_failures(failed)

    @api.model
    def _prepare_apart(self, source, ids) -> list[tuple]:
        """Have a source complete its documents; what fails together is tried one by
        one.

        :return: (source, ids, exception) per failure
        :raise Conflict: another transaction is in the way
        """
        parts = [sorted(ids)]
        failed = []
        while parts:
            part = parts.pop()
            try:
                with self.env.cr.savepoint():
                    self.env[source]._prepare(part)
            except Conflict:
                raise
            except Exception as error:
                self.env.invalidate_all(flush=False)
                if len(part) > 1:
                    parts += [[document_id] for document_id in part]
                else:
                    failed.append((source, part, error))
        return failed

    @api.model
    def _note_customers(self, rows):
        """Have the profiles of the customers of written interactions computed."""
        self.env["relationship.profile.queue"]._note_customers(
            (customer_id, company_id)
            for customer_id, company_id, _is_new in rows
            if customer_id
        )

    @api.model
    def _note_failures(self, failed):
        """Tell an administrator which documents could not be captured.

        :param failed: (model of the source, ids of documents, exception)
        """
        if not failed:
            return
        for source, ids, error in failed:
            _logger.error(
                "Interactions of %s could not be captured: %s documents",
                source,
                len(ids),
                exc_info=error,
            )
        try:
            with self.env.cr.savepoint(flush=False):
                self.env["relationship.capture.failure"]._note(failed)
        except Exception:
            _logger.exception("A failure to capture could not be noted")

    @api.model
    def _capture(self, documents_by_source, company_id=None) -> list[tuple]:
        """Write the interactions of documents; one statement. Does not commit.

        :param documents_by_source: {model of the source: :class:`Documents`}
        :param company_id: of this company only
        :return: (customer id, company id, whether it is new) per interaction written
        """
        selects, gone = [], []
        for source, documents in documents_by_source.items():
            selects += self.env[source]._get_selects(documents)
            gone += self.env[source]._get_gone(documents)
        if not selects:
            return []
        query = upsert(selects, gone, self._get_switches(), self.env.uid, company_id)
        self.env.cr.execute(query, log_exceptions=False)
        rows = self.env.cr.fetchall()
        if rows:
            self.env["relationship.interaction"].invalidate_model()
        return rows

    @api.model
    def _capture_apart(self, documents_by_source, company_id=None):
        """Capture what can be captured: what fails together is tried source by source,
        then half by half, down to the document that is to blame.

        :return: rows of `_capture`, and (source, ids, exception) per failure
        :raise Conflict: another transaction is in the way
        """
        rows, failed = [], []
        parts = [documents_by_source]
        patience = PATIENCE
        while parts:
            part = parts.pop()
            try:
                with self.env.cr.savepoint(flush=False):
                    rows += self._capture(part, company_id)
            except Conflict:
                raise
            except Exception as error:
                patience -= 1
                smaller = self._split(part) if patience > 0 else []
                parts += smaller
                if not smaller:
                    failed += self._as_failures(part, error)
        return rows, failed

    @api.model
    def _split(self, part) -> list[dict]:
        """Smaller parts of what failed; none of a single document."""
        if len(part) > 1:
            return [{source: documents} for source, documents in part.items()]
        [(source, documents)] = part.items()
        ids = self.env[source]._get_ids(documents)
        half = len(ids) // 2
        if not half:
            return []
        return [
            {source: Documents(ids=tuple(some))} for some in (ids[half:], ids[:half])
        ]

    @api.model
    def _as_failures(self, part, error) -> list[tuple]:
        return [
            (source, self.env[source]._get_ids(documents), error)
            for source, documents in part.items()
        ]

    @api.model
    def _catch_up(self, source, since, commit):
        """Look again at the documents of a source that were written lately.

        :param since: naive UTC
        :param commit: called after each batch
        """
        ids = self.env[source]._get_recent_ids(since)
        size = self.env[source]._batch
        for start in range(0, len(ids), size):
            batch = Documents(ids=tuple(ids[start : start + size]))
            self._note_failures(self._prepare_apart(source, batch.ids))
            rows, failed = self._capture_apart({source: batch})
            self._note_customers(rows)
            self._note_failures(failed)
            commit()

    @api.model
    def _cron_pull(self):
        """Every few minutes: what happens without anybody telling us."""
        since = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        self._catch_up_sources(self._get_pulled_sources(), since)

    @api.model
    def _cron_catch_up(self):
        """Nightly: what came in past the hooks, and what had failed."""
        self.env["relationship.capture.failure"]._retry_all()
        since = fields.Datetime.subtract(fields.Datetime.now(), days=RECENT_DAYS)
        self._catch_up_sources(self._get_available_sources(), since)

    @api.model
    def _catch_up_sources(self, sources, since):
        """One source after the other, to the end of each: there is no bookmark, as all
        of it is a matter of seconds."""
        commit = self.env["ir.cron"]._commit_progress
        commit(remaining=len(sources))
        for source in sources:
            try:
                self._catch_up(source, since, commit)
            except Exception:
                # One source's trouble is not another's; the next night tries again.
                self.env.cr.rollback()
                _logger.exception("Catching up with %s failed", source)
            commit(1)
