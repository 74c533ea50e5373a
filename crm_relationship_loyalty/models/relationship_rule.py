from odoo import api, fields, models

# Programs of which a customer can have any number of cards.
CARD_TYPES = ("coupons", "next_order_coupons", "gift_card")


class RelationshipRule(models.Model):
    """The action ``coupon``: a coupon of a loyalty program."""

    _inherit = "relationship.rule"

    action_kind = fields.Selection(
        selection_add=[("coupon", "Give a coupon")],
        ondelete={"coupon": "set default"},
    )
    coupon_program_id = fields.Many2one(
        "loyalty.program",
        ondelete="restrict",
        index="btree_not_null",
        domain=[("program_type", "in", CARD_TYPES)],
        help="The program whose coupons or gift cards the customer gets.",
    )
    coupon_points = fields.Float(
        default=1,
        help="What the coupon is worth, in points of the program; of a gift card the "
        "amount.",
    )
    coupon_days = fields.Integer(
        string="Valid for Days", default=30, help="0: the coupon does not expire."
    )

    _coupon_valid = models.Constraint(
        "CHECK (coupon_days >= 0 AND coupon_points > 0)",
        "A coupon needs a worth, and its days can't be negative.",
    )

    @api.depends(
        "coupon_program_id.active",
        "coupon_program_id.program_type",
        "coupon_program_id.company_id",
        "company_id",
    )
    def _compute_problem(self):
        return super()._compute_problem()

    @api.constrains("coupon_program_id", "company_id")
    def _check_coupon(self):
        self._check_action()

    @api.depends("coupon_program_id", "coupon_days")
    def _compute_sentence(self):
        return super()._compute_sentence()

    def _say_action_coupon(self) -> str:
        if not self.coupon_program_id:
            return self.env._("give a coupon")
        return self.env._("give a coupon of “%s”", self.coupon_program_id.name)

    def _get_problem_coupon(self) -> str:
        program = self.coupon_program_id
        if not program:
            return self.env._("Choose the program of the coupons.")
        if not program.active:
            return self.env._("The program “%s” is archived.", program.name)
        if program.program_type not in CARD_TYPES:
            return self.env._("The program “%s” has no coupons.", program.name)
        company = program.company_id
        companies = self.company_id or self.env["res.company"].search([])
        if company and companies - company:
            return self.env._(
                "The program “%(program)s” is of %(company)s alone, so make the "
                "rule for that company, too.",
                program=program.name,
                company=company.name,
            )
        return ""

    def _do_coupon(self, items, touches):
        """One coupon per occurrence. The program's own e-mail goes out, through the
        queue, only where the rule contacts by e-mail: then its consent was asked."""
        # The rule gives coupons whoever runs it, also for customers of others.
        cards = (
            self.env["loyalty.card"]
            .sudo()
            .with_context(loyalty_no_mail=self.channel_id.reach != "email")
            .create([self._prepare_coupon_values(item) for item in items])
        )
        self.env["loyalty.history"].sudo().create(
            [
                {
                    "description": self.name,
                    "card_id": card.id,
                    "issued": self.coupon_points,
                }
                for card in cards
            ]
        )
        for item, card in zip(items, cards, strict=True):
            touches[item].coupon_id = card

    def _prepare_coupon_values(self, item) -> dict:
        return {
            "program_id": self.coupon_program_id.id,
            "partner_id": item.partner_id,
            "points": self.coupon_points,
            "expiration_date": self.coupon_days > 0
            and fields.Date.add(item.day, days=self.coupon_days),
        }
