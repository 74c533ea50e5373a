from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import is_html_empty


class RelationshipCaseResolve(models.TransientModel):
    """Asks what was done about a case, and why it had come up."""

    _name = "relationship.case.resolve"
    _description = "Resolve Cases"

    case_ids = fields.Many2many("relationship.case", required=True)
    closed_count = fields.Integer(string="Closed, Left Out", readonly=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    resolution = fields.Html(string="What Was Done", required=True)
    cause_id = fields.Many2one(
        "relationship.case.cause",
        domain="[('company_id', 'in', (False, company_id))]",
    )
    cause_required = fields.Boolean(compute="_compute_cause_required")
    asks_rating = fields.Boolean(compute="_compute_asks_rating")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        chosen = self.env["relationship.case"].browse(
            self.env.context.get("active_ids", [])
        )
        cases = chosen.filtered(lambda case: not case.is_closed)
        values["closed_count"] = len(chosen - cases)
        values.setdefault("case_ids", [Command.set(cases.ids)])
        if len(cases) == 1:
            values.setdefault("resolution", cases.resolution)
            values.setdefault("cause_id", cases.cause_id.id)
        return values

    @api.depends("case_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.case_ids.company_id[:1]

    @api.depends("case_ids")
    def _compute_cause_required(self):
        """A compliment or a suggestion has no cause to do away with."""
        for wizard in self:
            wizard.cause_required = "complaint" in wizard.case_ids.mapped("kind")

    @api.depends("case_ids")
    def _compute_asks_rating(self):
        for wizard in self:
            wizard.asks_rating = any(
                case._may_ask_satisfaction() for case in wizard.case_ids._origin
            )

    def action_apply(self):
        self.ensure_one()
        if is_html_empty(self.resolution):
            raise UserError(self.env._("Say what was done; the next one will ask."))
        if self.cause_required and not self.cause_id:
            raise UserError(self.env._("Choose the cause of the complaint."))
        # What others have closed meanwhile keeps what they wrote.
        cases = self.case_ids.filtered(lambda case: not case.is_closed)
        cases._resolve(self.resolution, self.cause_id)
        return {"type": "ir.actions.act_window_close"}
