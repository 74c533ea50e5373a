"""When a key date comes next, in SQL. The rule in words: ``tools/key_dates.py``."""

from odoo.tools import SQL

from ..tools.key_dates import LEAP_YEAR
from .relationship_profile_scope import Scope


def next_date(as_of, alias="relationship_key_date") -> SQL:
    """Expression over a row of ``relationship_key_date``: the first day on or after
    ``as_of`` on which the date is kept.

    Correct for any day, whatever the stored ``next_date`` says. PostgreSQL adds years
    to 29 February as we do: in years without one it gives the 28th.

    :param as_of: a date, or SQL of one, e.g. of a column
    :param alias: name of the table in the statement
    """
    day = as_of if isinstance(as_of, SQL) else SQL("%s::date", as_of)
    this_year = in_year(SQL("EXTRACT(YEAR FROM %s)::int", day), alias)
    next_year = in_year(SQL("EXTRACT(YEAR FROM %s)::int + 1", day), alias)
    return SQL(
        "CASE WHEN %(this)s >= %(day)s THEN %(this)s ELSE %(next)s END",
        this=this_year,
        next=next_year,
        day=day,
    )


def in_year(year: SQL, alias) -> SQL:
    """Expression: the day on which a date is kept in a year."""
    return SQL(
        "(make_date(%(leap)s, %(month)s::int, %(day)s)"
        " + make_interval(years => %(year)s - %(leap)s))::date",
        leap=LEAP_YEAR,
        month=SQL.identifier(alias, "month"),
        day=SQL.identifier(alias, "day"),
        year=year,
    )


def nearest(scope: Scope) -> SQL:
    """Per customer: ``next_key_date``, the nearest date of it and its contacts."""
    return SQL(
        """
        SELECT contact.commercial_partner_id AS partner_id,
               MIN(%(next)s) AS next_key_date
          FROM res_partner contact
          JOIN relationship_key_date noted ON noted.partner_id = contact.id
         WHERE %(customers)s
           AND noted.company_id = %(company_id)s
           AND noted.active
         GROUP BY contact.commercial_partner_id
        """,
        next=next_date(scope.as_of, "noted"),
        customers=scope.customers.condition(
            SQL.identifier("contact", "commercial_partner_id")
        ),
        company_id=scope.company_id,
    )


def advance(days) -> SQL:
    """Statement that moves on the dates that have passed, in one go.

    Rows that are right are neither read nor written (index on company and next date),
    so it can run twice, or after missed days.

    :param days: {id of a company: its today}
    """
    today = SQL(", ").join(
        SQL("(%s, %s::date)", company_id, day) for company_id, day in days.items()
    )
    return SQL(
        """
        UPDATE relationship_key_date key_date
           SET next_date = %(next)s,
               alert_date = %(next)s - key_date.lead_days
          FROM (VALUES %(today)s) today (company_id, day)
         WHERE key_date.company_id = today.company_id
           AND key_date.next_date < today.day
        RETURNING key_date.id
        """,
        next=next_date(SQL("today.day"), "key_date"),
        today=today,
    )
