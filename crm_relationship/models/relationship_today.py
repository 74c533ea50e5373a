from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

PAGE = 30
MAX_PAGE = 100
SECTIONS = ("overdue", "today", "later")
AGAIN_DAYS = (1, 2, 3, 7)
# Groups that see the customers of all.
ALL_DOCUMENTS = (
    "sales_team.group_sale_salesman_all_leads,"
    "crm_relationship.group_relationship_manager"
)


class RelationshipToday(models.AbstractModel):
    """The work list of a user: open activities on customers, first what has most to
    lose.

    What rules have asked for is on it from the beginning; what people have planned on
    contacts, when it is due. Nobody sees here what the record rules of customers and
    profiles hide.
    """

    _name = "relationship.today"
    _inherit = ["relationship.today.row", "relationship.today.outcome"]
    _description = "Work List"

    @api.model
    @api.readonly
    def get_today(self, user_id=False, cursor=False, limit=PAGE) -> dict:
        """A page of the work list. The number of queries does not depend on how much
        there is to do.

        :param user_id: whose list; by default the user's own
        :param cursor: where the page before has ended
        :return: dict of ``rows``, ``more`` and ``cursor``; the first page also has
            ``counts`` per section, ``people`` whose list may be looked at, ``done``
            (latest outcomes of today), ``reasons`` (for a lost customer), ``days``
            (until the next attempt) and ``user``
        :raise AccessError: that list is not for this user
        """
        self.env["relationship.profile"].check_access("read")
        people = self._get_today_people()
        user = self._get_today_user(user_id, people)
        limit = limit if type(limit) is int and 0 < limit <= MAX_PAGE else PAGE
        cursor = _read_cursor(cursor)
        work = self._get_work_sql(user)
        rows = self._search_work(work, cursor, limit + 1)
        page = rows[:limit]
        answer = {
            "rows": self._describe_work(page, user),
            "more": len(rows) > limit,
            "cursor": list(page[-1][:5]) if page else False,
        }
        if not cursor:
            answer |= {
                "counts": self._count_work(work),
                "people": [
                    # Colleagues whose work one may see may be called by their name.
                    {"id": person.id, "name": person.sudo().name}
                    for person in people
                ],
                "user": {"id": user.id, "name": user.sudo().name},
                "is_mine": user == self.env.user,
                "done": self._get_done(user),
                "reasons": self._get_lost_reasons(),
                "days": list(AGAIN_DAYS),
            }
        return answer

    @api.model
    def _get_today_people(self):
        """Whose lists the user may look at: the own one; the members' of teams that he
        or she leads; everybody's for whoever sees the documents of all."""
        me = self.env.user
        internal = Domain("share", "=", False) & Domain(
            "company_ids", "in", self.env.companies.ids
        )
        # Only who they are, to choose from.
        Users = self.env["res.users"].sudo()
        if me.has_groups(ALL_DOCUMENTS):
            group = self.env.ref("crm_relationship.group_relationship_user")
            found = Users.search(internal & Domain("all_group_ids", "in", group.ids))
        else:
            teams = self.env["crm.team"].sudo().search([("user_id", "=", me.id)])
            found = teams.member_ids.filtered_domain(internal)
        return (me | found.sudo(False)).sorted(lambda user: user != me)

    @api.model
    def _get_today_user(self, user_id, people):
        if not user_id:
            return self.env.user
        user = people.filtered(lambda person: person.id == user_id)
        if not user:
            raise AccessError(
                self.env._(
                    "You are not allowed to see the work list of this person: it is "
                    "for the leader of the team, and for who sees all documents."
                )
            )
        return user

    @api.model
    def _get_work_sql(self, user) -> SQL:
        """The open activities of a user, with what they are ranked by: section, minus
        value at risk, minus revenue, deadline, id; then touch, partner and profile.

        In each section first what has most to lose; where no risk is known, who has
        bought most.
        """
        mine = user == self.env.user
        profiles = self.env["relationship.profile"].with_context(active_test=False)
        partners = self.env["res.partner"]
        for model in ("mail.activity", "relationship.touch"):
            self.env[model].flush_model()
        visible = profiles._search([("company_id", "in", self.env.companies.ids)])
        profile = visible.select(
            *(
                SQL.identifier("relationship_profile", name)
                for name in (
                    "id",
                    "partner_id",
                    "company_id",
                    "value_at_risk",
                    "revenue",
                )
            )
        )
        return SQL(
            """
            SELECT CASE WHEN activity.date_deadline < %(today)s THEN 0
                        WHEN activity.date_deadline = %(today)s THEN 1
                        ELSE 2 END AS section,
                   -COALESCE(profile.value_at_risk, -1)::float8 AS risk,
                   -COALESCE(profile.revenue, 0)::float8 AS revenue,
                   activity.date_deadline AS deadline,
                   activity.id,
                   touch.id AS touch_id,
                   contact.id AS partner_id,
                   profile.id AS profile_id
              FROM mail_activity activity
              JOIN res_partner contact ON contact.id = activity.res_id
              LEFT JOIN LATERAL (
                   SELECT entry.id, entry.company_id
                     FROM relationship_touch entry
                    WHERE entry.activity_id = activity.id
                    ORDER BY entry.id
                    LIMIT 1
              ) touch ON TRUE
              %(join)s (%(profile)s) profile
                ON profile.partner_id = contact.commercial_partner_id
               AND profile.company_id = COALESCE(
                   touch.company_id, contact.company_id, %(company)s
               )
             WHERE activity.user_id = %(user)s
               AND activity.active
               AND activity.res_model = 'res.partner'
               AND (touch.id IS NOT NULL OR activity.date_deadline <= %(today)s)
               AND (touch.id IS NULL OR touch.company_id = ANY(%(companies)s))
               AND contact.id IN %(partners)s
            """,
            today=self._get_users_today(user),
            # Of somebody else, only what is about customers whom the user sees.
            join=SQL("LEFT JOIN") if mine else SQL("JOIN"),
            profile=profile,
            company=self.env.company.id,
            companies=self.env.companies.ids,
            user=user.id,
            partners=partners._search([]).subselect(),
        )

    @api.model
    def _get_users_today(self, user):
        """The day on which a user works, as Odoo's activities see it."""
        # The time zone of a colleague is needed, and told to nobody.
        zone = user.sudo().tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=zone))

    @api.model
    def _search_work(self, work, cursor, limit) -> list[tuple]:
        after = SQL("TRUE")
        if cursor:
            section, risk, revenue, deadline, last = cursor
            after = SQL(
                "(section, risk, revenue, deadline, id)"
                " > (%s::int, %s::float8, %s::float8, %s::date, %s::int)",
                section,
                risk,
                revenue,
                deadline,
                last,
            )
        rows = self.env.execute_query(
            SQL(
                "SELECT * FROM (%s) work WHERE %s"
                " ORDER BY section, risk, revenue, deadline, id LIMIT %s",
                work,
                after,
                limit,
            )
        )
        return [(*row[:3], fields.Date.to_string(row[3]), *row[4:]) for row in rows]

    @api.model
    def _count_work(self, work) -> dict:
        rows = self.env.execute_query(
            SQL("SELECT section, COUNT(*) FROM (%s) work GROUP BY section", work)
        )
        counts = dict(rows)
        return {name: counts.get(index, 0) for index, name in enumerate(SECTIONS)}

    @api.model
    def _get_lost_reasons(self) -> list[dict]:
        reasons = self.env["relationship.lost.reason"].search([])
        return [{"id": reason.id, "name": reason.name} for reason in reasons]


def _read_cursor(cursor):
    """Where a page has ended, or False where something else was sent."""
    if not isinstance(cursor, list | tuple) or len(cursor) != 5:
        return False
    section, *figures, deadline, last = cursor
    try:
        deadline = fields.Date.to_date(deadline)
    except ValueError:
        return False
    is_read = (
        type(section) is int
        and type(last) is int
        and all(type(figure) in (int, float) for figure in figures)
        and deadline
        and max(abs(section), abs(last)) < 2**31
    )
    return (section, *figures, deadline, last) if is_read else False
