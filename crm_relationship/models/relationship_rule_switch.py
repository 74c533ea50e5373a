from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools.draws import day_of_turn
from ..tools.plan import Plan


class RelationshipRuleSwitch(models.AbstractModel):
    """Switches rules on and off. A part of ``relationship.rule``.

    When a rule is switched on, there are customers for whom its trigger holds already,
    some since long ago. Either they are left alone: the ledger knows them as past; or
    the rule acts for a part of them each day; or for all of them at once.
    """

    _name = "relationship.rule.switch"
    _description = "Rule Switch"

    spread_start = fields.Date(
        readonly=True,
        copy=False,
        help="From this day on each customer has a day of its own.",
    )
    spread_days = fields.Integer(
        string="Days to Spread",
        readonly=True,
        copy=False,
        help="The rule starts with a part of the customers each day, for so many days.",
    )

    def action_open_activation(self):
        """Ask what to do with what holds already, before switching the rule on.

        :raise ValidationError: the rule can't act, and why
        """
        self.ensure_one()
        self.check_access("write")
        (self | self.step_ids)._check_may_run_code()
        self._check_can_act()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Switch On “%s”", self.name),
            "res_model": "relationship.rule.activation",
            "view_mode": "form",
            "target": "new",
            "context": {"default_rule_id": self.id},
        }

    def action_switch_off(self):
        """Stop running by itself. What was left alone as past when the rule was
        switched on is free again, if the rule has not acted since."""
        self.check_access("write")
        for rule in self:
            rule._switch_off()

    def _check_can_act(self):
        if not self.active:
            raise ValidationError(self.env._("An archived rule does not run."))
        if problem := self._get_problem():
            raise ValidationError(problem)

    def _switch_on(self, backlog, spread_days=0, holdout_share=None):
        """Let the rule run by itself from now on.

        :param backlog: what to do with what holds already: ``ignore``, ``spread`` over
            ``spread_days``, or act for ``all``; ``resume``: as if the rule had been on
            all the time, what was left alone as past stays so
        :raise ValidationError: the rule can't act
        """
        self.ensure_one()
        self._check_can_act()
        vals = {
            "state": "on",
            "failure_count": 0,
            "pause_reason": False,
        }
        if backlog != "resume":
            vals |= {"spread_start": False, "spread_days": 0}
        if holdout_share is not None:
            vals["holdout_share"] = holdout_share
        if backlog == "spread":
            vals["spread_days"] = spread_days
            vals["spread_start"] = self._get_first_day()
        if backlog != "ignore":
            # Else it is set to today: see `relationship.rule.entry`.
            vals["start_date"] = self.start_date
        # The ledger is the engine's to write; who may change the rule may do this.
        Touch = self.env["relationship.touch"].sudo()
        if backlog == "ignore":
            self._skip_backlog()
        elif backlog != "resume":
            Touch._release(self)
        self.write(vals)

    def _switch_off(self):
        self.ensure_one()
        # As in `_switch_on`.
        touches = self.env["relationship.touch"].sudo()
        if not touches._has_acted_since_skipping(self):
            touches._release(self)
        self.write({"state": "off", "failure_count": 0, "pause_reason": False})

    def _get_first_day(self):
        """Today, of the company where it began last."""
        return min(
            company._relationship_today() for company in self.sudo()._get_companies()
        )

    def _skip_backlog(self):
        """Enter all that hold now in the ledger, as past when the rule was switched
        on. What is new from then on is for the rule.

        :return: the run that they belong to
        """
        rule = self.sudo()  # for all customers, as the rule acts for all
        companies = rule._get_companies()
        plan = Plan(rule_id=self.id, as_of=self._get_first_day())
        run = rule.env["relationship.rule.run"]._log(rule, plan, companies)
        for company in companies:
            day = company._relationship_today()
            found = rule._get_found_sql(company, day)
            touches = rule.env["relationship.touch"]
            run.past_count += touches._enter_past(rule, company, day, run, *found)
        return run

    def _count_backlog(self) -> int:
        """How many occurrences hold now for which the rule has not acted; those that
        were left alone as past are among them. In all companies of the rule, as
        `_skip_backlog`, also those that the user does not look at now."""
        rule = self.sudo().with_context(relationship_past_is_open=True)
        count = 0
        for company in rule._get_companies():
            day = company._relationship_today()
            found, _names = rule._get_found_sql(company, day)
            [(due,)] = rule.env.execute_query(
                SQL("%s SELECT COUNT(*) FROM found WHERE NOT known", found)
            )
            count += due
        return count

    def _get_spread_customers(self, as_of, occurrences):
        """The customers whose day has not come yet since the rule was switched on."""
        if not self.spread_days or not self.spread_start:
            return set()
        gone = (as_of - self.spread_start).days
        if gone >= self.spread_days - 1:
            return set()
        seed, days = self.holdout_seed, self.spread_days
        return {
            occurrence.partner_id
            for occurrence in occurrences
            if day_of_turn(seed, occurrence.partner_id, days) > gone
        }
