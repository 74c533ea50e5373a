from odoo import api, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ..tools.customers import Customers
from ..tools.plan import (
    ALREADY,
    CAPPED,
    COMPLAINT,
    CONTACTED,
    COOLDOWN,
    FAILED,
    GONE,
    HELD_OUT,
    NO_ADDRESS,
    NO_RESPONSIBLE,
    PAST,
    QUIET,
    REFUSED,
    SPREAD,
    TREAT,
    WAITING,
)

# The guards, in the order in which they are asked.
GUARDS = (
    REFUSED,
    COMPLAINT,
    NO_ADDRESS,
    CONTACTED,
    COOLDOWN,
    CAPPED,
    NO_RESPONSIBLE,
    QUIET,
    SPREAD,
    WAITING,
)
OUTCOMES = (TREAT, HELD_OUT, *GUARDS, PAST, ALREADY, GONE, FAILED)


class RelationshipRuleExplain(models.AbstractModel):
    """Says what a rule would do and why, in words. A part of ``relationship.rule``."""

    _name = "relationship.rule.explain"
    _description = "Explanation of a Rule"

    def explain_for(self, partner_id):
        """Why the rule would act for a customer now, or would not, step by step.

        By the code that acts. The first step that is not in the way of anything else is
        the reason.

        :return: list of ``step``: trigger, domain, ledger, guard, holdout or action;
            ``label``; ``ok``: True, False, or None if it does not come to that;
            ``detail``
        :raise AccessError: the user does not configure rules
        """
        self.ensure_one()
        self._check_may_look_at_everybody()
        partner = self.env["res.partner"].browse(partner_id).exists()
        partner.check_access("read")
        # All that follows reads the figures of one customer whom the user may read,
        # as the rule does.
        customer = partner.sudo().commercial_partner_id
        steps = []
        for text, find in (
            ("trigger", self._explain_trigger),
            ("domain", self._explain_domain),
            ("ledger", self._explain_ledger),
        ):
            step = find(customer) if not steps or steps[-1]["ok"] else None
            steps.append(step or self._get_step(text, None))
        return steps + self._explain_guards(customer, steps[-1]["ok"])

    @api.model
    def _check_may_look_at_everybody(self):
        """:raise AccessError: the user does not configure rules"""
        group = "crm_relationship.group_relationship_manager"
        if not (self.env.su or self.env.user.has_group(group)):
            raise AccessError(self.env._("Only administrators try out rules."))

    def _get_outcomes_summary(self, plan) -> list[dict]:
        """How many occurrences of a plan there are of each outcome, in the order in
        which they matter; those of which there are none are left out."""
        labels = self._get_outcome_labels()
        counts = plan.counts
        return [
            {"outcome": outcome, "label": labels[outcome], "count": counts[outcome]}
            for outcome in OUTCOMES
            if counts[outcome]
        ]

    @api.model
    def _get_outcome_labels(self) -> dict:
        return {
            TREAT: self.env._("Would be treated"),
            HELD_OUT: self.env._("Left alone"),
            REFUSED: self.env._("May not be contacted"),
            COMPLAINT: self.env._("Have an open complaint"),
            NO_ADDRESS: self.env._("Have no e-mail address"),
            CONTACTED: self.env._("Were in touch a short time ago"),
            COOLDOWN: self.env._("Touched by this rule a short time ago"),
            CAPPED: self.env._("Touched often enough by all rules"),
            NO_RESPONSIBLE: self.env._("Without a responsible person"),
            QUIET: self.env._("Quiet day"),
            SPREAD: self.env._("Their day comes later"),
            WAITING: self.env._("Wait until somebody has time"),
            PAST: self.env._("Were past when the rule was switched on"),
            ALREADY: self.env._("Handled before"),
            GONE: self.env._("Archived or merged"),
            FAILED: self.env._("Failed"),
        }

    def _get_step(self, step, ok, detail="", label=None) -> dict:
        labels = {
            "trigger": self.env._("When"),
            "domain": self.env._("Only if"),
            "ledger": self.env._("Not handled before"),
            "holdout": self.env._("Not left alone"),
            "action": self.env._("Then"),
        }
        return {
            "step": step,
            "label": label or labels.get(step, ""),
            "ok": ok,
            "detail": detail,
        }

    def _find_for(self, customer, **options):
        """(fresh occurrences of a customer, number of those that are handled)."""
        fresh, already = [], 0
        for company in self._get_companies():
            found, known = self.sudo()._get_occurrences(
                company,
                company._relationship_today(),
                Customers(ids=(customer.id,)),
                **options,
            )
            fresh += found
            already += known
        return fresh, already

    def _explain_trigger(self, customer):
        if not customer.active:
            detail = self.env._("The customer is archived.")
            return self._get_step("trigger", False, detail)
        fresh, already = self._find_for(customer, domain=Domain.TRUE)
        says = self._say_trigger()
        if fresh or already:
            return self._get_step("trigger", True, says)
        figures = self._describe_figures(customer)
        return self._get_step(
            "trigger", False, f"{says}. {figures}" if figures else says
        )

    def _describe_figures(self, customer) -> str:
        """Where the customer stands, for whom the trigger does not hold."""
        Profile = self.env["relationship.profile"].sudo()  # as in `explain_for`
        profiles = Profile.search(
            [
                ("partner_id", "=", customer.id),
                ("company_id", "in", self._get_companies().ids),
            ]
        )
        names = Profile._get_described_fields()
        return " ".join(Profile._describe(facts) for facts in profiles.read(names))

    def _explain_domain(self, customer):
        try:
            fresh, already = self._find_for(customer)
        except ValidationError as error:
            return self._get_step("domain", False, str(error))
        if self._get_domain().is_true():
            return self._get_step("domain", True, self.env._("No condition."))
        holds = bool(fresh or already)
        detail = (
            self.env._("The condition holds.")
            if holds
            else self.env._("The condition does not hold.")
        )
        return self._get_step("domain", holds, detail)

    def _explain_ledger(self, customer):
        fresh, _already = self._find_for(customer)
        if fresh:
            reason = self.env["relationship.touch"]._describe(
                dict(zip(fresh[0].names, fresh[0].figures, strict=True))
            )
            return self._get_step("ledger", True, reason)
        touch = (
            self.env["relationship.touch"]
            .sudo()
            .search(
                [
                    ("rule_id", "=", self.id),
                    ("partner_id", "=", customer.id),
                    ("company_id", "in", self._get_companies().ids),
                ],
                limit=1,
            )
        )
        states = dict(touch._fields["state"]._description_selection(self.env))
        detail = self.env._(
            "%(day)s: %(what)s. %(reason)s",
            day=format_date(self.env, touch.date),
            what=states.get(touch.state, ""),
            reason=touch.reason or "",
        )
        return self._get_step("ledger", False, detail)

    def _explain_guards(self, customer, is_asked):
        """Steps of the guards, of the holdout and of the action."""
        item = self._get_item_of(customer) if is_asked else None
        outcome = item.outcome if item else None
        labels = self._get_guard_labels()
        steps = []
        ok = True if outcome else None
        for guard in GUARDS:
            if guard == outcome:
                detail = self._get_guard_details()[guard]
                steps.append(self._get_step("guard", False, detail, labels[guard]))
                ok = None
            else:
                steps.append(self._get_step("guard", ok, label=labels[guard]))
        held_out = outcome == HELD_OUT
        holdout = ok and not held_out
        detail = self._describe_holdout(item) if held_out else ""
        steps.append(self._get_step("holdout", holdout, detail))
        acts = True if outcome == TREAT else None
        problem = self._get_problem()
        if problem and acts:
            acts = False
        steps.append(self._get_step("action", acts, problem or self._say_action()))
        return steps

    def _get_item_of(self, customer):
        """What becomes of a customer if the rule runs now.

        Who gets somebody's time depends on the others.
        """
        settings = self.sudo()._get_companies()
        limited = self.daily_capacity or (
            self._takes_time() and any(settings.mapped("relationship_user_capacity"))
        )
        only = None if limited else Customers(ids=(customer.id,))
        items = [
            item
            for item in self.evaluate(customers=only).items
            if item.partner_id == customer.id
        ]
        return min(items, key=lambda item: OUTCOMES.index(item.outcome), default=None)

    def _describe_holdout(self, item) -> str:
        if item.holdout == "company":
            return self.env._("Drawn to be left alone by all rules.")
        return self.env._("Drawn to be left alone by this rule.")

    @api.model
    def _get_guard_details(self) -> dict:
        """What is in the way, of one customer."""
        return {
            REFUSED: self.env._("The customer may not be contacted."),
            COMPLAINT: self.env._("A complaint is open."),
            NO_ADDRESS: self.env._("There is no e-mail address."),
            CONTACTED: self.env._("There was contact a short time ago."),
            COOLDOWN: self.env._("This rule acted a short time ago."),
            CAPPED: self.env._("All rules together have acted often enough."),
            NO_RESPONSIBLE: self.env._("Nobody is responsible."),
            QUIET: self.env._("Today is a quiet day."),
            SPREAD: self.env._("The day of the customer comes later."),
            WAITING: self.env._("Nobody has time for it today."),
        }

    @api.model
    def _get_guard_labels(self) -> dict:
        return {
            REFUSED: self.env._("May be contacted"),
            COMPLAINT: self.env._("No open complaint"),
            NO_ADDRESS: self.env._("Has the address that is needed"),
            CONTACTED: self.env._("Was not in touch a short time ago"),
            COOLDOWN: self.env._("Was not touched by this rule a short time ago"),
            CAPPED: self.env._("Was not touched too often by all rules"),
            NO_RESPONSIBLE: self.env._("Somebody is responsible"),
            QUIET: self.env._("No quiet day"),
            SPREAD: self.env._("Their day has come"),
            WAITING: self.env._("Somebody has time"),
        }
