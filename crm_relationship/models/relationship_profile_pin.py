from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError, ValidationError
from odoo.tools import SQL

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
        return self._unpin("stage")

    def action_unpin_segment(self):
        """Let the rules of the segments decide again, from now on."""
        return self._unpin("segment")

    def _unpin(self, kind) -> bool:
        self._check_still_there()
        self._write_pin({f"{kind}_pinned_until": False, f"{kind}_pin_reason": False})
        for company, profiles in self.grouped("company_id").items():
            self._place(company, profiles.partner_id.ids)
        return True

    def _pin(self, place, reason=None, until=None):
        """Put customers into a stage or a segment by hand and log it, wherever they
        are by now. As many statements per hundred customers, whoever they are.

        :param place: a stage or a segment
        :param reason: the person's own words, shown in the log
        :param until: last day on which the rules leave the customer there; by
            default as many days from today as the company's settings say
        :return: the moves; who was there already makes none
        """
        self._check_still_there()
        self.check_access("write")
        self._check_place(place)
        moves = self.env[f"{place._name}.move"]
        for company, profiles in self.grouped("company_id").items():
            last_day = fields.Date.to_date(until) or fields.Date.add(
                company._relationship_today(),
                days=company.sudo().relationship_pin_days,
            )
            moves |= profiles._pin_in_company(company, place, reason, last_day)
        return moves

    def _pin_in_company(self, company, place, reason, last_day):
        kind = place._get_kind()
        today = company._relationship_today()
        if place not in place._get_used(company):
            raise ValidationError(
                self.env._(
                    "Customers of %(company)s can't be put into “%(place)s”: it is not "
                    "one of the company's.",
                    company=company.display_name,
                    place=place.display_name,
                )
            )
        if last_day < today:
            raise ValidationError(place._get_past_error())
        moving = self.filtered(lambda profile: profile[f"{kind}_id"] != place)
        moves = moving._log_manual_moves(place, today, reason, last_day)
        pin = {
            f"{kind}_id": place.id,
            f"{kind}_pinned_until": last_day,
            f"{kind}_pin_reason": reason,
        }
        moving._write_pin(pin | {f"{kind}_date": today})
        (self - moving)._write_pin(pin)
        return moves

    def _check_still_there(self):
        """Somebody may have merged or deleted the customer meanwhile.

        :raise MissingError: somebody has
        """
        if self.exists() != self:
            raise MissingError(self._get_gone_error())

    @api.model
    def _get_gone_error(self) -> str:
        return self.env._(
            "A customer is no longer there; it may have been merged with another one. "
            "Reload the page and try again."
        )

    def _check_place(self, place):
        """Somebody may have archived the stage meanwhile, and what a company does not
        use the rules would take its customers away from. Nobody archives it before the
        end of this transaction.

        :raise ValidationError: no customer can be put there
        """
        if not place.exists():
            raise ValidationError(place._get_missing_error())
        place.check_access("read")
        place.flush_recordset(["active"])
        self.env.execute_query(
            SQL(
                "SELECT id FROM %s WHERE id = %s FOR SHARE",
                SQL.identifier(place._table),
                place.id,
            )
        )
        if not place.active:
            raise ValidationError(
                self.env._(
                    "“%s” is archived, so nobody can be put there any more. Reload the "
                    "page and choose another one.",
                    place.display_name,
                )
            )
        for company in self.company_id:
            if place not in place._get_used(company):
                raise ValidationError(
                    self.env._(
                        "“%(place)s” is not in use in %(company)s; choose another one.",
                        place=place.display_name,
                        company=company.display_name,
                    )
                )

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
                and pin["place"] in pin["place"]._get_used(company)
                and pin["place"]._get_kind() not in pinned
            ):
                profile._pin(pin["place"], pin["reason"], pin["until"])

    def _log_manual_moves(self, place, day, note, until):
        """Log that customers go to a place by hand, and what an undo restores."""
        kind = place._get_kind()
        Move = self.env[f"{place._name}.move"]
        # Users have no right to write the log; it is written for them, as they act.
        moves = Move.sudo().create(
            [
                profile._prepare_move_vals(place, day)
                | {"cause": "hand", "note": note, "until": until}
                | profile._prepare_origin_vals(kind)
                for profile in self
            ]
        )
        return Move.browse(moves.ids)

    def _prepare_move_vals(self, place, day) -> dict:
        """What the log says of a move that a person makes."""
        kind = place._get_kind()
        origin, since = self[f"{kind}_id"], self[f"{kind}_date"]
        vals = {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "user_id": self.user_id.id,
            "team_id": self.team_id.id,
            f"from_{kind}_id": origin.id,
            f"to_{kind}_id": place.id,
            "date": day,
            "direction": self.env[f"{place._name}.move"]._get_direction(origin, place),
        }
        if origin and since:
            vals["days"] = max((day - since).days, 0)  # the first place: empty, not 0
        return vals

    def _prepare_origin_vals(self, kind) -> dict:
        """What an undo of the next move restores."""
        return {
            "origin_date": self[f"{kind}_date"],
            "origin_until": self[f"{kind}_pinned_until"],
            "origin_reason": self[f"{kind}_pin_reason"],
        }
