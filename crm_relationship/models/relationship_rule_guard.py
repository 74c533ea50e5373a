from functools import cache

from odoo import fields, models
from odoo.tools import SQL

from ..tools.days import end_of_day
from ..tools.plan import (
    COMPLAINT,
    CONTACTED,
    COOLDOWN,
    HELD_OUT,
    NO_ADDRESS,
    NO_RESPONSIBLE,
    QUIET,
    REFUSED,
    SPREAD,
    TREAT,
    PlanItem,
)


class RelationshipRuleGuard(models.AbstractModel):
    """The guards of retention rules: who is not to be treated now, and why not. A part
    of ``relationship.rule``.

    What a guard stops is asked again with the next run, until nothing stops it or the
    occurrence is over. The holdout is drawn behind all guards and in rank order: who
    would not be treated today is not held out today either, so that the customers of
    both kinds differ by nothing but the draw.
    """

    _name = "relationship.rule.guard"
    _description = "Rule Guard"

    contact_days = fields.Integer(
        string="Days after a Contact",
        default=3,
        help="Whoever was in touch with the company on any channel is left alone for "
        "so many days. 0: contacts do not matter.",
    )

    def _apply_guards(self, company, as_of, occurrences, capacity, any_day=False):
        """Turn occurrences into plan items: leave out who may not be contacted, find
        who is responsible, hold back what exceeds the limits of customers and people,
        and draw who is left alone to compare.

        A few queries, whatever the number of occurrences.

        :param capacity: :class:`Capacity` used so far; counted up here
        :param any_day: quiet days do not matter
        """
        stopped = self._get_stopped(company, as_of, occurrences)
        postponed = self._get_postponed(company, as_of, occurrences, any_day)
        limits = self._get_limits(company, as_of, capacity)
        responsible = self._get_responsible_people(company, occurrences, limits)
        get_holdout = self._get_holdout_draw(company)
        shares = self._get_holdout_shares(company)
        needs_responsible = self._needs_responsible()
        get_stop, of_customer = stopped.get, limits.of_customer
        company_id = company.id
        items = []
        for occurrence in occurrences:
            partner_id, user_id, holdout = occurrence.partner_id, None, None
            outcome = get_stop(partner_id) or of_customer(partner_id)
            if not outcome:
                user_id = responsible(occurrence)
                if needs_responsible and not user_id:
                    outcome = NO_RESPONSIBLE
                else:
                    outcome = postponed.get(partner_id) or limits.of_person(user_id)
            if not outcome:
                holdout = get_holdout(partner_id)
                outcome = HELD_OUT if holdout else TREAT
                limits.count(partner_id, user_id, bool(holdout))
            items.append(
                PlanItem(
                    occurrence, company_id, as_of, outcome, user_id, holdout, *shares
                )
            )
        return items

    def _get_stopped(self, company, as_of, occurrences) -> dict:
        """Who is not to be contacted now, whatever else: {customer: outcome}; the
        first guard that stops a customer counts. What nobody hears of is no contact."""
        guards = [(COOLDOWN, self._get_cooling_customers(company, as_of))]
        if self._contacts():
            guards[:0] = [
                (REFUSED, self._get_refused_customers(company, occurrences)),
                (COMPLAINT, self._get_complaining_customers(company)),
                (NO_ADDRESS, self._get_unreachable_customers(occurrences)),
                (CONTACTED, self._get_contacted_customers(company, as_of)),
            ]
        return self._merge_guards(guards)

    def _get_postponed(self, company, as_of, occurrences, any_day=False) -> dict:
        """Whose day it is not: {customer: outcome}."""
        guards = [(SPREAD, self._get_spread_customers(as_of, occurrences))]
        if not any_day and self._contacts():
            quiet = self._get_quiet_customers(company, as_of, occurrences)
            guards.insert(0, (QUIET, quiet))
        return self._merge_guards(guards)

    def _merge_guards(self, guards) -> dict:
        stopped = {}
        for outcome, partner_ids in reversed(guards):
            stopped.update(dict.fromkeys(partner_ids, outcome))
        return stopped

    def _is_step(self) -> bool:
        """Whether the rule goes on with what another rule has begun."""
        return bool(self.parent_id)

    def _get_refused_customers(self, company, occurrences):
        """The customers who may not be contacted for the rule's purpose through its
        channel; one query. Asked of the customer, also where there is a person to ask
        for: the rule is about the customer.
        """
        if not (self.purpose and self.channel_id):  # a rule that is being written
            return {}
        partner_ids = {occurrence.partner_id for occurrence in occurrences}
        partners = self.env["res.partner"].browse(partner_ids)
        return partners._get_contact_refusals(self.purpose, self.channel_id, company)

    def _get_complaining_customers(self, company):
        """The customers whose complaint is to be settled first; one query. Few enough
        to ask for all of them."""
        if not self._heeds_complaints():
            return set()
        return self.env["relationship.case"]._get_complaining_customers(company, None)

    def _get_unreachable_customers(self, occurrences):
        """The customers without the address that the action needs; one query."""
        if not self._needs_email():
            return set()
        partners = self.env["res.partner"].with_context(active_test=False)
        return set(
            partners._search(
                [
                    ("id", "in", [occurrence.partner_id for occurrence in occurrences]),
                    ("email_normalized", "=", False),
                ]
            )
        )

    def _get_contacted_customers(self, company, as_of):
        """The customers who were in touch on any channel in the last `contact_days`;
        one query. They are few, however many the rule is about. Who did not answer was
        not in touch.

        A step is no stranger's call: what it goes on with is a contact itself.
        """
        if self.contact_days <= 0 or self._is_step():
            return set()
        tz = company.sudo()._relationship_tz()
        self.env["relationship.interaction"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT customer_id
                  FROM relationship_interaction
                 WHERE is_contact
                   AND outcome IS DISTINCT FROM 'no_answer'
                   AND company_id = %s
                   AND date >= %s
                   AND date < %s
                """,
                company.id,
                end_of_day(fields.Date.subtract(as_of, days=self.contact_days), tz),
                end_of_day(as_of, tz),
            )
        )
        return {partner_id for (partner_id,) in rows}

    def _as_array(self, ids) -> str:
        """Ids as one text: the driver takes its time over a list of many numbers."""
        return f"{{{','.join(map(str, set(ids)))}}}"

    def _get_responsible_people(self, company, occurrences, limits):
        """Who gets the activity: whom the customer's stage names, else salesperson,
        else leader of the team, else the person named in the rule, else the one in the
        settings; each only if active and working in the company.

        :param limits: :class:`Limits`, with what people have got so far
        :return: function from an :class:`Occurrence` to a user's id or None
        """
        team_ids = {occurrence.team_id for occurrence in occurrences} - {None}
        teams = self.env["crm.team"].browse(team_ids)
        leaders = {team.id: team.user_id.id for team in teams}
        stage_ids = {occurrence.stage_id for occurrence in occurrences} - {None}
        stages = self.env["relationship.stage"].browse(stage_ids)
        owner_rules = {stage.id: stage.owner_rule for stage in stages}
        owners = {
            stage.id: stage.owner_id.id
            for stage in stages
            if stage.owner_rule == "user"
        }
        fallbacks = self.user_id | company.relationship_user_id
        users = self.env["res.users"].browse(
            {occurrence.user_id for occurrence in occurrences}.union(
                leaders.values(), owners.values()
            )
            - {None, False}
        )
        able = set(
            (users | fallbacks).filtered(lambda user: user._can_act_in(company)).ids
        )
        last_resort = next((user.id for user in fallbacks if user.id in able), None)

        @cache
        def find(user_id, team_id, stage_id):
            people = [user_id, leaders.get(team_id)]
            if owner_rules.get(stage_id) == "leader":
                people.reverse()
            people.insert(0, owners.get(stage_id))
            return next((user_id for user_id in people if user_id in able), last_resort)

        return lambda found: find(found.user_id, found.team_id, found.stage_id)
