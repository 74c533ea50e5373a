"""Habits of customers as parts of the facts: when they order and how they pay.

Each is a query over the customers of a :class:`Scope`, as of its day. A habit is only
one if there is enough to see it in: see the constants.
"""

from odoo.tools import SQL

from .relationship_profile_extra_sql import extra_acquisitions
from .relationship_profile_scope import Scope, in_company_currency

# A usual weekday or time of day needs so many order days, and this share of them.
HABIT_MIN_DAYS = 3
HABIT_MIN_SHARE = 0.4
# Parts of the day: key -> first and last hour.
DAY_PARTS = {
    "morning": (5, 11),
    "afternoon": (12, 17),
    "evening": (18, 22),
    "night": (23, 4),
}
WEEKDAYS = tuple(map(str, range(1, 8)))  # ISO: Monday is 1
# Days late are compared with those of a year before if both have so many invoices.
TREND_DAYS = 365
TREND_MIN_INVOICES = 3

ORDER_HABIT_COLUMNS = (
    "basket_mean",
    "usual_weekday",
    "usual_weekday_share",
    "usual_day_part",
    "usual_day_part_share",
)
ACQUISITION_COLUMNS = ("source_id", "campaign_id", "medium_id", "acquisition_date")
PAYMENT_COLUMNS = (
    "paid_invoice_count",
    "payment_on_time_share",
    "payment_days_late",
    "payment_days_late_trend",
    "payment_journal_id",
    "payment_method_line_id",
    "payment_method_share",
    "overdue_amount",
)


def day_habit_counts() -> SQL:
    """Aggregates over rows with ``day`` and ``hour``: one count for each weekday and
    each part of the day. Counting costs no sort, unlike a mode."""
    counts = [
        SQL(
            "COUNT(*) FILTER (WHERE EXTRACT(ISODOW FROM day) = %s) AS %s",
            int(weekday),
            SQL.identifier(f"weekday_{weekday}"),
        )
        for weekday in WEEKDAYS
    ]
    for part, (first, last) in DAY_PARTS.items():
        glue = SQL("AND") if first <= last else SQL("OR")
        counts.append(
            SQL(
                "COUNT(*) FILTER (WHERE hour >= %s %s hour <= %s) AS %s",
                first,
                glue,
                last,
                SQL.identifier(f"part_{part}"),
            )
        )
    return SQL(", ").join(counts)


def order_habits(scope: Scope) -> SQL:
    """Values of ``ORDER_HABIT_COLUMNS`` over the order facts ``o``. A basket is
    what was ordered, whatever was credited later."""
    return SQL(
        """
        ROUND(o.amount / o.order_count, %s) AS basket_mean,
        %s AS usual_weekday,
        %s AS usual_weekday_share,
        %s AS usual_day_part,
        %s AS usual_day_part_share
        """,
        scope.digits,
        *_most_frequent("weekday", WEEKDAYS),
        *_most_frequent("part", DAY_PARTS),
    )


def _most_frequent(prefix, keys) -> tuple[SQL, SQL]:
    """The key whose count is the highest, the first of equal ones, and its share of
    the order days; both NULL where it is no habit."""
    counts = [SQL.identifier("o", f"{prefix}_{key}") for key in keys]
    highest = SQL("GREATEST(%s)", SQL(", ").join(counts))
    share = SQL("(%s::float8 / o.order_day_count)", highest)
    is_habit = SQL(
        "o.order_day_count >= %s AND %s >= %s", HABIT_MIN_DAYS, share, HABIT_MIN_SHARE
    )
    cases = SQL(" ").join(
        SQL("WHEN %s THEN %s", count, key)
        for count, key in zip(counts, keys, strict=True)
    )
    return (
        SQL("CASE WHEN %s THEN CASE %s %s END END", is_habit, highest, cases),
        SQL("CASE WHEN %s THEN %s END", is_habit, share),
    )


