from odoo import api, models
from odoo.tools import SQL

LEDGERS = (
    "relationship_touch",
    "relationship_touch_outcome",
    "relationship_stage_move",
    "relationship_segment_move",
    "relationship_consent",
)


class MergePartnerAutomatic(models.TransientModel):
    """Keeps what is known of customers when contacts are merged.

    The core merge moves foreign keys by SQL, so the ledgers follow the customer. What
    is left to do: keep one profile per company, say in the ledgers whom a row was
    written for, keep each occurrence handled under the new customer, keep a stage set
    by hand, compute the facts again.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids).exists()
        before = partners.commercial_partner_id
        # Whoever may merge contacts merges all that is known of them, seen or not.
        pins = self.env["relationship.profile"].sudo()._get_pins(partners)
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        survivor = partners.exists()
        family = survivor.with_context(active_test=False).search(
            [("id", "child_of", survivor.ids)]
        )
        # The core has moved interactions and cases of the contacts by SQL.
        self.env["relationship.interaction"]._move_customers(family.ids)
        self.env["relationship.case"].sudo()._follow_merge(survivor)
        customers = before.exists() | survivor.commercial_partner_id
        for company in self.env["res.company"].sudo().search([]):
            profiles = self.env["relationship.profile"].sudo()
            profiles._refresh(company, customers.ids)
            profiles._restore_pin(survivor.commercial_partner_id, company, pins)
            self.env["relationship.touch"]._keep_stay(
                survivor.commercial_partner_id, company, set(partner_ids)
            )
        return result

    def action_merge(self):
        """Go back to the list of duplicates, if it was opened from there: the pair
        that was open is gone."""
        action = super().action_merge()
        if self.env.context.get("relationship_duplicate_review"):
            return self.env["ir.actions.act_window"]._for_xml_id(
                "crm_relationship.relationship_duplicate_action"
            ) | {"target": "main"}
        return action

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        self.env["relationship.touch"].flush_model()
        self.env["relationship.touch.outcome"].flush_model()
        self.env["relationship.stage.move"].flush_model()
        self.env["relationship.segment.move"].flush_model()
        self.env["relationship.consent"].flush_model()
        self.env["relationship.interaction"].flush_model()
        self.env["relationship.key.date"].flush_model()
        self.env["relationship.case"].flush_model()
        for table in LEDGERS:
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET merged_partner_ref = partner_id"
                    " WHERE partner_id = ANY(%s)"
                    " AND COALESCE(merged_partner_ref, 0) = 0",
                    SQL.identifier(table),
                    src_partners.ids,
                )
            )
        self.env["relationship.profile"].sudo()._hand_over(src_partners, dst_partner)
        self.env["relationship.duplicate"]._repoint(src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env["relationship.touch"]._rekey(dst_partner)
        # Keys have moved by SQL. Seen or not, what is equal becomes one.
        self.env["relationship.case"].invalidate_model()
        self.env["relationship.key.date"].invalidate_model()
        self.env["relationship.key.date"].sudo()._join_equal(dst_partner)
        return result
