from odoo import api, fields, models
from odoo.exceptions import ValidationError


class RelationshipProfileMove(models.AbstractModel):
    """Moving customers by hand, for other programs. A part of
    ``relationship.profile``."""

    _name = "relationship.profile.move"
    _description = "Moves by Hand"

    def move_to_stage(self, stage, reason=None, until=None):
        """Put customers into a stage by hand, as a person does who drags their cards.

        Whoever is there already is kept there until that day, and makes no move.

        :param stage: id or name of an active stage; a name in the caller's language or
            in English, in upper or lower case
        :param reason: why, in words; shown in the log
        :param until: last day (``YYYY-MM-DD``) on which the rules leave the customers
            there; by default as many days from today as the company's settings say
        :return: one dictionary per customer, in their order: ``profile_id``,
            ``partner_id``, ``company_id``, ``stage_id``, ``until``, and ``move_id``:
            the row of the log, False if the customer was there already
        :raise ValidationError: no or several stages have that name, the stage is
            archived or another company's, or the day is past or none
        """
        self._check_still_there()
        self.check_access("write")
        until = self._read_day(until)
        made = {}
        for company, profiles in self.grouped("company_id").items():
            place = self._find_stage(stage, company)
            moves = profiles._pin(place, reason or None, until)
            made |= {(move.partner_id, company): move.id for move in moves}
        return [
            {
                "profile_id": profile.id,
                "partner_id": profile.partner_id.id,
                "company_id": profile.company_id.id,
                "stage_id": profile.stage_id.id,
                "until": fields.Date.to_string(profile.stage_pinned_until),
                "move_id": made.get((profile.partner_id, profile.company_id), False),
            }
            for profile in self
        ]

    @api.model
    def _read_day(self, text):
        """A date as other programs write it.

        :raise ValidationError: it is none
        """
        try:
            return fields.Date.to_date(text or None)
        except (TypeError, ValueError) as error:
            raise ValidationError(
                self.env._("“%s” is no date; write it as 2027-12-31.", text)
            ) from error

    @api.model
    def _find_stage(self, stage, company):
        """A stage by id or name; by name, of those that a company uses.

        :raise ValidationError: there is none, or more than one
        """
        Stage = self.env["relationship.stage"]
        if isinstance(stage, int) and stage is not True and stage is not False:
            return Stage.browse(stage)
        name = str(stage or "").strip().casefold()
        stages = Stage.browse(Stage._get_used(company).ids)
        found = stages.filtered(
            lambda place: (
                name
                in (
                    place.name.casefold(),
                    place.with_context(lang=None).name.casefold(),
                )
            )
        )
        if len(found) == 1:
            return found
        if found:
            raise ValidationError(
                self.env._(
                    "%(count)s stages are called “%(name)s”; give the id of one: "
                    "%(ids)s.",
                    count=len(found),
                    name=stage,
                    ids=", ".join(map(str, found.ids)),
                )
            )
        raise ValidationError(
            self.env._(
                "%(company)s has no active stage “%(name)s”. There are: %(stages)s.",
                company=company.display_name,
                name=stage or "",
                stages=", ".join(stages.mapped("name")),
            )
        )
