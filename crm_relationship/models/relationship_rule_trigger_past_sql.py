"""The little of a profile that most triggers read, as of a day, in SQL."""

import re

from odoo.tools import SQL

from .relationship_profile_contact_sql import contacts
from .relationship_profile_facts import order_facts
from .relationship_profile_scope import Scope
from .relationship_profile_sql import last_move

# What `few_facts` knows as of a day.
FEW_COLUMNS = {
    "id",
    "partner_id",
    "company_id",
    "active",
    "first_order_date",
    "last_order_date",
    "order_day_count",
    "interval_median",
    "next_order_date",
    "last_interaction_date",
    "acquisition_date",
    "stage_id",
    "segment_id",
}
_COLUMN = re.compile(r'"?relationship_profile"?\."?(\w+)"?')


def columns_read(query: SQL) -> set[str]:
    """The columns of the profile that a statement names."""
    return set(_COLUMN.findall(query.code))


def few_facts(scope: Scope) -> SQL:
    """As `profiles_as_of`, with ``FEW_COLUMNS`` only: PostgreSQL plans and computes it
    in a fraction of the time, and of these only what the statement names.

    Customers are those of today; segments are those of the log.
    """
    return SQL(
        """
        SELECT profile.id, profile.partner_id, profile.company_id, profile.active,
               profile.acquisition_date,
               o.first_order_date, o.last_order_date, o.interval_median,
               COALESCE(o.order_day_count, 0) AS order_day_count,
               o.last_order_date + ROUND(o.interval_median)::int AS next_order_date,
               contacted.last_interaction_date,
               (%(stage)s) AS stage_id,
               (%(segment)s) AS segment_id
          FROM relationship_profile profile
          LEFT JOIN (%(orders)s) o ON o.partner_id = profile.partner_id
          LEFT JOIN (%(contacts)s) contacted
                 ON contacted.partner_id = profile.partner_id
         WHERE profile.company_id = %(company_id)s
           AND %(customers)s
        """,
        orders=order_facts(scope),
        contacts=contacts(scope),
        stage=_place(scope, "stage"),
        segment=_place(scope, "segment"),
        company_id=scope.company_id,
        customers=scope.customers.condition(SQL.identifier("profile", "partner_id")),
    )


def _place(scope: Scope, kind: str) -> SQL:
    return SQL("SELECT place_id FROM (%s) place", last_move(scope, kind, "profile"))
