"""What triggers of rules look for, as of a day, in SQL.

Each function returns rows of one company and its customers: ``partner_id``, what names
the occurrence, and figures.
"""

from datetime import timedelta

from odoo.tools import SQL

from .relationship_key_date_sql import in_year
from .relationship_profile_scope import Scope, orders


def company_interval(scope: Scope, min_order_days: int) -> SQL:
    """One row: the median, over customers with so many order days, of their median
    number of days between two of them; NULL where there are none."""
    return SQL(
        """
        SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY usual)
          FROM (
               SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY gap) AS usual
                 FROM (
                      SELECT partner_id,
                             day - LAG(day) OVER (
                                 PARTITION BY partner_id ORDER BY day
                             ) AS gap
                        FROM (SELECT DISTINCT partner_id, day FROM (%s) counted) bought
                 ) spaced
                GROUP BY partner_id
               HAVING COUNT(*) >= %s
          ) rhythm
        """,
        orders(scope),
        min_order_days,
    )


def orders_of_days(scope: Scope, first, last, days: int) -> SQL:
    """Purchases for which it was time from ``first`` (None: any day) to ``last``, so
    many days after them: partner_id, key, day, name."""
    last -= timedelta(days)
    conditions = [SQL("bought.day <= %s", last)]
    if first is not None:
        first -= timedelta(days)
        conditions.append(SQL("bought.day >= %s", first))
        if scope.basis != "invoices":
            # Not the day, but there is an index: a day more, wherever the company is.
            conditions.append(SQL("bought.date_order >= %s", first - timedelta(1)))
    is_invoice = scope.basis == "invoices"
    return SQL(
        """
        SELECT bought.partner_id, bought.day, document.name,
               %(kind)s || '/' || bought.order_id AS key
          FROM (%(orders)s) bought
          JOIN %(table)s document ON document.id = bought.order_id
         WHERE %(condition)s
        """,
        kind="invoice" if is_invoice else "order",
        orders=orders(scope),
        table=SQL.identifier("account_move" if is_invoice else "sale_order"),
        condition=SQL(" AND ").join(conditions),
    )


def _habits(scope: Scope, figures: SQL, condition: SQL, product_ids) -> SQL:
    """Rows of ``relationship_profile_product``, of products in use."""
    return SQL(
        """
        SELECT habit.partner_id, habit.product_id, habit.last_date %(figures)s
          FROM relationship_profile_product habit
          JOIN product_product product ON product.id = habit.product_id
          JOIN product_template template ON template.id = product.product_tmpl_id
         WHERE habit.company_id = %(company_id)s
           AND %(customers)s
           AND %(products)s
           AND product.active
           AND template.active
           AND %(condition)s
        """,
        figures=figures,
        company_id=scope.company_id,
        customers=scope.customers.condition(SQL.identifier("habit", "partner_id")),
        products=SQL("habit.product_id = ANY(%s)", list(product_ids))
        if product_ids
        else SQL("TRUE"),
        condition=condition,
    )


def product_reorders(
    scope: Scope, min_order_days: int, interval: SQL, is_due: SQL, product_ids
) -> SQL:
    """Products whose interval is over: partner_id, product_id, last_date, interval.

    :param interval: expression over the ``habit``, in days
    :param is_due: condition over the ``habit``
    """
    return _habits(
        scope,
        SQL(", ROUND(%s, 1)::float8 AS interval", interval),
        SQL("habit.order_day_count >= %s AND %s", min_order_days, is_due),
        product_ids,
    )


def products_bought_once(scope: Scope, is_due: SQL, product_ids) -> SQL:
    """Products bought on one day only."""
    return _habits(
        scope,
        SQL(""),
        SQL("habit.order_day_count = 1 AND %s", is_due),
        product_ids,
    )


def products_due_for_service(scope: Scope, is_due: SQL, product_ids) -> SQL:
    """Products with a service interval that is over since they were last bought."""
    return _habits(
        scope,
        SQL(""),
        SQL("template.relationship_service_days > 0 AND %s", is_due),
        product_ids,
    )


