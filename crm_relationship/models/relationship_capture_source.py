from odoo import api, models
from odoo.tools import SQL, ormcache


class RelationshipCaptureSource(models.AbstractModel):
    """A kind of document that interactions are captured from.

    A source is one query (`_get_selects`) over any set of its documents; hooks, the
    history and the nightly catch-up all use it. Its key (``dedup_key``) names document
    and event, never a partner, so that it survives a merge.
    """

    _name = "relationship.capture.source"
    _description = "Source of Interactions"

    # Model of the documents; the history is taken in by ranges of its ids.
    _document = None
    # Whether the documents are asked what happened, as no hook tells it in time.
    _is_pulled = False
    # Documents of one transaction when the history is taken in.
    _batch = 5000

    @api.model
    def _get_codes(self) -> list[str]:
        """Values of `source` that its interactions have; each has a switch in the
        settings: a field ``relationship_capture_<code>`` of the company."""
        raise NotImplementedError

    @api.model
    def _get_selects(self, documents) -> list[SQL]:
        """Queries made by ``relationship_interaction_sql.select``.

        :param documents: :class:`Documents`
        """
        raise NotImplementedError

    @api.model
    def _get_gone(self, documents) -> list[SQL]:
        """Queries for the keys of what has not happened after all; what was written of
        it is removed.

        :param documents: :class:`Documents`
        """
        return []

    @api.model
    def _prepare(self, ids):
        """Complete documents that something happened to, before they are captured:
        after the commit, when nobody waits. Does not commit.

        :param ids: ids of documents; some may be gone
        :raise Conflict: another transaction is in the way
        """

    @api.model
    def _get_title(self) -> str:
        """What its documents are called."""
        # What a model is called is no secret.
        return self.env["ir.model"]._get(self._document).sudo().name

    @api.model
    def _take_in(self, documents, company_id) -> tuple[int, int]:
        """Take in a batch of the history; does not commit.

        Documents that can't be captured are noted as failures, and passed over.

        :param documents: :class:`Documents`
        :param company_id: of this company only, unless it is empty
        :return: number of new interactions, and of documents that failed
        """
        capture = self.env["relationship.capture"]
        rows, failed = capture._capture_apart({self._name: documents}, company_id)
        capture._note_failures(failed)
        return (
            sum(is_new for *_, is_new in rows),
            sum(len(ids) for _source, ids, _error in failed),
        )

    @api.model
    def _is_available(self) -> bool:
        """Whether there are such documents here: the model may be of an add-on that
        ours does without."""
        return self._document in self.env

    @api.model
    def _get_table(self) -> SQL:
        return SQL.identifier(self.env[self._document]._table)

    @api.model
    def _get_ids(self, documents) -> list[int]:
        """Ids of documents, in their order."""
        if documents.ids is not None:
            return sorted(documents.ids)
        query = SQL(
            "SELECT d.id FROM %s d WHERE %s ORDER BY d.id",
            self._get_table(),
            documents.condition("d"),
        )
        self.env.cr.execute(query)
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _get_recent_ids(self, since) -> list[int]:
        """Ids of documents that were written since a moment (naive UTC): of what may
        have been missed, and of what nobody tells us of when it happens."""
        query = SQL(
            "SELECT d.id FROM %s d WHERE d.write_date >= %s ORDER BY d.id",
            self._get_table(),
            since,
        )
        self.env.cr.execute(query)
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _get_record_id(self, xmlid):
        """Id of a record of Odoo; 0 if somebody has deleted it. No query."""
        return self.env["ir.model.data"]._xmlid_to_res_id(xmlid) or 0

    @api.model
    @ormcache("code")
    def _get_channel_id(self, code):
        """Id of the shared channel of that code, archived or not."""
        channel = self.env["relationship.channel"].sudo()
        return (
            channel.with_context(active_test=False)
            .search([("code", "=", code), ("company_id", "=", False)], limit=1)
            .id
        )
