from odoo import fields, models
from odoo.tools import SQL

from .relationship_touch_report_sql import get_query


class RelationshipTouchReport(models.Model):
    """What came of rules: one row per rule and customer.

    It is that of the first time that the rule found the customer, whatever it did
    later: then chance alone has said who is treated and who is left alone. Whoever is
    found again is another kind of customer in each of the two groups, just because the
    first touch worked. So nobody counts twice either.

    Results are what was ordered after that moment and within the window of the rule.
    Amounts are untaxed and in company currency; orders that were cancelled don't count.
    """

    _name = "relationship.touch.report"
    _description = "Result of a Rule"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    rule_id = fields.Many2one("relationship.rule", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(readonly=True, help="When the rule found the customer first.")
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    stage_id = fields.Many2one(
        "relationship.stage", readonly=True, help="Where the customer was then."
    )
    segment_id = fields.Many2one(
        "relationship.segment",
        readonly=True,
        help="In which segment the customer was then.",
    )
    profile_id = fields.Many2one(
        "relationship.profile", string="Customer Profile", readonly=True
    )
    arm = fields.Selection(
        [
            ("treated", "Treated"),
            ("held_out", "Left Alone by the Rule"),
            ("held_out_all", "Left Alone by All Rules"),
        ],
        string="Group",
        readonly=True,
        help="Chance decides. Who is left alone by all rules is compared over all of "
        "them.",
    )
    is_first = fields.Boolean(
        string="First Rule",
        readonly=True,
        help="No rule had found the customer before.",
    )
    is_merged = fields.Boolean(
        readonly=True,
        help="Another customer of a rule was merged into this one: who was treated and "
        "who was left alone may be mixed up. They are not compared.",
    )
    rule_share = fields.Float(
        string="Drawn by the Rule (%)",
        digits=(16, 1),
        readonly=True,
        help="So many in 100 customers were left alone by the rule then. 0: no draw.",
    )
    company_share = fields.Float(
        string="Drawn for All Rules (%)",
        digits=(16, 1),
        readonly=True,
        help="So many in 100 customers were left alone by all rules then. 0: no draw.",
    )
    is_over = fields.Boolean(
        string="Window Is Over",
        readonly=True,
        help="The days in which orders count have passed. Only then are two customers "
        "to be compared.",
    )
    has_ordered = fields.Boolean(readonly=True)
    order_count = fields.Float(
        string="Orders per Customer",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Confirmed after the rule found the customer, within the days of the rule "
        "for results.",
    )
    revenue = fields.Monetary(
        string="Revenue per Customer",
        readonly=True,
        aggregator="avg",
        help="Of these orders, untaxed.",
    )
    margin = fields.Monetary(
        string="Margin per Customer",
        readonly=True,
        aggregator="avg",
        help="Of these orders: of the lines whose cost is known, the price less the "
        "cost.",
    )
    costed_revenue = fields.Monetary(
        string="Revenue of Known Cost",
        readonly=True,
        help="The part of the revenue that the margin was computed from.",
    )
    cost = fields.Monetary(
        readonly=True,
        help="Of its activities that were done, by what their types cost.",
    )

    @property
    def _table_query(self):
        # No view: sale_margin may come and go, and take a view of its column with it.
        has_line_cost = "purchase_price" in self.env["sale.order.line"]._fields
        return SQL(get_query(has_line_cost).replace("%", "%%"))

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()
