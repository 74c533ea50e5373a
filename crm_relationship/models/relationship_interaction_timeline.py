from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import escape_psql

# Interactions on one page of the timeline.
PAGE = 30
MAX_PAGE = 100
# Longer texts are cut: nobody types that to find something.
MAX_TEXT = 100
# What the filter of the timeline calls a kind.
KIND_GROUPS = {
    "contacts": ("message", "call", "meeting", "visit", "task", "other"),
    "documents": (
        "lead",
        "opportunity",
        "won",
        "lost",
        "quotation",
        "order",
        "cancellation",
        "invoice",
        "payment",
        "credit_note",
        "delivery",
    ),
    "feedback": ("rating", "case"),
    "mailings": ("mailing",),
}
NEWEST_FIRST = "date desc, id desc"
# What a page shows; the texts are as the user may read them.
PAGE_FIELDS = [
    "date",
    "partner_id",
    "customer_id",
    "company_id",
    "channel_id",
    "direction",
    "kind",
    "user_id",
    "duration",
    "outcome",
    "sentiment",
    "source",
    "res_model",
    "res_id",
    "external_address",
]


class RelationshipInteractionTimeline(models.AbstractModel):
    """Everything that happened with a customer, or with all of them, newest first. A
    part of ``relationship.interaction``.
    """

    _name = "relationship.interaction.timeline"
    _description = "Timeline"

    @api.model
    @api.readonly
    def get_timeline(
        self,
        partner_id=False,
        only_contact=False,
        only_mine=False,
        filters=None,
        cursor=None,
        limit=PAGE,
    ):
        """One page of the timeline of a customer, or of all that the user may see, in
        the companies that the user has switched on. Nothing is counted, and the number
        of queries depends neither on the history nor on the page.

        :param partner_id: a contact; its whole customer is meant
        :param only_contact: only what concerns the contact itself
        :param only_mine: only what the user took part in
        :param filters: dict of ``channel_ids``, ``kinds`` (keys of ``KIND_GROUPS``),
            ``direction``, ``user_id`` and ``text``; what is missing does not matter
        :param cursor: ``cursor`` of the page before; the first page has none
        :param limit: number of interactions, at most ``MAX_PAGE``
        :return: dict of ``interactions``, ``more`` (whether there is another page) and
            its ``cursor``; the first page also says what to do next (``next_steps``)
            and which ``channels`` there are
        :raise AccessError: the user may not see the contact
        :raise UserError: the cursor is none
        """
        self.browse().check_access("read")
        partner = self._get_timeline_partner(partner_id)
        limit = _bounded(limit, PAGE, MAX_PAGE)
        domain = self._get_timeline_domain(partner, only_contact, only_mine)
        domain &= self._get_timeline_filter(filters)
        if cursor:
            domain &= self._get_timeline_after(cursor)
        rows = self._search_timeline(domain, partner, limit + 1)
        page = rows[:limit]
        answer = {
            "interactions": self._read_timeline([row_id for _date, row_id in page]),
            "more": len(rows) > limit,
            "cursor": [page[-1][0].isoformat(), page[-1][1]] if page else False,
        }
        if not cursor:
            answer["next_steps"] = self._get_next_steps(partner)
            answer["channels"] = self._get_timeline_channels()
        return answer

    @api.model
    def _get_timeline_partner(self, partner_id):
        if not partner_id:
            return self.env["res.partner"]
        if type(partner_id) is not int:
            raise UserError(self.env._("This customer is unknown."))
        partner = self.env["res.partner"].browse(partner_id).exists()
        if not partner:
            raise UserError(self.env._("This customer does not exist any more."))
        partner.check_access("read")
        return partner

    @api.model
    def _get_timeline_domain(self, partner, only_contact, only_mine) -> Domain:
        domain = Domain.TRUE
        if partner:
            domain &= Domain("customer_id", "=", partner.commercial_partner_id.id)
        if partner and only_contact:
            domain &= Domain("partner_id", "=", partner.id)
        if only_mine:
            domain &= Domain("user_id", "=", self.env.uid)
        return domain

    @api.model
    def _get_timeline_filter(self, filters) -> Domain:
        """What a user chose. Whatever is no id and no key matches nothing."""
        filters = filters if isinstance(filters, dict) else {}
        domain = Domain.TRUE
        if channel_ids := filters.get("channel_ids"):
            domain &= Domain("channel_id", "in", _ids(channel_ids))
        if groups := filters.get("kinds"):
            known = [group for group in _list(groups) if isinstance(group, str)]
            kinds = [kind for group in known for kind in KIND_GROUPS.get(group, ())]
            domain &= Domain("kind", "in", kinds)
        if direction := filters.get("direction"):
            domain &= Domain("direction", "in", [str(direction)])
        if user_id := filters.get("user_id"):
            domain &= Domain("user_id", "in", _ids([user_id]))
        if text := str(filters.get("text") or "").replace("\0", "").strip():
            domain &= self._get_timeline_text_domain(text[:MAX_TEXT])
        return domain

    @api.model
    def _get_timeline_text_domain(self, text) -> Domain:
        """Subject or preview has the text: looked up row by row, for there is a page to
        fill. Nobody learns by it what is in a document that is not for them."""
        unaccent = self.env.registry.unaccent
        pattern = SQL("%s", f"%{escape_psql(text)}%")

        def to_sql(model, alias, query):
            # Users have no right to the stored texts; what is masked is left out.
            model = model.sudo()
            return SQL(
                "(%s)",
                SQL(" OR ").join(
                    SQL(
                        "%s ILIKE %s",
                        unaccent(model._field_to_sql(alias, name, query)),
                        unaccent(pattern),
                    )
                    for name in ("raw_subject", "raw_preview")
                ),
            )

        return Domain.custom(to_sql=to_sql) & self._get_readable_domain()

    @api.model
    def _get_timeline_after(self, cursor) -> Domain:
        """Everything older than a row: compared as a pair, so that the index leads
        there however far back it is, and as precisely as the database stores it."""
        try:
            date_text, row_id = cursor
            values = SQL("(%s, %s)", datetime.fromisoformat(date_text), int(row_id))
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._("The timeline can't go on from here. Please reload it.")
            ) from error

        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "(%s, %s) < %s",
                model._field_to_sql(alias, "date", query),
                model._field_to_sql(alias, "id", query),
                values,
            )
        )

    @api.model
    def _search_timeline(self, domain, partner, limit) -> list[tuple]:
        """(date, id) of the newest interactions: one query, in which each company has
        its own walk along an index.

        Ids only: they are read under the rules afterwards.
        """
        trusted = self._get_trusted_companies(partner)
        selects = []
        for company in self.env.companies:
            # Whoever sees the profile sees what happened with the customer. That is
            # decided once, above, and not by looking up the profile for every row.
            model = self.sudo() if company in trusted else self
            query = model._search(
                domain & Domain("company_id", "=", company.id),
                order=NEWEST_FIRST,
                limit=limit,
            )
            columns = (
                model._field_to_sql(query.table, name) for name in ("date", "id")
            )
            selects.append(SQL("(%s)", query.select(*columns)))
        return self.env.execute_query(
            SQL(
                "SELECT date, id FROM (%s) page ORDER BY date DESC, id DESC LIMIT %s",
                SQL(" UNION ALL ").join(selects),
                limit,
            )
        )

    @api.model
    def _get_trusted_companies(self, partner):
        """Companies whose profile of the customer the user may see."""
        if not partner:
            return self.env["res.company"]
        profiles = self.env["relationship.profile"].with_context(active_test=False)
        return profiles.search_fetch(
            [
                ("partner_id", "=", partner.commercial_partner_id.id),
                ("company_id", "in", self.env.companies.ids),
            ],
            ["company_id"],
        ).company_id

    @api.model
    def _read_timeline(self, ids) -> list[dict]:
        """What the timeline shows of interactions, newest first."""
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("direction", "kind", "outcome", "sentiment")
        }
        # As the user, so that rules and masks hold.
        interactions = self.search_fetch(
            [("id", "in", ids)], PAGE_FIELDS, order=NEWEST_FIRST
        )
        return [
            interaction._get_timeline_entry(interaction.sudo(), labels)
            for interaction in interactions
        ]

    def _get_timeline_entry(self, told, labels) -> dict:
        """:param told: the same, allowed to name the people and the channel, which are
        no secret to who sees the interaction"""
        channel = told.channel_id
        return {
            "id": self.id,
            "date": fields.Datetime.to_string(self.date),
            "channel": {
                "id": channel.id,
                "name": channel.name,
                "icon": channel.icon or "fa-comments-o",
                "color": channel.color,
            },
            "direction": self.direction,
            "direction_label": labels["direction"].get(self.direction, ""),
            "kind": self.kind,
            "kind_label": labels["kind"].get(self.kind, ""),
            "outcome": self.outcome or "",
            "outcome_label": labels["outcome"].get(self.outcome, ""),
            "sentiment": self.sentiment or "",
            "sentiment_label": labels["sentiment"].get(self.sentiment, ""),
            "subject": self.subject or "",
            "preview": self.preview or "",
            "amount": self.amount or 0,
            "currency_id": told.company_id.currency_id.id,
            "duration": self.duration or 0,
            "user": _named(told.user_id),
            "customer": _named(told.customer_id),
            "contact": _named(
                told.partner_id if told.partner_id != told.customer_id else None
            ),
            "address": self.external_address or "" if not told.partner_id else "",
            "company": told.company_id.name if len(self.env.companies) > 1 else "",
            "is_masked": self.is_masked,
            "has_document": self._has_open_document(),
            "is_mine": self.source == "manual" and told.user_id == self.env.user,
        }

    def _has_open_document(self) -> bool:
        """There is a document, it is for this user, and more than the contact, which
        the timeline names anyway."""
        return bool(
            self.res_id
            and self.res_model in self.env
            and self.res_model != "res.partner"
            and not self.is_masked
        )

    @api.model
    def _get_timeline_channels(self) -> list[dict]:
        channels = self.env["relationship.channel"].search_fetch(
            [], ["name", "icon", "color"]
        )
        return [
            {
                "id": channel.id,
                "name": channel.name,
                "icon": channel.icon or "fa-comments-o",
                "color": channel.color,
            }
            for channel in channels
        ]


def _bounded(value, default, maximum) -> int:
    """A number of rows, whatever was asked for."""
    if type(value) is not int:
        return default
    return min(max(value, 1), maximum)


def _list(value) -> list:
    return list(value) if isinstance(value, list | tuple | set) else [value]


def _ids(values) -> list[int]:
    return [value for value in _list(values) if type(value) is int]


def _named(record):
    if not record:
        return False
    return {"id": record.id, "name": record.name or record.display_name}
