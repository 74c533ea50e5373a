from odoo import api, models

TOLD_FIELDS = {"consumed", "feedback", "rating"}


class RatingRating(models.Model):
    _inherit = "rating.rating"

    @api.model_create_multi
    def create(self, vals_list):
        ratings = super().create(vals_list)
        ratings._note_interactions(
            [
                rating.id
                for rating, vals in zip(ratings, vals_list, strict=True)
                if vals.get("consumed")
            ]
        )
        return ratings

    def write(self, vals):
        result = super().write(vals)
        if not TOLD_FIELDS.isdisjoint(vals):
            self._note_interactions(self.ids)
        return result

    @api.model
    def _note_interactions(self, rating_ids):
        self.env["relationship.capture"]._note(
            "relationship.capture.rating", rating_ids
        )
