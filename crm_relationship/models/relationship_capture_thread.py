from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL, ormcache

from .relationship_interaction_sql import one_of

# Documents that are captured otherwise, or that nobody outside takes part in.
OTHERWISE = ("discuss.channel", "calendar.event")


class Thread(NamedTuple):
    """A model of documents: its table, and its columns if it has them."""

    model: str
    table: str
    partner: str | None
    company: str | None
    name: str | None

    def select(self, model, res_id) -> SQL:
        """The row of a document: partner_id, company_id, name."""
        columns = SQL(", ").join(
            SQL("%s::%s", SQL.identifier("d", name) if name else SQL("NULL"), kind)
            for name, kind in (
                (self.partner, SQL("int")),
                (self.company, SQL("int")),
                (self.name, SQL("text")),
            )
        )
        return SQL(
            "SELECT %s FROM %s d WHERE d.id = %s AND %s = %s",
            columns,
            SQL.identifier(self.table),
            res_id,
            model,
            self.model,
        )


class RelationshipCaptureThread(models.AbstractModel):
    """What happens on documents of any model: messages, activities, ratings."""

    _name = "relationship.capture.thread"
    _inherit = ["relationship.capture.source"]
    _description = "Source of Interactions on Any Document"

    # Column that names the model of the document.
    _model_column = "res_model"

    @api.model
    def _join_document(self, documents, model, res_id) -> SQL:
        """JOIN the document of a row as ``document``: partner_id, company_id, name. A
        row whose document is gone, or whose model is, drops out.

        :param model: expression
        :param res_id: expression
        """
        threads = self._get_threads()
        names = self._get_models(documents)
        selects = [
            thread.select(model, res_id)
            for name, thread in threads.items()
            if names is None or name in names
        ]
        nothing = SQL("SELECT NULL::int, NULL::int, NULL::text WHERE FALSE")
        return SQL(
            "JOIN LATERAL (%s) document (partner_id, company_id, name) ON TRUE",
            SQL(" UNION ALL ").join(selects or [nothing]),
        )

    @api.model
    def _get_models(self, documents) -> set | None:
        """The models that the documents are about, where they are few: fewer tables to
        plan for."""
        if documents.ids is None:
            return None
        document = self.env[self._document]
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT d.%s FROM %s d WHERE %s",
                SQL.identifier(self._model_column),
                SQL.identifier(document._table),
                documents.condition("d"),
            )
        )
        return {row[0] for row in rows}

    @api.model
    @ormcache()
    def _get_threads(self) -> dict[str, Thread]:
        """{model: its table} of all documents that customers may write on."""
        return {
            name: self._get_thread(name)
            for name in sorted(self.env)
            if self._is_thread(self.env[name])
        }

    @api.model
    def _is_thread(self, model) -> bool:
        """Whether what is said on documents of a model is said with customers."""
        return (
            isinstance(model, self.env.registry["mail.thread"])
            and not model._abstract
            and not model._transient
            and model._auto
            and model._name not in OTHERWISE
            # Our own, but for those that a customer takes part in.
            and (
                not model._name.startswith("relationship.")
                or model._name == "relationship.case"
            )
        )

    @api.model
    def _get_thread(self, name) -> Thread:
        model = self.env[name]
        is_partner = name == "res.partner"
        partners = ["id"] if is_partner else model._mail_get_partner_fields()
        company = model._mail_get_company_field()
        title = "complete_name" if is_partner else model._rec_name
        return Thread(
            name,
            model._table,
            next(filter(lambda field: one_of(model, field, "int4"), partners), None),
            company if company and one_of(model, company, "int4") else None,
            title if title and one_of(model, title, "varchar", "text") else None,
        )
