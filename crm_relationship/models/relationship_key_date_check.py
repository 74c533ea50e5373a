from odoo import api, models
from odoo.exceptions import ValidationError

from ..tools import key_dates


class RelationshipKeyDateCheck(models.AbstractModel):
    """What can't be a key date is refused in the words of the one who typed it.

    A part of ``relationship.key.date``.
    """

    _name = "relationship.key.date.check"
    _description = "Check of Key Dates"

    @api.constrains("day", "month", "year", "kinship_id", "company_id")
    def _check_date(self):
        for key_date in self:
            is_company = key_date.kinship_id.kind == "company"
            try:
                key_dates.check(
                    key_date.day,
                    int(key_date.month or 0),
                    key_date.year,
                    key_date.company_id.sudo()._relationship_today(),
                    key_dates.FIRST_FOUNDING_YEAR
                    if is_company
                    else key_dates.FIRST_BIRTH_YEAR,
                )
            except key_dates.KeyDateError as error:
                message = self._describe_error(error.code, key_date, is_company)
                raise ValidationError(message) from error

    @api.constrains("partner_id", "kinship_id", "company_id", "active")
    def _check_own_date_is_one(self):
        """A contact is born once: it has one active own date of a kind per company.

        Of what people enter only. Contacts that are merged may have two on different
        days; both stay, and can be edited, until people archive the wrong one.
        """
        own = self.filtered(lambda key_date: key_date.kinship_id.is_own)
        # Also one that the user may not see is there. They learn no more of it.
        twice = self.sudo()._read_group(
            [
                ("active", "=", True),
                ("partner_id", "in", own.partner_id.ids),
                ("kinship_id", "in", own.kinship_id.ids),
                ("company_id", "in", own.company_id.ids),
            ],
            ["partner_id", "kinship_id", "company_id"],
            having=[("__count", ">", 1)],
        )
        for key_date in own.filtered("active"):
            found = (key_date.partner_id, key_date.kinship_id, key_date.company_id)
            if found in twice:
                raise ValidationError(
                    self.env._(
                        "%(contact)s has the date “%(kinship)s” already. Change that "
                        "one, or archive it first.",
                        contact=key_date.partner_id.display_name,
                        kinship=key_date.kinship_id.name,
                    )
                )

    @api.model
    def _check_typed(self, values):
        """Say what is wrong before the ORM or PostgreSQL do, who would fail.

        :param values: dict: day, month and year as they will be, of whatever type
        :raise ValidationError: there is no such day, month or year
        """
        month = values.get("month")
        if month not in self._fields["month"].get_values(self.env):
            month = 0
        try:
            key_dates.check_typed(values.get("day"), month, values.get("year"))
        except key_dates.KeyDateError as error:
            raise ValidationError(self._describe_error(error.code, values)) from error

    @api.model
    def _describe_error(self, code, values, is_company=False) -> str:
        """What is wrong with the date, for the one who typed it.

        :param values: a key date, or a dict of what was typed
        """
        if code == key_dates.NO_MONTH:
            return self.env._("Choose the month of the date.")
        if code == key_dates.NO_DAY:
            months = dict(self._fields["month"]._description_selection(self.env))
            return self.env._(
                "%(month)s has no day %(day)s.",
                month=months[values["month"]],
                day=values.get("day") or 0,
            )
        return self._describe_year_error(code, values["year"], is_company)

    @api.model
    def _describe_year_error(self, code, year, is_company) -> str:
        if code == key_dates.NO_YEAR:
            return self.env._(
                "%s is no year. Leave it empty if you do not know it.", year
            )
        if code == key_dates.NO_LEAP_YEAR:
            return self.env._(
                "There was no 29 February in %s. Leave the year empty if you are not "
                "sure of it.",
                year,
            )
        if code == key_dates.YEAR_TOO_EARLY:
            return self.env._(
                "The year %s is too long ago. Leave it empty if you do not know it.",
                year,
            )
        if is_company:
            return self.env._("A company founded in the future has no anniversary yet.")
        return self.env._(
            "This date is in the future. Enter it once the child is born, or leave the "
            "year empty."
        )
