from odoo import models
from odoo.exceptions import UserError


class RelationshipCaseFlow(models.AbstractModel):
    """How a case goes from stage to stage. A part of ``relationship.case``."""

    _name = "relationship.case.flow"
    _description = "Way of a Case"

    def action_assign_to_me(self):
        """Take the cases over; what nobody has begun is being worked on then."""
        for case in self:
            case.user_id = self.env.user
            if case.stage_kind == "new":
                case.stage_id = case._get_stage("progress")

    def action_resolve(self):
        """Ask what was done and why it was necessary."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship.relationship_case_resolve_action"
        )
        return action | {"context": {"active_ids": self.ids}}

    def action_wait(self):
        """It is the customer's turn: the clock stands still."""
        for case in self:
            stage = case._get_stage("waiting")
            if not stage:
                raise UserError(
                    self.env._("There is no stage for waiting for the customer.")
                )
            case.stage_id = stage

    def action_continue(self):
        """It is our turn again."""
        for case in self:
            case.stage_id = case._get_stage("progress")

    def action_reopen(self):
        self.filtered("is_closed")._reopen()

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

    def action_open_ratings(self):
        """What the customer said, each time they were asked."""
        self.ensure_one()
        return self.env["rating.rating"]._get_records_action(
            name=self.env._("Satisfaction"),
            domain=[
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("consumed", "=", True),
            ],
        )

    def _reopen(self):
        for case in self:
            case.stage_id = case._get_stage("progress")

    def _resolve(self, resolution, cause):
        for case in self:
            case.write(
                {
                    "resolution": resolution,
                    "cause_id": cause.id,
                    "stage_id": case._get_stage("resolved").id,
                }
            )

    def _note_stage(self, before):
        """Do what a move to another kind of stage asks for.

        :param before: kind of the stage it was in
        """
        self.ensure_one()
        was_closed = before in ("resolved", "cancelled")
        self._write_clock()
        if was_closed and not self.is_closed:
            self.write(
                {
                    "reopen_count": self.reopen_count + 1,
                    "escalated": False,
                    "date_escalated": False,
                    "escalated_to_id": False,
                }
            )
            self._message_log(body=self.env._("Reopened."))
        if self.is_closed:
            self._close_escalation()
        if self.stage_kind == "resolved":
            self._ask_satisfaction()

    def _write_clock(self):
        self.write(self._prepare_clock_vals())

    def _get_stage(self, kind, company=None):
        company = company or self.company_id or self.env.company
        return self.env["relationship.case.stage"]._get_stage(kind, company)
