from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, clean_context, format_date

from .relationship_touch_outcome import OUTCOMES, UNDO_MINUTES

# What the timeline says of talking with the customer; other outcomes are no talk.
TALK = {
    "interested": "interested",
    "not_now": "reached",
    "lost": "not_interested",
    "no_answer": "no_answer",
}
MAX_DAYS = 365
DONE_SHOWN = 10


class RelationshipTodayOutcome(models.AbstractModel):
    """Saying with one click what came of an activity. A part of ``relationship.today``.

    Each outcome is a row of the ledger, once: a second tap, or a colleague's at the
    same time, is answered with what is known already.
    """

    _name = "relationship.today.outcome"
    _description = "Outcomes of the Work List"

    @api.model
    def log_outcome(self, activity_id, outcome, values=None) -> dict:
        """Say what came of an activity on a customer: tell the history of it, and close
        the activity, or plan it again.

        :param outcome: ``interested``, ``not_now``, ``lost``, ``no_answer``, or
            ``done`` for what is no talk with the customer
        :param values: dict of ``days`` until the next attempt (``no_answer``),
            ``lost_reason_id`` (``lost``), and if wished ``text``, ``deadline`` (ISO)
            that the user saw, and ``token``: what is sent twice with the same one
            counts once
        :return: dict of ``state`` (``logged``, or ``changed`` where somebody else was
            first), ``id`` of the outcome or False, and ``message``; where it is logged
            also ``partner_id``, ``customer_id``, ``again`` and ``done``
        :raise AccessError: the activity is not for this user
        :raise UserError: something is missing or wrong; says what to do
        """
        self.env["relationship.interaction"].check_access("create")
        values = values if isinstance(values, dict) else {}
        chosen = self._check_outcome(outcome, values)
        token = self._get_outcome_token(values)
        if known := self._get_known_outcome(token):
            return known._get_outcome_answer()
        activity = self._take_activity(activity_id)
        if not activity:
            return self._get_changed_answer()
        deadline = values.get("deadline")
        if not activity.active or (
            deadline and deadline != fields.Date.to_string(activity.date_deadline)
        ):
            return self._get_changed_answer(activity)
        return self._enter_outcome(
            activity, outcome, chosen | {"dedup_key": token}, values.get("text")
        )._get_outcome_answer()

    @api.model
    def undo_outcome(self, outcome_id) -> dict:
        """Take back what the user has just said: the activity is open again, as it was;
        what the history was told is gone. The ledger notes both.

        :raise UserError: it is too late, or it is not the user's
        """
        outcome = self._get_own_outcome(outcome_id)
        if not outcome.undo_ids:
            activity = self._take_activity(outcome.sudo().activity_id.id)
            self._check_undo(outcome, activity)
            self._restore(outcome, activity)
        return {"message": self.env._("%s is on the list again.", outcome._get_name())}

    @api.model
    def _check_outcome(self, outcome, values) -> dict:
        """:return: what the ledger notes of the choice"""
        if outcome not in dict(OUTCOMES):
            raise UserError(self.env._("“%s” can't be chosen here.", outcome))
        if outcome == "no_answer":
            days = values.get("days")
            if type(days) is not int or not 0 < days <= MAX_DAYS:
                raise UserError(
                    self.env._("Choose in how many days to try again (1 to 365).")
                )
            again = fields.Date.add(self._get_users_today(self.env.user), days=days)
            return {"outcome": outcome, "again_date": again}
        if outcome == "lost":
            reasons = self.env["relationship.lost.reason"]
            reason_id = values.get("lost_reason_id")
            if type(reason_id) is int:
                reasons = reasons.search([("id", "=", reason_id)])
            if not reasons:
                raise UserError(self.env._("Choose why the customer is lost."))
            return {"outcome": outcome, "lost_reason_id": reasons.id}
        return {"outcome": outcome}

    @api.model
    def _get_outcome_token(self, values):
        token = values.get("token")
        if not isinstance(token, str) or not token:
            return False
        return f"log:{self.env.uid}:{token[:64]}"

    @api.model
    def _get_known_outcome(self, token):
        Outcome = self.env["relationship.touch.outcome"]
        if not token:
            return Outcome
        # The token has the user's id in it: it is that user's own.
        return Outcome.sudo().search([("dedup_key", "=", token)], limit=1)

    @api.model
    def _take_activity(self, activity_id):
        """The activity, for this transaction alone; empty if it is gone.

        Written, not only locked: who was waiting for it starts again and sees what was
        done.
        """
        Activity = self.env["mail.activity"].with_context(active_test=False)
        if type(activity_id) is not int:
            return Activity
        activity = Activity.search(
            [("id", "=", activity_id), ("res_model", "=", "res.partner")]
        )
        if not activity:
            # It is gone, or it was never for this user.
            Activity.browse(activity_id).exists().check_access("write")
            return Activity
        activity.check_access("write")
        activity.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE mail_activity SET write_date = write_date WHERE id = %s",
                activity.id,
            )
        )
        activity.invalidate_recordset()
        return activity

    @api.model
    def _enter_outcome(self, activity, outcome, vals, text):
        touch = self._get_touch(activity)
        contact = self.env["res.partner"].browse(activity.res_id)
        company = self._get_outcome_company(touch, contact)
        # As it was before.
        vals |= {
            "touch_id": touch.id,
            "activity_id": activity.id,
            "deadline": activity.date_deadline,
        }
        if outcome in TALK:
            answer = self.env["relationship.interaction"].with_company(company)
            vals["interaction_id"] = answer.log_contact(
                contact.id, self._prepare_talk(activity, vals, text)
            )["id"]
        if outcome == "no_answer":
            activity.date_deadline = vals["again_date"]
        else:
            vals |= self._close(activity, vals, text)
        # Users have no right to write the ledger; it is written for them, as they act.
        return (
            self.env["relationship.touch.outcome"]
            .sudo()
            .create(
                vals
                | {
                    "partner_id": contact.commercial_partner_id.id,
                    "company_id": company.id,
                    "user_id": self.env.uid,
                    "date": company._relationship_today(),
                }
            )
        )

    @api.model
    def _get_touch(self, activity):
        # Whoever has the activity may say what came of the touch that asked for it.
        return (
            self.env["relationship.touch"]
            .sudo()
            .search([("activity_id", "=", activity.id)], order="id", limit=1)
        )

    @api.model
    def _get_outcome_company(self, touch, contact):
        companies = self.env.companies
        return (
            touch.company_id & companies
            or contact.sudo().company_id & companies
            or self.env.company
        )

    @api.model
    def _prepare_talk(self, activity, vals, text) -> dict:
        """How it is told in the history."""
        kind = activity.activity_type_id.sudo()
        reason = self.env["relationship.lost.reason"].browse(
            vals.get("lost_reason_id") or ()
        )
        text = text.strip() if isinstance(text, str) else ""
        return {
            "channel_id": kind.relationship_channel_id.id
            or self.env["relationship.capture.activity"]._get_channel_id("phone"),
            "outcome": TALK[vals["outcome"]],
            "text": "\n".join(
                filter(None, [activity.summary or kind.name, reason.name, text])
            ),
        }

    @api.model
    def _close(self, activity, vals, text) -> dict:
        """Mark the activity done, as Odoo does, saying what came of it."""
        selection = self.env["relationship.touch.outcome"]._fields["outcome"]
        label = dict(selection._description_selection(self.env))[vals["outcome"]]
        reason = self.env["relationship.lost.reason"].browse(
            vals.get("lost_reason_id") or ()
        )
        said = [] if vals["outcome"] == "done" else [label]
        said += [reason.name, text.strip() if isinstance(text, str) else ""]
        # Who may write the activity may close it, and have what its type says comes
        # next planned, also without the right to write contacts.
        messages, following = (
            activity.sudo()
            .with_context(clean_context(self.env.context))
            ._action_done(feedback=" · ".join(filter(None, said)) or False)
        )
        return {
            "message_id": messages[:1].id,
            "next_activity_id": following[:1].id,
        }

    @api.model
    def _get_changed_answer(self, activity=None) -> dict:
        """Somebody else was first: say who, and what came of it."""
        message = self.env._("This was cancelled meanwhile; there is nothing to do.")
        if activity and activity.active:
            message = self.env._(
                "This was planned again for %s meanwhile.",
                format_date(self.env, activity.date_deadline),
            )
        elif activity:
            # Who works on the activity may know who has done it.
            last = (
                self.env["relationship.touch.outcome"]
                .sudo()
                .search(
                    [
                        ("activity_id", "=", activity.id),
                        ("undo_of_id", "=", False),
                        ("undo_ids", "=", False),
                    ],
                    limit=1,
                )
            )
            person = (last.user_id or activity.sudo().write_uid).name
            message = self.env._("%s has done this meanwhile.", person)
            if last.user_id == self.env.user:
                message = self.env._("You have done this already.")
        return {"state": "changed", "id": False, "message": message}

    # Undo
    @api.model
    def _get_own_outcome(self, outcome_id):
        Outcome = self.env["relationship.touch.outcome"]
        if type(outcome_id) is int:
            # Looked up by who said it, which is the right to take it back.
            Outcome = Outcome.sudo().search(
                [
                    ("id", "=", outcome_id),
                    ("user_id", "=", self.env.uid),
                    ("undo_of_id", "=", False),
                ]
            )
        if not Outcome:
            raise UserError(
                self.env._("Only what you have said yourself can be taken back.")
            )
        return Outcome

    @api.model
    def _check_undo(self, outcome, activity):
        if not outcome._is_fresh():
            raise UserError(
                self.env._(
                    "This is more than %s minutes old and stays. Plan a new activity "
                    "instead.",
                    UNDO_MINUTES,
                )
            )
        is_as_left = bool(activity) and (
            activity.active and activity.date_deadline == outcome.again_date
            if outcome.again_date
            else not activity.active
        )
        if not is_as_left:
            raise UserError(
                self.env._("This activity was changed meanwhile; nothing was undone.")
            )

    @api.model
    def _restore(self, outcome, activity):
        if interaction := outcome.interaction_id:
            self.env["relationship.interaction"].undo_contact(interaction.id)
        activity.write(
            {"active": True, "feedback": False, "date_deadline": outcome.deadline}
        )
        # Odoo told the chatter, and planned what comes next, because of this outcome
        # alone; nobody has done the next one yet.
        message = outcome.sudo().message_id
        self._take_files_back(activity, message)
        message.unlink()
        outcome.sudo().next_activity_id.filtered("active").unlink()
        self._forget_captured(activity)
        # The ledger is written for users, as they act.
        self.env["relationship.touch.outcome"].sudo().create(
            {
                "partner_id": outcome.partner_id.id,
                "company_id": outcome.company_id.id,
                "user_id": self.env.uid,
                "date": outcome.company_id._relationship_today(),
                "touch_id": outcome.touch_id.id,
                "activity_id": activity.id,
                "outcome": "undone",
                "undo_of_id": outcome.id,
                "dedup_key": f"undo:{outcome.id}",
            }
        )

    @api.model
    def _take_files_back(self, activity, message):
        """Odoo gave the files of the activity to what it told the chatter, and they
        would go with that."""
        files = message.attachment_ids.filtered(
            lambda file: file.res_model == message._name and file.res_id == message.id
        )
        message.attachment_ids -= files
        files.write({"res_model": activity._name, "res_id": activity.id})

    @api.model
    def _forget_captured(self, activity):
        """What was captured of the activity being done did not happen."""
        # Captured rows are the code's to write.
        self.env["relationship.interaction"].sudo().search(
            [("dedup_key", "=", f"mail.activity:{activity.id}")]
        ).unlink()

    # What was done today
    @api.model
    def _get_done(self, user) -> list[dict]:
        """The latest outcomes of today that were not taken back, latest first."""
        outcomes = self.env["relationship.touch.outcome"].search(
            [
                ("user_id", "=", user.id),
                ("date", "=", self.env.company._relationship_today()),
                ("outcome", "!=", "undone"),
                ("undo_ids", "=", False),
            ],
            limit=DONE_SHOWN,
        )
        return [outcome._describe_outcome() for outcome in outcomes]
