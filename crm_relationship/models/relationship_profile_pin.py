from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

# What a user may write: the stage set by hand. The rest is computed.
USER_FIELDS = {"stage_id", "stage_pinned_until", "stage_pin_reason"}


class RelationshipProfilePin(models.AbstractModel):
    """Stages set by hand. A part of ``relationship.profile``."""

    _name = "relationship.profile.pin"
    _description = "Stage Set by Hand"

    stage_pinned_until = fields.Date(
        string="Stage Kept Until",
        help="Set when somebody put the customer into the stage by hand. After that "
        "day the entry rules decide again.",
    )
    stage_pin_reason = fields.Char(string="Reason for the Stage")

    @api.constrains("stage_id")
    def _check_stage_company(self):
        for profile in self:
            company = profile.stage_id.company_id
            if company and company != profile.company_id:
                raise ValidationError(
                    self.env._(
                        "Stage “%(stage)s” belongs to the funnel of %(company)s.",
                        stage=profile.stage_id.name,
                        company=company.display_name,
                    )
                )

    def write(self, vals):
        """Who writes the stage sets it by hand: it is pinned, and the move logged.

        :raise AccessError: a user writes anything but the stage
        """
        if not self.env.su and not {"stage_id"} <= vals.keys() <= USER_FIELDS:
            raise AccessError(
                self.env._("Profiles are computed; only the stage can be set by hand.")
            )
        if "stage_id" in vals:
            stage = self.env["relationship.stage"].browse(vals["stage_id"])
            self._pin(
                stage, vals.get("stage_pin_reason"), vals.get("stage_pinned_until")
            )
            return True
        return super().write(vals)

    def action_unpin(self):
        """Let the entry rules decide again, from now on."""
        self._write_pin({"stage_pinned_until": False, "stage_pin_reason": False})
        for company, profiles in self.grouped("company_id").items():
            self._place(company, profiles.partner_id.ids)

    def _pin(self, stage, reason=None, until=None):
        """Put customers into a stage by hand and log it.

        :param reason: the person's own words, shown in the log
        :param until: last day on which the entry rules leave the customer there; by
            default as many days from today as the company's settings say
        """
        self.check_access("write")
        if not stage:
            raise ValidationError(self.env._("Every customer is in a stage."))
        for profile in self:
            company = profile.company_id
            today = company._relationship_today()
            last_day = fields.Date.to_date(until) or fields.Date.add(
                today, days=company.sudo().relationship_pin_days
            )
            if last_day < today:
                raise ValidationError(
                    self.env._("The last day in a stage can't be in the past.")
                )
            vals = {
                "stage_id": stage.id,
                "stage_pinned_until": last_day,
                "stage_pin_reason": reason,
            }
            if profile.stage_id != stage:
                profile._log_manual_move(stage, today, reason)
                vals["stage_date"] = today
            profile._write_pin(vals)

    def _write_pin(self, vals):
        """Write a pin as it is; the access rights of the user hold."""
        # `write` of this model would pin again.
        return super().write(vals)  # pylint: disable=super-method-mismatch

    @api.model
    def _get_pins(self, partners) -> list[dict]:
        """The stages set by hand for these customers, as plain values."""
        return [
            {
                "company": profile.company_id,
                "stage": profile.stage_id,
                "until": profile.stage_pinned_until,
                "reason": profile.stage_pin_reason,
            }
            for profile in self.with_context(active_test=False).search(
                [
                    ("partner_id", "in", partners.ids),
                    ("stage_pinned_until", "!=", False),
                ]
            )
        ]

    @api.model
    def _restore_pin(self, partner, company, pins):
        """Set the stage of a merged customer again that was set before by hand."""
        today = company._relationship_today()
        profile = self.search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", company.id),
                ("stage_pinned_until", "=", False),
            ]
        )
        for pin in pins:
            if profile and pin["company"] == company and pin["until"] >= today:
                profile._pin(pin["stage"], pin["reason"], pin["until"])

    def _log_manual_move(self, stage, day, note):
        # Users have no right to write the log; it is written for them, as they act.
        self.env["relationship.stage.move"].sudo().create(
            {
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "user_id": self.user_id.id,
                "team_id": self.team_id.id,
                "from_stage_id": self.stage_id.id,
                "to_stage_id": stage.id,
                "date": day,
                "note": note,
            }
        )
