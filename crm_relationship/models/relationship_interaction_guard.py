from odoo import api, models
from odoo.exceptions import AccessError

from .relationship_interaction_log import MANUAL

# What a user may say of an interaction that was captured; whose it is, where nobody
# was found for it.
COMMENTS = {"outcome", "sentiment"}
MATCH = {"partner_id"}
# What only the code says.
DERIVED = {
    "customer_id",
    "external_address",
    "external_id",
    "is_contact",
    "rating",
    "res_id",
    "res_model",
    "source",
}


class RelationshipInteractionGuard(models.AbstractModel):
    """Who may enter, change and delete which interaction. A part of
    ``relationship.interaction``.
    """

    _name = "relationship.interaction.guard"
    _description = "Rights on an Interaction"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_captured(self):
        """:raise AccessError: the user deletes what others have logged, or nobody"""
        if self.env.su or self._is_manager():
            return
        for interaction in self:
            if interaction.source != MANUAL or interaction.user_id != self.env.user:
                raise AccessError(
                    self.env._(
                        "Only what you have logged yourself can be deleted; an "
                        "administrator deletes the rest."
                    )
                )

    @api.model
    def _check_only_manual(self, vals_list):
        """:raise AccessError: a user claims that something was captured"""
        for vals in vals_list:
            if any(vals.get(name) not in (None, False, 0, MANUAL) for name in DERIVED):
                raise AccessError(
                    self.env._("What is captured is not entered by hand.")
                )

    def _check_may_write(self, vals):
        """Captured interactions say what their document says.

        :raise AccessError: the user may not change this
        """
        allowed = COMMENTS | (
            set() if any(interaction.partner_id for interaction in self) else MATCH
        )
        if not vals.keys() - allowed:
            return
        derived = DERIVED & vals.keys()
        for interaction in self:
            own = interaction.user_id == self.env.user or self._is_manager()
            if derived or interaction.source != MANUAL or not own:
                raise AccessError(
                    self.env._(
                        "Only outcome and sentiment can be changed of an interaction "
                        "that was captured or that somebody else has logged."
                    )
                )

    def _is_manager(self) -> bool:
        return self.env.user.has_group("crm_relationship.group_relationship_manager")
