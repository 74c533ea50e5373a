"""The statements behind the steps of retention rules."""

from odoo.tools import SQL


def followed(rule_id, first, last, as_of) -> SQL:
    """The touches that a step goes on with: for each customer the latest of a rule, if
    it was on one of these days.

    :param as_of: no later touch is known
    """
    return SQL(
        """
        (
            SELECT *
              FROM (
                   SELECT DISTINCT ON (company_id, partner_id)
                          id, company_id, partner_id, date, occurrence, create_date,
                          evidence
                     FROM relationship_touch
                    WHERE rule_id = %(rule_id)s
                      AND state = 'treated'
                      AND date BETWEEN %(first)s AND %(as_of)s
                    ORDER BY company_id, partner_id, id DESC
              ) latest
             WHERE date <= %(last)s
        )
        """,
        rule_id=rule_id or None,
        first=first,
        last=last,
        as_of=as_of,
    )


def is_reached(goal, as_of) -> SQL:
    """Condition over ``step``, a touch, and ``relationship_profile``: the customer has
    done since what the touch was for.

    An order of the day of the touch counts where it is more than what was known then.
    """
    if goal == "order":
        return SQL(
            """
            relationship_profile.last_order_date > step.date
            OR (
                relationship_profile.last_order_date = step.date
                AND relationship_profile.order_count
                    > COALESCE((step.evidence->>'order_count')::int, 0)
            )
            """
        )
    # What only goes out, as the e-mail of the rule itself, is no answer; who was
    # reached by phone is.
    return SQL(
        """
        EXISTS (
            SELECT FROM relationship_interaction contact
             WHERE contact.customer_id = step.partner_id
               AND contact.company_id = step.company_id
               AND contact.is_contact
               AND (
                   contact.direction IN ('in', 'both')
                   OR contact.outcome IN ('reached', 'interested', 'not_interested')
               )
               AND contact.date > step.create_date
               AND contact.date < %s::date + 2
        )
        """,
        as_of,
    )