def acquisition(scope: Scope) -> SQL:
    """Per customer: source, campaign and medium of the first quotation or order that
    has a source, or of what other add-ons know of before it, and its day. What has a
    source comes before what has none."""
    return SQL(
        """
        SELECT DISTINCT ON (partner_id)
               partner_id,
               source_id,
               campaign_id,
               medium_id,
               (date AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day
          FROM (
               SELECT contact.commercial_partner_id AS partner_id,
                      o.source_id,
                      o.campaign_id,
                      o.medium_id,
                      o.date_order AS date,
                      o.id
                 FROM res_partner contact
                 JOIN sale_order o ON o.partner_id = contact.id
                WHERE %(customers)s
                  AND o.source_id IS NOT NULL
                  AND o.state != 'cancel'
                  AND o.company_id = %(company_id)s
                  AND o.date_order < %(until)s
               %(extra)s
          ) document
         ORDER BY partner_id, source_id IS NULL, date, id
        """,
        extra=extra_acquisitions(scope),
        customers=scope.customers.condition(
            SQL.identifier("contact", "commercial_partner_id")
        ),
        company_id=scope.company_id,
        tz=scope.tz,
        until=scope.until,
    )


def _paid_invoices(scope: Scope) -> SQL:
    """Posted invoices that tell how somebody pays: partner_id, due_date, on_time,
    days_late (NULL while something is open), the way of the latest payment, and what
    is open and past due.

    An invoice may be due in parts. A part is settled on the day of its last payment;
    what credit notes, write-offs and exchange differences cleared is no payment, and
    a part that only they cleared tells nothing. A part that is open and past due is
    late; one that is open and not yet due tells nothing either.
    """
    return SQL(
        """
        SELECT partner_id,
               MAX(due_date) AS due_date,
               NOT BOOL_OR(late) AS on_time,
               CASE WHEN BOOL_AND(cleared) THEN MAX(paid_on - due_date) END
                   AS days_late,
               (MAX(ARRAY[paid_on - DATE '1900-01-01', way])
                   FILTER (WHERE way IS NOT NULL))[2] AS way,
               SUM(open_amount) FILTER (WHERE NOT cleared AND late) AS overdue_amount
          FROM (
               SELECT partner_id, move_id, due_date, cleared, paid_on, way,
                      open_amount,
                      CASE WHEN cleared THEN paid_on > due_date
                           ELSE due_date < %(as_of)s END AS late
                 FROM (
                      SELECT due.partner_id, due.move_id, due.due_date,
                             due.open_amount,
                             due.cleared OR bare.paid_on IS NOT NULL AS cleared,
                             GREATEST(due.paid_on, bare.paid_on) AS paid_on,
                             COALESCE(bare.way, due.way) AS way
                        FROM (%(parts)s) due
                        LEFT JOIN LATERAL (%(bare_payments)s) bare ON TRUE
                 ) settled
          ) part
         WHERE NOT cleared OR paid_on IS NOT NULL
         GROUP BY partner_id, move_id
        HAVING BOOL_OR(cleared OR late)
        """,
        parts=_due_parts(scope),
        bare_payments=_bare_payments(scope),
        as_of=scope.as_of,
    )


def _due_parts(scope: Scope) -> SQL:
    """What customers owe, part by part, and what it is reconciled with. Compared in the
    invoice's currency: exchange differences are booked at the end of the month only.

    Money comes through a bank, a till or a card; an entry of another journal brings
    some if it has a line on such an account, as those of a point of sale have.
    """
    return SQL(
        """
        SELECT contact.commercial_partner_id AS partner_id,
               part.id,
               part.move_id,
               invoice.payment_state,
               COALESCE(part.date_maturity, part.date) AS due_date,
               COALESCE(SUM(match.debit_amount_currency), 0)
                   >= part.amount_currency AS cleared,
               %(open_amount)s AS open_amount,
               MAX(credit.date) FILTER (WHERE way.id IS NOT NULL) AS paid_on,
               (MAX(ARRAY[credit.date - DATE '1900-01-01', %(way)s])
                   FILTER (WHERE way.id IS NOT NULL))[2] AS way
          FROM res_partner contact
          JOIN account_move_line part ON part.partner_id = contact.id
          JOIN account_move invoice
            ON invoice.id = part.move_id
           AND invoice.move_type = 'out_invoice'
          LEFT JOIN (
               account_partial_reconcile match
               JOIN account_move_line credit
                 ON credit.id = match.credit_move_id
                AND credit.date <= %(as_of)s
          ) ON match.debit_move_id = part.id
          LEFT JOIN account_journal way
            ON way.id = credit.journal_id
           AND CASE WHEN way.type = 'general'
                    THEN EXISTS (
                        SELECT FROM account_move_line money
                          JOIN account_account account ON account.id = money.account_id
                         WHERE money.move_id = credit.move_id
                           AND account.account_type = 'asset_cash'
                    )
                    ELSE way.type IN ('bank', 'cash', 'credit') END
          LEFT JOIN account_payment payment ON payment.id = credit.payment_id
          LEFT JOIN account_payment_method_line method
            ON method.id = payment.payment_method_line_id
         WHERE %(customers)s
           AND part.display_type = 'payment_term'
           AND part.parent_state = 'posted'
           AND part.balance > 0
           AND part.company_id = %(company_id)s
           AND part.date <= %(as_of)s
         GROUP BY contact.commercial_partner_id, part.id, invoice.id
        """,
        way=_way(SQL("way.id")),
        open_amount=in_company_currency(
            SQL(
                "(part.amount_currency - COALESCE(SUM(match.debit_amount_currency), 0))"
            ),
            SQL.identifier("invoice", "invoice_currency_rate"),
        ),
        customers=scope.customers.condition(
            SQL.identifier("contact", "commercial_partner_id")
        ),
        company_id=scope.company_id,
        as_of=scope.as_of,
    )


