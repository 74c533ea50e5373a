"""The statements behind ``relationship.funnel.report``, and the conditions by which the
lists behind its figures are found."""

from datetime import date

from odoo.tools import SQL

from ..tools.customers import MAX_ID
from .relationship_profile_credit_sql import credits, refunds
from .relationship_profile_scope import Scope, orders
from .relationship_stage_move_sql import is_own

# Half stayed no longer than the first, nine of ten no longer than the second.
QUANTILES = SQL("PERCENTILE_CONT(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY days)")


def counts(alias: str) -> SQL:
    """Condition on a row of the log: it is a part of the customer's way.

    It tells of the customer who has it, and it is no move by hand that was taken
    straight back, nor the one that took it back.
    """
    return SQL(
        """
        %(is_own)s
        AND %(id)s NOT IN (
            SELECT UNNEST(ARRAY[undone.id, undo.id])
              FROM relationship_stage_move undo
              JOIN relationship_stage_move undone
                ON undone.id = undo.undo_of_id
               AND undone.from_stage_id = undo.to_stage_id
               AND undone.to_stage_id = undo.from_stage_id
             WHERE undo.undo_of_id IS NOT NULL
               AND NOT EXISTS (
                   SELECT FROM relationship_stage_move other
                    WHERE other.partner_id = undone.partner_id
                      AND other.company_id = undone.company_id
                      AND other.id > undone.id
                      AND other.id < undo.id
               )
        )
        """,
        is_own=is_own(alias),
        id=SQL.identifier(alias, "id"),
    )


def stage_as_of(alias: str, day: date) -> SQL:
    """Expression over a profile: where the log says it was at the end of a day."""
    return SQL(
        """
        (
            SELECT seen.to_stage_id
              FROM relationship_stage_move seen
             WHERE seen.partner_id = %(partner)s
               AND seen.company_id = %(company)s
               AND seen.date <= %(day)s
               AND %(counts)s
             ORDER BY seen.id DESC
             LIMIT 1
        )
        """,
        partner=SQL.identifier(alias, "partner_id"),
        company=SQL.identifier(alias, "company_id"),
        day=day,
        counts=counts("seen"),
    )


def buyers(scope: Scope, since: date) -> SQL:
    """Who bought from a day on until that of the scope."""
    return SQL("SELECT partner_id FROM (%s) bought", purchases(scope, since))


def purchases(scope: Scope, since: date) -> SQL:
    """What was bought from a day on until that of the scope."""
    begin = SQL("TRUE")
    if scope.basis == "orders":
        # The day is one of the company's time zone: the first of them by any clock is
        # what an index can find.
        begin = SQL("purchase.date_order >= %s - 1", since)
    return SQL(
        "SELECT purchase.* FROM (%s) purchase WHERE purchase.day >= %s AND %s",
        orders(scope),
        since,
        begin,
    )


