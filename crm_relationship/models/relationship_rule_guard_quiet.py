from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..tools.days import local_day

# So many customers are not named one by one.
MANY = 10_000


class RelationshipRuleGuardQuiet(models.AbstractModel):
    """The quiet days of retention rules. A part of ``relationship.rule``."""

    _name = "relationship.rule.guard.quiet"
    _description = "Rule on Quiet Days"

    def _get_quiet_customers(self, company, as_of, occurrences):
        """The customers where it is a day now on which the company does not work.

        At one and the same moment it is Sunday for one customer and Monday for another.
        Of another day than today only the date is known. One query on the days around
        a quiet one, besides those of the calendar.
        """
        company = company.sudo()
        days = {as_of + timedelta(days=days) for days in (-1, 0, 1)}
        quiet = company._get_relationship_quiet_days(min(days), max(days))
        if not quiet or not occurrences:
            return set()
        everybody = {occurrence.partner_id for occurrence in occurrences}
        found = everybody if as_of in quiet else set()
        if days <= quiet or as_of != company._relationship_today():
            return found
        now = fields.Datetime.now()
        for zone, partner_ids in self._get_customers_elsewhere(company, everybody):
            if (local_day(now, zone) in quiet) != (as_of in quiet):
                found = found ^ everybody.intersection(partner_ids)
        return found

    def _get_customers_elsewhere(self, company, partner_ids) -> list:
        """Customers in other time zones than the company: (zone, ids of customers).
        Of very many, others may be among them."""
        self.env["res.partner"].flush_model(["tz"])
        return self.env.execute_query(
            SQL(
                """
                SELECT tz, ARRAY_AGG(id)
                  FROM res_partner
                 WHERE tz != %s%s
                 GROUP BY tz
                """,
                company._relationship_tz(),
                SQL(" AND id = ANY(%s::int[])", self._as_array(partner_ids))
                if len(partner_ids) < MANY
                else SQL(),
            )
        )
