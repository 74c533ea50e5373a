from odoo import api, fields, models


class RelationshipStage(models.Model):
    """What a stage starts when a customer enters it."""

    _inherit = "relationship.stage"  # pylint: disable=consider-merging-classes-inherited

    entry_rule_ids = fields.Many2many(
        "relationship.rule",
        string="On Entry",
        compute="_compute_entry_rule_ids",
        help="What happens when a customer enters the stage.",
    )

    @api.depends_context("uid", "su", "allowed_company_ids")
    def _compute_entry_rule_ids(self):
        rules = self.env["relationship.rule"].search(
            [("trigger", "=", "stage"), ("stage_ids", "in", self.ids)]
        )
        for stage in self:
            stage.entry_rule_ids = rules.filtered(
                lambda rule, stage=stage: stage._origin in rule.stage_ids
            )

    def action_add_entry_rule(self):
        """Open the form of a new rule for customers who enter the stage."""
        self.ensure_one()
        self.env["relationship.rule"].check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("On Entry into “%s”", self.name),
            "res_model": "relationship.rule",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_trigger": "stage",
                "default_stage_ids": self.ids,
                "default_company_id": self.company_id.id,
            },
        }


class RelationshipStageMove(models.Model):
    _inherit = "relationship.stage.move"

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        self.env["relationship.rule"]._note_entries()
        return moves
