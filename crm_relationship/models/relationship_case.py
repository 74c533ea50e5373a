from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, is_html_empty

from .relationship_case_category import KINDS, SEVERITIES

SEVERITY_COLORS = {"low": 0, "normal": 0, "high": 3, "critical": 1}


class RelationshipCase(models.Model):
    """A complaint, suggestion, compliment or question that somebody has to settle."""

    _name = "relationship.case"
    _inherit = [
        "relationship.contact.mixin",
        "relationship.case.number",
        "relationship.case.customer",
        "relationship.case.service",
        "relationship.case.escalation",
        "relationship.case.flow",
        "relationship.case.mail",
        "mail.activity.mixin",
    ]
    _description = "Case"
    _order = "is_closed, deadline, id desc"
    _rec_names_search = ["number", "name", "partner_id"]
    _check_company_auto = True

    name = fields.Char(string="Subject", required=True, tracking=True)
    kind = fields.Selection(KINDS, required=True, default="question", tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        index=True,
        check_company=True,
        tracking=True,
        ondelete="restrict",
        help="Empty: an e-mail of somebody who is no contact yet.",
    )
    customer_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Customer",
        store=True,
        index=True,
    )
    partner_email = fields.Char(
        string="E-mail",
        compute="_compute_partner_email",
        store=True,
        readonly=False,
        index="trigram",
    )
    partner_phone = fields.Char(
        string="Phone", compute="_compute_partner_phone", store=True, readonly=False
    )
    channel_id = fields.Many2one(
        "relationship.channel",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="How the case came in.",
    )
    order_id = fields.Many2one(
        "sale.order",
        string="About Order",
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )
    product_id = fields.Many2one(
        "product.product",
        string="About Product",
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )
    category_id = fields.Many2one(
        "relationship.case.category",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    severity = fields.Selection(
        SEVERITIES,
        compute="_compute_severity",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        tracking=True,
    )
    color = fields.Integer(compute="_compute_color")
    team_id = fields.Many2one(
        "relationship.case.team",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        index="btree_not_null",
        check_company=True,
        domain="[('share', '=', False)]",
        copy=False,
        tracking=True,
    )
    stage_id = fields.Many2one(
        "relationship.case.stage",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        copy=False,
        tracking=True,
        group_expand="_read_group_expand_full",
        default=lambda self: self._get_stage("new"),
    )
    stage_kind = fields.Selection(related="stage_id.kind", string="State", store=True)
    is_closed = fields.Boolean(
        related="stage_id.is_closed", string="Closed", store=True
    )
    description = fields.Html(help="What the customer says.")
    resolution = fields.Html(
        copy=False, help="What was done, so that the next one who asks can be told."
    )
    cause_id = fields.Many2one(
        "relationship.case.cause",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        copy=False,
    )
    reopen_count = fields.Integer(string="Times Reopened", readonly=True, copy=False)

    _number_uniq = models.UniqueIndex(
        "(company_id, number)", "Another case has this number."
    )
    _open_complaint_idx = models.Index(
        "(customer_id, company_id) WHERE kind = 'complaint' AND is_closed IS NOT TRUE"
    )
    _open_deadline_idx = models.Index(
        "(company_id, deadline) WHERE is_closed IS NOT TRUE"
    )

    @api.depends("partner_id")
    def _compute_partner_email(self):
        for case in self:
            case.partner_email = case.partner_id.email or case.partner_email

    @api.depends("partner_id")
    def _compute_partner_phone(self):
        for case in self:
            case.partner_phone = case.partner_id.phone or case.partner_phone

    @api.depends("category_id")
    def _compute_severity(self):
        for case in self:
            usual = case.category_id.severity
            case.severity = usual or case.severity or "normal"

    @api.depends("severity")
    def _compute_color(self):
        for case in self:
            case.color = SEVERITY_COLORS.get(case.severity, 0)

    @api.depends("category_id", "company_id")
    def _compute_team_id(self):
        Team = self.env["relationship.case.team"]
        for case in self:
            team = case.category_id.team_id or case.team_id
            if not team or team.company_id not in (Team.company_id, case.company_id):
                team = Team._get_default_team(case.company_id)
            case.team_id = team

    @api.depends("number", "name")
    def _compute_display_name(self):
        for case in self:
            case.display_name = " ".join(filter(None, (case.number, case.name)))

    @api.constrains("stage_id", "kind", "resolution", "cause_id")
    def _check_resolution(self):
        """What is learned from a complaint is written down, also when it is dragged to
        the last column.

        :raise ValidationError: a complaint is resolved without a word
        """
        for case in self:
            if (case.kind, case.stage_kind) != ("complaint", "resolved"):
                continue
            if is_html_empty(case.resolution) or not case.cause_id:
                raise ValidationError(
                    self.env._(
                        "Say what was done about the complaint “%s”, and why it came "
                        "up: use the button “Resolve”.",
                        case.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        cases = super().create([self._prepare_case_vals(vals) for vals in vals_list])
        for team, of_team in cases.grouped("team_id").items():
            if team:
                team._assign(of_team.filtered(lambda case: not case.is_closed))
        for case in cases.filtered(lambda case: case.stage_kind != "new"):
            case._write_clock()
        return cases

    def write(self, vals):
        if vals.get("user_id"):
            vals = {"date_assigned": fields.Datetime.now()} | vals
        before = {case: case.stage_kind for case in self} if "stage_id" in vals else {}
        result = super().write(vals)
        for case, kind in before.items():
            if case.stage_kind != kind:
                case._note_stage(kind)
        if {"partner_id", "company_id"} & vals.keys():
            # Nobody gives a case to a customer whom they may not see.
            self.check_access("write")
        return result

    @api.model
    def _prepare_case_vals(self, vals) -> dict:
        """The values of a new case, with its company, number and stage."""
        company = self._get_company(vals)
        vals = vals | {
            "company_id": company.id,
            "number": self._get_next_number(company),
        }
        if "stage_id" not in vals and "default_stage_id" not in self.env.context:
            vals["stage_id"] = self._get_stage("new", company).id
        if vals.get("user_id"):
            vals.setdefault("date_assigned", fields.Datetime.now())
        return vals

    @api.model
    def _get_company(self, vals):
        """Whose case it will be: the team's, where nothing else is said."""
        company_id = vals.get("company_id") or self.env.context.get(
            "default_company_id"
        )
        if not company_id and vals.get("team_id"):
            team = self.env["relationship.case.team"].browse(vals["team_id"])
            company_id = team.company_id.id
        return self.env["res.company"].browse(company_id or self.env.company.id)

    @api.model
    def _follow_merge(self, partner):
        """After a merge: the keys have moved by SQL, the customer of a contact that
        now belongs to another one has not."""
        cases = self.search(
            [
                "|",
                ("partner_id", "child_of", partner.ids),
                ("customer_id", "=", partner.id),
            ]
        )
        self.env.add_to_compute(self._fields["customer_id"], cases)

    @api.model
    def _get_complaining_customers(self, company, partner_ids) -> set[int]:
        """Who has an open complaint; one query.

        Meant for jobs: it tells of cases that the user may not see that they are
        there, nothing else.

        :param partner_ids: ids of customers or their contacts; None means everybody
        :return: ids of the customers (commercial entities) among them
        """
        if partner_ids is not None and not partner_ids:
            return set()
        among = SQL("TRUE")
        if partner_ids is not None:
            among = SQL(
                "customer_id IN (SELECT commercial_partner_id FROM res_partner"
                " WHERE id = ANY(%s))",
                list(partner_ids),
            )
        self.flush_model(["kind", "is_closed", "customer_id", "company_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT customer_id
                  FROM relationship_case
                 WHERE kind = 'complaint'
                   AND is_closed IS NOT TRUE
                   AND company_id = %(company_id)s
                   AND %(among)s
                """,
                company_id=company.id,
                among=among,
            )
        )
        return {customer_id for [customer_id] in rows}
