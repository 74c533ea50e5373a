from odoo import api, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists

# Documents that the law wants as they were made, and their lines. The contact that they
# point to has lost its name.
LEGAL = (
    "account.bank.statement.line",
    "account.move",
    "account.move.line",
    "account.payment",
    "sale.order",
    "sale.order.line",
)
# Other people, programs, or emptied otherwise.
NOT_SCRUBBED = (
    "ir.actions.server",
    "mail.message",
    "relationship.touch",
    "res.company",
    "res.partner",
    "res.partner.category",
    "res.users",
)
# Copies of an address in documents of the person.
ADDRESS_COPIES = (
    "partner_name",
    "partner_email",
    "partner_phone",
    "partner_address",
    "partner_zip",
    "partner_city",
    "mail_email_address",
)
MAIL_TEXTS = ("body_html", "email_to", "email_cc", "headers")
MESSAGE_TEXTS = (
    "subject",
    "body",
    "email_from",
    "reply_to",
    "incoming_email_to",
    "incoming_email_cc",
    "outgoing_email_to",
)


class RelationshipPrivacyScrubber(models.AbstractModel):
    """Replaces the traces of people in the texts of whatever is linked to them, of
    whatever add-on.

    By SQL, for it is about stored texts only, among them computed and read-only ones,
    and about documents that refuse to be written. A part of the anonymization.
    """

    _name = "relationship.privacy.scrubber"
    _description = "Traces of People"

    @api.model
    def _scrub(self, people, traces) -> int:
        """Replace the traces of people in the texts of what is linked to them.

        :return: number of rows changed
        """
        rows = self._scrub_senders(people)
        name = people[0]._get_privacy_name()
        links = people._get_privacy_references()
        for model, columns in links:
            linked = self._get_linked_sql(model, columns, people)
            rows += self._scrub_copies(model, columns, people)
            if traces:
                if model not in (*LEGAL, *NOT_SCRUBBED):
                    rows += self._replace(
                        model, self._get_text_columns(model), linked, traces, name
                    )
                rows += self._scrub_talk(model, linked, traces, name)
        if traces:
            rows += self._scrub_surroundings(people, traces, name)
        self._unfollow(people)
        return rows

    @api.model
    def _scrub_surroundings(self, people, traces, name) -> int:
        """Replace traces in the notes on the company that a person belongs to, and in
        the names of talks with the person."""
        notes = [
            column
            for column in ("comment", "relationship_contact_note")
            if column in people._fields
        ]
        company = people.parent_id - people
        ids = SQL("SELECT UNNEST(%s::int[])", company.ids)
        rows = self._replace("res.partner", notes, ids, traces, name)
        mails = SQL(
            "SELECT id FROM mail_mail WHERE email_to ~* %(p)s OR email_cc ~* %(p)s",
            p=traces.pattern,
        )
        rows += self._replace("mail.mail", MAIL_TEXTS, mails, traces, name)
        talks = SQL(
            "SELECT channel.id FROM discuss_channel channel"
            " JOIN discuss_channel_member member ON member.channel_id = channel.id"
            " WHERE channel.channel_type = 'chat' AND member.partner_id = ANY(%s)",
            people.ids,
        )
        return rows + self._replace("discuss.channel", ["name"], talks, traces, name)

    @api.model
    def _get_linked_sql(self, model, columns, people) -> SQL:
        """A query of the ids of the records of a model that refer to people."""
        record = self.env[model]
        queries = [SQL("SELECT NULL::int")]
        for name in columns:
            field = record._fields[name]
            if field.type == "many2many":
                queries.append(
                    SQL(
                        "SELECT %s FROM %s WHERE %s = ANY(%s)",
                        SQL.identifier(field.column1),
                        SQL.identifier(field.relation),
                        SQL.identifier(field.column2),
                        people.ids,
                    )
                )
            else:
                queries.append(
                    SQL(
                        "SELECT id FROM %s WHERE %s = ANY(%s)",
                        SQL.identifier(record._table),
                        SQL.identifier(name),
                        people.ids,
                    )
                )
        return SQL(" UNION ALL ").join(queries)

    @api.model
    def _get_text_columns(self, model) -> list[str]:
        return [
            name
            for name, field in self.env[model]._fields.items()
            if field.store
            and field.type in ("char", "text", "html")
            and field.column_type
            and not field.translate
            and not field.company_dependent
            and column_exists(self.env.cr, self.env[model]._table, name)
        ]

    @api.model
    def _replace(self, model, columns, ids, traces, name) -> int:
        """Replace traces in the texts of some records.

        :param SQL ids: query of their ids
        :return: number of rows changed
        """
        if not columns:
            return 0
        names = [SQL.identifier(column) for column in columns]
        pattern = traces.pattern
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s WHERE id IN (%s) AND (%s)",
                SQL.identifier(self.env[model]._table),
                SQL(", ").join(
                    SQL(
                        "%(c)s = REGEXP_REPLACE(%(c)s, %(p)s, %(n)s, 'gi')",
                        c=column,
                        p=pattern,
                        n=name,
                    )
                    for column in names
                ),
                ids,
                SQL(" OR ").join(SQL("%s ~* %s", column, pattern) for column in names),
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _scrub_talk(self, model, linked, traces, name) -> int:
        """Replace traces in what was said on the records of a model, or planned."""
        messages = SQL(
            "SELECT id FROM mail_message WHERE model = %s AND res_id IN (%s)",
            model,
            linked,
        )
        if model == "mail.message":
            messages = linked
        activities = SQL(
            "SELECT id FROM mail_activity WHERE res_model = %s AND res_id IN (%s)",
            model,
            linked,
        )
        replace = self._replace
        rows = replace("mail.message", MESSAGE_TEXTS, messages, traces, name)
        for part, texts in (
            ("mail.mail", MAIL_TEXTS),
            (
                "mail.tracking.value",
                (
                    "old_value_char",
                    "new_value_char",
                    "old_value_text",
                    "new_value_text",
                ),
            ),
        ):
            parts = SQL(
                "SELECT id FROM %s WHERE mail_message_id IN (%s)",
                SQL.identifier(self.env[part]._table),
                messages,
            )
            rows += replace(part, texts, parts, traces, name)
        rows += replace(
            "mail.activity",
            ("res_name", "summary", "note", "feedback"),
            activities,
            traces,
            name,
        )
        self.env.cr.execute(
            SQL(
                "DELETE FROM mail_message_translation WHERE message_id IN (%s)",
                messages,
            )
        )
        return rows

    @api.model
    def _scrub_senders(self, people) -> int:
        """Who wrote a message is its author, who has no address any more."""
        self.env.cr.execute(
            SQL(
                "UPDATE mail_message SET email_from = NULL, reply_to = NULL"
                " WHERE author_id = ANY(%s)"
                " AND (email_from IS NOT NULL OR reply_to IS NOT NULL)",
                people.ids,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _scrub_copies(self, model, columns, people) -> int:
        """Empty the copies of an address in records of the person."""
        owner = {"partner_id", "res_partner_id"} & set(columns)
        copies = [
            name
            for name in ADDRESS_COPIES
            if name in self._get_text_columns(model)
            and not self.env[model]._fields[name].required
        ]
        if not owner or not copies or model in LEGAL:
            return 0
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s WHERE %s = ANY(%s)",
                SQL.identifier(self.env[model]._table),
                SQL(", ").join(
                    SQL("%s = NULL", SQL.identifier(name)) for name in copies
                ),
                SQL.identifier(owner.pop()),
                people.ids,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _unfollow(self, people):
        """Nobody writes to them about documents any more, or asks for them."""
        if "relationship_contact_id" in people._fields:
            self.env["res.partner"].search(
                [("relationship_contact_id", "in", people.ids)]
            ).relationship_contact_id = False
        self.env["mail.followers"].search([("partner_id", "in", people.ids)]).unlink()
