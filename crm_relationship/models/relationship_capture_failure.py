from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools.documents import Documents
from ..tools.transactions import Conflict

SHOWN = 20
# Failures of one night, so that what fails for good holds nothing up.
AT_ONCE = 500


class RelationshipCaptureFailure(models.Model):
    """Documents that could not become interactions, and why.

    What happened to the documents is saved all the same. Every night they are tried
    again; what works by then is removed from here.
    """

    _name = "relationship.capture.failure"
    _description = "Capture Failure"
    _order = "id desc"
    _rec_name = "source"

    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        index=True,
        ondelete="cascade",
        help="Empty: the documents are of several companies, or of none.",
    )
    source = fields.Char(
        required=True,
        readonly=True,
        export_string_translation=False,
        help="Model of the source.",
    )
    document_name = fields.Char(string="Documents", compute="_compute_documents")
    document_refs = fields.Char(
        string="Document IDs",
        compute="_compute_documents",
        help="Database ids of the documents, the first of them.",
    )
    document_ids = fields.Json(readonly=True)
    document_count = fields.Integer(string="Number of Documents", readonly=True)
    error = fields.Text(readonly=True)
    tried_on = fields.Datetime(string="Last Try", readonly=True)
    state = fields.Selection(
        [("new", "To Try Again"), ("again", "Failed Again")],
        default="new",
        required=True,
        readonly=True,
    )

    @api.depends("source", "document_ids")
    @api.depends_context("lang")
    def _compute_documents(self):
        for failure in self:
            document = failure._get_document_model()
            failure.document_name = (
                self.env["ir.model"]._get(document).sudo().name
                if document
                else failure.source
            )
            ids = failure.document_ids or []
            failure.document_refs = ", ".join(map(str, ids[:SHOWN])) + (
                "…" if len(ids) > SHOWN else ""
            )

    @api.depends("document_name")
    def _compute_display_name(self):
        for failure in self:
            failure.display_name = failure.document_name

    def _get_document_model(self):
        return self.source in self.env and self.env[self.source]._document

    @api.model
    def _note(self, failed):
        """Keep failures.

        :param failed: (model of the source, ids of documents, exception)
        """
        self.sudo().create(
            [self._prepare_vals(source, ids, error) for source, ids, error in failed]
        )

    @api.model
    def _prepare_vals(self, source, ids, error) -> dict:
        return {
            "source": source,
            "company_id": self._find_company(source, ids),
            "document_ids": sorted(ids),
            "document_count": len(ids),
            "error": f"{type(error).__name__}: {error}",
            "tried_on": fields.Datetime.now(),
        }

    @api.model
    def _find_company(self, source, ids) -> int | bool:
        """Id of the company that all the documents are of, if they say so."""
        documents = self.env[self.env[source]._document].sudo().browse(ids)
        field = documents._fields.get("company_id")
        if not field or not field.store:
            return False
        companies = documents.exists().company_id
        return len(companies) == 1 and companies.id

    def _retry(self):
        """Try again; does not commit. What works is removed, the rest says why not."""
        capture = self.env["relationship.capture"]
        for failure in self:
            if failure.source not in capture._get_available_sources():
                failure.unlink()
                continue
            documents = Documents(ids=tuple(failure.document_ids))
            failed = capture._prepare_apart(failure.source, documents.ids)
            rows, uncaptured = capture._capture_apart({failure.source: documents})
            failed += uncaptured
            capture._note_customers(rows)
            if not failed:
                failure.unlink()
                continue
            ids = [
                document_id for _source, some, _error in failed for document_id in some
            ]
            vals = self._prepare_vals(failure.source, ids, failed[0][2])
            failure.write(vals | {"state": "again"})

    @api.model
    def _retry_all(self):
        """Nightly; commits after each failure."""
        for failure in self.search([], order="tried_on, id", limit=AT_ONCE):
            try:
                failure._retry()
            except Conflict:
                self.env.cr.rollback()  # the next night
            if not self.env["ir.cron"]._commit_progress():
                return

    def action_try_again(self):
        """Try to capture the documents again, now.

        :raise AccessError: the user is no administrator of the add-on
        """
        if not self.env.user.has_group("crm_relationship.group_relationship_manager"):
            raise AccessError(self.env._("Only administrators try captures again."))
        self.check_access("read")
        count = len(self)
        # The list is the system's to write, whoever asks for another try.
        self.sudo()._retry()
        left = len(self.exists())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "message": self.env._(
                    "%(done)s of %(count)s worked this time.",
                    done=count - left,
                    count=count,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
