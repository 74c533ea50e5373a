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
    fold = fields.Boolean(string="Folded in the Funnel")
    match_count = fields.Integer(
        help="Customers whose profile matches the entry rule now, whichever stage "
        "they are in.",
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
