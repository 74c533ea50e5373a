from odoo import api, fields, models

from ..models.relationship_stage_funnel import FUNNELS


class RelationshipFunnelChoice(models.TransientModel):
    """Chooses one of the shipped funnels, and shows before where the customers would
    be in it."""

    _name = "relationship.funnel.choice"
    _description = "Choose a Funnel"

    funnel = fields.Selection(
        FUNNELS, required=True, default=lambda self: self._get_current()
    )
    is_current = fields.Boolean(compute="_compute_is_current")
    version = fields.Integer(
        default=lambda self: self.env["relationship.stage"]._get_version(),
        help="The state of the rules that the preview was about.",
    )

    @api.depends("funnel")
    def _compute_is_current(self):
        current = self._get_current()
        for choice in self:
            choice.is_current = choice.funnel == current

    @api.model
    def _get_current(self):
        """The shipped funnel in use; the first one if they are all changed."""
        stages, fallback = self.env["relationship.stage"]._get_ladder(self.env.company)
        return (fallback | stages).filtered("funnel")[:1].funnel or FUNNELS[0][0]

    @api.model
    def get_preview(self, funnel) -> dict:
        """Where the customers would be in a funnel; changes nothing.

        :return: ``stages`` with ``id``, ``name``, ``phase`` (in words) and ``count`` in
            the order of the funnel
        :raise AccessError: the user may not change the stages
        :raise UserError: the funnel is not there any more
        """
        Stage = self.env["relationship.stage"]
        Stage.check_access("write")
        with Stage._rolled_back() as tried:
            stages = tried._use_funnel(funnel).sorted("sequence")
            phases = dict(Stage._fields["phase"]._description_selection(self.env))
            shown = [
                {"id": stage.id, "name": stage.name, "phase": phases[stage.phase]}
                for stage in stages
            ]
            company = self.env.company
            target = stages._get_placing_sql(company)
        counts = dict(Stage._count_placed(company, target))
        return {
            "stages": [stage | {"count": counts.get(stage["id"], 0)} for stage in shown]
        }

    def action_apply(self):
        """Use the chosen funnel; everybody is placed anew."""
        stages = self.env["relationship.stage"]
        stages.with_context(relationship_confirmed=self.version)._use_funnel(
            self.funnel
        )
        return self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_profile_action_funnel"
        )
