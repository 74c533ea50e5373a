import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.transactions import execute

_logger = logging.getLogger(__name__)

# How far back snapshots are taken when there are none yet.
PAST_MONTHS = 12


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
    customer_count = fields.Integer(string="Customers", readonly=True, aggregator="sum")
    revenue = fields.Monetary(
        string="Recent Revenue", readonly=True, help="As of that day."
    )
    expected_value = fields.Monetary(
        string="Expected Revenue",
        readonly=True,
        help="Revenue to expect in the twelve months after that day.",
    )
    value_at_risk = fields.Monetary(
        readonly=True, help="Recent revenue times the churn risk, as of that day."
    )
    buy_probability = fields.Float(
        string="Likely to Buy",
        readonly=True,
        aggregator="avg",
        help="Mean probability of an order within the horizon of the settings.",
    )

    _company_date_segment_uniq = models.Constraint(
        "UNIQUE (company_id, date, segment_id)",
        "There is one snapshot a day of each segment of a company.",
    )

    @api.model
    def _take(self, company, day) -> int:
        """Keep what the segments of a company were worth at the end of a day.

        Taken again, it gives the same. Where the log does not reach back to the day,
        the rules of today say who belonged where.

        :return: number of segments that had customers
        """
        profiles = self.env["relationship.profile"]
        profiles._flush_sources()
        self.flush_model()
        rows = execute(
            self.env,
            SQL(
                """
                %(profiles)s placed AS (
                    SELECT COALESCE(segment_id, %(segment)s) AS segment_id,
                           revenue_recent, expected_value, value_at_risk,
                           buy_probability
                      FROM relationship_profile
                     WHERE company_id = %(company_id)s
                       AND active
                ),
                taken AS (
                    INSERT INTO relationship_segment_snapshot AS snapshot (
                        company_id, date, segment_id, customer_count, revenue,
                        expected_value, value_at_risk, buy_probability,
                        create_uid, write_uid, create_date, write_date
                    )
                    SELECT %(company_id)s, %(day)s, segment_id, COUNT(*),
                           ROUND(SUM(revenue_recent)::numeric, %(digits)s),
                           ROUND(SUM(expected_value)::numeric, %(digits)s),
                           ROUND(SUM(value_at_risk)::numeric, %(digits)s),
                           AVG(buy_probability),
                           %(uid)s, %(uid)s, %(now)s, %(now)s
                      FROM placed
                     WHERE segment_id IS NOT NULL
                     GROUP BY segment_id
                    ON CONFLICT (company_id, date, segment_id) DO UPDATE
                       SET customer_count = EXCLUDED.customer_count,
                           revenue = EXCLUDED.revenue,
                           expected_value = EXCLUDED.expected_value,
                           value_at_risk = EXCLUDED.value_at_risk,
                           buy_probability = EXCLUDED.buy_probability,
                           write_uid = EXCLUDED.write_uid,
                           write_date = EXCLUDED.write_date
                    RETURNING segment_id
                ),
                stale AS (
                    DELETE FROM relationship_segment_snapshot
                     WHERE company_id = %(company_id)s
                       AND date = %(day)s
                       AND segment_id NOT IN (SELECT segment_id FROM taken)
                )
                SELECT segment_id FROM taken
                """,
                profiles=profiles._get_as_of_sql(company, day),
                segment=self.env["relationship.segment"]._get_placing_sql(company),
                company_id=company.id,
                day=day,
                digits=company.currency_id.decimal_places,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            ),
        )
        self.invalidate_model()
        return len(rows)

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
        [[first]] = self.env["relationship.profile"]._read_group(
            [("company_id", "=", company.id)], [], ["first_order_date:min"]
        )
        months = [
            fields.Date.subtract(month, months=count)
            for count in range(1, PAST_MONTHS + 1)
        ]
        days = [] if month in taken else [today]
        return days + [
            day for day in months if first and first < day and day not in taken
        ]

    @api.model
    def _request(self, company):
        """Have the scheduled job take soon what is missing of a company."""
        if self._get_missing_days(company):
            self.env.ref("crm_relationship.ir_cron_segment_snapshot").sudo()._trigger()

    @api.model
    def _cron_take(self):
        """Take the snapshots that are missing, one a commit, once the profiles of the
        company are up to date."""
        refresh = self.env["relationship.refresh"]
        companies = self.env["res.company"].search([])
        todo = [
            (company, day)
            for company in companies
            if refresh._is_done(company)
            for day in self._get_missing_days(company)
        ]
        for number, (company, day) in enumerate(todo, start=1):
            self._take(company, day)
            _logger.info("Segments of %s as of %s", company.display_name, day)
            if not self.env["ir.cron"]._commit_progress(
                1, remaining=len(todo) - number
            ):
                return
