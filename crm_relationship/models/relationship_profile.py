from odoo import api, fields, models
from odoo.tools import SQL, format_date, formatLang

RHYTHM_STATES = [
    ("none", "No rhythm yet"),
    ("on_time", "On time"),
    ("due", "Due"),
    ("late", "Late"),
]


class RelationshipProfile(models.Model):
    """Everything computed about a customer: one row per commercial partner and company.

    The facts are written by set-based SQL only (see ``relationship_profile_pipeline``).
    """

    _name = "relationship.profile"
    _inherit = [
        "relationship.profile.owner",
        "relationship.profile.pipeline",
        "relationship.profile.job",
        "relationship.profile.pin",
        "relationship.profile.move",
        "relationship.profile.undo",
        "relationship.profile.stay",
        "relationship.profile.value",
        "relationship.profile.score",
        "relationship.profile.forecast",
        "relationship.profile.segment",
        "relationship.profile.explain",
        "relationship.profile.report",
        "relationship.profile.past",
        "relationship.profile.habit",
        "relationship.profile.contact",
        "relationship.profile.completeness",
        "relationship.profile.card",
        "relationship.profile.identify",
    ]
    _description = "Customer Profile"
    _order = "revenue desc, id"
    _rec_names_search = ["partner_id"]
    _log_access = False  # nobody's work: the refresh and the ledgers have their dates

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
    active = fields.Boolean(default=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        readonly=True,
        index="btree_not_null",
        help="Salesperson of the contact, else of the latest order or quotation.",
    )
    team_id = fields.Many2one(
        "crm.team", string="Sales Team", readonly=True, index="btree_not_null"
    )

    # Facts
    quotation_count = fields.Integer(string="Open Quotations", readonly=True)
    order_count = fields.Integer(
        string="Orders",
        readonly=True,
        help="Confirmed orders of a positive untaxed amount.",
    )
    order_day_count = fields.Integer(
        string="Order Days",
        readonly=True,
        help="Different days with at least one order; several orders on one day are "
        "one purchase.",
    )
    revenue = fields.Monetary(
        readonly=True, help="Untaxed amount of the orders, in company currency."
    )
    first_order_date = fields.Date(string="First Order", readonly=True)
    last_order_date = fields.Date(string="Last Order", readonly=True)
    days_since_order = fields.Integer(readonly=True, aggregator="avg")
    interval_mean = fields.Float(
        string="Mean Interval",
        readonly=True,
        aggregator="avg",
        help="Mean number of days between two order days.",
    )
    interval_median = fields.Float(
        string="Usual Interval",
        readonly=True,
        aggregator="avg",
        help="Median number of days between two order days: the customer's own rhythm.",
    )
    last_interval = fields.Integer(
        string="Last Break",
        readonly=True,
        aggregator="avg",
        help="Days between the last two order days.",
    )
    last_interval_ratio = fields.Float(
        string="Last Break Ratio",
        readonly=True,
        aggregator="avg",
        help="Last break as a multiple of the usual interval.",
    )
    rhythm_ratio = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Days since the last order as a multiple of the usual interval; 2 means "
        "twice as long as usual.",
    )
    rhythm_state = fields.Selection(
        RHYTHM_STATES, string="Rhythm", readonly=True, default="none"
    )

    # Stage
    stage_id = fields.Many2one(
        "relationship.stage",
        ondelete="restrict",
        group_expand="_read_group_expand_stage",
        domain="[('company_id', 'in', (False, company_id))]",
    )
    stage_date = fields.Date(string="In Stage Since", readonly=True)
    computed_stage_id = fields.Many2one(
        "relationship.stage",
        string="Stage by the Rules",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    phase = fields.Selection(related="stage_id.phase")

    explanation = fields.Char(
        compute="_compute_explanation",
        help="The customer's position in one sentence with its figures.",
    )
    move_ids = fields.One2many(
        "relationship.stage.move",
        compute="_compute_move_ids",
        search="_search_move_ids",
        string="Stage Moves",
    )
    touch_ids = fields.One2many(
        "relationship.touch", compute="_compute_touch_ids", string="Touches"
    )
    next_activity_summary = fields.Char(related="partner_id.activity_summary")
    next_activity_date = fields.Date(related="partner_id.activity_date_deadline")
    next_activity_state = fields.Selection(related="partner_id.activity_state")
    email = fields.Char(related="partner_id.email")
    phone = fields.Char(related="partner_id.phone")
    country_id = fields.Many2one(related="partner_id.country_id", string="Country")
    city = fields.Char(related="partner_id.city")

    _partner_company_uniq = models.Constraint(
        "UNIQUE (partner_id, company_id)",
        "A customer has one profile per company.",
    )
    # The columns of the funnel, and their sums and bars without looking at the rows:
    # what is summed, and what rights and filters ask for, is in the index.
    _stage_revenue_idx = models.Index(
        "(company_id, stage_id, revenue DESC, id)"
        " INCLUDE (rhythm_state, active, user_id, team_id)"
    )

    def init(self):
        """Leave room in each page: every night most rows change columns that no index
        has, and a row that stays on its page costs no index entry."""
        self.env.cr.execute(
            SQL("ALTER TABLE %s SET (fillfactor = 70)", SQL.identifier(self._table))
        )
        return super().init()

    @api.depends("partner_id")
    def _compute_display_name(self):
        for profile in self:
            profile.display_name = profile.partner_id.display_name

    @api.depends(
        "quotation_count", "order_day_count", "last_order_date", "interval_median"
    )
    @api.depends_context("lang")
    def _compute_explanation(self):
        for profile in self:
            profile.explanation = self._describe(
                {name: profile[name] for name in self._get_described_fields()}
            )

    @api.depends_context("uid", "su")
    def _compute_move_ids(self):
        self._compute_ledger("move_ids")

    @api.depends_context("uid", "su")
    def _compute_touch_ids(self):
        self._compute_ledger("touch_ids")

    def _compute_ledger(self, field_name):
        """The rows of a ledger keyed by customer and company; one query for all."""
        rows = self.env[self._fields[field_name].comodel_name].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        by_customer = rows.grouped(lambda row: (row.partner_id, row.company_id))
        for profile in self:
            key = (profile.partner_id, profile.company_id)
            profile[field_name] = by_customer.get(key, rows.browse())

    @api.model
    def _read_group_expand_stage(self, stages, domain):
        """Show the empty columns of the funnel too."""
        companies = self.env.companies.ids
        return stages | stages.search([("company_id", "in", [False, *companies])])

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    def action_open_orders(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_orders")
        action["domain"] = [
            ("partner_id", "child_of", self.partner_id.id),
            ("company_id", "=", self.company_id.id),
        ]
        action["context"] = {"default_partner_id": self.partner_id.id}
        return action

    def action_open_products(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_profile_product_action"
        )
        action["domain"] = [("profile_id", "=", self.id)]
        action["context"] = {"search_default_group_category": 1}
        return action

    @api.model
    def _get_described_fields(self) -> list[str]:
        """What `_describe` reads."""
        return [
            "quotation_count",
            "order_day_count",
            "last_order_date",
            "days_since_order",
            "interval_median",
            "last_interval",
        ]

    @api.model
    def _describe(self, facts) -> str:
        """Say in one sentence, with its figures, where a customer stands.

        :param facts: fields of a profile by name, or the evidence of a move
        """
        days = facts.get("days_since_order") or 0
        break_days = facts.get("last_interval") or 0
        interval = facts.get("interval_median") or 0
        if not facts.get("order_day_count"):
            if count := facts.get("quotation_count"):
                return self.env._("No order yet; open quotations: %s.", count)
            return self.env._("No order and no quotation yet.")
        when = self.env._("today") if not days else self.env._("%s days ago", days)
        if days == 1:
            when = self.env._("yesterday")
        if facts["order_day_count"] == 1:
            day = format_date(self.env, facts["last_order_date"])
            return self.env._("Only purchase %(when)s, on %(day)s.", when=when, day=day)
        usually = self._describe_days(interval)
        if (
            break_days >= 90
            and break_days >= 4 * interval
            or (facts["order_day_count"] <= 3 and break_days >= 400)
        ):
            return self.env._(
                "Last order %(when)s, after a break of %(break)s days; usually every "
                "%(usually)s.",
                when=when,
                usually=usually,
                **{"break": break_days},
            )
        return self.env._(
            "Last order %(when)s; usually every %(usually)s.",
            when=when,
            usually=usually,
        )

    @api.model
    def _describe_days(self, days) -> str:
        """``41`` -> "41 days", ``1`` -> "day", ``20.5`` -> "20.5 days"."""
        if days == 1:
            return self.env._("day")
        return self.env._("%s days", self._describe_number(days))

    @api.model
    def _describe_number(self, number) -> str:
        """A figure with at most one decimal, as the language writes it."""
        whole = round(float(number), 1).is_integer()
        return formatLang(self.env, number, digits=0 if whole else 1)
