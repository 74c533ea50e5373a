from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.uplift import LEAST, Moments
from .relationship_rule_proof_verdict import MEASURES

# What was known before a rule did anything. Whoever compares, say, only those who have
# bought compares customers whom the rule has chosen.
KNOWN_BEFORE = {
    "id",
    "rule_id",
    "partner_id",
    "company_id",
    "date",
    "user_id",
    "team_id",
    "stage_id",
    "segment_id",
}
# Days by which is foreseen how many customers come.
RECENT_DAYS = 56
FIGURES = {
    "waiting": Domain("is_over", "=", False),
    "customers": Domain("is_over", "=", True),
    "ordered": Domain("is_over", "=", True) & Domain("has_ordered", "=", True),
}


class RelationshipRuleProof(models.AbstractModel):
    """Whether rules work: those they treat, and those left alone by chance. A part of
    ``relationship.rule``; see ``tools.uplift`` for the statistics and
    ``relationship.touch.report`` for whom and what is counted.

    A rule is compared with those whom this rule leaves alone: both groups are found by
    all other rules alike. All rules together are compared with those whom all of them
    leave alone; who is left alone by one rule counts among the others there, or the
    groups would not be drawn by chance alone.

    Compared is who was found while one and the same share was drawn: the one by which
    most are left alone. Whoever was treated before anybody was left alone is another
    kind of customer in another season, and so is who was drawn more often.

    ``filters`` are ``domain`` over ``relationship.touch.report``, of what was known
    before the rule acted, and ``period`` of the first touch, as those of
    ``relationship.funnel.report``.
    """

    _name = "relationship.rule.proof"
    _description = "Proof of a Rule"

    @api.model
    @api.readonly
    def get_proof(self, filters=None) -> dict:
        """Compare, over the customers that the reader may see.

        A comparison has, each of ``treated`` and ``held_out``, the number of
        ``customers`` whose window is over, those ``waiting`` for its end, those who
        ``ordered``, and the means ``order_count``, ``revenue``, ``margin``; the
        ``differences`` of these with the limits of 95 %, by name, with ``ordered`` as a
        share, or None where there are too few; ``verdict``:

        - ``nobody``: nobody is left alone
        - ``failing``: the rule fails for so many customers that those whom it treats
          are others than those left alone
        - ``early``: not enough customers; ``promising`` or ``worrying`` if the limits
          leave out no difference nevertheless, which happens to whoever looks daily
        - ``works``, ``harms``, ``none``: what was to be found out

        and ``failed``, how many customers are missing among the treated as the rule has
        only failed for them; ``share``, that of the draw; ``needed``, the number to
        leave alone until there is a verdict; ``weeks`` until then, None where nobody
        comes any more; ``cost`` of the treated, ``gain`` with its limits, from
        ``gain_of`` margin or revenue, and ``roi``, gain less cost per cost, with its
        limits, or None; ``costed_share``, the part of the revenue whose cost is known,
        or None. Amounts in company currency.

        :return: ``rules``, each with ``id``, ``name``, ``state``, ``holdout_share``,
            ``window_days``, and its comparison; ``all``, the comparison over all rules;
            ``period``, ``currency_id``, ``may_configure``, ``may_set_costs`` of
            activities; ``merged``, how many results
            are not compared as customers were merged since
        :raise AccessError: the reader may not read results
        :raise UserError: filters by what a rule may have changed, or no such period
        """
        found, period = self._get_proof_domain(filters)
        domain = found & Domain("is_merged", "=", False)
        by_rule = self._get_proof_sums(
            domain & Domain("arm", "in", ("treated", "held_out")), "rule_id"
        )
        over_all = self._get_proof_sums(domain & Domain("is_first", "=", True))
        # Its rule may belong to another company by now.
        rules = self.sudo().browse(by_rule)
        rules = rules.sorted(lambda rule: (rule.sequence, rule.id))
        failures = self._get_proof_failures(period)
        goes_on = period.until >= self.env.company._relationship_today()
        return {
            "rules": [
                self._format_proof_rule(rule)
                | self._compare(
                    by_rule[rule.id],
                    rule.window_days,
                    goes_on,
                    failures.get(rule.id, (0, 0)),
                )
                for rule in rules
            ],
            "all": self._compare(
                over_all.get(0, (0, {})),
                max(rules.mapped("window_days"), default=0),
                goes_on,
                failures.get(0, (0, 0)),
            ),
            "period": {
                "since": fields.Date.to_string(period.since),
                "until": fields.Date.to_string(period.until),
            },
            "currency_id": self.env.company.currency_id.id,
            "may_configure": self.env.user.has_group(
                "crm_relationship.group_relationship_manager"
            ),
            "may_set_costs": self.env["mail.activity.type"].has_access("write"),
            "least": LEAST,
            "merged": self.env["relationship.touch.report"].search_count(
                found & Domain("is_merged", "=", True)
            ),
        }

    @api.model
    @api.readonly
    def get_proof_action(
        self, figure, group, rule_id=False, filters=None, share=0
    ) -> dict:
        """Open whom a figure counts: a list of as many rows.

        :param figure: ``customers``, ``waiting`` or ``ordered``
        :param group: ``treated`` or ``held_out``
        :param rule_id: None: over all rules
        :param share: that of the comparison
        """
        if figure not in FIGURES or group not in ("treated", "held_out"):
            raise UserError(self.env._("There is no list of “%s”.", figure))
        domain, _period = self._get_proof_domain(filters)
        domain &= Domain("is_merged", "=", False)
        if rule_id:
            domain &= Domain("rule_id", "=", rule_id) & Domain("arm", "=", group)
            domain &= Domain("rule_share", "=", share)
        else:
            alone = "=" if group == "held_out" else "!="
            domain &= Domain("is_first", "=", True)
            domain &= Domain("arm", alone, "held_out_all")
            domain &= Domain("company_share", "=", share)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_touch_report_action"
        )
        action.pop("path", None)
        views = ("list", "kanban", "pivot", "graph")
        return action | {
            "domain": list(domain & FIGURES[figure]),
            "context": {},
            "view_mode": ",".join(views),
            "views": [(False, view) for view in views],
        }

    def _get_proof_domain(self, filters):
        """(what to count, the period)"""
        filters = filters or {}
        period, _before = self.env["relationship.funnel.report"]._get_periods(
            filters.get("period")
        )
        domain = Domain(filters.get("domain") or [])
        for leaf in domain.iter_conditions():
            if leaf.field_expr not in KNOWN_BEFORE or "any" in leaf.operator:
                raise UserError(
                    self.env._(
                        "Compare by what was known before the rule acted: the rule, "
                        "segment, stage, team or responsible person. Whatever the rule "
                        "may have changed since would spoil the comparison."
                    )
                )
        domain &= Domain("company_id", "=", self.env.company.id)
        domain &= Domain("date", ">=", period.since) & Domain(
            "date", "<=", period.until
        )
        return domain, period

    def _format_proof_rule(self, rule) -> dict:
        # Who may see what came of it may know what the rule is called.
        rule = rule.sudo()
        return {
            "id": rule.id,
            "name": rule.name,
            "state": rule.state if rule.active else "off",
            "holdout_share": rule.holdout_share,
            "window_days": rule.window_days,
        }

    def _get_proof_sums(self, domain, key=None) -> dict:
        """{id of a rule, or 0: (share of the draw, {whether they are left alone: their
        sums})}

        :param key: ``rule_id``; None: over all rules
        """
        Report = self.env["relationship.touch.report"]
        for model in ("relationship.touch", "sale.order", "sale.order.line"):
            self.env[model].flush_model()
        self.env["mail.activity.type"].flush_model(["relationship_cost"])
        self.env["mail.activity"].flush_model()
        query = Report._search(domain)
        if query.is_empty():
            return {}
        today = self.env.company._relationship_today()
        sums = [
            SQL(
                "SUM(%s) FILTER (WHERE is_over)",
                SQL(" * ").join([SQL("%s::numeric", SQL.identifier(name))] * power),
            )
            for name in MEASURES
            for power in (1, 2, 3)
        ]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %(key)s, %(share)s, %(is_alone)s,
                       COUNT(*), COUNT(*) FILTER (WHERE is_over),
                       COUNT(*) FILTER (WHERE is_over AND has_ordered),
                       COUNT(*) FILTER (WHERE date > %(recent)s), MIN(date),
                       SUM(cost) FILTER (WHERE is_over),
                       SUM(costed_revenue) FILTER (WHERE is_over), %(sums)s
                  FROM (%(found)s) found
                 GROUP BY 1, 2, 3
                """,
                key=SQL.identifier(key) if key else SQL("0"),
                share=SQL.identifier("rule_share" if key else "company_share"),
                is_alone=SQL("arm != 'treated'" if key else "arm = 'held_out_all'"),
                recent=fields.Date.subtract(today, days=RECENT_DAYS),
                sums=SQL(", ").join(sums),
                found=query.select(
                    *(
                        SQL.identifier(Report._table, name)
                        for name in (
                            "rule_id",
                            "rule_share",
                            "company_share",
                            "arm",
                            "date",
                            "is_over",
                            "has_ordered",
                            "cost",
                            "costed_revenue",
                            *MEASURES,
                        )
                    )
                ),
            )
        )
        found = {}
        for rule_id, share, is_alone, *row in rows:
            groups = found.setdefault(rule_id, {}).setdefault(float(share), {})
            groups[is_alone] = self._read_proof_sums(row, today)
        return {
            rule_id: max(shares.items(), key=self._get_proof_size)
            for rule_id, shares in found.items()
        }

    def _get_proof_size(self, item) -> tuple:
        """By which of several shares to choose: by nothing that customers did."""
        share, groups = item
        sizes = (
            groups[is_alone]["entered"] if is_alone in groups else 0
            for is_alone in (True, False)
        )
        return *sizes, share

    def _read_proof_sums(self, row, today) -> dict:
        entered, customers, ordered, recent, since, cost, costed, *sums = row
        days = min(RECENT_DAYS, max(7, (today - since).days + 1))
        return {
            "entered": entered,
            "customers": customers,
            "ordered": ordered,
            "per_week": 7 * recent / days,
            "cost": float(cost or 0),
            "costed": float(costed or 0),
            "moments": {
                name: Moments.from_sums(customers, *sums[3 * place : 3 * place + 3])
                for place, name in enumerate(MEASURES)
            },
        }