def figures(scope: Scope, moves: SQL, since: date) -> SQL:
    """One row per stage: see ``relationship.funnel.report``.

    :param scope: everybody, as of the last day of the period, with the first as
        ``recent_since``
    :param moves: id, partner_id, from_stage_id, to_stage_id, date, direction and days
        of what is counted, until the last day of the period
    """
    return SQL(
        """
        WITH %(credits)s,
        refund AS (%(refunds)s),
        revenue AS (
            SELECT partner_id, ROUND(SUM(amount), %(digits)s) AS amount
              FROM (
                   SELECT partner_id, amount
                     FROM (%(purchases)s) bought
                    UNION ALL
                   SELECT refund.partner_id, -refund.recent_amount
                     FROM refund
                    WHERE refund.recent_amount != 0
                      -- Of whoever has never bought there is no value at all.
                      AND EXISTS (
                          SELECT FROM (%(orders)s) ever
                           WHERE ever.partner_id = refund.partner_id
                      )
              ) item
             GROUP BY partner_id
        ),
        move AS MATERIALIZED (%(moves)s),
        -- The last move and where it led in one number: no need to look it up.
        last AS (
            SELECT partner_id,
                   MAX(place) %% %(base)s AS end_id,
                   MAX(place) FILTER (WHERE date < %(since)s) %% %(base)s AS start_id
              FROM (
                   SELECT partner_id, date,
                          id::bigint * %(base)s + COALESCE(to_stage_id, 0) AS place
                     FROM move
              ) placed
             GROUP BY partner_id
        ),
        held AS (
            SELECT last.end_id AS stage_id,
                   COUNT(*) AS count,
                   SUM(revenue.amount) AS value
              FROM last
              LEFT JOIN revenue ON revenue.partner_id = last.partner_id
             GROUP BY last.end_id
        ),
        -- Whoever left a stage was there at the begin, or came in the period.
        seen AS (
            SELECT partner_id, start_id AS stage_id,
                   FALSE AS came, FALSE AS went_up, FALSE AS went_down
              FROM last
             UNION ALL
            SELECT partner_id, to_stage_id, TRUE, FALSE, FALSE
              FROM move
             WHERE date >= %(since)s
             UNION ALL
            SELECT partner_id, from_stage_id, FALSE,
                   direction IS NOT DISTINCT FROM 'up',
                   direction IS NOT DISTINCT FROM 'down'
              FROM move
             WHERE date >= %(since)s
        ),
        passed AS (
            SELECT stage_id,
                   COUNT(*) AS present,
                   COUNT(*) FILTER (WHERE came) AS came,
                   COUNT(*) FILTER (WHERE went_up) AS went_up,
                   COUNT(*) FILTER (WHERE went_down) AS went_down
              FROM (
                   SELECT stage_id, BOOL_OR(came) AS came, BOOL_OR(went_up) AS went_up,
                          BOOL_OR(went_down) AS went_down
                     FROM seen
                    WHERE stage_id != 0
                    GROUP BY stage_id, partner_id
              ) customer
             GROUP BY stage_id
        ),
        stayed AS (
            SELECT from_stage_id AS stage_id, %(quantiles)s AS days
              FROM move
             WHERE date >= %(since)s
               AND direction = 'up'
             GROUP BY from_stage_id
        )
        SELECT passed.stage_id,
               COALESCE(held.count, 0) AS count,
               COALESCE(held.value, 0)::float8 AS value,
               passed.present, passed.came, passed.went_up, passed.went_down,
               stayed.days[1] AS days_median, stayed.days[2] AS days_most
          FROM passed
          LEFT JOIN held ON held.stage_id = passed.stage_id
          LEFT JOIN stayed ON stayed.stage_id = passed.stage_id
        """,
        credits=credits(scope, since),
        refunds=refunds(scope),
        orders=orders(scope),
        purchases=purchases(scope, since),
        digits=scope.digits,
        moves=moves,
        since=since,
        base=MAX_ID + 1,
        quantiles=QUANTILES,
    )


def flow(moves: SQL) -> SQL:
    """One row per pair of stages: how many moves, and after how many days.

    :param moves: from_stage_id, to_stage_id, direction and days of what is counted
    """
    return SQL(
        """
        SELECT from_stage_id, to_stage_id, direction, count, days[1], days[2]
          FROM (
               SELECT from_stage_id, to_stage_id, direction, COUNT(*) AS count,
                      %(quantiles)s AS days
                 FROM (%(moves)s) move
                GROUP BY from_stage_id, to_stage_id, direction
          ) pair
        """,
        moves=moves,
        quantiles=QUANTILES,
    )


def cohorts(scope: Scope, customers: SQL, since: date) -> SQL:
    """One row per month of a first order and month since: how many bought.

    :param customers: partner_id and first_order_date of whom to count
    :param since: the first day of the first cohort
    """
    return SQL(
        """
        WITH customer AS MATERIALIZED (%(customers)s)
        SELECT cohort, month, COUNT(*) AS count
          FROM (
               SELECT DISTINCT customer.partner_id,
                      DATE_TRUNC('month', customer.first_order_date)::date AS cohort,
                      DATE_TRUNC('month', bought.day)::date AS month
                 FROM customer
                 JOIN (%(purchases)s) bought
                   ON bought.partner_id = customer.partner_id
          ) active
         GROUP BY cohort, month
        """,
        customers=customers,
        purchases=purchases(scope, since),
    )
