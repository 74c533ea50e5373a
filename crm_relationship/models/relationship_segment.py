from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

SCORES = range(1, 6)
# Fields of a profile that follow from its segment; no rule can depend on them.
OWN_FIELDS = {
    "segment_id",
    "segment_date",
    "computed_segment_id",
    "segment_differs",
    "segment_pinned_until",
    "segment_pin_reason",
    "segment_move_ids",
}


class RelationshipSegment(models.Model):
    """A group of customers with a value proposition and a treatment.

    A segment takes its customers by a condition or by cells painted on the grid of
    recency and the mean of frequency and value. The first that matches decides, and the
    last one without a condition takes all others, so that every customer is in exactly
    one.
    """

    _name = "relationship.segment"
    _inherit = ["relationship.placing.mixin"]
    _description = "Customer Segment"
    _order = "sequence, id"

    sequence = fields.Integer(
        help="Rules are tried from the top down; the first that holds decides."
    )
    company_id = fields.Many2one(
        help="Empty: the segment is one of every company.",
    )
    mode = fields.Selection(
        [("cells", "Cells of the RFV Grid"), ("domain", "Condition")],
        string="Takes Customers By",
        required=True,
        default="cells",
    )
    domain = fields.Char(
        help="Customers whose profile matches belong to the segment. Empty: customers "
        "are put into it by hand only, or, for the last such segment, it takes "
        "everybody whom no other one takes.",
    )
    cells = fields.Json(
        help="Pairs of the recency score, and the mean of the scores of frequency and "
        "value.",
    )
    value_proposition = fields.Text(
        translate=True, help="What these customers get from you, and from nobody else."
    )
    treatment = fields.Text(translate=True, help="What to do with these customers.")
    currency_id = fields.Many2one("res.currency", compute="_compute_profile_count")
    revenue = fields.Monetary(
        string="Recent Revenue",
        compute="_compute_profile_count",
        help="Recent revenue of the customers in the segment.",
    )
    customer_share = fields.Float(
        string="Share of Customers", compute="_compute_profile_count"
    )
    revenue_share = fields.Float(
        string="Share of Revenue", compute="_compute_profile_count"
    )

    @api.depends("mode", "domain", "sequence", "active", "company_id")
    def _compute_is_fallback(self):
        return super()._compute_is_fallback()

    @api.depends_context("company", "allowed_company_ids", "uid", "su")
    def _compute_profile_count(self):
        """Counts and sums over the current company's customers whom the user sees."""
        company = self.env.company
        groups = self.env["relationship.profile"]._read_group(
            [("company_id", "=", company.id)],
            ["segment_id"],
            ["__count", "revenue_recent:sum"],
        )
        figures = {segment: (count, revenue) for segment, count, revenue in groups}
        customers = sum(count for count, revenue in figures.values())
        total = sum(revenue for count, revenue in figures.values())
        for segment in self:
            count, revenue = figures.get(segment._origin, (0, 0))
            segment.currency_id = company.currency_id
            segment.profile_count = count
            segment.revenue = revenue
            segment.customer_share = count / customers if customers else 0
            segment.revenue_share = revenue / total if total else 0

    @api.depends("mode", "cells")
    def _compute_match_count(self):
        return super()._compute_match_count()

    @api.constrains("mode", "cells", "domain")
    def _check_rule(self):
        """Refuse a rule that could not be evaluated tonight, or not twice the same.

        :raise ValidationError: names the segment and what is wrong
        """
        self._check_cells()
        self._check_domain()
        for segment in self:
            used = {
                condition.field_expr.partition(".")[0]
                for condition in segment._get_domain().iter_conditions()
            }
            if used & OWN_FIELDS:
                raise segment._get_domain_error(
                    self.env._("segments follow from it, so it can't ask for them")
                )
        self._check_fallback()

    def _check_cells(self):
        """Refuse cells that are not on the grid.

        :raise ValidationError: names the segment
        """
        for segment in self:
            cells = segment.cells or []
            if not isinstance(cells, list) or not all(map(_is_cell, cells)):
                raise ValidationError(
                    self.env._(
                        "The cells of “%s” are not all on the grid of scores from 1 "
                        "to 5.",
                        segment.name,
                    )
                )

    def _get_domain(self):
        if self.mode != "cells":
            return super()._get_domain()
        by_recency = {}
        for recency, mean in self.cells or []:
            by_recency.setdefault(recency, []).append(mean)
        return Domain.OR(
            Domain("recency_score", "=", recency) & Domain("fv_score", "in", means)
            for recency, means in by_recency.items()
        )

    @api.model
    def _get_placing_fields(self):
        return super()._get_placing_fields() | {"mode", "cells"}

    def _has_rule(self):
        if self.mode == "cells":
            return bool(self.cells)
        return super()._has_rule()

    def _is_open(self):
        return self.mode == "domain" and super()._is_open()

    def _is_used(self):
        own = Domain("segment_id", "=", self.id)
        pinned = Domain("computed_segment_id", "=", self.id)
        # Used is used, by whomever's customers.
        profiles = self.env["relationship.profile"].sudo()
        snapshots = self.env["relationship.segment.snapshot"].sudo()
        return bool(
            super()._is_used()
            or profiles.with_context(active_test=False).search_count(pinned, limit=1)
            or snapshots.search_count(own, limit=1)
        )

    def _get_profile_domain(self):
        return super()._get_profile_domain() & Domain(
            "company_id", "=", self.env.company.id
        )

    def action_open_moves(self):
        """Open who came to the segment and who left it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_segment_move_action_list"
        )
        action["domain"] = list(
            Domain("from_segment_id", "=", self.id)
            | Domain("to_segment_id", "=", self.id)
        )
        action["context"] = {}
        return action

    def _describe_rule(self, profile) -> str:
        """Why a profile is here, in the words of the segment's rule."""
        if self.mode == "cells" and self.cells:
            return self.env._(
                "its cell of the grid (%(recency)s, %(mean)s) belongs to “%(segment)s”",
                recency=profile.recency_score,
                mean=profile.fv_score,
                segment=self.name,
            )
        if self._has_rule():
            return self.env._("the condition of “%s” holds", self.name)
        return self.env._("no other segment takes this customer")

    @api.model
    def _follows_from(self, kind):
        """Segments may ask for stages."""
        return super()._follows_from(kind) or any(
            "stage" in name or name == "phase"
            for segment in self.sudo().search([("mode", "=", "domain")])
            for _model, name in self._get_asked_fields(segment._get_known_domain())
        )

    def _get_known_domain(self) -> Domain:
        """The condition; nothing, if it can't be evaluated any more."""
        try:
            return self._get_domain()
        except ValidationError:
            return Domain.FALSE

    def _get_used_error(self):
        return self.env._(
            "Customers are or have been in segment “%s”; archive it instead, so that "
            "their history stays readable.",
            self.name,
        )

    @api.model
    def _get_no_fallback_error(self, company):
        return self.env._(
            "%s needs an active segment by condition whose condition is empty, for the "
            "customers whom no other segment takes.",
            company.display_name,
        )

    @api.model
    def _get_missing_error(self):
        return self.env._("Every customer is in a segment.")

    @api.model
    def _get_past_error(self):
        return self.env._("The last day in a segment can't be in the past.")


def _is_cell(cell) -> bool:
    return (
        isinstance(cell, list)
        and len(cell) == 2
        and all(type(score) is int and score in SCORES for score in cell)
    )
