"""The statements of ``bare``."""

COLUMNS = (
    "order_count",
    "order_day_count",
    "revenue",
    "refund_amount",
    "revenue_recent",
    "revenue_before",
    "revenue_trend",
    "margin",
    "margin_revenue",
    "first_order_date",
    "last_order_date",
    "days_since_order",
    "interval_mean",
    "interval_median",
    "interval_low",
    "interval_high",
    "last_interval",
    "last_interval_ratio",
    "rhythm_ratio",
    "quotation_count",
    "user_id",
    "basket_mean",
    "usual_weekday",
    "usual_weekday_share",
    "usual_day_part",
    "usual_day_part_share",
    "source_id",
    "acquisition_date",
    "paid_invoice_count",
    "payment_on_time_share",
    "payment_days_late",
    "payment_days_late_trend",
    "payment_journal_id",
    "payment_method_line_id",
    "payment_method_share",
    "overdue_amount",
    "last_interaction_date",
    "days_since_interaction",
    "last_in_date",
    "last_in_channel_id",
    "last_in_user_id",
    "last_out_date",
    "last_out_channel_id",
    "last_out_user_id",
    "interaction_count_90",
    "answerable_count",
    "answered_share",
    "rating_count",
    "rating_mean",
    "next_key_date",
    "completeness",
    "completeness_gap",
)
PRODUCT_COLUMNS = (
    "order_day_count",
    "later_order_day_count",
    "first_date",
    "last_date",
    "amount",
    "share",
    "state",
)

