from odoo import api, fields, models


class SaleOrder(models.Model):
    """Remembers when a quotation was sent, which Odoo does not."""

    _inherit = "sale.order"  # pylint: disable=consider-merging-classes-inherited

    relationship_sent_date = fields.Datetime(
        string="Sent On",
        readonly=True,
        copy=False,
        groups="crm_relationship.group_relationship_user",
        help="When the quotation was sent to the customer.",
    )

    @api.model
    def _create(self, data_list):
        """Of orders that come into being as sent."""
        for data in data_list:
            if data["stored"].get("state") == "sent":
                data["stored"]["relationship_sent_date"] = fields.Datetime.now()
        return super()._create(data_list)

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") == "sent":
            # Past the rights of whoever sends it; by the statement of the state itself.
            now = fields.Datetime.now()
            for order in self:
                self._fields["relationship_sent_date"].write(order, now)
        return result
