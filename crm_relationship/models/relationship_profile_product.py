from odoo import fields, models


class RelationshipProfileProduct(models.Model):
    """What a customer buys: one row per profile and product.

    Written by the refresh of the profile only: ``relationship_profile_product_sql``.
    """

    _name = "relationship.profile.product"
    _description = "Product Habit"
    _order = "order_day_count desc, amount desc, id"
    _rec_name = "product_id"
    _log_access = False

    profile_id = fields.Many2one(
        "relationship.profile",
        string="Customer Profile",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    product_id = fields.Many2one(
        "product.product",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    categ_id = fields.Many2one(related="product_id.categ_id", string="Category")
    user_id = fields.Many2one(related="profile_id.user_id", string="Salesperson")
    order_day_count = fields.Integer(
        string="Order Days", readonly=True, help="Different days it was bought on."
    )
    later_order_day_count = fields.Integer(
        string="Order Days Since",
        readonly=True,
        aggregator="avg",
        help="Order days of the customer after the last one with this product.",
    )
    first_date = fields.Date(string="First Bought", readonly=True)
    last_date = fields.Date(string="Last Bought", readonly=True)
    amount = fields.Monetary(readonly=True, help="Untaxed, in company currency.")
    share = fields.Float(
        readonly=True,
        aggregator=None,
        help="Share of what the customer spent on products.",
    )
    state = fields.Selection(
        [
            ("usual", "Usual"),
            ("occasional", "Now and then"),
            ("once", "Once and never again"),
        ],
        string="Habit",
        readonly=True,
        help="Usual: on two order days at least, and on a quarter of all. Once and "
        "never again: the customer has ordered twice or more since, without it.",
    )

    # The refresh reads and writes by customer.
    _customer_product_uniq = models.Constraint(
        "UNIQUE (partner_id, company_id, product_id)",
        "A customer has one habit per product.",
    )

    def action_open_profile(self):
        self.ensure_one()
        return self.profile_id._get_records_action()