# Each of them goes into a temporary table: in one statement, PostgreSQL would take the
# customers of a part for two hundred, and join the parts by nested loops, for hours.
_ORDERS = """
    WITH day AS (
        SELECT c.commercial_partner_id AS partner_id,
               (o.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day,
               count(*) AS orders,
               sum(o.amount_untaxed / o.currency_rate) AS amount,
               max(o.date_order) AS last_order,
               extract(hour FROM min(o.date_order) AT TIME ZONE 'UTC'
                       AT TIME ZONE %(tz)s) AS hour
          FROM sale_order o
          JOIN res_partner c ON c.id = o.partner_id
         WHERE o.state = 'sale'
           AND o.amount_untaxed > 0
           AND o.company_id = %(company_id)s
         GROUP BY 1, 2
    ), gap AS (
        SELECT *,
               day - lag(day) OVER by_day AS gap,
               lead(day) OVER by_day IS NULL AS is_last
          FROM day
        WINDOW by_day AS (PARTITION BY partner_id ORDER BY day)
    )
    SELECT partner_id,
           sum(orders) AS order_count,
           count(*) AS order_day_count,
           sum(amount)::numeric AS amount,
           sum(amount) FILTER (WHERE day > %(as_of)s - interval '1 year')
               AS recent_amount,
           sum(amount) FILTER (WHERE day <= %(as_of)s - interval '1 year'
                                 AND day > %(as_of)s - interval '2 years')
               AS before_amount,
           min(day) AS first_order_date,
           max(day) AS last_order_date,
           %(as_of)s - max(day) AS days_since_order,
           avg(gap) AS interval_mean,
           percentile_cont(array[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY gap)
               AS quartiles,
           max(gap) FILTER (WHERE is_last) AS last_interval,
           max(last_order) AS last_order,
           count(*) FILTER (WHERE extract(isodow FROM day) = 1) AS d1,
           count(*) FILTER (WHERE extract(isodow FROM day) = 2) AS d2,
           count(*) FILTER (WHERE extract(isodow FROM day) = 3) AS d3,
           count(*) FILTER (WHERE extract(isodow FROM day) = 4) AS d4,
           count(*) FILTER (WHERE extract(isodow FROM day) = 5) AS d5,
           count(*) FILTER (WHERE extract(isodow FROM day) = 6) AS d6,
           count(*) FILTER (WHERE extract(isodow FROM day) = 7) AS d7,
           count(*) FILTER (WHERE hour BETWEEN 5 AND 11) AS morning,
           count(*) FILTER (WHERE hour BETWEEN 12 AND 17) AS afternoon,
           count(*) FILTER (WHERE hour BETWEEN 18 AND 22) AS evening,
           count(*) FILTER (WHERE hour > 22 OR hour < 5) AS night
      FROM gap
     GROUP BY partner_id
"""
_QUOTATIONS = """
    SELECT c.commercial_partner_id AS partner_id, count(*) AS quotation_count
      FROM sale_order o
      JOIN res_partner c ON c.id = o.partner_id
     WHERE o.state IN ('draft', 'sent') AND o.company_id = %(company_id)s
     GROUP BY 1
"""
_LATEST = """
    SELECT DISTINCT ON (c.commercial_partner_id)
           c.commercial_partner_id AS partner_id, o.user_id
      FROM bare_fact f
      JOIN res_partner c ON c.commercial_partner_id = f.partner_id
      JOIN sale_order o
        ON o.partner_id = c.id AND o.date_order = f.last_order
       AND o.state = 'sale' AND o.company_id = %(company_id)s
       AND o.amount_untaxed > 0
     ORDER BY c.commercial_partner_id, o.id DESC
"""
_SOURCES = """
    SELECT DISTINCT ON (c.commercial_partner_id)
           c.commercial_partner_id AS partner_id, o.source_id,
           (o.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day
      FROM sale_order o
      JOIN res_partner c ON c.id = o.partner_id
     WHERE o.source_id IS NOT NULL
       AND o.state != 'cancel'
       AND o.company_id = %(company_id)s
     ORDER BY c.commercial_partner_id, o.date_order, o.id
"""
# One row per receivable of an invoice, then per invoice.
_INVOICES = """
    WITH due AS (
        SELECT c.commercial_partner_id AS partner_id, l.id, l.move_id,
               coalesce(l.date_maturity, l.date) AS due_date,
               coalesce(sum(r.amount) FILTER (WHERE p.id IS NOT NULL), 0)
                   >= l.balance - 0.005 AS cleared,
               l.balance
               - coalesce(sum(r.amount) FILTER (WHERE p.id IS NOT NULL), 0) AS owed,
               max(p.date) FILTER (WHERE j.id IS NOT NULL) AS paid_on,
               max(array[p.date - date '1900-01-01', j.id::bigint << 32
                         | CASE WHEN k.id IS NULL THEN 0 ELSE w.id END])
                   FILTER (WHERE j.id IS NOT NULL) AS way
          FROM account_move_line l
          JOIN account_move m ON m.id = l.move_id AND m.move_type = 'out_invoice'
          JOIN res_partner c ON c.id = l.partner_id
          LEFT JOIN account_partial_reconcile r ON r.debit_move_id = l.id
          LEFT JOIN account_move_line p
                 ON p.id = r.credit_move_id AND p.date <= %(as_of)s
          LEFT JOIN account_journal j
                 ON j.id = p.journal_id AND j.type IN ('bank', 'cash', 'credit')
          LEFT JOIN account_payment y ON y.id = p.payment_id
          LEFT JOIN account_payment_method_line w ON w.id = y.payment_method_line_id
          LEFT JOIN account_payment_method k
                 ON k.id = w.payment_method_id AND k.code != 'manual'
         WHERE l.display_type = 'payment_term'
           AND l.parent_state = 'posted'
           AND l.balance > 0
           AND l.date <= %(as_of)s
           AND l.company_id = %(company_id)s
         GROUP BY 1, 2
    )
    SELECT partner_id, move_id,
           max(due_date) > %(as_of)s - 365 AS recent,
           bool_and(CASE WHEN cleared THEN paid_on <= due_date
                         ELSE due_date >= %(as_of)s END) AS on_time,
           CASE WHEN bool_and(cleared) THEN max(paid_on - due_date) END
               AS days_late,
           (max(way))[2] AS way,
           sum(owed) FILTER (WHERE NOT cleared AND due_date < %(as_of)s) AS overdue
      FROM due
     WHERE paid_on IS NOT NULL OR NOT cleared
     GROUP BY 1, 2
    HAVING bool_or(cleared OR due_date < %(as_of)s)
"""
_WAYS = """
    SELECT DISTINCT ON (partner_id)
           partner_id, way, count(*) AS times,
           sum(count(*)) OVER (PARTITION BY partner_id) AS ways
      FROM bare_invoice
     WHERE way IS NOT NULL
     GROUP BY partner_id, way
     ORDER BY partner_id, count(*) DESC, way DESC
"""
_LATE = """
    SELECT partner_id,
           count(*) AS paid_invoice_count,
           avg(on_time::int)::float8 AS payment_on_time_share,
           sum(overdue) AS overdue_amount,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY days_late)
               AS payment_days_late,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY days_late)
               FILTER (WHERE recent) AS recently,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY days_late)
               FILTER (WHERE NOT recent) AS before,
           least(count(days_late) FILTER (WHERE recent),
                 count(days_late) FILTER (WHERE NOT recent)) AS fewest
      FROM bare_invoice
     GROUP BY partner_id
"""
# Credit notes of orders: what is missing of what was billed of the order at most.
_NOTES = """
    SELECT c.commercial_partner_id AS partner_id, m.id, m.invoice_date AS day,
           -m.amount_untaxed_signed - coalesce(linked.amount, 0) AS amount
      FROM account_move m
      JOIN res_partner c ON c.id = m.partner_id
      LEFT JOIN (
           SELECT l.move_id, sum(l.balance) AS amount
             FROM account_move_line l
             JOIN account_move m ON m.id = l.move_id AND m.move_type = 'out_refund'
            WHERE l.id IN (SELECT invoice_line_id FROM sale_order_line_invoice_rel)
            GROUP BY 1
           ) linked ON linked.move_id = m.id
     WHERE m.move_type = 'out_refund'
       AND m.state = 'posted'
       AND m.company_id = %(company_id)s
       AND m.invoice_date <= %(as_of)s
"""
_NOTED = """
    SELECT n.id, c.commercial_partner_id AS partner_id, n.day, s.order_id,
           sum(l.balance) AS amount
      FROM bare_note n
      JOIN account_move_line l ON l.move_id = n.id
      JOIN sale_order_line_invoice_rel r ON r.invoice_line_id = l.id
      JOIN sale_order_line s
        ON s.id = r.order_line_id AND s.is_downpayment IS NOT TRUE
      JOIN sale_order o ON o.id = s.order_id
      JOIN res_partner c ON c.id = o.partner_id
     GROUP BY 1, 2, 3, 4
"""
_LOST = """
    SELECT o.id, o.amount_untaxed,
           greatest(0, least(b.credited, least(b.most, o.amount_untaxed) - b.net))
               AS amount,
           b.credited
      FROM sale_order o
      JOIN (
           SELECT order_id, -sum(amount) AS net,
                  max(so_far) - least(0, min(so_far)) AS most,
                  sum(amount) FILTER (WHERE move_type = 'out_refund') AS credited
             FROM (SELECT s.order_id, m.move_type, sum(l.balance) AS amount,
                          -sum(sum(l.balance)) OVER (
                              PARTITION BY s.order_id ORDER BY m.invoice_date, m.id
                          ) AS so_far
                     FROM (SELECT DISTINCT order_id FROM bare_noted) n
                     JOIN sale_order_line s
                       ON s.order_id = n.order_id AND s.is_downpayment IS NOT TRUE
                     JOIN sale_order_line_invoice_rel r ON r.order_line_id = s.id
                     JOIN account_move_line l ON l.id = r.invoice_line_id
                     JOIN account_move m ON m.id = l.move_id
                    WHERE m.state = 'posted' AND m.invoice_date <= %(as_of)s
                    GROUP BY s.order_id, m.id) bill
            GROUP BY 1
           ) b ON b.order_id = o.id
"""
_CREDITED = """
    SELECT partner_id, sum(amount) AS amount, sum(free) AS free,
           sum(amount) FILTER (WHERE day > %(as_of)s - interval '1 year')
               AS recent_amount,
           sum(amount) FILTER (WHERE day <= %(as_of)s - interval '1 year'
                                 AND day > %(as_of)s - interval '2 years')
               AS before_amount
      FROM (SELECT partner_id, day, amount, amount AS free
              FROM bare_note
             UNION ALL
            SELECT n.partner_id, n.day, n.amount * l.amount / l.credited, 0
              FROM bare_noted n JOIN bare_lost l ON l.id = n.order_id) credited
     GROUP BY partner_id
"""
_MARGINS = """
    SELECT c.commercial_partner_id AS partner_id,
           sum(line.amount * kept) AS amount,
           sum((line.amount - l.product_uom_qty * cost) * kept) AS margin
      FROM sale_order o
      JOIN res_partner c ON c.id = o.partner_id
      JOIN sale_order_line l ON l.order_id = o.id
      JOIN (SELECT id, (standard_price ->> %(company_id)s::text)::numeric AS cost
              FROM product_product) p ON p.id = l.product_id
      LEFT JOIN bare_lost s ON s.id = o.id
     CROSS JOIN LATERAL (
           SELECT l.price_subtotal / o.currency_rate AS amount,
                  CASE WHEN s.id IS NULL THEN 1
                       ELSE 1 - s.amount / s.amount_untaxed END AS kept) line
     WHERE o.state = 'sale'
       AND o.amount_untaxed > 0
       AND o.company_id = %(company_id)s
       AND l.display_type IS NULL
       AND l.is_downpayment IS NOT TRUE
       AND l.product_uom_qty > 0
       AND l.price_subtotal > 0
       AND cost > 0
     GROUP BY 1
"""
# What is known of the customers, by the facts that the add-on brings.
_KNOWN = """
    WITH person AS (
        SELECT DISTINCT commercial_partner_id AS partner_id
          FROM res_partner
         WHERE commercial_partner_id != id AND active
    ), key_date AS (
        SELECT c.commercial_partner_id AS partner_id,
               min(CASE WHEN d.this >= %(as_of)s THEN d.this
                        ELSE (d.this + interval '1 year')::date END) AS next_key_date
          FROM (SELECT partner_id,
                       make_date(extract(year FROM %(as_of)s::date)::int, month::int,
                                 day) AS this
                  FROM relationship_key_date
                 WHERE company_id = %(company_id)s AND active) d
          JOIN res_partner c ON c.id = d.partner_id
         GROUP BY 1
    ), consent AS (
        SELECT DISTINCT c.commercial_partner_id AS partner_id
          FROM relationship_consent g
          JOIN res_partner c ON c.id = g.partner_id
         WHERE g.company_id = %(company_id)s
           AND g.purpose = 'offers'
           AND g.state != 'not_asked'
    )
    SELECT p.id AS partner_id,
           round(100.0 * (
               CASE WHEN p.phone != '' THEN 3 ELSE 0 END
               + CASE WHEN p.email != '' THEN 3 ELSE 0 END
               + CASE WHEN p.is_company AND e.partner_id IS NOT NULL
                      THEN 3 ELSE 0 END
               + CASE WHEN p.relationship_channel_id IS NOT NULL
                      THEN 2 ELSE 0 END
               + CASE WHEN g.partner_id IS NOT NULL THEN 2 ELSE 0 END
               + CASE WHEN k.partner_id IS NOT NULL THEN 2 ELSE 0 END
               + CASE WHEN p.city != '' THEN 1 ELSE 0 END
               + CASE WHEN p.is_company AND p.industry_id IS NOT NULL
                      THEN 1 ELSE 0 END
           ) / CASE WHEN p.is_company THEN 17 ELSE 13 END)::int AS completeness,
           k.next_key_date
      FROM res_partner p
      LEFT JOIN person e ON e.partner_id = p.id
      LEFT JOIN key_date k ON k.partner_id = p.id
      LEFT JOIN consent g ON g.partner_id = p.id
"""
# Contacts with the next one that went out, then the latest each way, then all of it.
_CONTACTS = """
    SELECT i.customer_id AS partner_id, i.id, i.date, i.direction, i.channel_id,
           i.user_id,
           (i.date AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day,
           h.is_conversation AND i.outcome IS DISTINCT FROM 'no_answer' AS talked,
           min(CASE WHEN i.direction != 'in' AND i.outcome IS DISTINCT FROM 'no_answer'
                    THEN i.date END) OVER (
               PARTITION BY i.customer_id ORDER BY i.date DESC, i.id DESC
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS answer
      FROM relationship_interaction i
      JOIN relationship_channel h ON h.id = i.channel_id
     WHERE i.is_contact AND i.company_id = %(company_id)s
"""
_LAST_IN = """
    SELECT DISTINCT ON (partner_id) partner_id, day, channel_id, user_id
      FROM bare_contact
     WHERE direction IN ('in', 'both')
     ORDER BY partner_id, date DESC, id DESC
"""
_LAST_OUT = """
    SELECT DISTINCT ON (partner_id) partner_id, day, channel_id, user_id
      FROM bare_contact
     WHERE direction IN ('out', 'both')
     ORDER BY partner_id, date DESC, id DESC
"""
_ANSWERED = """
    SELECT partner_id,
           max(day) AS last_interaction_date,
           count(*) FILTER (WHERE day > %(as_of)s - 90) AS interaction_count_90,
           count(answered) AS answerable_count,
           avg(answered::int)::float8 AS answered_share
      FROM (SELECT *,
                   CASE WHEN direction != 'in' OR day <= %(as_of)s - 365 THEN NULL
                        WHEN talked OR answer <= date + interval '7 days' THEN true
                        WHEN day <= %(as_of)s - 7 THEN false END AS answered
              FROM bare_contact) asked
     GROUP BY partner_id
"""
_RATED = """
    SELECT customer_id AS partner_id, count(*) AS rating_count,
           avg(rating)::float8 AS rating_mean
      FROM relationship_interaction
     WHERE rating > 0 AND company_id = %(company_id)s
     GROUP BY customer_id
"""
# In the order in which they are made.
PARTS = {
    "bare_fact": _ORDERS,
    "bare_quotation": _QUOTATIONS,
    "bare_latest": _LATEST,
    "bare_source": _SOURCES,
    "bare_invoice": _INVOICES,
    "bare_way": _WAYS,
    "bare_late": _LATE,
    "bare_note": _NOTES,
    "bare_noted": _NOTED,
    "bare_lost": _LOST,
    "bare_credited": _CREDITED,
    "bare_margin": _MARGINS,
    "bare_contact": _CONTACTS,
    "bare_last_in": _LAST_IN,
    "bare_last_out": _LAST_OUT,
    "bare_answered": _ANSWERED,
    "bare_rated": _RATED,
    "bare_known": _KNOWN,
}
COMPLETE = """
    WITH complete AS (
        SELECT f.*,
               f.quartiles[1] AS interval_low,
               f.quartiles[2] AS interval_median,
               f.quartiles[3] AS interval_high,
               f.days_since_order / f.quartiles[2] AS rhythm_ratio,
               f.last_interval / f.quartiles[2] AS last_interval_ratio,
               net.revenue,
               round(coalesce(credited.amount, 0), 2) AS refund_amount,
               net.revenue_recent,
               net.revenue_before,
               CASE WHEN net.revenue_before > 0
                    THEN (net.revenue_recent / net.revenue_before - 1)::float8
                    END AS revenue_trend,
               round(margin.margin * net.kept, 2) AS margin,
               round(margin.amount * net.kept, 2) AS margin_revenue,
               coalesce(late.overdue_amount, 0) AS overdue_amount,
               coalesce(q.quotation_count, 0) AS quotation_count,
               coalesce(p.user_id, l.user_id) AS user_id,
               round(f.amount / f.order_count, 2) AS basket_mean,
               CASE WHEN h.by_day THEN CASE h.day_count
                    WHEN d1 THEN '1' WHEN d2 THEN '2' WHEN d3 THEN '3'
                    WHEN d4 THEN '4' WHEN d5 THEN '5' WHEN d6 THEN '6'
                    ELSE '7' END END AS usual_weekday,
               CASE WHEN h.by_day THEN h.day_count::float8 / f.order_day_count END
                   AS usual_weekday_share,
               CASE WHEN h.by_part THEN CASE h.part_count
                    WHEN morning THEN 'morning' WHEN afternoon THEN 'afternoon'
                    WHEN evening THEN 'evening' ELSE 'night' END END
                   AS usual_day_part,
               CASE WHEN h.by_part THEN h.part_count::float8 / f.order_day_count END
                   AS usual_day_part_share,
               s.source_id,
               s.day AS acquisition_date,
               coalesce(late.paid_invoice_count, 0) AS paid_invoice_count,
               late.payment_on_time_share,
               late.payment_days_late,
               CASE WHEN late.fewest >= 3 THEN late.recently - late.before END
                   AS payment_days_late_trend,
               (way.way >> 32)::int AS payment_journal_id,
               nullif(way.way & 4294967295, 0)::int AS payment_method_line_id,
               way.times::float8 / way.ways AS payment_method_share,
               contact.last_interaction_date,
               %(as_of)s - contact.last_interaction_date AS days_since_interaction,
               heard.day AS last_in_date,
               heard.channel_id AS last_in_channel_id,
               heard.user_id AS last_in_user_id,
               reached.day AS last_out_date,
               reached.channel_id AS last_out_channel_id,
               reached.user_id AS last_out_user_id,
               coalesce(contact.interaction_count_90, 0) AS interaction_count_90,
               coalesce(contact.answerable_count, 0) AS answerable_count,
               contact.answered_share,
               coalesce(rated.rating_count, 0) AS rating_count,
               rated.rating_mean,
               known.next_key_date,
               known.completeness,
               round(
                   greatest(net.revenue, 0) * (100 - known.completeness) / 100, 2
               ) AS completeness_gap
          FROM bare_fact f
          JOIN res_partner p ON p.id = f.partner_id
          JOIN bare_known known ON known.partner_id = f.partner_id
          LEFT JOIN bare_quotation q ON q.partner_id = f.partner_id
          LEFT JOIN bare_latest l ON l.partner_id = f.partner_id
          LEFT JOIN bare_source s
                 ON s.partner_id = f.partner_id AND s.day <= f.first_order_date
          LEFT JOIN bare_late late ON late.partner_id = f.partner_id
          LEFT JOIN bare_way way ON way.partner_id = f.partner_id
          LEFT JOIN bare_answered contact ON contact.partner_id = f.partner_id
          LEFT JOIN bare_last_in heard ON heard.partner_id = f.partner_id
          LEFT JOIN bare_last_out reached ON reached.partner_id = f.partner_id
          LEFT JOIN bare_rated rated ON rated.partner_id = f.partner_id
          LEFT JOIN bare_margin margin ON margin.partner_id = f.partner_id
          LEFT JOIN bare_credited credited ON credited.partner_id = f.partner_id
         CROSS JOIN LATERAL (
               SELECT CASE WHEN coalesce(credited.free, 0) = 0 THEN 1
                           ELSE greatest(0, f.amount - credited.amount)
                                / (f.amount - credited.amount + credited.free)
                      END AS kept,
                      round(f.amount - coalesce(credited.amount, 0), 2) AS revenue,
                      round(coalesce(f.recent_amount, 0)
                            - coalesce(credited.recent_amount, 0), 2)
                          AS revenue_recent,
                      round(coalesce(f.before_amount, 0)
                            - coalesce(credited.before_amount, 0), 2)
                          AS revenue_before
               ) net
         CROSS JOIN LATERAL (
               SELECT day_count, part_count,
                      f.order_day_count >= 3 AND day_count >= 0.4 * f.order_day_count
                          AS by_day,
                      f.order_day_count >= 3 AND part_count >= 0.4 * f.order_day_count
                          AS by_part
                 FROM (SELECT greatest(d1, d2, d3, d4, d5, d6, d7) AS day_count,
                              greatest(morning, afternoon, evening, night)
                                  AS part_count) most
               ) h
    )
"""
# Quintiles by rank, ties sharing the lower rank; see value-models.md.
RANKED = """
    , ranked AS (
        SELECT *,
               rank() OVER (ORDER BY last_order_date) AS r,
               rank() OVER (ORDER BY order_day_count) AS f,
               rank() OVER (ORDER BY revenue) AS v,
               greatest(count(*) OVER () - 1, 1) AS others
          FROM complete
    ), scored AS (
        SELECT *,
               least(5, 1 + 5 * (r - 1) / others) AS recency_score,
               least(5, 1 + 5 * (f - 1) / others) AS frequency_score,
               least(5, 1 + 5 * (v - 1) / others) AS value_score
          FROM ranked
    )
"""
PRODUCTS = """
    WITH bought AS (
        SELECT c.commercial_partner_id AS partner_id, o.id, o.currency_rate,
               (o.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day,
               dense_rank() OVER (
                   PARTITION BY c.commercial_partner_id
                   ORDER BY (o.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date
               ) AS day_number
          FROM sale_order o
          JOIN res_partner c ON c.id = o.partner_id
         WHERE o.state = 'sale'
           AND o.amount_untaxed > 0
           AND o.company_id = %(company_id)s
    ), habit AS (
        SELECT b.partner_id, l.product_id,
               count(DISTINCT b.day) AS order_day_count,
               max(b.day_number) AS last_number,
               min(b.day) AS first_date,
               max(b.day) AS last_date,
               sum(l.price_subtotal / b.currency_rate) AS amount
          FROM bought b
          JOIN sale_order_line l ON l.order_id = b.id
         WHERE l.product_id IS NOT NULL
           AND l.display_type IS NULL
           AND l.is_downpayment IS NOT TRUE
           AND l.product_uom_qty > 0
           AND l.price_subtotal > 0
         GROUP BY b.partner_id, l.product_id
    ), days AS (
        SELECT partner_id, max(day_number) AS days FROM bought GROUP BY partner_id
    ), complete AS (
        SELECT partner_id, product_id, order_day_count,
               days - last_number AS later_order_day_count,
               first_date, last_date, round(amount, 2) AS amount,
               (amount / sum(amount) OVER (PARTITION BY partner_id))::float8 AS share,
               CASE WHEN order_day_count >= 2 AND order_day_count * 4 >= days
                    THEN 'usual'
                    WHEN order_day_count = 1 AND days - last_number >= 2 THEN 'once'
                    ELSE 'occasional' END AS state
          FROM habit JOIN days USING (partner_id)
    ), gone AS (
        DELETE FROM {table} t
         WHERE t.company_id = %(company_id)s
           AND NOT EXISTS (
               SELECT FROM complete c
                WHERE c.partner_id = t.partner_id AND c.product_id = t.product_id)
    )
    INSERT INTO {table} AS t (
        profile_id, partner_id, company_id, product_id, order_day_count,
        later_order_day_count, first_date, last_date, amount, share, state)
    SELECT p.id, c.partner_id, %(company_id)s, c.product_id, c.order_day_count,
           c.later_order_day_count, c.first_date, c.last_date, c.amount, c.share,
           c.state
      FROM complete c
      JOIN relationship_profile p
        ON p.partner_id = c.partner_id AND p.company_id = %(company_id)s
    ON CONFLICT (partner_id, company_id, product_id) DO UPDATE
       SET order_day_count = excluded.order_day_count,
           later_order_day_count = excluded.later_order_day_count,
           first_date = excluded.first_date,
           last_date = excluded.last_date,
           amount = excluded.amount,
           share = excluded.share,
           state = excluded.state
     WHERE (t.order_day_count, t.later_order_day_count, t.first_date, t.last_date,
            t.amount, t.share, t.state)
        IS DISTINCT FROM
           (excluded.order_day_count, excluded.later_order_day_count,
            excluded.first_date, excluded.last_date, excluded.amount, excluded.share,
            excluded.state)
"""

