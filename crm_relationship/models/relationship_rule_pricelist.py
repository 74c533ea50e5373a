from odoo import fields, models


class RelationshipRulePricelist(models.AbstractModel):
    """The action ``pricelist``: a price list of the customer's own. A part of
    ``relationship.rule``.

    No job writes what it has computed into a customer's record, see
    ``relationship.profile``. A price list is not computed: it is a decision about the
    customer, which quotations read from there and nowhere else.
    """

    _name = "relationship.rule.pricelist"
    _description = "Rule that Gives Price Lists"

    pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Price List",
        ondelete="restrict",
        index="btree_not_null",
        help="The customer's price list from then on, in the company of the rule.",
    )

    def _say_action_pricelist(self) -> str:
        if not self.pricelist_id:
            return self.env._("give a price list")
        return self.env._("give the price list “%s”", self.pricelist_id.name)

    def _get_problem_pricelist(self) -> str:
        pricelist = self.pricelist_id
        if not pricelist:
            return self.env._("Choose the price list to give.")
        if not pricelist.active:
            return self.env._("The price list “%s” is archived.", pricelist.name)
        if pricelist.company_id and self._get_companies() - pricelist.company_id:
            return self.env._(
                "The price list “%(name)s” is of %(company)s; the rule has to be of "
                "that company too.",
                name=pricelist.name,
                company=pricelist.company_id.name,
            )
        return ""

    def _do_pricelist(self, items, touches):
        # The rule acts for customers whom the one who runs it need not see.
        customers = self.env["res.partner"].sudo()
        for company_id in {item.company_id for item in items}:
            partners = customers.with_company(company_id).browse(
                item.partner_id for item in items if item.company_id == company_id
            )
            others = partners.filtered(
                lambda partner: partner.property_product_pricelist != self.pricelist_id
            )
            # A customer's row is busy: only whose price list differs is written to.
            if others:
                others.write({"property_product_pricelist": self.pricelist_id.id})
