from datetime import datetime

from odoo import fields, models
from odoo.tools import SQL

RELATION = "relationship_case_team_member"


class RelationshipCaseAssignment(models.AbstractModel):
    """Gives new cases to the members of a team in turn. A part of
    ``relationship.case.team``.
    """

    _name = "relationship.case.assignment"
    _description = "Assignment of Cases"

    member_ids = fields.Many2many(
        "res.users",
        RELATION,
        "team_id",
        "user_id",
        string="Members",
        domain="[('share', '=', False)]",
        help="They see all cases of the team.",
    )
    assign = fields.Boolean(
        string="Share Out New Cases",
        default=True,
        help="A new case goes to the member with the fewest open ones; of several, to "
        "the one who got none for the longest time.",
    )

    def _assign(self, cases):
        """Give an owner to the team's cases that have none."""
        self.ensure_one()
        cases = cases.filtered(lambda case: not case.user_id)
        if not (self.assign and cases):
            return
        for company, of_company in cases.grouped("company_id").items():
            self._assign_in_turn(of_company, self._get_workload(company))

    def _assign_in_turn(self, cases, workload):
        """Write the owners; counts the workload up."""
        opened = {user_id: count for user_id, (count, _last) in workload.items()}
        last = {user_id: when for user_id, (_count, when) in workload.items()}
        now = fields.Datetime.now()
        for number, case in enumerate(cases):
            ranked = sorted(opened, key=lambda user: (opened[user], last[user], user))
            if not ranked:
                return
            user_id = self._take(ranked)
            case.user_id = user_id
            opened[user_id] += 1
            # Within a batch the order counts, as all are of the same second.
            last[user_id] = (now, number)

    def _get_workload(self, company) -> dict:
        """{user id: (number of open cases, (when the last one was given, 0))} of the
        members who can take a case of a company; one query and that of the users."""
        # Who is a member and how much they have to do is no secret within the team.
        members = self.sudo().member_ids.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        )
        Case = self.env["relationship.case"].sudo()
        groups = Case._read_group(
            [("user_id", "in", members.ids), ("is_closed", "=", False)],
            ["user_id"],
            ["__count"],
        )
        opened = {user.id: count for user, count in groups}
        groups = Case._read_group(
            [("user_id", "in", members.ids)], ["user_id"], ["date_assigned:max"]
        )
        last = {user.id: date for user, date in groups}
        return {
            user.id: (opened.get(user.id, 0), (last.get(user.id) or datetime.min, -1))
            for user in members
        }

    def _take(self, ranked) -> int:
        """The first who is not being given a case at this moment by somebody else.

        Two cases that come at the same time do not see each other; the membership,
        locked until the end of the transaction, tells that the other one is there.
        Nobody waits: where all members are locked, the first gets it.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT user_id
                  FROM %(relation)s
                 WHERE team_id = %(team_id)s
                   AND user_id = ANY(%(ranked)s)
                 ORDER BY ARRAY_POSITION(%(ranked)s, user_id)
                 LIMIT 1
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                relation=SQL.identifier(RELATION),
                team_id=self.id,
                ranked=list(ranked),
            )
        )
        return rows[0][0] if rows else ranked[0]
