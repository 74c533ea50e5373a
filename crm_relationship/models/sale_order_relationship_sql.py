"""What an order remembers of its customer, as SQL."""

from odoo.tools import SQL


def record(rows) -> SQL:
    """Where the customers of orders stand that are being confirmed, and the how manieth
    order each one is.

    What has been recorded of an order before comes back as it is. The place is that of
    the profile, which is refreshed after the commit only: it knows nothing of these
    orders yet. For a day before the customer came there the log of moves knows.

    :param rows: (position, order id or None, partner id or None for the order's own,
        company id or None for the order's own, day or None for now) per order, in the
        order in which they are counted
    """
    positions, order_ids, partner_ids, company_ids, days = zip(*rows, strict=True)
    return SQL(
        """
        WITH confirmed AS (
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
        )
        SELECT confirmed.position,
               CASE WHEN is_new THEN %(stage)s ELSE confirmed.stage_id END,
               CASE WHEN is_new THEN %(segment)s ELSE confirmed.segment_id END,
               CASE WHEN is_new
                    THEN before.ordinal + ROW_NUMBER() OVER (
                         PARTITION BY customer_id, confirmed.company_id, is_new
                         ORDER BY turn
                    )
                    ELSE confirmed.ordinal
               END
          FROM confirmed
          LEFT JOIN relationship_profile profile
            ON profile.partner_id = customer_id
           AND profile.company_id = confirmed.company_id
         CROSS JOIN LATERAL (
               SELECT GREATEST(
                      COUNT(*), COALESCE(MAX(past.relationship_ordinal), 0)
                      ) AS ordinal
                 FROM res_partner contact
                 JOIN sale_order past ON past.partner_id = contact.id
                WHERE contact.commercial_partner_id = customer_id
                  AND past.company_id = confirmed.company_id
                  AND past.state = 'sale'
         ) before
        """,
        positions=list(positions),
        orders=list(order_ids),
        partners=list(partner_ids),
        companies=list(company_ids),
        days=list(days),
        stage=_place("stage"),
        segment=_place("segment"),
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


def number(documents, company_id=None) -> SQL:
    """Number those of these orders that are confirmed and have no number: each by its
    place among all confirmed orders of the customer, in the order of their dates.

    An order that somebody else is writing just now is left for later, so that nobody
    waits for the other. What has a number keeps it.

    :param documents: :class:`Documents`
    :param company_id: of this company only
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
          JOIN todo ON todo.id = numbered.id
         WHERE o.id = numbered.id
        RETURNING o.id
        """,
        documents=documents.condition("o"),
        company=SQL("o.company_id = %s", company_id) if company_id else SQL("TRUE"),
    )
