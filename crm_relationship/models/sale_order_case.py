from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"  # pylint: disable=consider-merging-classes-inherited

    relationship_complaint_ids = fields.Many2many(
        "relationship.case",
        string="Open Complaints",
        compute="_compute_relationship_complaint_ids",
        groups="crm_relationship.group_relationship_user",
        help="Of the customer, those that you may see.",
    )

    @api.depends("partner_id", "company_id")
    @api.depends_context("uid")
    def _compute_relationship_complaint_ids(self):
        """One query for all orders."""
        customers = self.partner_id.commercial_partner_id
        cases = self.env["relationship.case"].search(
            [
                ("customer_id", "in", customers.ids),
                ("company_id", "in", self.company_id.ids),
                ("kind", "=", "complaint"),
                ("is_closed", "=", False),
            ]
        )
        by_customer = cases.grouped(lambda case: (case.customer_id, case.company_id))
        for order in self:
            key = (order.partner_id.commercial_partner_id._origin, order.company_id)
            order.relationship_complaint_ids = by_customer.get(key)

    def action_open_relationship_complaints(self):
        """Open the complaint; where there are several, their list."""
        self.ensure_one()
        return self.relationship_complaint_ids._get_records_action(
            name=self.env._("Open Complaints")
        )
