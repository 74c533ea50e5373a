from ast import literal_eval

from odoo import api, fields, models
from odoo.fields import Domain

from .relationship_case_category import KINDS

# The dashboard tells the means of cases resolved in so many days.
MEAN_DAYS = 90


class RelationshipCaseTeam(models.Model):
    """The people who take cases, and the address that opens them."""

    _name = "relationship.case.team"
    _inherit = ["relationship.case.assignment", "mail.alias.mixin", "mail.thread"]
    _description = "Case Team"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one(
        "res.company",
        index=True,
        help="Empty: the team takes the cases of every company.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Leader",
        index="btree_not_null",
        check_company=True,
        domain="[('share', '=', False)]",
        help="Sees all cases of the team, and gets those that are overdue.",
    )
    kind = fields.Selection(
        KINDS,
        string="Kind of New Cases",
        required=True,
        default="question",
        help="What an e-mail to the team's address opens.",
    )
    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        domain="[('company_id', 'in', (False, company_id))] if company_id else []",
        ondelete="restrict",
        help="Deadlines count these hours only. Empty: the working hours of the "
        "company.",
    )
    ask_rating = fields.Boolean(
        string="Ask How Satisfied They Are",
        default=True,
        help="By e-mail, whenever a case is resolved, in the customer's language. Not "
        "those who asked not to be written to.",
    )
    alias_id = fields.Many2one(help="An e-mail to this address opens a case.")

    open_count = fields.Integer(string="Open", compute="_compute_counts")
    overdue_count = fields.Integer(string="Overdue", compute="_compute_counts")
    unassigned_count = fields.Integer(string="Unassigned", compute="_compute_counts")
    mean_answer = fields.Float(
        string="Hours to First Answer",
        compute="_compute_means",
        help="Mean of the cases resolved in the last 90 days, in working hours.",
    )
    mean_resolve = fields.Float(
        string="Hours to Resolve",
        compute="_compute_means",
        help="Mean of the cases resolved in the last 90 days, in working hours, "
        "without the time in which they waited for the customer.",
    )
    mean_rating = fields.Float(
        string="Satisfaction",
        compute="_compute_means",
        help="Mean of the cases resolved in the last 90 days; from 1 to 5.",
    )

    def _compute_counts(self):
        """Of the cases that the user sees; three queries."""
        opened = Domain("team_id", "in", self.ids) & Domain("is_closed", "=", False)
        for name, domain in (
            ("open_count", opened),
            ("overdue_count", opened & Domain("is_overdue", "=", True)),
            ("unassigned_count", opened & Domain("user_id", "=", False)),
        ):
            counts = dict(
                self.env["relationship.case"]._read_group(
                    domain, ["team_id"], ["__count"]
                )
            )
            for team in self:
                team[name] = counts.get(team._origin, 0)

    def _compute_means(self):
        since = fields.Datetime.subtract(fields.Datetime.now(), days=MEAN_DAYS)
        groups = self.env["relationship.case"]._read_group(
            [
                ("team_id", "in", self.ids),
                ("date_closed", ">=", since),
                ("stage_kind", "=", "resolved"),
            ],
            ["team_id"],
            ["hours_to_answer:avg", "hours_to_resolve:avg", "rating_last_value:avg"],
        )
        means = {team: values for team, *values in groups}
        for team in self:
            values = means.get(team._origin, (0, 0, 0))
            team.mean_answer, team.mean_resolve, team.mean_rating = (
                value or 0 for value in values
            )

    def write(self, vals):
        # The mixin writes what is the alias's without asking whose team it is.
        self.check_access("write")
        result = super().write(vals)
        if "kind" in vals:
            for team in self:
                # The alias is the team's own, and who writes the team may change it.
                team.alias_id.sudo().alias_defaults = team._get_alias_defaults()
        return result

    def action_open_cases(self):
        """The team's cases; the context says which (`search_default_...`)."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_case_action"
        )
        filters = {
            key: value
            for key, value in self.env.context.items()
            if key.startswith("search_default_")
        }
        action["context"] = filters | {
            "search_default_team_id": self.id,
            "default_team_id": self.id,
        }
        return action

    @api.model
    def _get_default_team(self, company):
        """Who takes the cases of a company that nobody else takes."""
        return self.search([("company_id", "in", (False, company.id))], limit=1)

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("relationship.case")
        if self.id:
            values["alias_defaults"] = self._get_alias_defaults()
        return values

    def _get_alias_defaults(self) -> str:
        """What an e-mail to the team opens, as a Python dict; keeps what an
        administrator added to it."""
        self.ensure_one()
        defaults = literal_eval(self.alias_defaults or "{}")
        return repr(defaults | {"team_id": self.id, "kind": self.kind})
