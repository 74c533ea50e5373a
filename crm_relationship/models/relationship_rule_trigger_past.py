from datetime import timedelta

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools.customers import Customers
from .relationship_profile_product_sql import products_as_of
from .relationship_rule_trigger_past_sql import FEW_COLUMNS, columns_read, few_facts

# Where a company has more customers, the past of so many is looked at; and of so many
# that have not more order days together, where it is about every product.
SAMPLE = 2_000
PRODUCT_SAMPLE = 2_500
MAX_PAST_DAYS = 366
# Where all facts are needed to tell what held on a day, of the days of the last weeks
# only some are looked at: until so many days ago, every so many days.
STEPS = ((7, 1), (30, 3), (MAX_PAST_DAYS, 7))
# Triggers that read what customers buy, product by product.
ABOUT_PRODUCTS = ("reorder", "single", "service")


class RelationshipRuleTriggerPast(models.AbstractModel):
    """What a rule would have acted for. A part of ``relationship.rule``."""

    _name = "relationship.rule.trigger.past"
    _description = "Past of a Rule"

    def get_past(self, days=(7, 30, 90)) -> dict:
        """For how many occurrences the rule would have acted in the last days, had it
        run every day: those of a customer that held at the end of any of these days,
        and not before. By the code that acts, before the guards.

        One statement a company and day. Of more than 2,000 customers of a company a
        sample is looked at, the same ones each time, and the counts are scaled up.
        Rules that need to know all about a customer, as those with a condition do, or
        every product, are asked for each of the last 7 days, every third one of the
        last 30, and every seventh one before: what held for less is not seen.

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
        rule = self.with_context(relationship_since=today - timedelta(days))
        self.env["relationship.profile"]._flush_sources()
        began, before = {}, set()
        for ago in rule._get_days_to_look_at(company, days):
            found = rule._get_held(company, today - timedelta(ago), customers)
            for one in found - before:
                # A condition has no name for the spell for which it holds.
                began.setdefault((one, ago) if self.trigger == "domain" else one, ago)
            before = found
        # What held on the day before is none of these days.
        return [ago for ago in began.values() if ago < days]

    def _get_days_to_look_at(self, company, days) -> list[int]:
        """How many days ago, the first one being the day before the last ``days``."""
        query, key, _evidence = self._get_trigger_query(
            company, company._relationship_today()
        )
        if self.trigger not in ABOUT_PRODUCTS and self._reads_few(query, key):
            return list(range(days, -1, -1))
        looked_at, ago = [], 0
        while ago < days:
            looked_at.append(ago)
            ago += next(step for until, step in STEPS if ago < until)
        return [days, *reversed(looked_at)]

    @api.model
    def _reads_few(self, query, key) -> bool:
        """Whether a few facts are enough to tell what holds."""
        return columns_read(query.select(key)) <= FEW_COLUMNS

    def _get_held(self, company, as_of, customers) -> set:
        """The (customer, occurrence) that hold as of a day; one statement.

        As `_get_occurrences`, without the figures.
        """
        query, key, _evidence = self._get_trigger_query(company, as_of, customers)
        found = query.select(
            SQL.identifier("relationship_profile", "partner_id"),
            SQL("%s AS occurrence", key),
        )
        if self._reads_few(query, key):
            rule = self.with_company(company).with_context(
                relationship_customers=customers
            )
            scope = rule._get_trigger_scope(as_of)
            profiles = SQL("WITH")
            if as_of != company._relationship_today():
                profiles = SQL("WITH %s,", self._get_few_sql(scope))
        else:
            Profile = self.env["relationship.profile"]
            profiles = Profile._get_as_of_sql(company, as_of, customers)
        return set(
            self.env.execute_query(
                SQL(
                    "%s found AS (%s) SELECT partner_id, occurrence FROM found",
                    profiles,
                    found,
                )
            )
        )

    def _get_few_sql(self, scope) -> SQL:
        """The common table expressions with the tables as of the day of a scope."""
        profiles = SQL("relationship_profile AS (%s)", few_facts(scope))
        if self.trigger not in ABOUT_PRODUCTS:
            return profiles
        scope = scope._replace(
            is_product=self.env["relationship.profile"]._get_is_product_sql()
        )
        return SQL(
            "relationship_profile_product AS (%s), %s", products_as_of(scope), profiles
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

    def _get_sample(self, company) -> tuple[int, ...]:
        """Ids of the customers of a company; of many, of those whom a fixed order puts
        first that has nothing to do with who they are."""
        self.env["relationship.profile"].flush_model(["active", "order_day_count"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id
                  FROM (
                       SELECT partner_id, place,
                              SUM(order_day_count) OVER (ORDER BY place) AS order_days
                         FROM (
                              SELECT partner_id, order_day_count,
                                     partner_id::bigint * 2654435761 %% 4294967296
                                         AS place
                                FROM relationship_profile
                               WHERE company_id = %s AND active
                               ORDER BY place
                               LIMIT %s
                         ) sample
                  ) sample
                 WHERE %s OR order_days <= %s
                 ORDER BY place
                """,
                company.id,
                SAMPLE,
                self.trigger not in ABOUT_PRODUCTS,
                PRODUCT_SAMPLE,
            )
        )
        return tuple(partner_id for [partner_id] in rows)
