from odoo import api, models


class RelationshipCapture(models.AbstractModel):
    _inherit = "relationship.capture"

    @api.model
    def _get_sources(self):
        return [*super()._get_sources(), "relationship.capture.lead"]
