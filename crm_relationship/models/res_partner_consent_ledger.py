from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_datetime

from .relationship_consent_sql import standing

# What one statement is about.
SUBJECT = ("partner_id", "company_id", "purpose", "channel_id")

# A slip is noticed at once; what was found out later is a statement of its own.
UNDO_TIME = timedelta(minutes=10)


class ResPartner(models.Model):
    """Enter into the ledger what a person said, and keep it there."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    @api.ondelete(at_uninstall=False)
    def _unlink_except_consents(self):
        """What somebody said is the proof of what we may do, or of what we did.

        Odoo's merge moves the statements before it deletes a contact. The key of the
        ledger stays a cascading one: of all others, Odoo's privacy lookup would list
        the statements with a button each to delete them.

        :raise UserError: a statement is about one of the contacts
        """
        # Whoever may delete a contact need not see what is known of it.
        rows = self.env["relationship.consent"].sudo()
        groups = rows._read_group([("partner_id", "in", self.ids)], ["partner_id"])
        if groups:
            raise UserError(
                self.env._(
                    "What these contacts said about consent is kept as proof, so they"
                    " can't be deleted. Archive or anonymize them instead: %s",
                    ", ".join(partner.display_name for [partner] in groups),
                )
            )

    def set_relationship_consent(
        self, purpose, channel_id, state, source=None, proof=None
    ):
        """Enter into the ledger what the person said just now.

        The same once more, as by a doubled click, is not entered again.

        :param source: how it was said; default: on the phone
        :param proof: what exactly was said or signed
        :return: {"consent_id": id of the new row, or False; "message": in words}
        :raise AccessError: the user may not see the customer
        :raise ValidationError: there is no such purpose, channel, state or source, or
            the state is ``not_asked``, which is no answer
        """
        self.ensure_one()
        self._check_relationship_access()
        values = {
            "purpose": purpose,
            "channel_id": self._check_consent_channel(channel_id).id,
            "state": state,
            "source": source or "phone",
        }
        self._check_consent_choices(values)
        Consent = self.env["relationship.consent"]
        Consent._check_answers([state])
        current = Consent._get_current(self.ids, self.env.company)
        last = current.get((self.id, purpose, values["channel_id"]))
        if last and self._says_the_same(last, state, source, proof):
            return {"consent_id": False, "message": self.env._("Noted already.")}
        consent = Consent.create({**values, "partner_id": self.id, "proof": proof})
        return {"consent_id": consent.id, "message": consent._get_summary()}

    def undo_relationship_consent(self, consent_id):
        """Take back one's own latest entry, a slip of the last minutes.

        The last statement that stands holds again. The row that says so is not that
        statement said anew: it does not repeat how it was said, nor its proof.

        :return: as `set_relationship_consent`
        :raise UserError: it is somebody else's, something was said since, it was
            entered too long ago, or it undoes an entry itself
        """
        self.ensure_one()
        self._check_relationship_access()
        slip = self.env["relationship.consent"].browse(consent_id).exists()
        slip.check_access("read")
        self._check_slip(slip)
        subject = slip._convert_to_write({name: slip[name] for name in SUBJECT})
        about = Domain.AND(Domain(name, "=", value) for name, value in subject.items())
        stands = Domain.custom(to_sql=lambda model, alias, query: standing(alias))
        before = slip.search(about & stands & Domain("id", "!=", slip.id), limit=1)
        entered = format_datetime(self.env, slip.create_date, dt_format="short")
        # Only an undo links a slip or says "not asked", which users may not enter. The
        # rights were checked above, on the slip, and the subject is the same.
        undoing = slip.sudo().create(
            {
                **subject,
                "state": before.state or "not_asked",
                "source": "other",
                "proof": self.env._("Taken back: a slip of %s", entered),
                "undone_id": slip.id,
            }
        )
        return {"consent_id": undoing.id, "message": undoing._get_summary()}

    def _check_relationship_access(self):
        """:raise AccessError: the user may not see, or not record, what is known"""
        self.check_access("read")
        self.env["relationship.consent"].check_access("create")
        if not self._may_see_relationship():
            raise AccessError(
                self.env._("%s is served by somebody else.", self.display_name)
            )

    def _check_slip(self, slip):
        """:raise UserError: the entry is not to be undone"""
        if (
            slip.partner_id != self
            or slip.user_id != self.env.user
            or not slip.is_current
        ):
            raise UserError(
                self.env._("Only your own latest entry can be undone; record it anew.")
            )
        if slip.undone_id:
            raise UserError(
                self.env._("What undoes an entry can't be undone; record it anew.")
            )
        if slip.create_date < self.env.cr.now() - UNDO_TIME:
            raise UserError(
                self.env._(
                    "An entry can be undone for %s minutes; now record it anew.",
                    UNDO_TIME.seconds // 60,
                )
            )

    def _check_consent_channel(self, channel_id):
        channel = self.env["relationship.channel"].browse(channel_id).exists()
        if not channel:
            raise ValidationError(self.env._("There is no such channel."))
        channel.check_access("read")
        return channel

    def _check_consent_choices(self, values):
        for name in ("purpose", "state", "source"):
            if values[name] not in dict(self._get_consent_choices(name)):
                raise ValidationError(
                    self.env._(
                        "“%(value)s” is no choice of %(field)s.",
                        value=values[name],
                        field=name,
                    )
                )

    def _says_the_same(self, last, state, source, proof) -> bool:
        """Whether a statement adds nothing to the last one: the same state by the same
        user on the same day, and no other source or proof. An undo is no statement."""
        day, today = (
            fields.Datetime.context_timestamp(self, moment).date()
            for moment in (last["date"], fields.Datetime.now())
        )
        return (
            not last["undone_id"]
            and last["state"] == state
            and last["user_id"] == self.env.uid
            and day == today
            and (not source or source == last["source"])
            and (not proof or proof == last["proof"])
        )
