from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# Fields of a profile that follow from its stage, besides those named after it.
FOLLOWING_FIELDS = {"phase", "move_ids", "touch_ids", "undoable_move_id"}


class RelationshipStage(models.Model):
    _name = "relationship.stage"
    _inherit = ["relationship.placing.mixin", "relationship.stage.funnel"]
    _description = "Relationship Stage"
    _order = "sequence, id"

    _placing_order = "sequence desc, id desc"

    sequence = fields.Integer(
        default=lambda self: self._get_next_sequence(),
        help="Rules are tried from the highest sequence down; the first that holds "
        "decides.",
    )
    company_id = fields.Many2one(
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
    playbook = fields.Html(
        translate=True,
        help="How to serve the customers of this stage, step by step.",
    )
    target_days = fields.Integer(
        string="Target",
        help="Days after which a customer should have gone on from here. Whoever stays "
        "longer is stuck. 0: no target.",
    )
    owner_rule = fields.Selection(
        [
            ("salesperson", "The Customer's Salesperson"),
            ("leader", "The Leader of the Sales Team"),
            ("user", "One Person"),
        ],
        string="Responsible",
        required=True,
        default="salesperson",
        help="Who looks after the customers of this stage, and gets its activities.",
    )
    owner_id = fields.Many2one(
        "res.users",
        string="Person",
        index="btree_not_null",
        domain="[('share', '=', False)]",
        help="Looks after all customers of this stage.",
    )
    fold = fields.Boolean(string="Folded in the Funnel")
    match_count = fields.Integer(
        help="Customers whose profile matches the entry rule now, whichever stage "
        "they are in.",
    )

    _target_not_negative = models.Constraint(
        "CHECK (target_days >= 0)", "The target of a stage can't be negative."
    )

    @api.model
    def _get_next_sequence(self) -> int:
        """A place at the end: a new stage comes first in the order of the rules."""
        last = self.sudo().search([], order="sequence desc", limit=1)
        return last.sequence + 10

    @api.constrains("domain")
    def _check_rule(self):
        """Refuse a rule that asks for what follows from it: which stage somebody is in
        would depend on how often it was asked.

        :raise ValidationError: names the stage
        """
        self._check_domain()
        for stage in self:
            asked = self._get_asked_fields(stage._get_domain())
            if any(self._is_placed_by(*field) for field in asked):
                raise stage._get_domain_error(
                    self.env._(
                        "stages and segments follow from it, so it can't ask for them"
                    )
                )

    @api.model
    def _is_placed_by(self, model, name) -> bool:
        """Whether a field follows from the stage, or comes after it."""
        if model == "res.partner":
            return name == "relationship_stage_id"
        return model == "relationship.profile" and (
            "stage" in name or "segment" in name or name in FOLLOWING_FIELDS
        )

    def web_save(self, vals, specification, next_id=None):
        """In the web client nobody moves unless a person has seen who would.

        :raise UserError: customers would move, and nobody confirmed it
        """
        confirmed = self.env.context.get("relationship_confirmed") is not None
        count = 0
        if not confirmed and self._get_placing_fields() & vals.keys():
            count = self.get_move_preview("save", vals)["count"]
        if count:
            raise UserError(
                self.env._(
                    "%s customers would move to another stage, and nobody has "
                    "confirmed it. Nothing was saved.",
                    count,
                )
            )
        return super().web_save(vals, specification, next_id)

    def _get_used_error(self):
        return self.env._(
            "Customers have been in stage “%s”; archive it instead, so "
            "that their history stays readable.",
            self.name,
        )

    def _is_used(self):
        placed = Domain("stage_id", "in", self.ids) | Domain(
            "computed_stage_id", "in", self.ids
        )
        # Used is used, by whomever's customers.
        profiles = self.env["relationship.profile"].sudo()
        return super()._is_used() or bool(
            profiles.with_context(active_test=False).search_count(placed, limit=1)
        )

    @api.model
    def _get_no_fallback_error(self, company):
        return self.env._(
            "The funnel of %s needs an active stage without an entry rule, "
            "for the customers that no rule takes.",
            company.display_name,
        )

    @api.model
    def _get_missing_error(self):
        return self.env._("Every customer is in a stage.")

    @api.model
    def _get_past_error(self):
        return self.env._("The last day in a stage can't be in the past.")
