import math
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

# What a line of the timeline says; longer texts are in the preview as a whole.
SUBJECT_LENGTH = 120
MAX_LENGTH = 4000
MAX_HOURS = 24
MAX_DAYS = 3650
# Whoever logged an interaction by hand.
MANUAL = "manual"
# Outcomes of talking with somebody; the others are those of documents.
TALK_OUTCOMES = (
    "reached",
    "interested",
    "not_interested",
    "message_left",
    "no_answer",
)
KIND_BY_CHANNEL = {
    "phone": "call",
    "meeting": "meeting",
    "counter": "visit",
    "document": "other",
}
# Among how many of the user's latest interactions the last customers are looked for.
LATEST = 50
# Customers offered to choose from.
CHOICES = 8


class RelationshipInteractionLog(models.AbstractModel):
    """Logging by hand what nothing else knows of. A part of
    ``relationship.interaction``.
    """

    _name = "relationship.interaction.log"
    _description = "Logging of Contacts"

    @api.model
    def log_contact(self, partner_id, values):
        """Log that the user was in touch with a customer, and plan the next step.

        :param partner_id: the contact
        :param values: dict of ``channel_id``, ``text``, and if wished ``direction``
            ("in", "out" or "both"; out by default), ``outcome``, ``duration`` in hours,
            ``next_step`` (dict of ``activity_type_id``, ``days`` from today and
            ``user_id``) and ``token``: what is sent twice with the same one is logged
            once
        :return: dict of ``id`` of the interaction, ``activity_id`` of the next step (or
            False), ``partner_id``, ``customer_id`` and ``name`` of the customer
        :raise AccessError: the user may not see the contact, or not log anything
        :raise UserError: something is missing or wrong; says what to do
        """
        self.browse().check_access("create")
        partner = self._get_timeline_partner(partner_id)
        if not partner:
            raise UserError(self.env._("Choose the customer first."))
        values = values if isinstance(values, dict) else {}
        token = self._get_log_token(values)
        if known := self._get_logged(token):
            return known._get_log_answer()
        interaction = self.create(self._prepare_log_vals(partner, values))
        # The user has no right to the key; it only keeps a second click from counting.
        interaction.sudo().dedup_key = token
        activity = interaction._plan_next_step(values.get("next_step"))
        return interaction._get_log_answer(activity)

    @api.model
    def undo_contact(self, interaction_id, activity_id=False):
        """Take back what the user has just logged, and the next step planned with it.

        :raise AccessError: somebody else logged it, or it was captured
        """
        interaction = self.browse(_id(interaction_id)).exists()
        if interaction:
            interaction.check_access("unlink")
            self._check_undo(interaction)
            # The user planned it, as is looked up below, if for somebody else.
            self._get_planned_with(interaction, activity_id).sudo().unlink()
            interaction._take_answers_back()
            interaction.unlink()
        return True

    @api.model
    @api.readonly
    def get_log_options(self, partner_id=False):
        """What there is to choose from when a contact is logged.

        :return: dict of ``channels``, ``channel_id`` (the one used last by this user),
            ``outcomes``, ``activity_types``, ``partner`` (or False) and the user's last
            ``customers``, latest first
        """
        self.browse().check_access("read")
        latest = self._get_latest_of_user()
        manual = latest.filtered(lambda interaction: interaction.source == MANUAL)
        channels = self._get_timeline_channels()
        offered = {channel["id"] for channel in channels}
        last = manual[:1].channel_id.id
        outcomes = dict(self._fields["outcome"]._description_selection(self.env))
        return {
            "channels": channels,
            "channel_id": last
            if last in offered
            else channels[:1] and channels[0]["id"],
            "outcomes": [(code, outcomes[code]) for code in TALK_OUTCOMES],
            "activity_types": self._get_log_activity_types(),
            "partner": _describe(self._get_timeline_partner(partner_id)),
            "customers": self._describe_partners(latest.partner_id),
        }

    @api.model
    @api.readonly
    def search_log_customers(self, text):
        """Contacts by name, reference, e-mail or phone number; those whom the user was
        in touch with lately come first."""
        latest = self._get_latest_of_user().partner_id
        text = text.replace("\0", "").strip()[:100] if isinstance(text, str) else ""
        if not text:
            return self._describe_partners(latest)
        domain = self.env["relationship.profile"]._get_contact_domain(text)
        found = self.env["res.partner"].search(domain, limit=5 * CHOICES)
        return self._describe_partners((latest & found) | found)

    @api.model
    def _get_latest_of_user(self):
        return self.search_fetch(
            [("user_id", "=", self.env.uid)],
            ["partner_id", "channel_id", "source"],
            order="date desc, id desc",
            limit=LATEST,
        )

    @api.model
    def _describe_partners(self, partners) -> list[dict]:
        partners = partners._filtered_access("read").filtered("active")
        return [_describe(partner) for partner in partners[:CHOICES]]

    @api.model
    def _get_log_activity_types(self) -> list[dict]:
        types = self.env["mail.activity.type"].search(
            [
                ("res_model", "in", [False, "res.partner"]),
                ("category", "!=", "upload_file"),
            ]
        )
        return [
            {"id": kind.id, "name": kind.name, "icon": kind.icon or "fa-tasks"}
            for kind in types
        ]

    @api.model
    def _prepare_log_vals(self, partner, values) -> dict:
        channel = self._get_log_channel(values.get("channel_id"))
        outcome = values.get("outcome") or False
        duration = self._get_log_duration(values.get("duration"))
        company = partner.company_id & self.env.companies or self.env.company
        self._check_log_choice("direction", values.get("direction") or "out")
        self._check_log_choice("outcome", outcome or "reached")
        return {
            "partner_id": partner.id,
            "company_id": company.id,
            "channel_id": channel.id,
            "kind": KIND_BY_CHANNEL.get(channel.code, "message"),
            "direction": values.get("direction") or "out",
            "outcome": outcome,
            "duration": duration,
            # It began when the timer was started.
            "date": fields.Datetime.now() - timedelta(hours=duration),
            **self._prepare_log_text(values.get("text"), outcome),
        }

    @api.model
    def _prepare_log_text(self, text, outcome) -> dict:
        text = text.replace("\0", "").strip() if isinstance(text, str) else ""
        if not text and not outcome:
            raise UserError(self.env._("Say in one sentence what it was about."))
        if len(text) > MAX_LENGTH:
            raise UserError(
                self.env._(
                    "Please be brief: a contact is told in %s characters at most.",
                    MAX_LENGTH,
                )
            )
        subject = text.partition("\n")[0].strip()
        if len(subject) > SUBJECT_LENGTH:
            subject = subject[: SUBJECT_LENGTH - 1].rsplit(" ", 1)[0].rstrip() + "…"
        return {
            "subject": subject or False,
            "preview": text if text != subject else False,
        }

    @api.model
    def _get_log_channel(self, channel_id):
        channel = self.env["relationship.channel"].browse(_id(channel_id)).exists()
        if not channel or not channel.has_access("read"):
            raise UserError(self.env._("Choose how you were in touch: the channel."))
        return channel

    @api.model
    def _get_log_duration(self, duration) -> float:
        duration = duration or 0
        if (
            type(duration) not in (int, float)
            or not math.isfinite(duration)
            or not 0 <= duration <= MAX_HOURS
        ):
            raise UserError(
                self.env._("A contact takes between 0 and %s hours.", MAX_HOURS)
            )
        return duration

    @api.model
    def _check_log_choice(self, name, value):
        choices = self._fields[name].get_values(self.env)
        if not isinstance(value, str) or value not in choices:
            raise UserError(self.env._("“%s” can't be chosen here.", value))

    @api.model
    def _get_log_token(self, values):
        token = values.get("token")
        if not isinstance(token, str) or not token:
            return False
        return f"log:{self.env.uid}:{token[:64]}"

    @api.model
    def _get_logged(self, token):
        """What this user has logged with the token before."""
        if not token:
            return self.browse()
        # The token has the user's id in it: it is that user's own interaction.
        found = self.sudo().search([("dedup_key", "=", token)], limit=1)
        return found.sudo(False)

    def _get_log_answer(self, activity=None) -> dict:
        # Named to who has just planned it, if for somebody else.
        planned = activity.sudo() if activity else None
        return {
            "id": self.id,
            "activity_id": activity.id if activity else False,
            "partner_id": self.partner_id.id,
            "customer_id": self.customer_id.id,
            "name": self.partner_id.display_name,
            "next_step": self.env._(
                "%(what)s on %(day)s",
                what=planned.activity_type_id.name,
                day=format_date(self.env, planned.date_deadline),
            )
            if planned
            else "",
        }

    def _plan_next_step(self, step):
        """:return: the activity, or None where no next step is wished"""
        self.ensure_one()
        if not isinstance(step, dict) or not step:
            return None
        kind = self.env["mail.activity.type"].browse(_id(step.get("activity_type_id")))
        if not kind.exists() or kind.res_model not in (False, "res.partner"):
            raise UserError(self.env._("Choose what to do next."))
        days = step.get("days", 0)
        if type(days) is not int or not 0 <= days <= MAX_DAYS:
            raise UserError(self.env._("Plan the next step within %s days.", MAX_DAYS))
        user = self.env["res.users"].browse(_id(step.get("user_id")) or self.env.uid)
        if not user.exists() or user.share:
            raise UserError(self.env._("Choose who does the next step."))
        today = fields.Date.context_today(self)
        # Planning what to do for a customer changes nothing of the customer:
        # whoever may log may plan, also without the right to write contacts. The
        # values are checked.
        planned = self.partner_id.sudo().activity_schedule(
            activity_type_id=kind.id,
            date_deadline=fields.Date.add(today, days=days),
            user_id=user.id,
            summary=self.subject or "",
            # Planned by a person.
            automated=False,
        )
        return planned.sudo(False)

    @api.model
    def _check_undo(self, interaction):
        if interaction.source != MANUAL or interaction.user_id != self.env.user:
            raise UserError(
                self.env._("Only what you have logged yourself can be taken back.")
            )

    @api.model
    def _get_planned_with(self, interaction, activity_id):
        """The next step, if it is one of the user's for this contact and nobody has
        done it meanwhile."""
        # Only to compare; who planned it for somebody else may not see it any more.
        activity = self.env["mail.activity"].sudo().browse(_id(activity_id)).exists()
        return activity.filtered(
            lambda step: (
                step.create_uid == self.env.user
                and step.res_model == "res.partner"
                and step.res_id == interaction.partner_id.id
                and step.create_date >= interaction.create_date
            )
        )


def _id(value):
    """An id, or none where something else was sent."""
    return value if type(value) is int and 0 < value < 2**31 else False


def _describe(partner):
    if not partner:
        return False
    return {
        "id": partner.id,
        "name": partner.name or partner.display_name,
        "customer": partner.parent_id.sudo().name or "",
        "phone": partner.phone or "",
        "email": partner.email or "",
    }