RULE = """
    SELECT p.partner_id, p.user_id, p.team_id, p.last_order_date::text AS occurrence,
           p.order_count, p.order_day_count, p.revenue, p.interval_median,
           %(as_of)s - p.last_order_date AS days,
           (%(as_of)s - p.last_order_date) / p.interval_median AS ratio
      FROM relationship_profile p
     WHERE p.active
       AND p.company_id = %(company_id)s
       AND p.order_day_count >= %(order_days)s
       AND %(as_of)s - p.last_order_date >= %(min_days)s
       AND %(as_of)s - p.last_order_date >= %(factor)s * p.interval_median
       AND NOT EXISTS (
           SELECT FROM relationship_touch t
            WHERE t.dedup_key = concat_ws(
                  '|', %(rule_id)s, p.company_id, p.partner_id, p.last_order_date
              )
       )
     ORDER BY p.revenue DESC, p.partner_id
"""

# What rules of other triggers are about: ``condition`` holds for their customers, and
# ``key`` names the occurrence.
ANY_RULE = """
    SELECT p.partner_id, p.user_id, p.team_id, p.stage_id, p.segment_id,
           p.value_at_risk, {key} AS occurrence, p.quotation_count, p.order_count,
           p.order_day_count, p.revenue, p.last_order_date, p.days_since_order,
           p.interval_median, p.last_interval, p.rhythm_ratio
      FROM relationship_profile p
     WHERE p.active
       AND p.company_id = %(company_id)s
       AND {condition}
       AND NOT EXISTS (
           SELECT FROM relationship_touch t
            WHERE t.dedup_key = concat_ws(
                  '|', %(rule_id)s, p.company_id, p.partner_id, {key}
              )
       )
     ORDER BY p.value_at_risk DESC NULLS LAST, p.revenue DESC, p.partner_id
"""
