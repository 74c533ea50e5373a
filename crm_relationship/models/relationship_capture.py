import logging

from odoo import api, models

from ..tools.documents import Documents
from .relationship_interaction_sql import upsert
from .relationship_profile_queue import LEAVING

_logger = logging.getLogger(__name__)

PENDING = "crm_relationship.capture"
# Whoever works on documents and does not want them captured puts this in the context.
SKIP = "crm_relationship_skip_capture"


class RelationshipCapture(models.AbstractModel):
    """Turns what happens to documents into interactions.

    A hook notes ids of documents and nothing else. At the end of the transaction one
    statement reads the documents and writes the interactions. The same statement, over
    a range of ids, takes in the history, and catches up with what was missed: what is
    there already is not written again.
    """

    _name = "relationship.capture"
    _description = "Capture of Interactions"

    @api.model
    def _get_sources(self) -> list[str]:
        """The models of the sources, in the order in which a history is taken in.
        Other add-ons append theirs; see ``relationship.capture.source``."""
        return [
            "relationship.capture.sale",
            "relationship.capture.message",
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
            self._get_pending().setdefault(source, set()).update(ids)

    @api.model
    def _get_pending(self) -> dict:
        precommit = self.env.cr.precommit
        if PENDING not in precommit.data:
            precommit.data[PENDING] = {}
            precommit.add(self.sudo()._write_pending)
        return precommit.data[PENDING]

    def _write_pending(self):
        """Write the interactions of the noted documents. Whatever goes wrong here is
        logged, and never the trouble of who works on the documents."""
        pending = self.env.cr.precommit.data.pop(PENDING, {})
        if not pending or LEAVING in self.env.cr.cache:
            return
        try:
            with self.env.cr.savepoint(flush=False):
                rows = self._capture(
                    {name: Documents(ids=tuple(pending[name])) for name in pending}
                )
        except Exception as error:
            self._note_failure(pending, error)
            return
        self.env["relationship.profile.queue"]._note_customers(
            (customer_id, company_id) for customer_id, company_id, _is_new in rows
        )

    @api.model
    def _note_failure(self, pending, error):
        """Tell an administrator that documents could not be captured.

        :param pending: {model of the source: ids of documents}
        """
        _logger.error("Interactions could not be captured", exc_info=error)

    @api.model
    def _capture(self, documents_by_source) -> list[tuple]:
        """Write the interactions of documents; one statement. Does not commit.

        :param documents_by_source: {model of the source: :class:`Documents`}
        :return: (customer id, company id, whether it is new) per interaction written
        """
        selects = [
            select
            for source, documents in documents_by_source.items()
            for select in self.env[source]._get_selects(documents)
        ]
        if not selects:
            return []
        self.env.cr.execute(upsert(selects, self._get_switches(), self.env.uid))
        rows = self.env.cr.fetchall()
        if rows:
            self.env["relationship.interaction"].invalidate_model()
        return rows
