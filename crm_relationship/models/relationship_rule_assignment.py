from collections import Counter

from odoo import api, fields, models


class RelationshipRuleAssignment(models.AbstractModel):
    """Who gets what a rule gives people to do. A part of ``relationship.rule``."""

    _name = "relationship.rule.assignment"
    _description = "Rule that Finds Who Is to Act"

    assign_to = fields.Selection(
        [
            ("responsible", "Who looks after the customer"),
            ("salesperson", "The customer's salesperson"),
            ("team", "The team in turn"),
            ("user", "One person"),
        ],
        string="For",
        required=True,
        default="responsible",
        help="Who looks after the customer: whom the customer's stage names, else the "
        "salesperson, else the leader of the team.\n"
        "The team in turn: of the members of the customer's team, whoever has the "
        "fewest open activities.\n"
        "Where there is nobody, the fallback person gets it.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Fallback Person",
        index="btree_not_null",
        domain="[('share', '=', False)]",
        help="For customers whom nobody else is found for. Empty: the person named in "
        "the settings.",
    )

    @api.constrains("assign_to", "user_id", "action_kind")
    def _check_assignee(self):
        """:raise ValidationError: the one person is not named, or can't act"""
        self._check_action()

    def _say_assignee(self) -> str:
        """For whom, as a part of a sentence."""
        if self.assign_to == "user":
            return self.user_id.sudo().name or self.env._("one person")
        return {
            "responsible": self.env._("the person responsible"),
            "salesperson": self.env._("the customer's salesperson"),
            "team": self.env._("the team in turn"),
        }[self.assign_to]

    def _get_problem_of_assignee(self) -> str:
        """Why nobody could be given anything to do, or ""."""
        if self.assign_to != "user":
            return ""
        if not self.user_id:
            return self.env._("Choose the person who is to act.")
        if not self.user_id.active:
            return self.env._(
                "%s is archived; choose who is to act instead.", self.user_id.name
            )
        return ""

    def _get_responsible_people(self, company, occurrences, limits):
        """As the rule says; where that finds nobody, as always.

        Two queries for a team in turn, else one.

        :return: function from an :class:`Occurrence` to a user's id or None, to be
            asked in the order of the occurrences, after what came before was counted
        """
        anybody = super()._get_responsible_people(company, occurrences, limits)
        find = getattr(self, f"_get_assignees_{self.assign_to}", None)
        if not find:
            return anybody
        assignee = find(company, occurrences, limits)
        return lambda occurrence: assignee(occurrence) or anybody(occurrence)

    def _get_assignees_user(self, company, _occurrences, _limits):
        user_id = self.user_id._can_act_in(company) and self.user_id.id
        return lambda occurrence: user_id

    def _get_assignees_salesperson(self, company, occurrences, _limits):
        user_ids = {occurrence.user_id for occurrence in occurrences} - {None}
        users = self.env["res.users"].browse(user_ids)
        able = set(users.filtered(lambda user: user._can_act_in(company)).ids)
        return lambda found: found.user_id if found.user_id in able else None

    def _get_assignees_team(self, company, occurrences, limits):
        """In turn by load: whoever has the fewest open activities, and of these whom
        this plan gave less; who has got a day's worth comes last.

        Only what people really get counts, and what they got before on that day."""
        team_ids = {occurrence.team_id for occurrence in occurrences} - {None}
        members = {
            team.id: team.member_ids.filtered(lambda user: user._can_act_in(company))
            for team in self.env["crm.team"].browse(team_ids)
        }
        users = self.env["res.users"].union(*members.values())
        load = self._get_open_activities(users)
        got = limits.capacity.of_all
        before = Counter(got)  # among the open activities

        def in_turn(occurrence):
            user_ids = members.get(occurrence.team_id, users.browse()).ids
            return min(user_ids, key=rank, default=None)

        def rank(user_id):
            given = got[user_id] - before[user_id]
            is_full = bool(limits.of_person(user_id))
            return is_full, load[user_id] + given, given, user_id

        return in_turn

    def _get_open_activities(self, users) -> Counter:
        """How much each of these people has to do; one query."""
        if not users:
            return Counter()
        # Whatever they are about, also where the one who runs the rule may not look.
        activities = self.env["mail.activity"].sudo()
        groups = activities._read_group(
            [("user_id", "in", users.ids)], ["user_id"], ["__count"]
        )
        return Counter({user.id: count for user, count in groups})
