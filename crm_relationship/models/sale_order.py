from odoo import api, fields, models

# Columns of an order that a profile is computed from.
FACT_FIELDS = {
    "partner_id",
    "company_id",
    "state",
    "date_order",
    "amount_untaxed",
    "currency_rate",
    "user_id",
    "team_id",
    "source_id",
    "campaign_id",
    "medium_id",
}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    relationship_stage_id = fields.Many2one(
        "relationship.stage",
        string="Customer Stage",
        compute="_compute_relationship",
        groups="crm_relationship.group_relationship_user",
    )
    relationship_explanation = fields.Char(
        string="Customer at a Glance",
        compute="_compute_relationship",
        groups="crm_relationship.group_relationship_user",
    )

    # The access path of the profile facts: an index-only scan over confirmed orders.
    _relationship_sale_idx = models.Index(
        "(partner_id, date_order)"
        " INCLUDE (id, company_id, amount_untaxed, currency_rate) WHERE state = 'sale'"
    )
    _relationship_quotation_idx = models.Index(
        "(partner_id) INCLUDE (id, company_id, date_order, user_id, team_id)"
        " WHERE state IN ('draft', 'sent')"
    )
    _relationship_source_idx = models.Index(
        "(partner_id, date_order)"
        " INCLUDE (id, company_id, source_id, campaign_id, medium_id)"
        " WHERE source_id IS NOT NULL AND state != 'cancel'"
    )

    @api.depends("partner_id", "company_id")
    @api.depends_context("lang")
    def _compute_relationship(self):
        profiles = self.env["relationship.profile"].search(
            [
                ("partner_id", "in", self.partner_id.commercial_partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        by_customer = {(p.partner_id, p.company_id): p for p in profiles}
        for order in self:
            key = (order.partner_id.commercial_partner_id, order.company_id)
            profile = by_customer.get(key)
            order.relationship_stage_id = profile and profile.stage_id
            order.relationship_explanation = profile and profile.explanation

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        self._note_interactions(orders.filtered(lambda order: order.state != "draft"))
        self.env["relationship.profile.queue"]._note_orders(orders)
        return orders

    def _write_multi(self, vals_list):
        """Note the customers of orders whose facts change.

        Every change of a stored column passes here, recomputed amounts included,
        which never see `write`. Unchanged columns do not.
        """
        self._note_interactions(
            self.browse(
                order.id
                for order, vals in zip(self, vals_list, strict=True)
                if "state" in vals
            )
        )
        changed = self.browse(
            order.id
            for order, vals in zip(self, vals_list, strict=True)
            if not FACT_FIELDS.isdisjoint(vals)
        )
        if changed:
            if any("partner_id" in vals or "company_id" in vals for vals in vals_list):
                self.env["relationship.profile.queue"]._note_stored_customers(changed)
            self.env["relationship.profile.queue"]._note_orders(changed)
        return super()._write_multi(vals_list)

    @api.model
    def _note_interactions(self, orders):
        self.env["relationship.capture"]._note("relationship.capture.sale", orders.ids)

    def unlink(self):
        self.env["relationship.profile.queue"]._note_stored_customers(self)
        return super().unlink()

    def action_open_relationship(self):
        self.ensure_one()
        return self.partner_id.action_open_relationship()
