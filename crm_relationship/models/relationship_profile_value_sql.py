"""What customers are worth, as parts of the facts; see ``relationship_profile_facts``.

Revenue is net of what was credited. Amounts are untaxed and in company currency.
"""

from odoo.tools import SQL

from .relationship_profile_scope import Scope

VALUE_COLUMNS = (
    "revenue",
    "refund_amount",
    "revenue_recent",
    "revenue_before",
    "revenue_trend",
    "margin",
    "margin_revenue",
)


def sums_of_windows(scope: Scope) -> SQL:
    """Sums of ``amount`` by ``day`` over the recent window and the one before."""
    return SQL(
        """
        SUM(amount) FILTER (WHERE day >= %(recent)s) AS recent_amount,
        SUM(amount) FILTER (WHERE day >= %(before)s AND day < %(recent)s)
            AS before_amount
        """,
        recent=scope.recent_since,
        before=scope.before_since,
    )


# Which part of the orders is left after what was credited of no order, and so of no
# known product.
_KEPT = SQL(
    """
    CASE WHEN COALESCE(refund.free, 0) = 0 THEN 1
         ELSE COALESCE(
             GREATEST(0, o.amount - refund.amount)
             / NULLIF(o.amount - refund.amount + refund.free, 0), 0
         ) END
    """
)


def values(scope: Scope) -> SQL:
    """``VALUE_COLUMNS`` over the order facts ``o``, the refunds ``refund`` and the
    margins ``margin``.

    Who bought nothing has no revenue, whatever was credited.
    """
    return SQL(
        """
        COALESCE(
            ROUND(o.amount - COALESCE(refund.amount, 0), %(digits)s), 0
        ) AS revenue,
        CASE WHEN o.partner_id IS NULL THEN 0
             ELSE COALESCE(ROUND(refund.amount, %(digits)s), 0) END AS refund_amount,
        COALESCE(net.recent, 0) AS revenue_recent,
        COALESCE(net.before, 0) AS revenue_before,
        CASE WHEN net.before > 0 THEN (net.recent / net.before - 1)::float8 END
            AS revenue_trend,
        CASE WHEN o.partner_id IS NOT NULL
             THEN ROUND(margin.margin * %(kept)s, %(digits)s) END AS margin,
        CASE WHEN o.partner_id IS NOT NULL
             THEN ROUND(margin.amount * %(kept)s, %(digits)s) END AS margin_revenue
        """,
        kept=_KEPT,
        digits=scope.digits,
    )


def net_of_windows(scope: Scope) -> SQL:
    """Revenue of both windows over the order facts ``o`` and the refunds ``refund``:
    recent, before; NULL without a purchase."""
    return SQL(
        """
        SELECT CASE WHEN o.partner_id IS NOT NULL THEN ROUND(
                   COALESCE(o.recent_amount, 0) - COALESCE(refund.recent_amount, 0),
                   %(digits)s
               ) END AS recent,
               CASE WHEN o.partner_id IS NOT NULL THEN ROUND(
                   COALESCE(o.before_amount, 0) - COALESCE(refund.before_amount, 0),
                   %(digits)s
               ) END AS before
        """,
        digits=scope.digits,
    )