def _bare_payments(scope: Scope) -> SQL:
    """For a part ``due`` that nothing is reconciled with, though Odoo says of its
    invoice that it is paid: payments without an entry of their own, as there are where
    the statement of the bank brings the entry later."""
    return SQL(
        """
        SELECT MAX(payment.date) AS paid_on,
               (MAX(ARRAY[payment.date - DATE '1900-01-01', %(way)s]))[2] AS way
          FROM account_move__account_payment link
          JOIN account_payment payment ON payment.id = link.payment_id
          LEFT JOIN account_payment_method_line method
            ON method.id = payment.payment_method_line_id
         WHERE NOT due.cleared
           AND due.payment_state IN ('in_payment', 'paid')
           AND link.invoice_id = due.move_id
           AND payment.move_id IS NULL
           AND payment.state IN ('in_process', 'paid')
           AND payment.date <= %(as_of)s
        """,
        way=_way(SQL("payment.journal_id")),
        as_of=scope.as_of,
    )


def _way(journal: SQL) -> SQL:
    """A way of payment as one number: the journal, and the line of the method unless
    that is Odoo's "Manual Payment", which says nothing."""
    return SQL(
        """
        %s::bigint << 32 | CASE WHEN EXISTS (
            SELECT FROM account_payment_method kind
             WHERE kind.id = method.payment_method_id AND kind.code != 'manual'
        ) THEN method.id ELSE 0 END
        """,
        journal,
    )


def payment_habits(scope: Scope) -> SQL:
    """Per customer: ``PAYMENT_COLUMNS``. Days late are negative for early payers; the
    trend is their median of the last 365 days less that of before, in days. What is
    overdue is in company currency, by the rate of its invoice."""
    return SQL(
        """
        SELECT partner_id,
               COUNT(*)::int AS paid_invoice_count,
               AVG(on_time::int)::float8 AS payment_on_time_share,
               PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY days_late)
                   AS payment_days_late,
               CASE WHEN COUNT(days_late) FILTER (WHERE recent) >= %(minimum)s
                     AND COUNT(days_late) FILTER (WHERE NOT recent) >= %(minimum)s
                    THEN PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY days_late)
                             FILTER (WHERE recent)
                       - PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY days_late)
                             FILTER (WHERE NOT recent)
               END AS payment_days_late_trend,
               (usual[2] >> 32)::int AS payment_journal_id,
               NULLIF(usual[2] & 4294967295, 0)::int AS payment_method_line_id,
               usual[1]::float8 / NULLIF(COUNT(way), 0) AS payment_method_share,
               ROUND(SUM(overdue_amount), %(digits)s) AS overdue_amount
          FROM (
               SELECT *,
                      due_date > %(as_of)s - %(trend_days)s AS recent,
                      MAX(CASE WHEN way IS NOT NULL THEN ARRAY[times, way] END)
                          OVER (PARTITION BY partner_id) AS usual
                 FROM (
                      SELECT *,
                             COUNT(*) OVER (PARTITION BY partner_id, way) AS times
                        FROM (%(invoices)s) invoice
                 ) counted
          ) paid
         GROUP BY partner_id, usual
        """,
        invoices=_paid_invoices(scope),
        as_of=scope.as_of,
        trend_days=TREND_DAYS,
        minimum=TREND_MIN_INVOICES,
        digits=scope.digits,
    )
