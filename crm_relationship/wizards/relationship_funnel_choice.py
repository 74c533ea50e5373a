from odoo import api, fields, models
from odoo.fields import Domain

from ..models.relationship_stage import FUNNELS


class RelationshipFunnelChoice(models.TransientModel):
    """Chooses one of the shipped funnels, and shows before where the customers would
    be in it."""

    _name = "relationship.funnel.choice"
    _description = "Choose a Funnel"

    funnel = fields.Selection(
        FUNNELS,
        required=True,
        default=lambda self: self._get_current(self.env.company),
    )
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: (
            self.env.company
            if self.env.company.sudo().relationship_own_funnel
            else False
        ),
        domain="[('id', 'in', allowed_company_ids)]",
        help="Empty: the funnel is that of every company without one of its own.",
    )
    is_own = fields.Boolean(compute="_compute_is_own")
    preview = fields.Json(compute="_compute_preview")

    @api.model
    def _get_current(self, company):
        stages, fallback = self.env["relationship.stage"]._get_ladder(company)
        return (stages | fallback).filtered("funnel")[:1].funnel or FUNNELS[0][0]

    @api.depends("company_id")
    def _compute_is_own(self):
        for choice in self:
            choice.is_own = choice.company_id.sudo().relationship_own_funnel

    @api.depends("funnel", "company_id")
    def _compute_preview(self):
        for choice in self:
            choice.preview = choice.funnel and choice._get_preview()

    def action_apply(self):
        self.check_access("write")
        stages = self._get_stages()
        with stages._changing_rules(stages) as changed:
            changed.places = stages | self._apply()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_profile_action_funnel"
        )

    def action_share(self):
        """Go back to the funnel of all companies."""
        self.check_access("write")
        stages = self._get_stages()
        stages.check_access("write")
        with stages._changing_rules(stages):
            stages.with_context(relationship_changing=True).active = False
            # Which stages a company uses is up to who may change the stages.
            self.company_id.sudo().relationship_own_funnel = False
        return self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_profile_action_funnel"
        )

    def _get_stages(self):
        """The stages that are chosen from, in use or not."""
        own = Domain("company_id", "=", self.company_id.id)
        stages = self.env["relationship.stage"].with_context(active_test=False)
        return stages.search(own)

    def _apply(self):
        """Use the stages of the chosen funnel and archive the others.

        :return: the stages that are new
        """
        stages = self._get_stages().with_context(relationship_changing=True)
        stages.check_access("write")
        kept = stages.filtered(lambda stage: stage.funnel == self.funnel)
        new = stages.browse()
        if not kept:
            new = self._copy_stages().with_context(relationship_changing=True)
        (kept | new).active = True
        (stages - kept - self._get_extensions(stages)).active = False
        # Which stages a company uses is up to who may change the stages.
        self.company_id.sudo().relationship_own_funnel = True
        return new

    def _copy_stages(self):
        """The chosen funnel as the shipped one is now, for a company of its own."""
        shared = self.env["relationship.stage"].with_context(
            active_test=False, relationship_changing=True
        )
        shipped = shared.search(
            [("company_id", "=", False), ("funnel", "=", self.funnel)]
        )
        extensions = self._get_extensions(shared.search([("company_id", "=", False)]))
        own = {"company_id": self.company_id.id, "active": True}
        return shared.browse(
            stage.copy(own | {"name": stage.name, "funnel": stage.funnel}).id
            for stage in shipped | extensions
        )

    @api.model
    def _get_extensions(self, stages):
        """Stages that other add-ons brought: they belong to every funnel."""
        data = self.env["ir.model.data"].sudo()  # who owns what is no secret
        owned = data.search(
            [
                ("model", "=", stages._name),
                ("res_id", "in", stages.ids),
                ("module", "not in", ("crm_relationship", "__export__", "__import__")),
            ]
        )
        return stages.browse(owned.mapped("res_id"))

    def _get_preview(self) -> dict:
        """Where the customers would be.

        :return: ``stages`` with ``name``, ``phase``, ``color``, ``count`` in the order
            of the funnel; ``customers``; ``same``: the funnel is in use already
        """
        Stage = self.env["relationship.stage"]
        companies = self.company_id or self.env.companies.filtered(
            lambda company: not company.sudo().relationship_own_funnel
        )
        counts = {}
        with Stage._rolled_back() as tried:
            choice = self.new({"funnel": self.funnel, "company_id": self.company_id})
            before = self._get_stages().filtered("active")
            choice.with_env(tried.env)._apply()
            stages = choice.with_env(tried.env)._get_stages().filtered("active")
            shown = [
                {
                    "id": stage.id,
                    "name": stage.name,
                    "phase": stage._fields["phase"].convert_to_export(
                        stage.phase, stage
                    ),
                    "color": stage.color,
                    "sequence": stage.sequence,
                }
                for stage in stages.sorted(lambda stage: (stage.sequence, stage.id))
            ]
            ladders = [
                (company, *stages._prepare_preview(company)) for company in companies
            ]
            same = before == stages
        for company, _ladder, target, _known in ladders:
            for stage_id, count in Stage._count_placed(company, target):
                counts[stage_id] = counts.get(stage_id, 0) + count
        return {
            "stages": [
                stage | {"count": counts.get(stage["id"], 0)} for stage in shown
            ],
            "customers": sum(counts.values()),
            "same": same,
        }
