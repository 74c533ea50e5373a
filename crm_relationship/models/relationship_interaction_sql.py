"""The statement that writes captured interactions."""

from odoo.tools import SQL

from ..tools.previews import LOOKED_AT, PREVIEW_LENGTH
from .relationship_channel_sql import is_kept
from .relationship_interaction_customer import NO_CONTACT_KINDS
from .relationship_profile_scope import NOW, columns

# What a source says of an interaction: column -> type.
COLUMNS = {
    "dedup_key": SQL("text"),
    "source": SQL("text"),
    "date": SQL("timestamp"),
    "is_dated": SQL("boolean"),
    "partner_id": SQL("int"),
    "company_id": SQL("int"),
    "channel_id": SQL("int"),
    "direction": SQL("text"),
    "kind": SQL("text"),
    "user_id": SQL("int"),
    "duration": SQL("float8"),
    "outcome": SQL("text"),
    "sentiment": SQL("text"),
    "rating": SQL("float8"),
    "raw_subject": SQL("text"),
    "raw_preview": SQL("text"),
    "raw_amount": SQL("float8"),
    "res_model": SQL("text"),
    "res_id": SQL("int"),
}
# How the document stands now, however often it is looked at.
FOLLOWING = ("direction", "rating", "raw_subject", "raw_preview", "raw_amount")


def one_of(model, field_name, *column_types) -> bool:
    """Whether a field of a model is a plain column of one of these types."""
    field = model._fields.get(field_name)
    return bool(
        field
        and field.store
        and field.column_type
        and field.column_type[0] in column_types
    )


def select(values, tables) -> SQL:
    """One row of ``COLUMNS`` for each row of ``tables``; what is not in ``values`` is
    NULL.

    :param values: {column: expression}
    """
    expressions = SQL(", ").join(
        SQL("(%s)::%s", values.get(name, SQL("NULL")), kind)
        for name, kind in COLUMNS.items()
    )
    return SQL("SELECT %s %s", expressions, tables)


def short(text) -> SQL:
    """The beginning of a plain text, in one line."""
    line = SQL(r"BTRIM(REGEXP_REPLACE(LEFT(%s, %s), '\s+', ' ', 'g'))", text, LOOKED_AT)
    return SQL("NULLIF(LEFT(%s, %s), '')", line, PREVIEW_LENGTH)


def noon(day, company_id) -> SQL:
    """The moment of a day that has no time: noon where the company is, or now if that
    is today or still to come."""
    return SQL(
        """
        (
            SELECT CASE WHEN %(day)s >= (NOW() AT TIME ZONE zone.name)::date
                        THEN %(now)s
                        ELSE (%(day)s + TIME '12:00') AT TIME ZONE zone.name
                             AT TIME ZONE 'UTC' END
              FROM res_company company
              JOIN res_partner address ON address.id = company.partner_id
             CROSS JOIN LATERAL (
                   SELECT COALESCE(company.relationship_tz, address.tz, 'UTC')
             ) zone (name)
             WHERE company.id = %(company_id)s
        )
        """,
        day=day,
        company_id=company_id,
        now=NOW,
    )


def upsert(selects, gone, switches, uid: int, company_id=None) -> SQL:
    """Write what sources say: new interactions, and those of which the document says
    something else now; remove what documents take back. Whoever works for us is no
    customer; neither are our companies. Of who was anonymized nothing is told anew.

    Returns one row per interaction written: customer_id, company_id, is_new.

    :param selects: one `select` per source
    :param gone: queries for the keys of what did not happen after all
    :param switches: {source: column of the company that switches it on}
    :param company_id: of this company only
    """
    written = [name for name in COLUMNS if name != "is_dated"]
    written += ["customer_id", "is_contact"]
    return SQL(
        """
        WITH noted AS MATERIALIZED (
            SELECT DISTINCT ON (said.dedup_key)
                   said.*,
                   contact.commercial_partner_id AS customer_id,
                   channel.is_contact AND said.kind != ALL(%(no_contact)s) AS is_contact
              FROM (%(selects)s) said (%(said)s)
              JOIN res_partner contact
                ON contact.id = said.partner_id AND contact.partner_share
               AND contact.relationship_anonymized_date IS NULL
              JOIN res_company company
                ON company.id = said.company_id AND CASE said.source %(switches)s END
              JOIN relationship_channel channel ON channel.id = said.channel_id
             WHERE said.date IS NOT NULL
               AND %(company)s
               AND %(is_kept)s
               AND NOT EXISTS (
                   SELECT FROM res_company own
                    WHERE own.partner_id = contact.commercial_partner_id
             )
             ORDER BY said.dedup_key
        ),
        changed AS (
            UPDATE relationship_interaction i
               SET date = CASE WHEN noted.is_dated THEN noted.date ELSE i.date END,
                   outcome = COALESCE(noted.outcome, i.outcome),
                   sentiment = COALESCE(noted.sentiment, i.sentiment),
                   (%(following)s) = ROW(%(noted_following)s)
              FROM noted
             WHERE i.dedup_key = noted.dedup_key
               AND (
                   (noted.is_dated AND noted.date != i.date)
                   OR COALESCE(noted.outcome, i.outcome) IS DISTINCT FROM i.outcome
                   OR COALESCE(noted.sentiment, i.sentiment)
                      IS DISTINCT FROM i.sentiment
                   OR (%(noted_following)s) IS DISTINCT FROM (%(our_following)s)
               )
            RETURNING i.customer_id, i.company_id
        ),
        added AS (
            INSERT INTO relationship_interaction (
                %(written)s, create_uid, write_uid, create_date, write_date
            )
            SELECT %(noted)s, %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM noted
             WHERE NOT EXISTS (
                   SELECT FROM relationship_interaction i
                    WHERE i.dedup_key = noted.dedup_key
             )
             ORDER BY noted.date, noted.dedup_key
                ON CONFLICT (dedup_key) WHERE dedup_key IS NOT NULL DO NOTHING
            RETURNING customer_id, company_id
        ),
        removed AS (
            DELETE FROM relationship_interaction i
             USING (%(gone)s) gone (dedup_key)
             WHERE i.dedup_key = gone.dedup_key
            RETURNING i.customer_id, i.company_id
        )
        SELECT customer_id, company_id, FALSE FROM removed
         UNION ALL
        SELECT customer_id, company_id, FALSE FROM changed
         UNION ALL
        SELECT customer_id, company_id, TRUE FROM added
        """,
        # Each is planned for itself: all joins at once take longer to plan than to run.
        selects=SQL(" UNION ALL ").join(SQL("(%s OFFSET 0)", one) for one in selects),
        gone=SQL(" UNION ALL ").join(gone or [SQL("SELECT NULL::text WHERE FALSE")]),
        company=SQL("company.id = %s", company_id) if company_id else SQL("TRUE"),
        said=columns(COLUMNS),
        no_contact=list(NO_CONTACT_KINDS),
        is_kept=is_kept(SQL("channel.keep_months"), SQL("said.date")),
        switches=SQL(" ").join(
            SQL("WHEN %s THEN %s", source, SQL.identifier("company", column))
            for source, column in switches.items()
        ),
        following=columns(FOLLOWING),
        noted_following=columns(FOLLOWING, "noted"),
        our_following=columns(FOLLOWING, "i"),
        written=columns(written),
        noted=columns(written, "noted"),
        uid=uid,
        now=NOW,
    )
