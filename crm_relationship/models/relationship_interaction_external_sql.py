"""The statement that writes what other systems deliver."""

from odoo.tools import SQL

from .relationship_profile_scope import NOW, columns

# What is said of an event: column -> type.
COLUMNS = {
    "dedup_key": SQL("text"),
    "date": SQL("timestamp"),
    "partner_id": SQL("int"),
    "customer_id": SQL("int"),
    "company_id": SQL("int"),
    "channel_id": SQL("int"),
    "direction": SQL("text"),
    "kind": SQL("text"),
    "is_contact": SQL("boolean"),
    "user_id": SQL("int"),
    "duration": SQL("float8"),
    "outcome": SQL("text"),
    "sentiment": SQL("text"),
    "raw_subject": SQL("text"),
    "raw_preview": SQL("text"),
    "res_model": SQL("text"),
    "res_id": SQL("int"),
    "external_id": SQL("text"),
    "external_address": SQL("text"),
    "external_contact": SQL("jsonb"),
}


def insert(rows: str, source: str, uid: int) -> SQL:
    """Write events; what is there already stays as it is.

    What comes from an address that was said to be no customer's is not shown again.

    :param rows: JSON, a list of objects with ``COLUMNS``
    :return: a statement that gives (dedup_key, id) of what was written
    """
    return SQL(
        """
        INSERT INTO relationship_interaction (
            %(names)s, source, is_ignored,
            create_uid, write_uid, create_date, write_date
        )
        SELECT %(said)s, %(source)s,
               said.partner_id IS NULL AND EXISTS (
                   SELECT FROM relationship_interaction known
                    WHERE known.partner_id IS NULL
                      AND known.external_address = said.external_address
                      AND known.company_id = said.company_id
                      AND known.is_ignored
               ),
               %(uid)s, %(uid)s, %(now)s, %(now)s
          FROM jsonb_to_recordset(%(rows)s::jsonb) said(%(types)s)
         ORDER BY said.dedup_key
            ON CONFLICT (dedup_key) WHERE dedup_key IS NOT NULL DO NOTHING
        RETURNING dedup_key, id
        """,
        names=columns(COLUMNS),
        said=columns(COLUMNS, "said"),
        types=SQL(", ").join(
            SQL("%s %s", SQL.identifier(name), kind) for name, kind in COLUMNS.items()
        ),
        rows=rows,
        source=source,
        uid=uid,
        now=NOW,
    )
