from collections import Counter

from odoo import models

from ..tools.plan import (
    COMPLAINT,
    NO_ADDRESS,
    NO_RESPONSIBLE,
    REFUSED,
    TREAT,
    WAITING,
    PlanItem,
)


class RelationshipRuleGuard(models.AbstractModel):
    """The guards of retention rules: who is not to be treated now, and why not. A part
    of ``relationship.rule``.
    """

    _name = "relationship.rule.guard"
    _description = "Rule Guard"

    def _apply_guards(self, company, as_of, occurrences, used):
        """Turn occurrences into plan items: leave out who may not be contacted, find
        who is responsible, and hold back what exceeds a person's capacity for the day.

        Who is refused, or complains, is asked again the next time: a consent may be
        given, or the complaint resolved until then.

        :param used: customers treated so far, by person; counted up here
        """
        refused = self._get_refused_customers(company, occurrences)
        complaining = self._get_complaining_customers(company, occurrences)
        unreachable = self._get_unreachable_customers(occurrences)
        responsible = self._get_responsible_people(company, occurrences)
        company_id, capacity = company.id, self.daily_capacity
        needs_responsible = self._needs_responsible()
        items = []
        for occurrence in occurrences:
            user_id = responsible(occurrence)
            outcome = TREAT
            if occurrence.partner_id in refused:
                outcome = REFUSED
            elif occurrence.partner_id in complaining:
                outcome = COMPLAINT
            elif occurrence.partner_id in unreachable:
                outcome = NO_ADDRESS
            elif needs_responsible and not user_id:
                outcome = NO_RESPONSIBLE
            elif capacity and used[user_id] >= capacity:
                outcome = WAITING
            else:
                used[user_id] += 1
            items.append(PlanItem(occurrence, company_id, as_of, outcome, user_id))
        return items

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

    def _get_complaining_customers(self, company, occurrences):
        """The customers whose complaint is to be settled first; one query."""
        if not self._heeds_complaints():
            return set()
        partner_ids = {occurrence.partner_id for occurrence in occurrences}
        Case = self.env["relationship.case"]
        return Case._get_complaining_customers(company, partner_ids)

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

    def _get_responsible_people(self, company, occurrences):
        """Who gets the activity: whom the customer's stage names, else salesperson,
        else leader of the team, else the person named in the rule, else the one in the
        settings; each only if active and working in the company.

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

        def responsible(occurrence):
            people = [occurrence.user_id, leaders.get(occurrence.team_id)]
            if owner_rules.get(occurrence.stage_id) == "leader":
                people.reverse()
            people.insert(0, owners.get(occurrence.stage_id))
            return next((user_id for user_id in people if user_id in able), last_resort)

        return responsible

    def _get_used_capacity(self, as_of) -> Counter:
        """Customers for whom the rule gave each person something to do that day."""
        groups = self.env["relationship.touch"]._read_group(
            [
                ("rule_id", "=", self._origin.id),
                ("date", "=", as_of),
                ("state", "=", TREAT),
            ],
            ["user_id"],
            ["__count"],
        )
        return Counter({user.id or None: count for user, count in groups})
