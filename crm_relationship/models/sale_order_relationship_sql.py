"""What an order remembers of its customer, as SQL."""

from odoo.tools import SQL

# Confirmed orders of a customer that are counted, if all of them have a number. The
# highest number says how many there are, unless there were customers merged: then the
# number of an order is exact as far as this.
COUNTED = 1000


def record(rows) -> SQL:
    """Where the customers of orders stand that are being confirmed, and the how manieth
    order each one is.

    What has been recorded of an order before comes back as it is; but its number only
    if no other confirmed order of the customer has it. The place is that of the
    profile, which is refreshed after the commit only: it knows nothing of these orders
    yet. For a day before the customer came there the log of moves knows.

    A customer may have a hundred thousand orders: they are not read.

    :param rows: (position, order id or None, partner id or None for the order's own,
        company id or None for the order's own, day or None for now) per order, in the
        order in which they are counted
    """
    positions, order_ids, partner_ids, company_ids, days = zip(*rows, strict=True)
    return SQL(
        """
        WITH wanted AS (
            SELECT wanted.position,
                   wanted.day,
                   partner.commercial_partner_id AS customer_id,
                   COALESCE(wanted.company_id, o.company_id) AS company_id,
                   o.relationship_confirmed_stage_id AS stage_id,
                   o.relationship_confirmed_segment_id AS segment_id,
                   o.relationship_ordinal AS ordinal,
                   o.relationship_ordinal IS NULL AS is_new,
                   wanted.turn
              FROM UNNEST(
                   %(positions)s::int[], %(orders)s::int[], %(partners)s::int[],
                   %(companies)s::int[], %(days)s::date[]
                   ) WITH ORDINALITY
                   wanted (position, order_id, partner_id, company_id, day, turn)
              LEFT JOIN sale_order o ON o.id = wanted.order_id
              JOIN res_partner partner
                ON partner.id = COALESCE(wanted.partner_id, o.partner_id)
             WHERE o.state IS DISTINCT FROM 'sale'
        ),
        confirmed AS (
            SELECT wanted.*,
                   NOT is_new
                   AND ROW_NUMBER() OVER (
                       PARTITION BY customer_id, company_id, ordinal ORDER BY turn
                   ) = 1
                   AND NOT EXISTS (
                       SELECT FROM res_partner contact
                         JOIN sale_order past ON past.partner_id = contact.id
                        WHERE contact.commercial_partner_id = wanted.customer_id
                          AND past.company_id = wanted.company_id
                          AND past.state = 'sale'
                          AND past.relationship_ordinal = wanted.ordinal
                   ) AS keeps
              FROM wanted
        )
        SELECT confirmed.position,
               CASE WHEN is_new THEN %(stage)s ELSE confirmed.stage_id END,
               CASE WHEN is_new THEN %(segment)s ELSE confirmed.segment_id END,
               CASE WHEN keeps THEN confirmed.ordinal
                    ELSE ROW_NUMBER() OVER (
                         PARTITION BY customer_id, confirmed.company_id, keeps
                         ORDER BY turn
                    ) + GREATEST(
                         before.highest,
                         MAX(confirmed.ordinal) FILTER (WHERE keeps) OVER same,
                         before.count + COUNT(*) FILTER (WHERE keeps) OVER same
                    )
               END
          FROM confirmed
          LEFT JOIN relationship_profile profile
            ON profile.partner_id = customer_id
           AND profile.company_id = confirmed.company_id
         CROSS JOIN LATERAL (%(before)s) before
        WINDOW same AS (PARTITION BY customer_id, confirmed.company_id)
        """,
        positions=list(positions),
        orders=list(order_ids),
        partners=list(partner_ids),
        companies=list(company_ids),
        days=list(days),
        stage=_place("stage"),
        segment=_place("segment"),
        before=_before(),
    )


