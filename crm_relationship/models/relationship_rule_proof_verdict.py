from odoo import models
from odoo.tools import SQL

from ..tools.uplift import (
    EARLY_LEVEL,
    LEVEL,
    Moments,
    difference_of_means,
    difference_of_shares,
    needed_for_verdict,
    weeks_to_verdict,
)

MEASURES = ("order_count", "revenue", "margin")
# Of the customers whom a rule is to treat.
MOST_FAILED = 0.05
# Of the revenue that is compared: where less has a cost, a margin says nothing of it.
LEAST_COSTED = 0.95


class RelationshipRuleProofVerdict(models.AbstractModel):
    """What is to be made of the sums of both groups. A part of ``relationship.rule``;
    see ``relationship.rule.proof``.
    """

    _name = "relationship.rule.proof.verdict"
    _description = "Verdict on a Rule"

    def _compare(self, drawn, window_days, goes_on, failures) -> dict:
        share, groups = drawn
        nobody = {
            "entered": 0,
            "customers": 0,
            "ordered": 0,
            "per_week": 0,
            "cost": 0.0,
            "costed": 0.0,
            "moments": dict.fromkeys(MEASURES, Moments(0, 0.0, 0.0, 0.0)),
        }
        treated, alone = (groups.get(is_alone, nobody) for is_alone in (False, True))
        shares = [
            treated["ordered"],
            treated["customers"],
            alone["ordered"],
            alone["customers"],
        ]
        differences = {"ordered": difference_of_shares(*shares)} | {
            name: difference_of_means(treated["moments"][name], alone["moments"][name])
            for name in MEASURES
        }
        return {
            "share": share,
            "failed": failures[0],
            "treated": self._format_group(treated),
            "held_out": self._format_group(alone),
            "differences": differences,
            **self._judge(treated, alone, shares, window_days, goes_on)
            | self._mistrust(alone, *failures),
            **self._get_return(treated, alone, differences),
        }

    def _format_group(self, group) -> dict:
        means = {name: moments.mean for name, moments in group["moments"].items()}
        waiting = group["entered"] - group["customers"]
        ordered = group["ordered"]
        return means | {
            "customers": group["customers"],
            "waiting": waiting,
            "ordered": ordered,
        }

    def _judge(self, treated, alone, shares, window_days, goes_on) -> dict:
        """The verdict, which is about who ordered alone: of several figures one always
        pleases."""
        if not alone["entered"]:
            return {"verdict": "nobody", "needed": None, "weeks": None}
        part = alone["entered"] / (alone["entered"] + treated["entered"])
        share = alone["ordered"] / alone["customers"] if alone["customers"] else 0.5
        needed = needed_for_verdict(share, min(part, 0.95))
        # There are to be enough of the other group, too.
        is_enough = (
            alone["customers"] >= needed
            and treated["customers"] >= 0.8 * needed * (1 - part) / part
        )
        strict = difference_of_shares(
            *shares, level=LEVEL if is_enough else EARLY_LEVEL
        )
        seen = difference_of_shares(*shares)
        if strict and strict.tells():
            verdict = "works" if strict.tells() > 0 else "harms"
        elif is_enough:
            verdict = "none"
        elif seen and seen.tells():
            verdict = "promising" if seen.tells() > 0 else "worrying"
        else:
            verdict = "early"
        weeks = None
        if goes_on and not is_enough:
            weeks = weeks_to_verdict(
                needed, alone["entered"], alone["per_week"], window_days
            )
        return {
            "verdict": verdict,
            "needed": needed,
            "weeks": weeks,
            "is_early": not is_enough,
        }

    def _get_return(self, treated, alone, differences) -> dict:
        """What was spent, and what came of it."""
        costed_share = self._get_costed_share(treated, alone)
        has_margin = (costed_share or 0) >= LEAST_COSTED
        name = "margin" if has_margin else "revenue"
        cost = treated["cost"]
        gain = differences[name] and differences[name].scale(treated["customers"])
        # What a sale costs is to be known, or nobody earns what is said here.
        roi = has_margin and gain and cost
        roi = roi and [(amount - cost) / cost for amount in gain]
        return {
            "cost": cost,
            "gain": gain or None,
            "gain_of": name,
            "roi": roi or None,
            "costed_share": costed_share,
        }

    def _get_costed_share(self, *groups):
        """Of which part of the revenue the cost is known; None without revenue."""
        revenue = sum(
            group["customers"] * group["moments"]["revenue"].mean for group in groups
        )
        if not revenue:
            return None
        return min(1.0, sum(group["costed"] for group in groups) / revenue)

    def _mistrust(self, alone, failed, entered) -> dict:
        """For whom a rule fails is missing among the treated, but not among those left
        alone: where they are many, the two groups are not alike."""
        if alone["entered"] and failed > MOST_FAILED * (failed + entered):
            return {"verdict": "failing"}
        return {}

    def _get_proof_failures(self, period) -> dict:
        """{id of a rule, or 0 for all: (customers for whom it has only failed,
        customers in its ledger)} of the whole company, whoever asks"""
        self.env["relationship.rule.run"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                WITH entered AS (
                    SELECT DISTINCT COALESCE(rule.parent_id, rule.id) AS rule_id,
                           touch.partner_id
                      FROM relationship_touch touch
                      JOIN relationship_rule rule ON rule.id = touch.rule_id
                     WHERE touch.company_id = %(company_id)s
                       AND touch.date BETWEEN %(since)s AND %(until)s
                       AND touch.state = 'treated'
                ),
                failed AS (
                    SELECT DISTINCT run.rule_id, profile.partner_id
                      FROM relationship_rule_run run
                     CROSS JOIN LATERAL
                           JSONB_ARRAY_ELEMENTS_TEXT(
                               NULLIF(run.failed_customers, 'null')
                           ) customer
                      JOIN relationship_profile profile
                        ON profile.partner_id = customer::int
                       AND profile.company_id = %(company_id)s
                      JOIN relationship_rule rule
                        ON rule.id = run.rule_id AND rule.parent_id IS NULL
                     WHERE run.as_of BETWEEN %(since)s AND %(until)s
                       AND COALESCE(run.company_id, %(company_id)s) = %(company_id)s
                       AND NOT EXISTS (
                           SELECT FROM relationship_touch touch
                            WHERE touch.rule_id = run.rule_id
                              AND touch.partner_id = profile.partner_id
                              AND touch.company_id = %(company_id)s
                              AND touch.state IN ('treated', 'held_out')
                       )
                )
                SELECT COALESCE(rule_id, 0), COUNT(DISTINCT partner_id)
                           FILTER (WHERE is_failure),
                       COUNT(DISTINCT partner_id) FILTER (WHERE NOT is_failure)
                  FROM (
                       SELECT rule_id, partner_id, TRUE AS is_failure FROM failed
                        UNION ALL
                       SELECT rule_id, partner_id, FALSE FROM entered
                  ) found
                 GROUP BY GROUPING SETS ((rule_id), ())
                """,
                company_id=self.env.company.id,
                since=period.since,
                until=period.until,
            )
        )
        return {rule_id: (failed, entered) for rule_id, failed, entered in rows}
