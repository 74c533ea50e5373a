"""Leads and opportunities as a part of the facts: see ``ExtraFacts``."""

from odoo.tools import SQL

from odoo.addons.crm_relationship.models.relationship_profile_scope import (
    ExtraFacts,
    Scope,
)

LEAD_COLUMNS = {
    "lead_count": SQL("COALESCE(lead.lead_count, 0)"),
    "opportunity_count": SQL("COALESCE(lead.opportunity_count, 0)"),
    "expected_revenue": SQL("COALESCE(lead.expected_revenue, 0)"),
    "opportunity_won_count": SQL("COALESCE(lead.opportunity_won_count, 0)"),
    "lead_lost_count": SQL("COALESCE(lead.lead_lost_count, 0)"),
    "first_lead_date": SQL("lead.first_lead_date"),
    "last_lead_date": SQL("lead.last_lead_date"),
    "last_lead_won_date": SQL("lead.last_lead_won_date"),
    "last_lead_lost_date": SQL("lead.last_lead_lost_date"),
    "lead_lost_reason_id": SQL("lead.lead_lost_reason_id"),
}
# Kept with a stage move.
EVIDENCE = (
    "lead_count",
    "opportunity_count",
    "expected_revenue",
    "opportunity_won_count",
    "lead_lost_count",
)


def lead_company() -> SQL:
    """The company of a lead ``l`` of a ``contact`` and a ``seller``: a lead that says
    none belongs to one all the same, and to no two."""
    return SQL(
        "COALESCE(l.company_id, contact.company_id, seller.company_id,"
        " (SELECT MIN(id) FROM res_company WHERE active))"
    )


def qualified_on() -> SQL:
    """When a lead ``l`` became an opportunity, if it has."""
    return SQL(
        "CASE WHEN l.type = 'opportunity'"
        " THEN COALESCE(l.date_conversion, l.create_date) END"
    )


def closed_on() -> SQL:
    """When a lead ``l`` was won, lost or put aside, if it is."""
    return SQL(
        "CASE WHEN l.won_status IN ('won', 'lost') OR l.active IS NOT TRUE"
        " THEN COALESCE(l.date_closed, l.date_last_stage_update, l.create_date) END"
    )


def lead_facts(scope: Scope) -> ExtraFacts:
    """What the leads of customers say, as they stood at the end of the day."""
    return ExtraFacts(
        name="lead",
        query=_counts(scope),
        columns=LEAD_COLUMNS,
        makes_customer=SQL("lead.is_open"),
        has_seller=True,
        acquisition=_acquisition(scope),
        evidence=EVIDENCE,
    )


def _leads(scope: Scope) -> SQL:
    """The leads of the customers until the end of the day."""
    return SQL(
        """
        FROM res_partner contact
        JOIN crm_lead l ON l.partner_id = contact.id
        LEFT JOIN res_users seller ON seller.id = l.user_id
       WHERE %(customers)s
         AND l.create_date < %(until)s
         AND %(company)s = %(company_id)s
        """,
        customers=scope.customers.condition(
            SQL.identifier("contact", "commercial_partner_id")
        ),
        until=scope.until,
        company=lead_company(),
        company_id=scope.company_id,
    )


def _counts(scope: Scope) -> SQL:
    """Per customer: what ``LEAD_COLUMNS`` read, and who is at the latest of those that
    are open."""
    return SQL(
        """
        SELECT partner_id,
               BOOL_OR(is_open) AS is_open,
               COUNT(*) FILTER (WHERE is_open AND NOT is_qualified)::int AS lead_count,
               COUNT(*) FILTER (WHERE is_open AND is_qualified)::int
                   AS opportunity_count,
               ROUND(
                   SUM(expected_revenue) FILTER (WHERE is_open AND is_qualified),
                   %(digits)s
               ) AS expected_revenue,
               COUNT(*) FILTER (WHERE outcome = 'won')::int AS opportunity_won_count,
               COUNT(*) FILTER (WHERE outcome = 'lost')::int AS lead_lost_count,
               MIN(day) AS first_lead_date,
               MAX(day) AS last_lead_date,
               MAX(closing_day) FILTER (WHERE outcome = 'won') AS last_lead_won_date,
               MAX(closing_day) FILTER (WHERE outcome = 'lost') AS last_lead_lost_date,
               (ARRAY_AGG(lost_reason_id ORDER BY closed_on DESC, id DESC)
                   FILTER (WHERE outcome = 'lost'))[1] AS lead_lost_reason_id,
               (%(latest_user)s)[1] AS user_id,
               (%(latest_team)s)[1] AS team_id
          FROM (
               SELECT *,
                      closed_on IS NULL OR closed_on >= %(until)s AS is_open,
                      COALESCE(qualified_on < %(until)s, FALSE) AS is_qualified,
                      CASE WHEN closed_on < %(until)s THEN won_status END AS outcome,
                      %(day)s AS day,
                      %(closing_day)s AS closing_day
                 FROM (
                      SELECT contact.commercial_partner_id AS partner_id,
                             l.id,
                             l.create_date,
                             l.won_status,
                             l.lost_reason_id,
                             l.expected_revenue,
                             l.user_id,
                             l.team_id,
                             %(qualified_on)s AS qualified_on,
                             %(closed_on)s AS closed_on
                        %(leads)s
                 ) dated
          ) lead
         GROUP BY partner_id
        """,
        digits=scope.digits,
        until=scope.until,
        day=_day(scope, SQL("create_date")),
        closing_day=_day(scope, SQL("closed_on")),
        latest_user=_latest(SQL("user_id")),
        latest_team=_latest(SQL("team_id")),
        qualified_on=qualified_on(),
        closed_on=closed_on(),
        leads=_leads(scope),
    )


def _latest(name: SQL) -> SQL:
    """Of the leads that are open, those that somebody is at first, the latest first."""
    return SQL(
        "ARRAY_AGG(%s ORDER BY user_id IS NULL, create_date DESC, id DESC)"
        " FILTER (WHERE is_open)",
        name,
    )


def _day(scope: Scope, moment: SQL) -> SQL:
    return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, scope.tz)


def _acquisition(scope: Scope) -> SQL:
    """Leads that say where they came from."""
    return SQL(
        """
        SELECT contact.commercial_partner_id AS partner_id,
               l.source_id,
               l.campaign_id,
               l.medium_id,
               l.create_date AS date,
               l.id
          %s
           AND (
               l.source_id IS NOT NULL
               OR l.campaign_id IS NOT NULL
               OR l.medium_id IS NOT NULL
           )
        """,
        _leads(scope),
    )
