"""Contact with customers as a part of the facts: when, which way, by whom, answered."""

from odoo.tools import SQL

from .relationship_profile_scope import Scope

# Contacts are counted over so many days.
COUNT_DAYS = 90
# Who wrote has to be answered within so many days; looked at over a year.
ANSWER_DAYS = 7
ANSWER_SPAN_DAYS = 365

CONTACT_COLUMNS = (
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
    "open_case_count",
    "open_complaint_count",
)


def contacts(scope: Scope) -> SQL:
    """Per customer: ``CONTACT_COLUMNS`` but for the days since, and without what is no
    real contact. A mutual contact, like a meeting, is one in and one out.

    What comes in is answered by a conversation that took place, or by what goes out
    within ``ANSWER_DAYS``; what is younger and not answered yet does not count.
    """
    return SQL(
        """
        SELECT partner_id,
               -- Where nobody answered, nobody was in touch with anybody.
               MAX(day) FILTER (WHERE outcome IS DISTINCT FROM 'no_answer')
                   AS last_interaction_date,
               %(last_in)s,
               %(last_out)s,
               COUNT(*) FILTER (WHERE day > %(as_of)s - %(count_days)s)::int
                   AS interaction_count_90,
               COUNT(answered)::int AS answerable_count,
               AVG(answered::int)::float8 AS answered_share
          FROM (
               SELECT *,
                      -- A number, as in MAX(ARRAY[...]): the latest, without sorting.
                      day - DATE '1900-01-01' AS day_number,
                      CASE WHEN direction != 'in'
                             OR day <= %(as_of)s - %(answer_span)s THEN NULL
                           WHEN is_conversation
                            AND outcome IS DISTINCT FROM 'no_answer' THEN TRUE
                           WHEN answer <= date + %(answer_days)s * INTERVAL '1 day'
                           THEN TRUE
                           WHEN day <= %(as_of)s - %(answer_days)s THEN FALSE
                      END AS answered
                 FROM (%(spoken)s) spoken
          ) contact
         GROUP BY partner_id
        """,
        spoken=_spoken(scope),
        last_in=_last(SQL("in")),
        last_out=_last(SQL("out")),
        as_of=scope.as_of,
        count_days=COUNT_DAYS,
        answer_days=ANSWER_DAYS,
        answer_span=ANSWER_SPAN_DAYS,
    )


def _spoken(scope: Scope) -> SQL:
    """Real contacts, each with its day and with the next one that went out."""
    return SQL(
        """
        SELECT i.customer_id AS partner_id,
               i.id,
               i.date,
               (i.date AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day,
               i.direction,
               i.channel_id,
               i.user_id,
               i.outcome,
               channel.is_conversation,
               MIN(i.date) FILTER (
                   WHERE i.direction != 'in' AND i.outcome IS DISTINCT FROM 'no_answer'
               ) OVER (
                   PARTITION BY i.customer_id ORDER BY i.date DESC, i.id DESC
                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
               ) AS answer
          FROM relationship_interaction i
          JOIN relationship_channel channel ON channel.id = i.channel_id
         WHERE i.is_contact
           AND %(customers)s
           AND i.company_id = %(company_id)s
           AND i.date < %(until)s
        """,
        tz=scope.tz,
        customers=scope.customers.condition(SQL.identifier("i", "customer_id")),
        company_id=scope.company_id,
        until=scope.until,
    )


def _last(way: SQL) -> SQL:
    """Day, channel and user of the latest contact that way."""
    latest = SQL(
        "(MAX(ARRAY[day_number, EXTRACT(EPOCH FROM date)::bigint, id, channel_id,"
        " COALESCE(user_id, 0)]) FILTER (WHERE direction IN ('%s', 'both')))",
        way,
    )
    return SQL(
        """
        DATE '1900-01-01' + (%(latest)s[1])::int AS last_%(way)s_date,
        (%(latest)s[4])::int AS last_%(way)s_channel_id,
        NULLIF(%(latest)s[5], 0)::int AS last_%(way)s_user_id
        """,
        latest=latest,
        way=way,
    )


def ratings(scope: Scope) -> SQL:
    """Per customer: how many ratings, and their mean, 1 to 5."""
    return SQL(
        """
        SELECT customer_id AS partner_id,
               COUNT(*)::int AS rating_count,
               AVG(rating)::float8 AS rating_mean
          FROM relationship_interaction i
         WHERE i.rating > 0
           AND %(customers)s
           AND i.company_id = %(company_id)s
           AND i.date < %(until)s
         GROUP BY customer_id
        """,
        customers=scope.customers.condition(SQL.identifier("i", "customer_id")),
        company_id=scope.company_id,
        until=scope.until,
    )


def cases(scope: Scope) -> SQL:
    """Per customer: cases that were open at the end of the day, and complaints among
    them. When a case was reopened is not known: what is open now has been open since
    it came in."""
    return SQL(
        """
        SELECT customer_id AS partner_id,
               COUNT(*)::int AS open_case_count,
               COUNT(*) FILTER (WHERE kind = 'complaint')::int
                   AS open_complaint_count
          FROM relationship_case c
         WHERE %(customers)s
           AND c.company_id = %(company_id)s
           AND c.date_open < %(until)s
           AND (c.is_closed IS NOT TRUE OR c.date_closed >= %(until)s)
         GROUP BY customer_id
        """,
        customers=scope.customers.condition(SQL.identifier("c", "customer_id")),
        company_id=scope.company_id,
        until=scope.until,
    )
