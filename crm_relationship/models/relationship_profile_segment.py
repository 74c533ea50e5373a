from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date


class RelationshipProfileSegment(models.AbstractModel):
    """The segment of a customer. A part of ``relationship.profile``."""

    _name = "relationship.profile.segment"
    _description = "Segment of a Customer"

    company_id = fields.Many2one("res.company")
    segment_id = fields.Many2one(
        "relationship.segment",
        ondelete="restrict",
        index="btree_not_null",
        group_expand="_read_group_expand_segment",
        domain="[('company_id', 'in', (False, company_id))]",
    )
    segment_color = fields.Integer(
        related="segment_id.color", export_string_translation=False
    )
    segment_date = fields.Date(string="In Segment Since", readonly=True)
    computed_segment_id = fields.Many2one(
        "relationship.segment",
        string="Segment by the Rules",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    segment_pinned_until = fields.Date(
        string="Segment Kept Until",
        help="Set when somebody put the customer into the segment by hand. After that "
        "day the rules decide again.",
    )
    segment_pin_reason = fields.Char(string="Reason for the Segment")
    segment_differs = fields.Boolean(
        string="Segment Differs from the Rules",
        compute="_compute_segment_differs",
        search="_search_segment_differs",
        help="Set by hand, and the rules would say something else.",
    )
    segment_explanation = fields.Char(
        string="Why This Segment",
        compute="_compute_segment_explanation",
        help="By which rule, or by whose hand.",
    )
    segment_move_ids = fields.One2many(
        "relationship.segment.move",
        compute="_compute_segment_move_ids",
        string="Segment Moves",
    )

    @api.depends("segment_id", "computed_segment_id")
    def _compute_segment_differs(self):
        for profile in self:
            profile.segment_differs = profile.segment_id != profile.computed_segment_id

    @api.depends("segment_id", "computed_segment_id", "segment_pinned_until")
    @api.depends_context("lang")
    def _compute_segment_explanation(self):
        for profile in self:
            profile.segment_explanation = profile._explain_segment_id()

    def _search_segment_differs(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Whoever asks for both asks for everybody.
        if set(value) >= {True, False}:
            return Domain.TRUE
        differ = SQL("IS DISTINCT FROM" if True in value else "IS NOT DISTINCT FROM")
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s %s %s",
                model._field_to_sql(alias, "segment_id", query),
                differ,
                model._field_to_sql(alias, "computed_segment_id", query),
            )
        )

    @api.depends_context("uid", "su")
    def _compute_segment_move_ids(self):
        self._compute_ledger("segment_move_ids")

    @api.constrains("segment_id")
    def _check_segment_company(self):
        for profile in self:
            company = profile.segment_id.company_id
            if company and company != profile.company_id:
                raise ValidationError(
                    self.env._(
                        "Segment “%(segment)s” belongs to %(company)s.",
                        segment=profile.segment_id.name,
                        company=company.display_name,
                    )
                )

    @api.model
    def _read_group_expand_segment(self, segments, domain):
        """Show the segments without customers too."""
        companies = self.env.companies.ids
        return segments | segments.search([("company_id", "in", [False, *companies])])

    # Why

    def _explain_segment_id(self) -> str:
        """Which segment, and by which rule or by whose hand."""
        self.ensure_one()
        if not self.segment_id:
            return ""
        if not self.segment_pinned_until:
            return self._explain_placing(self.segment_id)
        sentence = self.env._(
            "%(segment)s: set by hand until %(day)s.",
            segment=self.segment_id.name,
            day=format_date(self.env, self.segment_pinned_until),
        )
        if reason := self.segment_pin_reason:
            sentence = self.env._(
                "%(segment)s: set by hand until %(day)s because “%(reason)s”.",
                segment=self.segment_id.name,
                day=format_date(self.env, self.segment_pinned_until),
                reason=reason,
            )
        if not self.segment_differs or not self.computed_segment_id:
            return sentence
        # Another segment is configuration that everybody reads.
        rules = self._explain_placing(self.computed_segment_id)
        return f"{sentence} " + self.env._("By the rules it would be in %s", rules)

    def _explain_placing(self, segment) -> str:
        """Why the rules put the customer into a segment."""
        return self.env._(
            "%(segment)s: %(figures)s; %(rule)s.",
            segment=segment.name,
            figures=self._explain_scores(),
            rule=segment._describe_rule(self),
        )

    def _explain_scores(self) -> str:
        """``bought very recently (R 5), often (F 5) and much (V 4)``."""
        if not self.order_day_count:
            return self.env._("no order yet")
        if not self.recency_score:
            return self.env._("not scored yet")
        return self.env._(
            "%(recency)s (R %(r)s), %(frequency)s (F %(f)s), %(value)s (V %(v)s)",
            recency=self._get_recency_words()[self.recency_score - 1],
            r=self.recency_score,
            frequency=self._get_frequency_words()[self.frequency_score - 1],
            f=self.frequency_score,
            value=self._get_value_words()[self.value_score - 1],
            v=self.value_score,
        )

    @api.model
    def _get_recency_words(self):
        return (
            self.env._("has not bought for very long"),
            self.env._("has not bought for long"),
            self.env._("bought some time ago"),
            self.env._("bought recently"),
            self.env._("bought very recently"),
        )

    @api.model
    def _get_frequency_words(self):
        return (
            self.env._("hardly ever"),
            self.env._("seldom"),
            self.env._("now and then"),
            self.env._("often"),
            self.env._("very often"),
        )

    @api.model
    def _get_value_words(self):
        return (
            self.env._("spent very little"),
            self.env._("spent little"),
            self.env._("spent a fair amount"),
            self.env._("spent much"),
            self.env._("spent very much"),
        )
