import logging

from psycopg2.errors import OperationalError

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

_logger = logging.getLogger(__name__)


class RelationshipCaseEscalation(models.AbstractModel):
    """Tells the leader of the team about cases that are overdue: once of the first
    answer, once of the resolution. A part of ``relationship.case``.
    """

    _name = "relationship.case.escalation"
    _description = "Escalation of Cases"

    escalated = fields.Boolean(readonly=True, copy=False, tracking=True)
    date_escalated = fields.Datetime(string="Escalated On", readonly=True, copy=False)
    escalated_to_id = fields.Many2one(
        "res.users",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="set null",
    )

    @api.model
    def _get_escalation_domain(self) -> Domain:
        """Overdue, and told to nobody; or only that the answer was late, and the
        deadline has been missed since."""
        missed_since = Domain("deadline", "<", fields.Datetime.now()) & Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s < %s",
                model._field_to_sql(alias, "date_escalated", query),
                model._field_to_sql(alias, "deadline", query),
            ),
            predicate=lambda case: bool(
                case.date_escalated
                and case.deadline
                and case.date_escalated < case.deadline
            ),
        )
        return self._get_overdue_domain() & (
            Domain("escalated", "=", False) | missed_since
        )

    @api.model
    def _cron_escalate(self):
        """Every hour; a case that fails stops no other one, and is tried again."""
        cases = self.search(self._get_escalation_domain(), order="deadline, id")
        remaining = len(cases)
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        for case in cases:
            case._try_escalate()
            remaining -= 1
            if not self.env["ir.cron"]._commit_progress(1, remaining=remaining):
                return

    def _try_escalate(self):
        try:
            with self.env.cr.savepoint():
                self._escalate()
        except OperationalError:
            raise  # the transaction is lost: the job comes again
        except Exception:
            _logger.exception("Case %s can't be escalated", self.id)

    def _escalate(self):
        """Mark the case, and have somebody look at it. A second call does nothing.

        Does not commit.
        """
        self.ensure_one()
        case = self.try_lock_for_update().filtered_domain(self._get_escalation_domain())
        if not case:
            return
        user = case._get_escalation_user()
        case.write(
            {
                "escalated": True,
                "date_escalated": fields.Datetime.now(),
                "escalated_to_id": user.id,
            }
        )
        # Written for the people of the company, not for the user of the job.
        case = case.with_company(case.company_id).with_context(
            lang=user.lang or case.env.user.lang
        )
        case._message_log(body=case._get_overdue_text())
        case._close_escalation()
        if user:
            case.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                summary=case.env._("Overdue: %s", case.display_name),
                user_id=user.id,
            )

    def _close_escalation(self):
        """There is nothing to do any more, or something else."""
        # The leader's to-do goes with the case, whoever resolves it.
        self.sudo().activity_unlink(["mail.mail_activity_data_todo"])

    def _get_overdue_text(self) -> str:
        """What was missed, in the time of the company."""
        self.ensure_one()
        missed = self.deadline and self.deadline < fields.Datetime.now()
        when = format_datetime(
            self.env,
            self.deadline if missed else self.answer_deadline,
            tz=self.company_id._relationship_tz(),
        )
        if missed:
            return self.env._("Overdue: to be resolved until %s.", when)
        return self.env._("Overdue: to be answered until %s.", when)

    def _get_escalation_user(self):
        """The leader of the team, else whoever owns the case."""
        self.ensure_one()
        users = self.team_id.user_id | self.user_id
        return users.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )[:1]
