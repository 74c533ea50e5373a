"""The set-based statements behind ``relationship.profile.product``."""

from odoo.tools import SQL

from .relationship_profile_scope import (
    Scope,
    columns,
    confirmed_orders,
    in_company_currency,
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
# A product is a usual one if it was bought on two order days at least, and on so many
# of a hundred order days; it was bought once and never again if so many order days
# have passed without it.
USUAL_PERCENT = 25
NEVER_AGAIN_DAYS = 2


def product_habits(scope: Scope) -> SQL:
    """One row per customer and product: partner_id, product_id, ``PRODUCT_COLUMNS``.

    Amounts are untaxed and in company currency. Lines that nobody pays for, down
    payments and returns are no purchases. Always of orders, whatever the basis of the
    company's figures: an invoice need not say what somebody chose.

    Lines are found by the customer they carry, for a slice of customers is a part of
    that index, but spread over all orders.
    """
    return SQL(
        """
        SELECT partner_id,
               product_id,
               order_day_count,
               later_order_day_count,
               first_date,
               last_date,
               ROUND(amount, %(digits)s) AS amount,
               (amount / SUM(amount) OVER (PARTITION BY partner_id))::float8 AS share,
               CASE WHEN order_day_count >= 2
                     AND order_day_count * 100 >= day_count * %(usual_percent)s
                    THEN 'usual'
                    WHEN order_day_count = 1
                     AND later_order_day_count >= %(never_again_days)s
                    THEN 'once'
                    ELSE 'occasional' END AS state
          FROM (
               SELECT bought.partner_id,
                      line.product_id,
                      COUNT(DISTINCT bought.day_number)::int AS order_day_count,
                      (MAX(bought.day_count) - MAX(bought.day_number))::int
                          AS later_order_day_count,
                      MAX(bought.day_count) AS day_count,
                      MIN(bought.day) AS first_date,
                      MAX(bought.day) AS last_date,
                      SUM(%(line_amount)s) AS amount
                 FROM (
                      SELECT *, MAX(day_number) OVER (PARTITION BY partner_id)
                                    AS day_count
                        FROM (
                             SELECT partner_id, order_id, day, currency_rate,
                                    DENSE_RANK() OVER (
                                        PARTITION BY partner_id ORDER BY day
                                    ) AS day_number
                               FROM (%(orders)s) counted
                        ) numbered
                 ) bought
                 JOIN (
                      res_partner buyer
                      JOIN sale_order_line line ON line.order_partner_id = buyer.id
                 ) ON line.order_id = bought.order_id
                WHERE %(buyers)s
                  AND line.product_id IS NOT NULL
                  AND line.display_type IS NULL
                  AND line.is_downpayment IS NOT TRUE
                  AND %(is_product)s
                  AND line.product_uom_qty > 0
                  AND line.price_subtotal > 0
                GROUP BY bought.partner_id, line.product_id
          ) habit
        """,
        orders=confirmed_orders(scope),
        is_product=scope.is_product,
        buyers=scope.customers.condition(
            SQL.identifier("buyer", "commercial_partner_id")
        ),
        line_amount=in_company_currency(
            SQL.identifier("line", "price_subtotal"),
            SQL.identifier("bought", "currency_rate"),
        ),
        digits=scope.digits,
        usual_percent=USUAL_PERCENT,
        never_again_days=NEVER_AGAIN_DAYS,
    )


def products_as_of(scope: Scope) -> SQL:
    """The table ``relationship_profile_product`` as of a day, to stand before
    ``profiles_as_of`` in a ``WITH`` clause."""
    return SQL(
        """
        SELECT kept.id, profile.id AS profile_id, habit.partner_id,
               profile.company_id, habit.product_id, %(habits)s
          FROM (%(query)s) habit
          JOIN relationship_profile profile
            ON profile.partner_id = habit.partner_id
           AND profile.company_id = %(company_id)s
          LEFT JOIN relationship_profile_product kept
            ON kept.partner_id = habit.partner_id
           AND kept.company_id = %(company_id)s
           AND kept.product_id = habit.product_id
        """,
        habits=columns(PRODUCT_COLUMNS, "habit"),
        query=product_habits(scope),
        company_id=scope.company_id,
    )


def upsert_products(scope: Scope) -> SQL:
    """Bring the product habits of the scope's profiles in line with the orders; rows
    that stay equal are not written. Returns one row: the number of rows written.

    After `upsert_facts`, which makes the profiles. The full join finds new, changed and
    vanished rows at once; unlike an anti-join it can't become a nested loop. Most
    nights few rows differ: only those are kept for the writing parts.
    """
    return SQL(
        """
        WITH habit AS MATERIALIZED (
            SELECT found.*, kept.id AS kept_id
              FROM (
                   SELECT habit.*, profile.id AS profile_id
                     FROM (%(habits)s) habit
                     JOIN relationship_profile profile
                       ON profile.partner_id = habit.partner_id
                      AND profile.company_id = %(company_id)s
                      AND %(profile_customers)s
              ) found
              FULL JOIN (
                   SELECT *
                     FROM relationship_profile_product kept
                    WHERE kept.company_id = %(company_id)s AND %(kept_customers)s
              ) kept
                ON kept.partner_id = found.partner_id
               AND kept.product_id = found.product_id
             WHERE (kept.profile_id, %(kept_columns)s)
                       IS DISTINCT FROM (found.profile_id, %(found_columns)s)
        ),
        gone AS (
            DELETE FROM relationship_profile_product kept
             USING habit
             WHERE kept.id = habit.kept_id
               AND %(kept_customers)s
               AND habit.product_id IS NULL
            RETURNING 1
        ),
        changed AS (
            UPDATE relationship_profile_product kept
               SET (profile_id, %(columns)s) = ROW(found.profile_id, %(found_columns)s)
              FROM habit found
             WHERE kept.id = found.kept_id
               AND %(kept_customers)s
               AND found.product_id IS NOT NULL
            RETURNING 1
        ),
        added AS (
            INSERT INTO relationship_profile_product (
                profile_id, partner_id, company_id, product_id, %(columns)s
            )
            SELECT found.profile_id, found.partner_id, %(company_id)s,
                   found.product_id, %(found_columns)s
              FROM habit found
             WHERE found.kept_id IS NULL
            RETURNING 1
        )
        SELECT (SELECT COUNT(*) FROM changed) + (SELECT COUNT(*) FROM added)
             + (SELECT COUNT(*) FROM gone)
        """,
        habits=product_habits(scope),
        company_id=scope.company_id,
        profile_customers=scope.customers.condition(
            SQL.identifier("profile", "partner_id")
        ),
        kept_customers=scope.customers.condition(SQL.identifier("kept", "partner_id")),
        columns=columns(PRODUCT_COLUMNS),
        kept_columns=columns(PRODUCT_COLUMNS, "kept"),
        found_columns=columns(PRODUCT_COLUMNS, "found"),
    )
