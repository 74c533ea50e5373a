import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize

from ..tools.external import Refused, read, show, show_id
from ..tools.transactions import execute
from .relationship_interaction_external_sql import insert
from .relationship_interaction_match_sql import INTERNAL, MATCHED

GROUP = "crm_relationship.group_relationship_external"
# Events per call.
MAX_EVENTS = 1000
SOURCE = "external"


class RelationshipInteractionExternal(models.AbstractModel):
    """The way in for other systems: telephony, gateways of messengers, chats, shops. A
    part of ``relationship.interaction``.
    """

    _name = "relationship.interaction.external"
    _inherit = ["relationship.interaction.external.text"]
    _description = "Way in for Other Systems"

    @api.model
    def log_external(self, events):
        """Take in what happened in another system. Documented for other programs in
        ``docs/external_api.md``.

        An event is taken once per channel, company and ``external_id``, however often
        it is delivered. What is wrong with one event is said of it, and the others are
        taken. The number of queries does not depend on the number of events.

        :param events: list of dicts, 1,000 at most
        :return: dict with numbers (``accepted``, ``duplicates``, ``unmatched``,
            ``expired``), ``errors``, and ``results``: one answer for each event
        :raise AccessError: the user is not there for other systems
        :raise UserError: not a list, or too long
        """
        self._check_external_access()
        if not isinstance(events, list | tuple):
            raise UserError(self.env._("“events” has to be a list of events."))
        if len(events) > MAX_EVENTS:
            raise UserError(
                self.env._(
                    "%(count)s events are too many for one call; send them in parts of "
                    "%(most)s at most.",
                    count=len(events),
                    most=MAX_EVENTS,
                )
            )
        # The caller may write and see nothing but this: all is done for it.
        return self.sudo()._log_external(events, self.env.user)

    @api.model
    def _check_external_access(self):
        """:raise AccessError: the user is not there for other systems"""
        if self.env.su:
            return
        user = self.env.user
        if not user._is_internal() or not user.has_group(GROUP):
            raise AccessError(
                self.env._(
                    "You are not allowed to log events of other systems; an "
                    "administrator gives the right “External Systems” to the user of "
                    "the system."
                )
            )

    @api.model
    def _log_external(self, events, user) -> dict:
        answers = [None] * len(events)
        accepted = {}  # {dedup key: values, of the first event that has it}
        followers = []  # (index, dedup key)
        for index, values in self._read_external(events, user, answers):
            key = values["dedup_key"]
            if accepted.setdefault(key, values) is not values:
                followers.append((index, key))
        known = self._get_known_external(accepted)
        new = [values for key, values in accepted.items() if key not in known]
        self._match_external(new, answers)
        self._insert_external([v for v in new if not answers[v["index"]]], answers)
        for key, record_id in known.items():
            answers[accepted[key]["index"]] = {"status": "duplicate", "id": record_id}
        for index, key in followers:
            first = answers[accepted[key]["index"]]
            if first["status"] in ("created", "unmatched"):
                first = {"status": "duplicate", "id": first["id"]}
            answers[index] = dict(first)
        self._add_external_warnings(accepted.values(), answers)
        return self._summarize_external(events, answers)

    def _read_external(self, events, user, answers):
        """Put events into order; those that can't be taken are answered.

        :return: list of (index, column values), of the others
        """
        now = fields.Datetime.now()
        fields_ = self.env["relationship.interaction"]._fields
        choices = {
            f"{name}s": set(dict(fields_[name].selection))
            for name in ("outcome", "sentiment")
        }
        readable = []
        for index, said in enumerate(events):
            try:
                readable.append((index, read(said, now, **choices)))
            except Refused as refusal:
                answers[index] = self._refuse(refusal)
        world = self._get_external_world([event for _index, event in readable], user)
        found = []
        for index, event in readable:
            try:
                found.append((index, self._prepare_external(index, event, world)))
            except Refused as refusal:
                answers[index] = self._refuse(refusal)
        return [
            (index, values)
            for index, values in found
            if not self._is_expired(values, world, answers)
        ]

    def _refuse(self, refusal) -> dict:
        return {
            "status": "error",
            "id": None,
            "code": refusal.code,
            "error": self._get_external_text(refusal.code, refusal.about),
        }

    def _get_external_world(self, events, user) -> dict:
        """What events refer to. A query each for channels, colleagues and orders."""
        channels = self.env["relationship.channel"].search([("code", "!=", False)])
        return {
            "companies": set(user._get_company_ids()),
            "company": self.env.company,
            "channels": {
                (channel.code.strip().lower(), channel.company_id.id): channel
                for channel in channels
            },
            "keep_since": channels._get_keep_since(),
            "users": self._get_external_users({e.user for e in events if e.user}),
            "orders": self._get_external_orders({e.order for e in events if e.order}),
        }

    def _get_external_users(self, names) -> dict:
        """{login or e-mail address in lower case: user}"""
        if not names:
            return {}
        names |= {name.lower() for name in names}
        emails = set(filter(None, (email_normalize(name) for name in names)))
        users = self.env["res.users"].search(
            Domain("share", "=", False)
            & (Domain("login", "in", names) | Domain("email_normalized", "in", emails))
        )
        found = {user.email_normalized: user for user in users if user.email_normalized}
        return found | {user.login.lower(): user for user in users}

    def _get_external_orders(self, names) -> dict:
        """{(name, company id): order}"""
        if not names:
            return {}
        orders = self.env["sale.order"].search([("name", "in", list(names))])
        return {(order.name, order.company_id.id): order for order in orders}

    def _prepare_external(self, index, event, world) -> dict:
        """Column values of an event, and what else there is to know of it.

        :raise Refused: it refers to what is not there
        """
        company = world["company"]
        if event.company:
            company = company.browse(event.company)
        if company.id not in world["companies"]:
            raise Refused("company_denied", company.id)
        channels = world["channels"]
        channel = channels.get((event.channel, company.id)) or channels.get(
            (event.channel, False)
        )
        if not channel:
            raise Refused("channel_unknown", event.channel)
        derived = self.browse()._prepare_derived_vals(
            {"channel_id": channel.id, "kind": event.kind}
        )
        values = derived | {
            "index": index,
            "event": event,
            "date": fields.Datetime.to_string(event.date),
            "company_id": company.id,
            "channel_id": channel.id,
            "direction": event.direction,
            "kind": event.kind,
            "duration": event.duration,
            "outcome": event.outcome,
            "sentiment": event.sentiment,
            "external_id": event.external_id,
            "dedup_key": f"external:{channel.id}:{company.id}:{event.external_id}",
            "raw_subject": event.subject or None,
            "raw_preview": event.preview or None,
            "keys": self._get_contact_keys(event.contact, company),
        }
        self._add_external_links(values, world)
        return values

    def _add_external_links(self, values, world):
        """Who of us took part, and which order it was about, where that is known."""
        event, company_id = values["event"], values["company_id"]
        if event.user:
            user = world["users"].get(event.user.lower())
            if user and company_id in user._get_company_ids():
                values["user_id"] = user.id
            else:
                event.warnings.append(("user_unknown", show(event.user)))
        if event.order:
            order = world["orders"].get((event.order, company_id))
            if order:
                values |= {"res_model": "sale.order", "res_id": order.id}
                values["order"] = order
            else:
                event.warnings.append(("order_unknown", show(event.order)))
                if not event.contact:
                    raise Refused("contact_missing")

    def _is_expired(self, values, world, answers) -> bool:
        """Whether the channel does not keep anything that old; then it is answered."""
        since = world["keep_since"].get(values["channel_id"])
        if not since or values["event"].date >= since:
            return False
        answers[values["index"]] = {"status": "expired", "id": None}
        return True

    def _get_known_external(self, keys) -> dict:
        """{dedup key: id} of what was delivered before."""
        if not keys:
            return {}
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT dedup_key, id FROM relationship_interaction"
                    " WHERE dedup_key = ANY(%s)",
                    list(keys),
                )
            )
        )

    def _match_external(self, rows, answers):
        """Say whose the events are; those about our own people are answered."""
        questions = [(values["keys"], values["company_id"]) for values in rows]
        for values, answer in zip(rows, self._match(questions), strict=True):
            status, partner_id, customer_id = answer
            keys = values["keys"]
            values["external_address"] = keys.pop("shown") or None
            if status == INTERNAL:
                refusal = Refused("internal", values["external_address"])
                answers[values["index"]] = self._refuse(refusal)
            elif status == MATCHED:
                values |= {"partner_id": partner_id, "customer_id": customer_id}
            elif order := values.get("order"):
                values["partner_id"] = order.partner_id.id
                values["customer_id"] = order.partner_id.commercial_partner_id.id
            else:
                # Only as long as nobody knows whose it is.
                values["external_contact"] = keys

    def _insert_external(self, rows, answers):
        """Write new events: one statement, and one note of the customers."""
        if not rows:
            return
        hidden = {"index", "event", "keys", "order"}
        texts = [
            {name: value for name, value in values.items() if name not in hidden}
            for values in rows
        ]
        # Two calls with the same events at the same time: the request of the one that
        # comes second is tried again by Odoo, and finds them there.
        inserted = execute(self.env, insert(json.dumps(texts), SOURCE, self.env.uid))
        ids = dict(inserted)
        for values in rows:
            answers[values["index"]] = {
                "status": "created" if values.get("partner_id") else "unmatched",
                "id": ids[values["dedup_key"]],
            }
        self.env["relationship.interaction"].invalidate_model()
        self.env["relationship.profile.queue"]._note_customers(
            (values["customer_id"], values["company_id"])
            for values in rows
            if values.get("customer_id")
        )

    def _add_external_warnings(self, rows, answers):
        for values in rows:
            if warnings := values["event"].warnings:
                answers[values["index"]]["warnings"] = [
                    self._get_external_text(*warning) for warning in warnings
                ]

    def _summarize_external(self, events, answers) -> dict:
        results = [
            {"index": index, "external_id": show_id(events[index]), "warnings": []}
            | answer
            for index, answer in enumerate(answers)
        ]
        statuses = [answer["status"] for answer in answers]
        return {
            "accepted": statuses.count("created") + statuses.count("unmatched"),
            "duplicates": statuses.count("duplicate"),
            "unmatched": statuses.count("unmatched"),
            "expired": statuses.count("expired"),
            "errors": [row for row in results if row["status"] == "error"],
            "results": results,
        }