def kept_key_dates(scope: Scope, first, last, days: int, kinship_ids) -> SQL:
    """Key dates that are kept so many days after ``first`` to ``last``: partner_id, id,
    year, day, name, kinship_id, age.

    Never in the year of birth, nor before; a date on 29 February is kept on the 28th in
    years without one.
    """
    first, last = first + timedelta(days), last + timedelta(days)
    months = {
        (first + timedelta(number)).month
        for number in range(min((last - first).days, 366) + 1)
    }
    return SQL(
        """
        SELECT contact.commercial_partner_id AS partner_id, noted.id, noted.name,
               noted.kinship_id, kept.year, kept.day,
               kept.year - NULLIF(noted.year, 0) AS age
          FROM relationship_key_date noted
          JOIN res_partner contact ON contact.id = noted.partner_id
         CROSS JOIN LATERAL (
               SELECT year, %(day)s AS day
                 FROM GENERATE_SERIES(%(first_year)s, %(last_year)s) year
         ) kept
         WHERE noted.company_id = %(company_id)s
           AND noted.active
           AND contact.active
           AND noted.month = ANY(%(months)s)
           AND %(customers)s
           AND %(kinships)s
           AND kept.day BETWEEN %(first)s AND %(last)s
           AND (COALESCE(noted.year, 0) = 0 OR kept.year > noted.year)
        """,
        day=in_year(SQL("year"), "noted"),
        first_year=first.year,
        last_year=last.year,
        company_id=scope.company_id,
        months=[f"{month:02}" for month in sorted(months)],
        customers=scope.customers.condition(
            SQL.identifier("contact", "commercial_partner_id")
        ),
        kinships=SQL("noted.kinship_id = ANY(%s)", list(kinship_ids))
        if kinship_ids
        else SQL("TRUE"),
        first=first,
        last=last,
    )


def undecided(scope: Scope, purpose: str, channel_id: int, partner: SQL) -> SQL:
    """Condition: a customer has said nothing about a purpose and a channel by the end
    of the day."""
    return SQL(
        """
        NOT EXISTS (
            SELECT FROM relationship_consent said
             WHERE said.partner_id = %(partner)s
               AND said.company_id = %(company_id)s
               AND said.purpose = %(purpose)s
               AND said.channel_id = %(channel_id)s
               AND said.state != 'not_asked'
               AND said.date < %(until)s
        )
        """,
        partner=partner,
        company_id=scope.company_id,
        purpose=purpose,
        channel_id=channel_id,
        until=scope.until,
    )


def sent_quotations(scope: Scope) -> SQL:
    """Quotations that were sent and not decided at the end of the day: partner_id, id,
    name, day on which they were sent.

    When one was cancelled is not known: those are left out for the whole past. Those
    sent before the add-on noted it have the day they were written.
    """
    return SQL(
        """
        SELECT contact.commercial_partner_id AS partner_id, quotation.id,
               quotation.name,
               (sent.at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day
          FROM sale_order quotation
          JOIN res_partner contact ON contact.id = quotation.partner_id
         CROSS JOIN LATERAL (
               SELECT COALESCE(
                   quotation.relationship_sent_date, quotation.date_order
               ) AS at
         ) sent
         WHERE quotation.company_id = %(company_id)s
           AND %(customers)s
           AND sent.at < %(until)s
           AND (
               quotation.state = 'sent'
               OR (
                   quotation.state = 'sale'
                   AND quotation.relationship_sent_date IS NOT NULL
                   AND quotation.date_order >= %(until)s
               )
           )
        """,
        tz=scope.tz,
        company_id=scope.company_id,
        customers=scope.customers.condition(
            SQL.identifier("contact", "commercial_partner_id")
        ),
        until=scope.until,
    )


def open_complaints(scope: Scope) -> SQL:
    """Complaints that were open at the end of the day: partner_id, id, number, day on
    which they came in. One that was reopened has been open since then, too."""
    return _complaints(
        scope,
        "date_open",
        SQL(
            "(complaint.is_closed IS NOT TRUE OR complaint.date_closed >= %s)",
            scope.until,
        ),
    )


def resolved_complaints(scope: Scope) -> SQL:
    """Complaints that were resolved by the end of the day, with the day of that."""
    return _complaints(scope, "date_closed", SQL("complaint.stage_kind = 'resolved'"))


def _complaints(scope: Scope, moment: str, condition: SQL) -> SQL:
    return SQL(
        """
        SELECT complaint.customer_id AS partner_id, complaint.id, complaint.number,
               (%(moment)s AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day
          FROM relationship_case complaint
         WHERE complaint.kind = 'complaint'
           AND complaint.company_id = %(company_id)s
           AND %(customers)s
           AND %(moment)s < %(until)s
           AND %(condition)s
        """,
        moment=SQL.identifier("complaint", moment),
        tz=scope.tz,
        company_id=scope.company_id,
        customers=scope.customers.condition(SQL.identifier("complaint", "customer_id")),
        until=scope.until,
        condition=condition,
    )


