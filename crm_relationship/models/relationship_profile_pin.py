from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

# What people may set by hand: the field ``<kind>_id`` of a profile, with a reason and
# an end. The rest is computed.
KINDS = ("stage", "segment")


def get_user_fields(kind) -> set[str]:
    """What a user may write of a kind: the place set by hand."""
    return {f"{kind}_id", f"{kind}_pinned_until", f"{kind}_pin_reason"}


class RelationshipProfilePin(models.AbstractModel):
    """Stages and segments set by hand. A part of ``relationship.profile``."""

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
        """Who writes a stage or a segment sets it by hand: it is pinned, and the move
        logged.

        :raise AccessError: a user writes anything else
        """
        kinds = [kind for kind in KINDS if f"{kind}_id" in vals]
        if not self.env.su and (
            not kinds or vals.keys() - set().union(*map(get_user_fields, kinds))
        ):
            raise AccessError(
                self.env._(
                    "Profiles are computed; only stage and segment can be set by hand."
                )
            )
        if not kinds:
            return super().write(vals)
        for kind in kinds:
            place = self.env[f"relationship.{kind}"].browse(vals[f"{kind}_id"])
            self._pin(
                place, vals.get(f"{kind}_pin_reason"), vals.get(f"{kind}_pinned_until")
            )
        by_hand = set().union(*map(get_user_fields, kinds))
        rest = {name: value for name, value in vals.items() if name not in by_hand}
        return not rest or super().write(rest)

    def action_unpin(self):
        """Let the entry rules decide again, from now on."""
        self._unpin("stage")

    def action_unpin_segment(self):
        """Let the rules of the segments decide again, from now on."""
        self._unpin("segment")

    def _unpin(self, kind):
        self._write_pin({f"{kind}_pinned_until": False, f"{kind}_pin_reason": False})
        for company, profiles in self.grouped("company_id").items():
            self._place(company, profiles.partner_id.ids)

    def _pin(self, place, reason=None, until=None):
        """Put customers into a stage or a segment by hand and log it.

        :param place: a stage or a segment
        :param reason: the person's own words, shown in the log
        :param until: last day on which the rules leave the customer there; by
            default as many days from today as the company's settings say
        """
        self.check_access("write")
        kind = place._get_kind()
        if not place:
            raise ValidationError(place._get_missing_error())
        for profile in self:
            company = profile.company_id
            today = company._relationship_today()
            last_day = fields.Date.to_date(until) or fields.Date.add(
                today, days=company.sudo().relationship_pin_days
            )
            if last_day < today:
                raise ValidationError(place._get_past_error())
            vals = {
                f"{kind}_id": place.id,
                f"{kind}_pinned_until": last_day,
                f"{kind}_pin_reason": reason,
            }
            if profile[f"{kind}_id"] != place:
                profile._log_manual_move(place, today, reason)
                vals[f"{kind}_date"] = today
            profile._write_pin(vals)

    def _write_pin(self, vals):
        """Write a pin as it is; the access rights of the user hold."""
        # `write` of this model would pin again.
        return super().write(vals)  # pylint: disable=super-method-mismatch

    @api.model
    def _get_pins(self, partners) -> list[dict]:
        """The stages and segments set by hand for these customers, as plain values."""
        profiles = self.with_context(active_test=False).search(
            [("partner_id", "in", partners.ids)]
        )
        return [
            {
                "company": profile.company_id,
                "place": profile[f"{kind}_id"],
                "until": profile[f"{kind}_pinned_until"],
                "reason": profile[f"{kind}_pin_reason"],
            }
            for kind in KINDS
            for profile in profiles
            if profile[f"{kind}_pinned_until"]
        ]

    @api.model
    def _restore_pin(self, partner, company, pins):
        """Set stage and segment of a merged customer again that were set before by
        hand."""
        today = company._relationship_today()
        profile = self.search(
            [("partner_id", "=", partner.id), ("company_id", "=", company.id)]
        )
        pinned = {kind for kind in KINDS if profile[f"{kind}_pinned_until"]}
        for pin in pins:
            if (
                profile
                and pin["company"] == company
                and pin["until"] >= today
                and pin["place"]._get_kind() not in pinned
            ):
                profile._pin(pin["place"], pin["reason"], pin["until"])

    def _log_manual_move(self, place, day, note):
        kind = place._get_kind()
        origin = self[f"{kind}_id"]
        # Users have no right to write the log; it is written for them, as they act.
        self.env[f"{place._name}.move"].sudo().create(
            {
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "user_id": self.user_id.id,
                "team_id": self.team_id.id,
                f"from_{kind}_id": origin.id,
                f"to_{kind}_id": place.id,
                "date": day,
                "note": note,
            }
            | place._prepare_move_vals(origin)
        )
