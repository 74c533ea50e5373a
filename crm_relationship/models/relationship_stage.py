from odoo import api, fields, models


class RelationshipStage(models.Model):
    _name = "relationship.stage"
    _inherit = ["relationship.placing.mixin"]
    _description = "Relationship Stage"
    _order = "sequence, id"

    _placing_order = "sequence desc, id desc"

    sequence = fields.Integer(
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

    def _get_used_error(self):
        return self.env._(
            "Customers have been in stage “%s”; archive it instead, so "
            "that their history stays readable.",
            self.name,
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
