from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.customers import Customers
from .relationship_profile_scope import NOW, columns
from .relationship_profile_score_sql import SCORED, Scale, scale_values
from .relationship_value_scale_sql import scored_facts

CUT_FIELDS = (
    *(f"{name}_{score}" for name in SCORED for score in range(2, 6)),
    "abc_a",
    "abc_b",
)
# In the cache of a cursor: {company id: id of its latest scale}.
LATEST = "crm_relationship.latest_scale"


class RelationshipValueScale(models.Model):
    """What it took, on a day, to reach each score and class in a company.

    Written by every refresh of all customers; until the next one, customers are scored
    by it one by one.
    """

    _name = "relationship.value.scale"
    _description = "Score Scale"
    _order = "date desc, id desc"
    _rec_name = "date"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True)
    customer_count = fields.Integer(
        string="Customers",
        readonly=True,
        help="Customers with an order, who were ranked.",
    )
    limit_id = fields.Many2one(
        "relationship.score.limit",
        string="By Hand",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The limits set by hand that were used in place of ranks.",
    )
    recency_2 = fields.Date(readonly=True)
    recency_3 = fields.Date(readonly=True)
    recency_4 = fields.Date(readonly=True)
    recency_5 = fields.Date(readonly=True)
    frequency_2 = fields.Integer(readonly=True, aggregator=None)
    frequency_3 = fields.Integer(readonly=True, aggregator=None)
    frequency_4 = fields.Integer(readonly=True, aggregator=None)
    frequency_5 = fields.Integer(readonly=True, aggregator=None)
    value_2 = fields.Monetary(readonly=True, aggregator=None)
    value_3 = fields.Monetary(readonly=True, aggregator=None)
    value_4 = fields.Monetary(readonly=True, aggregator=None)
    value_5 = fields.Monetary(readonly=True, aggregator=None)
    abc_a = fields.Monetary(
        string="Class A From",
        readonly=True,
        aggregator=None,
        help="Least recent revenue of a customer in class A.",
    )
    abc_b = fields.Monetary(
        string="Class B From",
        readonly=True,
        aggregator=None,
        help="Least recent revenue of a customer in class B.",
    )
    revenue_total = fields.Monetary(
        string="Recent Revenue",
        readonly=True,
        aggregator=None,
        groups="sales_team.group_sale_salesman_all_leads",
        help="Of all customers together.",
    )
    is_later = fields.Boolean(
        string="Computed Later",
        readonly=True,
        help="Computed for a day of the past; customers were not scored by it then.",
    )

    _company_date_uniq = models.Constraint(
        "UNIQUE (company_id, date)",
        "A company has one scale per day.",
    )

    @api.model
    def _renew(self, company, as_of) -> Scale:
        """Write the scale of a company as of a day, from the profiles as they are
        stored."""
        Profile = self.env["relationship.profile"]
        Profile.flush_model()
        customers = SQL(
            "SELECT * FROM %s WHERE company_id = %s",
            SQL.identifier(Profile._table),
            company.id,
        )
        values = self._compute_values(company, as_of, customers)
        self._keep(company, as_of, values)
        return self._as_scale(values)

    @api.model
    def _keep_as_of(self, company, scope):
        """Keep the scale of a past day before the first one, for whoever asks for that
        very day again; it holds on no other day."""
        if not self._get_in_force(company, scope.as_of):
            values = self._compute_values(company, scope.as_of, scored_facts(scope))
            self._keep(company, scope.as_of, {**values, "is_later": True})

    @api.model
    def _keep(self, company, day, values):
        # The ORM would write 0 for a cut value that nobody reached.
        values = {"is_later": False, **values}
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO relationship_value_scale (
                    company_id, date, %(columns)s,
                    create_uid, write_uid, create_date, write_date
                )
                VALUES (
                    %(company_id)s, %(date)s, %(values)s,
                    %(uid)s, %(uid)s, %(now)s, %(now)s
                )
                ON CONFLICT (company_id, date) DO UPDATE
                   SET (%(columns)s) = ROW(%(values)s),
                       write_uid = %(uid)s, write_date = %(now)s
                """,
                columns=columns(values),
                values=SQL(", ").join(SQL("%s", value) for value in values.values()),
                company_id=company.id,
                date=day,
                uid=self.env.uid,
                now=NOW,
            )
        )
        self.invalidate_model()
        self.env.cr.cache.pop(LATEST, None)

    @api.model
    def _get_latest(self, company):
        """The latest scale of a company; one query per transaction, for the sentences
        of many profiles ask for it."""
        latest = self.env.cr.cache.setdefault(LATEST, {})
        if company.id not in latest:
            # Shared by all, so it can't depend on who asks first.
            own = [("company_id", "=", company.id)]
            latest[company.id] = self.sudo().search(own, limit=1).id
        return self.browse(latest[company.id])

    @api.model
    def _get_in_force(self, company, as_of) -> Scale | None:
        """The scale by which customers are scored on a day; None before the first.

        Limits set by hand are so many days before that day, not before the scale's.
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT %(columns)s, date, limit_id
                  FROM relationship_value_scale
                 WHERE company_id = %(company_id)s
                   AND date <= %(as_of)s
                   AND (date = %(as_of)s OR is_later IS NOT TRUE)
                 ORDER BY date DESC
                 LIMIT 1
                """,
                columns=columns((*CUT_FIELDS, "revenue_total")),
                company_id=company.id,
                as_of=as_of,
            )
        )
        for values in self.env.cr.dictfetchall():
            scale = self._as_scale(values)
            if not values["limit_id"]:
                return scale
            later = as_of - values["date"]
            return scale._replace(recency=tuple(day + later for day in scale.recency))
        return None

    @api.model
    def _get_as_of(self, company, scope) -> Scale:
        """The scale of a day that may lie before the first one that was kept: then it
        is computed from the facts of that day."""
        everybody = scope._replace(customers=Customers())
        return self._get_in_force(company, scope.as_of) or self._as_scale(
            self._compute_values(company, scope.as_of, scored_facts(everybody))
        )

    @api.model
    def _compute_values(self, company, as_of, customers) -> dict:
        """The stored fields of a scale.

        :param customers: query; see `scale_values`
        """
        self.env.cr.execute(scale_values(customers))
        [values] = self.env.cr.dictfetchall()
        limit = self.env["relationship.score.limit"]._get_in_force(company)
        return {
            **values,
            **limit._get_cut_values(as_of),
            "limit_id": limit.id or None,
        }

    @api.model
    def _as_scale(self, values) -> Scale:
        def cuts(name):
            return tuple(values[f"{name}_{score}"] for score in range(2, 6))

        return Scale(
            recency=cuts("recency"),
            frequency=cuts("frequency"),
            value=cuts("value"),
            abc=(values["abc_a"], values["abc_b"]),
            revenue_total=values["revenue_total"],
        )
