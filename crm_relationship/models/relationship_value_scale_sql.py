"""What the scale of a day is computed from, as of that day."""

from odoo.tools import SQL

from .relationship_profile_credit_sql import credits, refunds
from .relationship_profile_scope import Scope, orders
from .relationship_profile_value_sql import net_of_windows, sums_of_windows


def scored_facts(scope: Scope) -> SQL:
    """The facts behind scores and classes, of customers who bought: the columns of
    `SCORED` and ``revenue_recent``.

    The same as in ``facts``, which computes everything else, too. Scores compare each
    customer with all others, so this can't be done slice by slice.
    """
    return SQL(
        """
        WITH o AS (
            SELECT partner_id,
                   COUNT(*)::int AS order_day_count,
                   MAX(day) AS last_order_date,
                   SUM(amount) AS amount,
                   %(windows)s
              FROM (
                   SELECT partner_id, day, SUM(amount) AS amount
                     FROM (%(orders)s) counted
                    GROUP BY partner_id, day
              ) order_day
             GROUP BY partner_id
        ),
        %(credits)s,
        refund AS (%(refunds)s)
        SELECT o.last_order_date,
               o.order_day_count,
               ROUND(o.amount - COALESCE(refund.amount, 0), %(digits)s) AS revenue,
               net.recent AS revenue_recent
          FROM o
          LEFT JOIN refund ON refund.partner_id = o.partner_id
         CROSS JOIN LATERAL (%(net_of_windows)s) net
        """,
        windows=sums_of_windows(scope),
        orders=orders(scope),
        credits=credits(scope),
        refunds=refunds(scope),
        digits=scope.digits,
        net_of_windows=net_of_windows(scope),
    )
