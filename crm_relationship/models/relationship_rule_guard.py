from collections import Counter

from odoo import models

from ..tools.plan import NO_RESPONSIBLE, TREAT, WAITING, PlanItem


class RelationshipRuleGuard(models.AbstractModel):
    """The guards of retention rules: who is not to be treated now, and why not. A part
    of ``relationship.rule``.
    """

    _name = "relationship.rule.guard"
    _description = "Rule Guard"

    def _apply_guards(self, company, as_of, rows, used):
        """Turn occurrences into plan items: find who is responsible, and hold back
        what exceeds a person's capacity for the day.

        :param used: activities given so far, by person; counted up here
        """
        responsible = self._get_responsible_people(company, rows)
        items = []
        for row in rows:
            user_id = responsible(row)
            outcome = TREAT
            if not user_id:
                outcome = NO_RESPONSIBLE
            elif self.daily_capacity and used[user_id] >= self.daily_capacity:
                outcome = WAITING
            else:
                used[user_id] += 1
            items.append(
                PlanItem(
                    partner_id=row["partner_id"],
                    company_id=company.id,
                    occurrence=row["occurrence"],
                    day=as_of,
                    outcome=outcome,
                    user_id=user_id,
                    evidence=row["evidence"],
                )
            )
        return items

    def _get_responsible_people(self, company, rows):
        """Who gets the activity: salesperson, else leader of the team, else the
        person named in the rule, else the one in the settings; each only if active
        and working in the company.

        :return: function from a row to a user's id or None
        """
        teams = self.env["crm.team"].browse({row["team_id"] for row in rows} - {None})
        leaders = {team.id: team.user_id.id for team in teams}
        fallbacks = self.user_id | company.relationship_user_id
        users = self.env["res.users"].browse(
            ({row["user_id"] for row in rows} | set(leaders.values())) - {None, False}
        )
        able = set(
            (users | fallbacks)
            .filtered(
                lambda user: (
                    user.active and not user.share and company in user.company_ids
                )
            )
            .ids
        )
        last_resort = next((user.id for user in fallbacks if user.id in able), None)

        def responsible(row):
            for user_id in (row["user_id"], leaders.get(row["team_id"])):
                if user_id in able:
                    return user_id
            return last_resort

        return responsible

    def _get_used_capacity(self, as_of) -> Counter:
        """Activities that the rule gave to each person as of that day."""
        groups = self.env["relationship.touch"]._read_group(
            [
                ("rule_id", "=", self._origin.id),
                ("date", "=", as_of),
                ("state", "=", TREAT),
            ],
            ["user_id"],
            ["__count"],
        )
        return Counter({user.id: count for user, count in groups})
