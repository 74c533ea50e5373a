"""Scores of recency, frequency and value, and ABC classes, by the cut values of a
:class:`Scale`.

A score counts how many fifths of the customers with an order a customer has reached:
``min(5, 1 + floor(5 * (rank - 1) / (count - 1)))``, where equal values share the lowest
of their ranks. As it grows with the value, the smallest value that reached each score
says the same, and scores one customer without the others.
"""

from odoo.tools import SQL

from .relationship_profile_scope import Scale, columns

SCORE_COLUMNS = (
    "recency_score",
    "frequency_score",
    "value_score",
    "fv_score",
    "abc_class",
)
# The column behind each score.
SCORED = {
    "recency": "last_order_date",
    "frequency": "order_day_count",
    "value": "revenue",
}
# Class A makes this share of recent revenue; with class B it is the other.
ABC_SHARES = (0.80, 0.95)


def scores(scale: Scale | None, table: str) -> SQL:
    """Values of ``SCORE_COLUMNS`` over the facts in ``table``; NULL without a scale."""
    if scale is None:
        return SQL(", ").join(
            SQL("NULL::%s", SQL("varchar" if name == "abc_class" else "int"))
            for name in SCORE_COLUMNS
        )
    frequency = _score(table, "frequency", scale)
    value = _score(table, "value", scale)
    recent = SQL.identifier(table, "revenue_recent")
    return SQL(
        "%s, %s, %s, (%s + %s + 1) / 2, CASE WHEN %s > 0 THEN %s END",
        _score(table, "recency", scale),
        frequency,
        value,
        frequency,
        value,
        recent,
        _abc_class(recent, scale),
    )


def _score(table, name, scale) -> SQL:
    column = SQL.identifier(table, SCORED[name])
    reached = [
        SQL("(%s >= %s)::int", column, cut)
        for cut in getattr(scale, name)
        if cut is not None
    ]
    return SQL(
        "CASE WHEN %s > 0 THEN %s END",
        SQL.identifier(table, "order_day_count"),
        SQL(" + ").join([SQL("1"), *reached]),
    )


def _abc_class(recent, scale) -> SQL:
    cases = [
        SQL("WHEN %s >= %s THEN %s", recent, cut, letter)
        for letter, cut in zip("ab", scale.abc, strict=True)
        if cut is not None
    ]
    return SQL("CASE %s ELSE 'c' END", SQL(" ").join(cases)) if cases else SQL("'c'")


def rescore(scope) -> SQL:
    """Bring the scores of the profiles of a scope in line with its scale; rows that
    stay equal are not written. Returns one row: the number of profiles written."""
    return SQL(
        """
        WITH changed AS (
            UPDATE relationship_profile p
               SET (%(columns)s) = ROW(%(scores)s)
             WHERE p.company_id = %(company_id)s
               AND %(customers)s
               AND (%(own_columns)s) IS DISTINCT FROM (%(scores)s)
            RETURNING p.id
        )
        SELECT COUNT(*) FROM changed
        """,
        columns=columns(SCORE_COLUMNS),
        own_columns=columns(SCORE_COLUMNS, "p"),
        scores=scores(scope.scale, "p"),
        company_id=scope.company_id,
        customers=scope.customers.condition(SQL.identifier("p", "partner_id")),
    )


def scale_as_of(scope) -> SQL:
    """What conditions ask of the table ``relationship_value_scale``, as of a day."""
    return SQL(
        "SELECT %s::int AS company_id, %s::date AS date, %s::numeric AS revenue_total",
        scope.company_id,
        scope.as_of,
        scope.scale.revenue_total,
    )


def scale_values(customers: SQL) -> SQL:
    """The scale of a set of customers, as one row: ``customer_count`` (those with an
    order), the cut values, ``revenue_total``, ``abc_a`` and ``abc_b``.

    :param customers: query giving the columns of `SCORED` and ``revenue_recent``
    """
    return SQL(
        """
        WITH customer AS MATERIALIZED (
            SELECT last_order_date, order_day_count, revenue, revenue_recent
              FROM (%(customers)s) everybody
        )
        SELECT *
          FROM (
               SELECT COUNT(*) FILTER (WHERE order_day_count > 0) AS customer_count,
                      COALESCE(SUM(revenue_recent), 0) AS revenue_total
                 FROM customer
          ) total
         CROSS JOIN (%(recency)s) recency
         CROSS JOIN (%(frequency)s) frequency
         CROSS JOIN (%(value)s) value
         CROSS JOIN (%(abc)s) abc
        """,
        customers=customers,
        recency=_cut_values("recency"),
        frequency=_cut_values("frequency"),
        value=_cut_values("value"),
        abc=_abc_values(),
    )


def _cut_values(name) -> SQL:
    """Equal values are counted together, so that a rank needs no sort of all."""
    cuts = SQL(", ").join(
        SQL(
            "MIN(value) FILTER (WHERE score >= %s) AS %s",
            score,
            SQL.identifier(f"{name}_{score}"),
        )
        for score in range(2, 6)
    )
    return SQL(
        """
        SELECT %s
          FROM (
               SELECT value,
                      1 + (5 * (SUM(times) OVER (ORDER BY value) - times))::bigint
                        / NULLIF(SUM(times) OVER () - 1, 0)::bigint AS score
                 FROM (
                      SELECT %s AS value, COUNT(*) AS times
                        FROM customer
                       WHERE order_day_count > 0
                       GROUP BY 1
                 ) counted
          ) ranked
        """,
        cuts,
        SQL.identifier(SCORED[name]),
    )


def _abc_values() -> SQL:
    """A customer is in the class that the revenue of all greater ones leaves open, so
    the one that crosses the line belongs to it, and equal ones stay together."""
    return SQL(
        """
        SELECT MIN(value) FILTER (WHERE above < %s * total) AS abc_a,
               MIN(value) FILTER (WHERE above < %s * total) AS abc_b
          FROM (
               SELECT value,
                      SUM(amount) OVER (ORDER BY value DESC) - amount AS above,
                      SUM(amount) OVER () AS total
                 FROM (
                      SELECT revenue_recent AS value, SUM(revenue_recent) AS amount
                        FROM customer
                       WHERE revenue_recent > 0
                       GROUP BY 1
                 ) counted
          ) ranked
        """,
        *ABC_SHARES,
    )