def _before() -> SQL:
    """The highest number of the customer's confirmed orders, and how many these are: of
    those that have a number not more than `COUNTED`."""
    return SQL(
        """
        SELECT numbered.highest,
               (SELECT COUNT(*)
                  FROM (SELECT
                          FROM res_partner contact
                          JOIN sale_order past ON past.partner_id = contact.id
                         WHERE contact.commercial_partner_id = confirmed.customer_id
                           AND past.company_id = confirmed.company_id
                           AND past.state = 'sale'
                         LIMIT CASE WHEN numbered.all_of_them THEN %s END
                  ) counted
               ) AS count
          FROM (
               SELECT MAX(own.highest) AS highest,
                      NOT COALESCE(BOOL_OR(own.is_any_left), FALSE) AS all_of_them
                 FROM res_partner contact
                CROSS JOIN LATERAL (
                      SELECT (SELECT MAX(past.relationship_ordinal)
                                FROM sale_order past
                               WHERE past.partner_id = contact.id
                                 AND past.company_id = confirmed.company_id
                                 AND past.state = 'sale'
                             ) AS highest,
                             EXISTS (
                                 SELECT FROM sale_order past
                                  WHERE past.partner_id = contact.id
                                    AND past.company_id = confirmed.company_id
                                    AND past.state = 'sale'
                                    AND past.relationship_ordinal IS NULL
                             ) AS is_any_left
                ) own
                WHERE contact.commercial_partner_id = confirmed.customer_id
          ) numbered
        """,
        COUNTED,
    )


def _place(kind) -> SQL:
    """The stage or segment of the customer on the day of the order."""
    return SQL(
        """
        CASE WHEN day IS NULL OR day >= profile.%(date)s OR profile.%(date)s IS NULL
             THEN profile.%(place)s
             ELSE (SELECT move.%(to)s
                     FROM %(log)s move
                    WHERE move.partner_id = customer_id
                      AND move.company_id = confirmed.company_id
                      AND move.date <= day
                    ORDER BY move.date DESC, move.id DESC
                    LIMIT 1)
        END
        """,
        date=SQL.identifier(f"{kind}_date"),
        place=SQL.identifier(f"{kind}_id"),
        to=SQL.identifier(f"to_{kind}_id"),
        log=SQL.identifier(f"relationship_{kind}_move"),
    )


def number(documents, company_id=None, more=0) -> SQL:
    """Number those of these orders that are confirmed and have no number: each by its
    place among all confirmed orders of the customer, in the order of their dates.

    To know that place, all orders of the customer are read. So further ones of the same
    customers are numbered with them: who has a million orders is not gone through for
    each thousand of them.

    An order that somebody else is writing just now is left for later, so that nobody
    waits for the other. What has a number keeps it.

    :param documents: :class:`Documents`
    :param company_id: of this company only
    :param more: how many further orders at most
    """
    return SQL(
        """
        WITH todo AS (
            SELECT o.id, o.partner_id, o.company_id
              FROM sale_order o
             WHERE o.state = 'sale'
               AND o.relationship_ordinal IS NULL
               AND %(documents)s
               AND %(company)s
               FOR NO KEY UPDATE SKIP LOCKED
        ), customer AS (
            SELECT DISTINCT partner.commercial_partner_id AS id, todo.company_id
              FROM todo
              JOIN res_partner partner ON partner.id = todo.partner_id
        ), more AS (
            SELECT o.id
              FROM customer
              JOIN res_partner contact ON contact.commercial_partner_id = customer.id
              JOIN sale_order o
                ON o.partner_id = contact.id
               AND o.company_id = customer.company_id
             WHERE o.state = 'sale'
               AND o.relationship_ordinal IS NULL
               AND NOT %(documents)s
             LIMIT %(more)s
               FOR NO KEY UPDATE OF o SKIP LOCKED
        ), numbered AS (
            SELECT o.id,
                   ROW_NUMBER() OVER (
                       PARTITION BY customer.id, o.company_id
                       ORDER BY o.date_order, o.id
                   ) AS ordinal
              FROM customer
              JOIN res_partner contact ON contact.commercial_partner_id = customer.id
              JOIN sale_order o
                ON o.partner_id = contact.id
               AND o.company_id = customer.company_id
             WHERE o.state = 'sale'
        )
        UPDATE sale_order o
           SET relationship_ordinal = numbered.ordinal,
               relationship_order_kind =
               CASE numbered.ordinal WHEN 1 THEN 'first' ELSE 'repeat' END
          FROM numbered
          JOIN (SELECT id FROM todo UNION ALL SELECT id FROM more) chosen
            ON chosen.id = numbered.id
         WHERE o.id = numbered.id
        RETURNING o.id
        """,
        documents=documents.condition("o"),
        company=SQL("o.company_id = %s", company_id) if company_id else SQL("TRUE"),
        more=more,
    )
