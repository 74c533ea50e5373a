from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .relationship_funnel_report_sql import counts


class RelationshipStageMovePast(models.AbstractModel):
    """Which rows of the log tell the way of a customer. A part of
    ``relationship.stage.move``."""

    _name = "relationship.stage.move.past"
    _description = "Moves That Count"

    counts = fields.Boolean(
        string="Counts in Reports",
        compute="_compute_counts",
        search="_search_counts",
        help="Neither taken back later, nor of another customer who was merged into "
        "this one and had a way of its own.",
    )

    @api.depends("merged_partner_ref", "cause")
    def _compute_counts(self):
        counted = self.search(
            Domain("id", "in", self.ids) & Domain("counts", "=", True)
        )
        for move in self:
            move.counts = move in counted

    def _search_counts(self, operator, value):
        if operator != "in":
            return NotImplemented
        if set(value) >= {True, False}:
            return Domain.TRUE
        condition = Domain.custom(
            to_sql=lambda model, alias, query: SQL("(%s)", counts(alias))
        )
        if True in value:
            return condition
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL("NOT (%s)", counts(alias))
        )
