from odoo import api, models

from .relationship_interaction_review import REVIEW
from .relationship_profile_queue import LEAVING

PENDING = "crm_relationship.match"
ADDRESSES = {"email", "phone", "ref"}
# The interaction whose contact is about to be created. The web client hands no default
# on to what is created on the way, e.g. the company of that contact.
CREATED_FOR = "default_relationship_match_id"


class ResPartner(models.Model):
    """Whoever gets an address may be who was not known until now."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        match_id = self.env.context.get(CREATED_FOR)
        if match_id:
            # Nor is it a default of the contacts below it.
            self = self.with_context(**{CREATED_FOR: False})
        partners = super().create(vals_list)
        partners._note_addresses(
            partner
            for partner, vals in zip(partners, vals_list, strict=True)
            if any(vals.get(name) for name in ADDRESSES)
        )
        if match_id and len(partners) == 1:
            partners._match_interaction(match_id)
        return partners

    def write(self, vals):
        result = super().write(vals)
        if any(vals.get(name) for name in ADDRESSES):
            self._note_addresses(self)
        return result

    @api.model
    def _note_addresses(self, partners):
        """Have the addresses of these partners looked at when the transaction ends."""
        ids = {partner.id for partner in partners}
        if not ids:
            return
        precommit = self.env.cr.precommit
        if PENDING not in precommit.data:
            precommit.data[PENDING] = set()
            # Whether somebody is waited for is no secret to the system.
            precommit.add(self.sudo()._look_for_awaited)
        precommit.data[PENDING] |= ids

    def _look_for_awaited(self):
        """Have the scheduled job match what waits for one of these; nobody waits for
        the job."""
        ids = self.env.cr.precommit.data.pop(PENDING, ())
        if not ids or LEAVING in self.env.cr.cache:
            return
        if self.env["relationship.interaction"]._is_awaited(ids):
            job = self.env.ref("crm_relationship.ir_cron_rematch", False)
            if job:
                job._trigger()

    def action_relationship_match(self):
        """The interaction that is open (``relationship_match_id`` in the context), and
        all from its address, is about this contact."""
        self.ensure_one()
        self._match_interaction(self.env.context.get("relationship_match_id"))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _match_interaction(self, match_id):
        """:raise AccessError: the user may not say whose the interaction is"""
        interaction = self.env["relationship.interaction"].browse(match_id)
        interaction.with_context(**{REVIEW: True}).partner_id = self
