from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Whose texts concern everybody who sees the customer.
OPEN_MODELS = (False, "res.partner")


class RelationshipInteractionMask(models.AbstractModel):
    """What a user may know of the document that an interaction was captured from. A
    part of ``relationship.interaction``.
    """

    _name = "relationship.interaction.mask"
    _description = "Interaction Mask"

    currency_id = fields.Many2one("res.currency")
    is_masked = fields.Boolean(
        compute="_compute_is_masked",
        help="The source document is not for you: neither are its subject and preview.",
    )
    subject = fields.Char(
        compute="_compute_texts", inverse="_inverse_subject", search="_search_subject"
    )
    preview = fields.Char(
        compute="_compute_texts", inverse="_inverse_preview", search="_search_preview"
    )
    amount = fields.Monetary(
        compute="_compute_texts", help="Of the document, in company currency."
    )

    @api.depends_context("uid", "su")
    def _compute_is_masked(self):
        """One query a model of documents, and none for what has no document."""
        for res_model, interactions in self.grouped("res_model").items():
            interactions.is_masked = not self.env.su and res_model not in OPEN_MODELS
            if self.env.su or res_model in OPEN_MODELS:
                continue
            readable = interactions._get_readable_documents(res_model)
            for interaction in interactions:
                interaction.is_masked = interaction.res_id not in readable

    @api.depends("is_masked")
    @api.depends_context("uid", "su")
    def _compute_texts(self):
        for interaction in self:
            # Only where the document may be read, or there is none.
            told = (self.browse() if interaction.is_masked else interaction).sudo()
            interaction.subject = told.raw_subject
            interaction.preview = told.raw_preview
            interaction.amount = told.raw_amount

    def _inverse_subject(self):
        for interaction in self:
            # The right to write the interaction is checked by then.
            interaction.sudo().raw_subject = interaction.subject

    def _inverse_preview(self):
        for interaction in self:
            interaction.sudo().raw_preview = interaction.preview

    def _search_subject(self, operator, value):
        return self._search_text("raw_subject", operator, value)

    def _search_preview(self, operator, value):
        return self._search_text("raw_preview", operator, value)

    @api.model
    def _search_text(self, field_name, operator, value):
        """Nobody learns by searching what is in a document that is not for them."""
        if operator not in ("in", "like", "ilike", "=like", "=ilike"):
            return NotImplemented
        # The condition only; which rows the user sees is up to the rules.
        found = self.sudo()._search(Domain(field_name, operator, value))
        return Domain("id", "in", found) & self._get_readable_domain()

    @api.model
    def _get_readable_domain(self) -> Domain:
        """Interactions whose document the user may read."""
        if self.env.su:
            return Domain.TRUE
        readable = Domain("res_model", "in", [*OPEN_MODELS])
        for res_model in self._get_document_models():
            if res_model in OPEN_MODELS or not self._may_read_model(res_model):
                continue
            documents = self.env[res_model].with_context(active_test=False)._search([])
            readable |= Domain("res_model", "=", res_model) & Domain(
                "res_id", "in", documents
            )
        return readable

    def _get_readable_documents(self, res_model) -> set:
        """Ids of those documents of the interactions that exist and may be read."""
        if not self._may_read_model(res_model):
            return set()
        documents = self.env[res_model].with_context(active_test=False)
        found = documents.search([("id", "in", self.mapped("res_id"))])
        return set(found._ids)

    @api.model
    def _may_read_model(self, res_model) -> bool:
        return res_model in self.env and self.env[res_model].has_access("read")

    @api.model
    def _get_document_models(self) -> list[str]:
        """The models that interactions were captured from: a few steps through the
        index, however many interactions there are."""
        self.flush_model(["res_model"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE step AS (
                    SELECT MIN(res_model) AS res_model FROM relationship_interaction
                     UNION ALL
                    SELECT (SELECT MIN(res_model) FROM relationship_interaction
                             WHERE res_model > step.res_model)
                      FROM step
                     WHERE step.res_model IS NOT NULL
                )
                SELECT res_model FROM step WHERE res_model IS NOT NULL
                """
            )
        )
        return [row[0] for row in rows]
