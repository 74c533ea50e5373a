import logging

from psycopg2.errors import OperationalError

from odoo import api, fields, models

_logger = logging.getLogger(__name__)


class RelationshipCaseEscalation(models.AbstractModel):
    """Tells the leader of the team about cases that are overdue, once each. A part of
    ``relationship.case``.
    """

    _name = "relationship.case.escalation"
    _description = "Escalation of Cases"

    escalated = fields.Boolean(readonly=True, copy=False, tracking=True)
    date_escalated = fields.Datetime(string="Escalated On", readonly=True, copy=False)

    @api.model
    def _cron_escalate(self):
        """Every hour; a case that fails stops no other one, and is tried again."""
        cases = self.search(
            self._get_overdue_domain() & fields.Domain("escalated", "=", False),
            order="deadline, id",
        )
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
        case = self.try_lock_for_update().filtered(
            lambda case: case.is_overdue and not case.escalated
        )
        if not case:
            return
        case.write({"escalated": True, "date_escalated": fields.Datetime.now()})
        user = case._get_escalation_user()
        # Written for the people of the company, not for the user of the job.
        case = case.with_company(case.company_id).with_context(
            lang=user.lang or case.env.user.lang
        )
        case._message_log(
            body=case.env._(
                "Overdue: to be resolved until %s.",
                fields.Datetime.to_string(case.deadline or case.answer_deadline),
            )
        )
        if user:
            case.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                summary=case.env._("Overdue: %s", case.display_name),
                user_id=user.id,
            )

    def _get_escalation_user(self):
        """The leader of the team, else whoever owns the case."""
        self.ensure_one()
        users = self.team_id.user_id | self.user_id
        return users.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )[:1]