def overdue_invoices(scope: Scope, is_due: SQL) -> SQL:
    """Parts of invoices that were open at the end of the day: partner_id, id, name,
    due_date, amount still open in the currency of the invoice.

    An invoice may be due in parts; those of one day are one. What is paid through a
    payment without an entry of its own is paid, as Odoo says.

    :param is_due: condition over ``due.day``, the day on which a part is due
    """
    return SQL(
        """
        SELECT contact.commercial_partner_id AS partner_id, invoice.id, invoice.name,
               due.day AS due_date, part.currency_id, SUM(rest.amount) AS amount
          FROM account_move_line part
          JOIN account_move invoice
            ON invoice.id = part.move_id
           AND invoice.move_type = 'out_invoice'
          JOIN res_partner contact ON contact.id = part.partner_id
         CROSS JOIN LATERAL (
               SELECT COALESCE(part.date_maturity, part.date) AS day
         ) due
         CROSS JOIN LATERAL (
               SELECT part.amount_currency
                    - COALESCE(SUM(match.debit_amount_currency), 0) AS amount
                 FROM account_partial_reconcile match
                 JOIN account_move_line credit
                   ON credit.id = match.credit_move_id
                  AND credit.date <= %(as_of)s
                WHERE match.debit_move_id = part.id
         ) rest
         WHERE part.display_type = 'payment_term'
           AND part.parent_state = 'posted'
           AND part.balance > 0
           AND part.company_id = %(company_id)s
           AND part.date <= %(as_of)s
           AND due.day < %(as_of)s
           AND %(is_due)s
           AND %(customers)s
           AND rest.amount > 0
           AND NOT EXISTS (
               SELECT FROM account_move__account_payment link
                 JOIN account_payment payment ON payment.id = link.payment_id
                WHERE link.invoice_id = invoice.id
                  AND invoice.payment_state IN ('in_payment', 'paid')
                  AND payment.move_id IS NULL
                  AND payment.state IN ('in_process', 'paid')
                  AND payment.date <= %(as_of)s
           )
         GROUP BY contact.commercial_partner_id, invoice.id, due.day, part.currency_id
        """,
        as_of=scope.as_of,
        company_id=scope.company_id,
        is_due=is_due,
        customers=scope.customers.condition(
            SQL.identifier("contact", "commercial_partner_id")
        ),
    )


def segment_drops(scope: Scope, first, with_rule_changes: bool) -> SQL:
    """Customers who are in a worse segment than before the day of their last move:
    partner_id, date, from_segment_id, to_segment_id.

    Several moves of one day are one, so that it does not matter how often the day is
    looked at. What a customer was that was merged into another tells nothing.

    :param first: earliest day of the last move; None: no limit
    """
    own = SQL(
        "move.company_id = %s AND COALESCE(move.merged_partner_ref, 0) = 0",
        scope.company_id,
    )
    return SQL(
        """
        SELECT last.partner_id, last.date, before.from_segment_id, last.to_segment_id
          FROM (
               SELECT DISTINCT ON (move.partner_id)
                      move.partner_id, move.date, move.to_segment_id
                 FROM relationship_segment_move move
                WHERE %(own)s
                  AND %(customers)s
                  AND move.date <= %(as_of)s
                  AND %(since)s
                ORDER BY move.partner_id, move.date DESC, move.id DESC
          ) last
         CROSS JOIN LATERAL (
               SELECT (ARRAY_AGG(move.from_segment_id ORDER BY move.id))[1]
                          AS from_segment_id,
                      BOOL_OR(move.cause IS DISTINCT FROM 'rules') AS by_customer
                 FROM relationship_segment_move move
                WHERE %(own)s
                  AND move.partner_id = last.partner_id
                  AND move.date = last.date
         ) before
          JOIN relationship_segment origin ON origin.id = before.from_segment_id
          JOIN relationship_segment target ON target.id = last.to_segment_id
         WHERE target.rank < origin.rank
           AND %(cause)s
        """,
        own=own,
        customers=scope.customers.condition(SQL.identifier("move", "partner_id")),
        as_of=scope.as_of,
        since=SQL("TRUE") if first is None else SQL("move.date >= %s", first),
        cause=SQL("TRUE") if with_rule_changes else SQL("before.by_customer"),
    )
