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
