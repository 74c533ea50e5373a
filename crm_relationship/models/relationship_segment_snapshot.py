import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.customers import MAX_ID, Customers
from ..tools.transactions import execute
from .relationship_profile_scope import columns

_logger = logging.getLogger(__name__)

# How far back snapshots are taken when there are none yet.
PAST_MONTHS = 12
# Sums over the customers of a segment. Put together over several months, what counts is
# the mean of the months: a sum would count each customer once a month.
SUMS = ("customer_count", "revenue", "expected_value", "value_at_risk")


class RelationshipSegmentSnapshot(models.Model):
    """What a segment of a company was worth on a day: one row a month."""

    _name = "relationship.segment.snapshot"
    _description = "Segment of a Month"
    _order = "date desc, segment_id"
    _rec_name = "segment_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True)
    segment_id = fields.Many2one(
        "relationship.segment",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    active = fields.Boolean(
        default=True, readonly=True, help="Not set before all customers are counted."
    )
    last_partner_id = fields.Integer(
        readonly=True,
        aggregator=None,
        export_string_translation=False,
        help="Customers up to this database id are counted.",
    )
    customer_count = fields.Integer(
        string="Customers",
        readonly=True,
        aggregator="avg",
        help="Of several months together, their mean.",
    )
    revenue = fields.Monetary(
        string="Recent Revenue",
        readonly=True,
        aggregator="avg",
        help="As of that day. Of several months together, their mean.",
    )
    expected_value = fields.Monetary(
        string="Expected Revenue",
        readonly=True,
        aggregator="avg",
        help="Revenue to expect in the twelve months after that day. Of several months "
        "together, their mean.",
    )
    value_at_risk = fields.Monetary(
        readonly=True,
        aggregator="avg",
        help="Recent revenue times the churn risk, as of that day. Of several months "
        "together, their mean.",
    )
    buy_probability = fields.Float(
        string="Likely to Buy",
        readonly=True,
        aggregator="avg",
        help="Mean probability of an order within the horizon of the settings.",
    )
    forecast_count = fields.Integer(
        string="Customers with a Forecast",
        readonly=True,
        aggregator=None,
        help="Those whose probability of an order is known.",
    )

    _company_date_segment_uniq = models.Constraint(
        "UNIQUE (company_id, date, segment_id)",
        "There is one snapshot a day of each segment of a company.",
    )

    def _read_group_select(self, aggregate_spec, query):
        """Sums by month, and the mean of months; probabilities by customer."""
        name, _colon, aggregate = aggregate_spec.partition(":")
        if aggregate != "avg" or name not in (*SUMS, "buy_probability"):
            return super()._read_group_select(aggregate_spec, query)
        figure = self._field_to_sql(self._table, name, query)
        if name in SUMS:
            months = SQL(
                "COUNT(DISTINCT DATE_TRUNC('month', %s))",
                self._field_to_sql(self._table, "date", query),
            )
            return SQL("SUM(%s)::float8 / NULLIF(%s, 0)", figure, months)
        weight = self._field_to_sql(self._table, "forecast_count", query)
        return SQL("SUM(%s * %s) / NULLIF(SUM(%s), 0)", figure, weight, weight)

    @api.model
    def _take(self, company, day):
        """Keep what the segments of a company were worth at the end of a day.

        Taken again, it gives the same. Where the log does not reach back to the day,
        the rules of today say who belonged where.
        """
        while self._step(company, day):
            pass

    @api.model
    def _step(self, company, day) -> bool:
        """Begin a snapshot, or count the next slice of customers. The rows are the
        bookmark; until all customers are counted, nobody sees them.

        :return: whether there is another step
        """
        own = [("company_id", "=", company.id), ("date", "=", day)]
        rows = self.with_context(active_test=False).search(own)
        begun = rows.filtered(lambda row: not row.active)
        if not begun:
            self._begin(company, day, rows)
            return True
        Profile = self.env["relationship.profile"]
        after = max(begun.mapped("last_partner_id"))
        upto = MAX_ID
        if day != company._relationship_today():  # as of then, all has to be computed
            upto, _count = Profile._get_next_slice(after)
        Profile._flush_sources()
        self.flush_model()
        self._add(company, day, Customers(after=after, upto=upto))
        self.invalidate_model()
        rows = rows.search(own)
        rows.last_partner_id = upto
        if upto == MAX_ID:
            # Without customers, one row is left all the same: the day is taken.
            full = rows.filtered("customer_count") or rows[:1]
            (rows - full).unlink()
            full.active = True
        self.flush_model()
        return upto != MAX_ID

    @api.model
    def _begin(self, company, day, rows):
        """Start from nothing, with a row for the segment that takes all others; score
        and class of a day before the first scale are found once, for all slices."""
        Profile = self.env["relationship.profile"]
        if day != company._relationship_today():
            Profile._flush_sources()
            scope = Profile._get_scope(company, Customers(), day)
            self.env["relationship.value.scale"]._keep_as_of(company, scope)
        fallback = self.env["relationship.segment"]._get_ladder(company)[1]
        values = dict.fromkeys((*SUMS, "buy_probability", "forecast_count"), 0)
        values |= {"active": False, "last_partner_id": 0}
        rows.write(values)
        if fallback not in rows.segment_id:
            self.create(
                {
                    "company_id": company.id,
                    "date": day,
                    "segment_id": fallback.id,
                    **values,
                }
            )
        self.flush_model()

    @api.model
    def _add(self, company, day, customers):
        """Add customers to the rows of a day."""
        execute(
            self.env,
            SQL(
                """
                %(profiles)s counted AS (
                    SELECT segment_id,
                           COUNT(*) AS customer_count,
                           COALESCE(SUM(revenue_recent), 0) AS revenue,
                           COALESCE(SUM(expected_value), 0) AS expected_value,
                           COALESCE(SUM(value_at_risk), 0) AS value_at_risk,
                           COALESCE(AVG(buy_probability), 0) AS buy_probability,
                           COUNT(buy_probability) AS forecast_count
                      FROM relationship_profile
                     WHERE company_id = %(company_id)s
                       AND %(customers)s
                       AND active
                       AND segment_id IS NOT NULL
                     GROUP BY segment_id
                )
                INSERT INTO relationship_segment_snapshot AS snapshot (
                    company_id, date, segment_id, active, %(columns)s,
                    create_uid, write_uid, create_date, write_date
                )
                SELECT %(company_id)s, %(day)s, segment_id, FALSE, %(columns)s,
                       %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM counted
                ON CONFLICT (company_id, date, segment_id) DO UPDATE
                   SET %(sums)s,
                       buy_probability = COALESCE(
                           (snapshot.buy_probability * snapshot.forecast_count
                            + EXCLUDED.buy_probability * EXCLUDED.forecast_count)
                           / NULLIF(
                               snapshot.forecast_count + EXCLUDED.forecast_count, 0
                           ),
                           0
                       ),
                       write_uid = EXCLUDED.write_uid,
                       write_date = EXCLUDED.write_date
                RETURNING id
                """,
                profiles=self.env["relationship.profile"]._get_as_of_sql(
                    company, day, customers
                ),
                customers=customers.condition(SQL.identifier("partner_id")),
                company_id=company.id,
                day=day,
                columns=columns((*SUMS, "buy_probability", "forecast_count")),
                sums=SQL(", ").join(
                    SQL("%(name)s = snapshot.%(name)s + EXCLUDED.%(name)s", name=name)
                    for name in map(SQL.identifier, (*SUMS, "forecast_count"))
                ),
                uid=self.env.uid,
                now=fields.Datetime.now(),
            ),
        )

    @api.model
    def _get_missing_days(self, company) -> list:
        """The days of which a snapshot is missing: today, unless there is one of this
        month, and the first days of the months before since the first order, the
        latest first."""
        today = company._relationship_today()
        month = today.replace(day=1)
        taken = {
            day.replace(day=1)
            for [day] in self._read_group(
                [("company_id", "=", company.id)], ["date:day"]
            )
        }
        months = [
            fields.Date.subtract(month, months=count)
            for count in range(1, PAST_MONTHS + 1)
        ]
        missing = [day for day in months if day not in taken]
        if missing:
            [[first]] = self.env["relationship.profile"]._read_group(
                [("company_id", "=", company.id)], [], ["first_order_date:min"]
            )
            missing = [day for day in missing if first and first < day]
        return ([] if month in taken else [today]) + missing

    @api.model
    def _request(self, company):
        """Have the scheduled job take soon what is missing of a company."""
        if self._get_missing_days(company):
            self.env.ref("crm_relationship.ir_cron_segment_snapshot").sudo()._trigger()

    @api.model
    def _cron_take(self):
        """Take the snapshots that are missing, one slice a commit, once the profiles of
        the company are up to date."""
        refresh = self.env["relationship.refresh"]
        companies = self.env["res.company"].search([])
        todo = [
            (company, day)
            for company in companies
            if refresh._is_done(company)
            for day in self._get_missing_days(company)
        ]
        for number, (company, day) in enumerate(todo, start=1):
            more = True
            while more:
                more = self._try_step(company, day)
                if not self.env["ir.cron"]._commit_progress(
                    1, remaining=len(todo) - number + more
                ):
                    return

    @api.model
    def _try_step(self, company, day) -> bool:
        """As `_step`; one day's trouble is not another's, and the next run tries again.

        :return: whether there is another step, now
        """
        try:
            with self.env.cr.savepoint():
                more = self._step(company, day)
        except Exception:
            self.env.invalidate_all(flush=False)
            _logger.exception("Segments of company %s as of %s", company.id, day)
            return False
        if not more:
            _logger.info("Segments of %s as of %s", company.display_name, day)
        return more
