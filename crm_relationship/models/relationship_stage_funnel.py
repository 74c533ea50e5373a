from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

FUNNELS = [
    ("retail", "Retail and Wholesale"),
    ("services", "Services with Contracts"),
    ("projects", "Projects"),
]


class RelationshipStageFunnel(models.AbstractModel):
    """The funnels that are shipped, of which one is used. A part of
    ``relationship.stage``."""

    _name = "relationship.stage.funnel"
    _description = "Shipped Funnel"

    funnel = fields.Selection(
        FUNNELS,
        readonly=True,
        copy=False,
        help="The shipped funnel that the stage is a part of.",
    )

    @api.model
    def _use_funnel(self, funnel):
        """Use the stages of a shipped funnel and archive the others of all companies,
        those of other add-ons excepted, which belong to every funnel.

        :return: the stages in use now
        :raise UserError: the funnel is not there any more
        """
        stages = self.with_context(active_test=False).search(
            Domain("company_id", "=", False)
        )
        stages.check_access("write")
        chosen = stages.filtered(lambda stage: stage.funnel == funnel)
        if not any(stage._is_open() for stage in chosen):
            raise UserError(
                self.env._(
                    "The stage of this funnel that takes all others was deleted or "
                    "has an entry rule now."
                )
            )
        used = chosen | self._get_added(stages)
        with stages._changing_rules(stages):
            changing = stages.with_context(relationship_changing=True)
            (changing & chosen).filtered(lambda stage: not stage.active).active = True
            (changing - used).filtered("active").active = False
        return used.filtered("active")

    @api.model
    def _get_added(self, stages):
        """Stages that other add-ons brought."""
        data = self.env["ir.model.data"].sudo()  # who owns what is no secret
        owned = data.search(
            [
                ("model", "=", stages._name),
                ("res_id", "in", stages.ids),
                ("module", "not in", ("crm_relationship", "__export__", "__import__")),
            ]
        )
        return stages.browse(owned.mapped("res_id"))
