from odoo import api, models
from odoo.tools import ormcache

from ..tools.external import DIRECTIONS, ID_LENGTH, KINDS


class RelationshipInteractionExternalText(models.AbstractModel):
    """What is wrong with an event, in words. A part of ``relationship.interaction``."""

    _name = "relationship.interaction.external.text"
    _description = "Answers to Other Systems"

    @api.model
    def _get_external_text(self, code, about="") -> str:
        """A code of ``tools.external`` in the language of the user."""
        text = self._get_external_texts().get(code)
        if text is None:
            return code
        return text % {
            "about": about,
            "directions": ", ".join(DIRECTIONS),
            "kinds": ", ".join(KINDS),
            "length": ID_LENGTH,
        }

    @api.model
    @ormcache("self.env.lang")
    def _get_external_texts(self) -> dict[str, str]:
        return self._get_external_errors() | self._get_external_warnings()

    @api.model
    def _get_external_errors(self) -> dict[str, str]:
        return {
            "not_an_object": self.env._("An event is an object, not “%(about)s”."),
            "channel_missing": self.env._(
                "“channel” is missing: the code of a channel."
            ),
            "channel_unknown": self.env._(
                "There is no channel with the code “%(about)s”; an administrator "
                "creates channels."
            ),
            "external_id_missing": self.env._(
                "“external_id” is missing: what you call the event."
            ),
            "external_id_too_long": self.env._(
                "“external_id” is longer than %(length)s characters."
            ),
            "external_id_invalid": self.env._(
                "“external_id” is no text, or has characters that can't be stored."
            ),
            "date_invalid": self.env._(
                "“%(about)s” is no date; write 2026-01-31T14:05:00Z, or the seconds "
                "since 1970."
            ),
            "date_too_old": self.env._("%(about)s is too long ago to be true."),
            "date_in_future": self.env._("%(about)s is in the future."),
            "direction_invalid": self.env._(
                "“%(about)s” is no direction; there are: %(directions)s."
            ),
            "kind_invalid": self.env._("“%(about)s” is no kind; there are: %(kinds)s."),
            "company_invalid": self.env._(
                "“%(about)s” is no company; give the number of one, or nothing."
            ),
            "company_denied": self.env._("You can't log events for company %(about)s."),
            "contact_invalid": self.env._(
                "“contact”, “from” and “to” are objects with phone, email, ref and "
                "name, all of them texts; this is not: %(about)s."
            ),
            "contact_missing": self.env._(
                "Nobody can tell who this was: give the phone, email, ref or name of "
                "the customer."
            ),
            "internal": self.env._("%(about)s is one of us, and no customer."),
        }

    @api.model
    def _get_external_warnings(self) -> dict[str, str]:
        return {
            "unknown_fields": self.env._("Left out, as nobody knows it: %(about)s."),
            "subject_invalid": self.env._("“subject” was left out: it is no text."),
            "text_invalid": self.env._("“text” was left out: it is no text."),
            "duration_invalid": self.env._(
                "“duration” was left out: “%(about)s” is no number of seconds of a "
                "week at most."
            ),
            "outcome_invalid": self.env._("“outcome” was left out: it is no text."),
            "outcome_unknown": self.env._(
                "“outcome” was left out: there is no “%(about)s”."
            ),
            "sentiment_invalid": self.env._("“sentiment” was left out: it is no text."),
            "sentiment_unknown": self.env._(
                "“sentiment” was left out: there is no “%(about)s”."
            ),
            "user_invalid": self.env._("“user” was left out: it is no text."),
            "user_unknown": self.env._(
                "“user” was left out: no colleague in this company has the login or "
                "e-mail address “%(about)s”."
            ),
            "order_invalid": self.env._("“order” was left out: it is no text."),
            "order_unknown": self.env._(
                "“order” was left out: there is no “%(about)s”."
            ),
        }
