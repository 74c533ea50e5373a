import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# Writing one of these can change where customers stand.
PLACING_FIELDS = {"domain", "sequence", "active", "company_id"}


class RelationshipStage(models.Model):
    _name = "relationship.stage"
    _inherit = ["relationship.domain.mixin"]
    _description = "Relationship Stage"
    _order = "sequence, id"

    sequence = fields.Integer(
        default=10,
        help="Rules are tried from the highest sequence down; the first that holds "
        "decides.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        help="Empty: the stage belongs to the funnel of every company.",
    )
    phase = fields.Selection(
        [
            ("acquisition", "Acquisition"),
            ("transaction", "Transaction"),
            ("service", "Service"),
            ("retention", "Retention"),
        ],
        required=True,
        default="transaction",
    )
    domain = fields.Char(
        string="Entry Rule",
        help="Customers whose profile matches enter the stage by themselves. Empty: "
        "the stage is entered by hand only, or, for the lowest such stage, by "
        "everybody whom no rule takes.",
    )
    description = fields.Text(
        translate=True, help="What this stage means and what to do here."
    )
    color = fields.Integer()
    fold = fields.Boolean(string="Folded in the Funnel")
    is_fallback = fields.Boolean(
        string="Takes All Others", compute="_compute_is_fallback"
    )
    profile_count = fields.Integer(string="Customers", compute="_compute_profile_count")
    match_count = fields.Integer(
        string="Matching Customers",
        compute="_compute_match_count",
        help="Customers whose profile matches the entry rule now, whichever stage "
        "they are in.",
    )

    @api.depends("domain", "sequence", "active", "company_id")
    def _compute_is_fallback(self):
        for stage in self:
            company = stage.company_id or self.env.company
            stage.is_fallback = stage._origin == stage._get_funnel(company)[1]

    def _compute_profile_count(self):
        counts = dict(
            self.env["relationship.profile"]._read_group(
                [("stage_id", "in", self.ids)], ["stage_id"], ["__count"]
            )
        )
        for stage in self:
            stage.profile_count = counts.get(stage._origin, 0)

    @api.depends("domain")
    @api.depends_context("allowed_company_ids")
    def _compute_match_count(self):
        Profile = self.env["relationship.profile"]
        for stage in self:
            try:
                stage.match_count = Profile.search_count(stage._get_domain())
            except ValidationError:
                stage.match_count = 0

    @api.constrains("domain", "active", "sequence", "company_id")
    def _check_fallback(self):
        """Every customer needs a stage, so the funnel needs one open to everybody."""
        self.env["res.company"].sudo().search([])._check_relationship_funnel()

    @api.model_create_multi
    def create(self, vals_list):
        stages = super().create(vals_list)
        stages._get_companies()._place_relationships()
        return stages

    def write(self, vals):
        if not PLACING_FIELDS & vals.keys():
            return super().write(vals)
        companies = self._get_companies()
        result = super().write(vals)
        if not self.env.context.get("relationship_resequencing"):
            (companies | self._get_companies())._place_relationships()
        return result

    def web_resequence(self, *args, **kwargs):
        """Place the customers once, not once per stage."""
        resequencing = self.with_context(relationship_resequencing=True)
        result = super(RelationshipStage, resequencing).web_resequence(*args, **kwargs)
        self._get_companies()._place_relationships()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        moves = self.env["relationship.stage.move"].sudo()
        for stage in self:
            if moves.search_count(
                ["|", ("from_stage_id", "=", stage.id), ("to_stage_id", "=", stage.id)],
                limit=1,
            ):
                raise UserError(
                    self.env._(
                        "Customers have been in stage “%s”; archive it instead, so "
                        "that their history stays readable.",
                        stage.name,
                    )
                )

    def unlink(self):
        companies = self._get_companies()
        result = super().unlink()
        companies._check_relationship_funnel()
        companies._place_relationships()
        return result

    def action_open_profiles(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_profile_action_list"
        )
        action["domain"] = [("stage_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_preview(self):
        """Open the customers who match the entry rule now."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_profile_action_list"
        )
        action["domain"] = list(self._get_domain())
        action["context"] = {}
        return action

    @api.model
    def _get_funnel(self, company):
        """The stages of a company: those with an entry rule in the order in which
        they are tried, and the fallback for everybody else.

        :return: (stages, stage); the second is empty if there is none
        """
        stages = self.sudo().search(
            [("company_id", "in", (False, company.id))], order="sequence desc, id desc"
        )
        ruled = stages.filtered(lambda stage: (stage.domain or "").strip("[] \n"))
        return ruled, (stages - ruled)[-1:]

    @api.model
    def _get_placing_sql(self, company) -> SQL:
        """Expression over ``relationship_profile``: the id of a profile's stage."""
        Profile = self.env["relationship.profile"].sudo()
        stages, fallback = self._get_funnel(company)
        cases = []
        for stage in stages:
            try:
                domain = stage._get_domain()
            except ValidationError as error:
                # E.g. a field that went with its add-on. The other stages still hold.
                _logger.error("Stage left out: %s", error)
                continue
            query = Profile._search(domain, active_test=False, bypass_access=True)
            if query.is_empty():
                continue
            matches = SQL(
                "%s IN %s", SQL.identifier(Profile._table, "id"), query.subselect()
            )
            if query.from_clause.code == SQL.identifier(Profile._table).code:
                matches = query.where_clause  # no join: test the row at hand
            cases.append(SQL("WHEN %s THEN %s", matches, stage.id))
        if not cases:
            return SQL("%s::int", fallback.id or None)
        return SQL(
            "CASE %s ELSE %s::int END", SQL(" ").join(cases), fallback.id or None
        )

    def _get_companies(self):
        """The companies whose funnel these stages are a part of."""
        companies = self.sudo().company_id
        if any(not stage.company_id for stage in self):
            companies = companies.search([])
        return companies
