from datetime import timedelta

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools.customers import Customers

# Where a company has more customers, the past of so many is looked at.
SAMPLE = 2_000
MAX_PAST_DAYS = 366


class RelationshipRuleTriggerPast(models.AbstractModel):
    """What a rule would have acted for. A part of ``relationship.rule``."""

    _name = "relationship.rule.trigger.past"
    _description = "Past of a Rule"

    def get_past(self, days=(7, 30, 90)) -> dict:
        """For how many occurrences the rule would have acted in the last days, had it
        run every day: those of a customer that held at the end of any of these days,
        and not before. By the code that acts, before the guards.

        One short statement a company and day. Of more than 2,000 customers of a company
        a sample is looked at, the same ones each time, and the counts are scaled up.

        :param days: lengths of the windows, which end today
        :return: {"7": count, "30": count, "90": count, "sampled": number of customers
            looked at, or False where it was all of them, "customers": number of all}
        :raise ValidationError: a condition is broken
        """
        self.ensure_one()
        self.check_access("write")
        windows = self._check_windows(days)
        # The rule sees every customer of its companies, whoever looks at it.
        rule = self.sudo()
        counts = dict.fromkeys(windows, 0)
        looked_at = customers = 0
        for company in self._get_companies():
            sample, total = rule._get_sample(company), rule._count_profiles(company)
            began = rule._walk_past(company, max(windows), sample)
            scale = total / len(sample) if sample else 0
            for window in windows:
                recent = sum(ago < window for ago in began)
                counts[window] += round(recent * scale)
            looked_at += len(sample)
            customers += total
        return {str(window): count for window, count in counts.items()} | {
            "sampled": looked_at if looked_at < customers else False,
            "customers": customers,
        }

    @api.model
    def _check_windows(self, days) -> list[int]:
        """:raise ValidationError: these are no numbers of days"""
        windows = list(days) if isinstance(days, list | tuple) else []
        if not windows or not all(
            type(window) is int and 0 < window <= MAX_PAST_DAYS for window in windows
        ):
            raise ValidationError(
                self.env._("Look back over 1 to %s days.", MAX_PAST_DAYS)
            )
        return windows

    def _walk_past(self, company, days, partner_ids) -> list[int]:
        """How many days ago each occurrence of the last days held for the first time.

        :param partner_ids: ids of the customers to look at
        """
        if not partner_ids:
            return []
        today = company._relationship_today()
        customers = Customers(ids=partner_ids)
        since = today - timedelta(days)
        rule = self.with_context(relationship_since=since)
        self.env["relationship.profile"]._flush_sources()
        began, before = {}, set()
        for ago in range(days, -1, -1):
            found = rule._get_held(company, today - timedelta(ago), customers)
            for one in found - before:
                # A condition has no name for the spell for which it holds.
                began.setdefault((one, ago) if self.trigger == "domain" else one, ago)
            before = found
        # What held on the day before is none of these days.
        return [ago for ago in began.values() if ago < days]

    def _get_held(self, company, as_of, customers) -> set:
        """The (customer, occurrence) that hold as of a day; one statement.

        As `_get_occurrences`, without the figures: of the facts as of a day PostgreSQL
        computes only what is asked for.
        """
        query, key, _evidence = self._get_trigger_query(company, as_of, customers)
        found = query.select(
            SQL.identifier("relationship_profile", "partner_id"),
            SQL("%s AS occurrence", key),
        )
        Profile = self.env["relationship.profile"]
        return set(
            self.env.execute_query(
                SQL(
                    "%s found AS (%s) SELECT partner_id, occurrence FROM found",
                    Profile._get_as_of_sql(company, as_of, customers),
                    found,
                )
            )
        )

    @api.model
    def _count_profiles(self, company) -> int:
        self.env["relationship.profile"].flush_model(["active"])
        [[count]] = self.env.execute_query(
            SQL(
                "SELECT COUNT(*) FROM relationship_profile"
                " WHERE company_id = %s AND active",
                company.id,
            )
        )
        return count

    @api.model
    def _get_sample(self, company) -> tuple[int, ...]:
        """Ids of the customers of a company; of many, of those whom a fixed order puts
        first that has nothing to do with who they are."""
        self.env["relationship.profile"].flush_model(["active"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id
                  FROM relationship_profile
                 WHERE company_id = %s AND active
                 ORDER BY partner_id::bigint * 2654435761 %% 4294967296, partner_id
                 LIMIT %s
                """,
                company.id,
                SAMPLE,
            )
        )
        return tuple(partner_id for [partner_id] in rows)
