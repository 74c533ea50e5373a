"""The statements of the search for duplicates.

A scan fills temporary tables, one after the other, so that each has statistics for the
next: partners as they are compared (``duplicate_person``), their words
(``duplicate_word``), how many bear a name like theirs (``duplicate_crowd``), values
that a few share (``duplicate_shared``), keys that partners with alike names have in
common (``duplicate_key``), and pairs (``duplicate_pair``), which are then compared.

Comparing all names with all names takes hours, and minutes with an index. So names
meet by key: a whole word and the beginning or the end of another one, so that one slip
of the finger leaves a key intact, in whatever order the words are. Names that many
bear prove nothing by themselves; they meet within their city, their postal code or
their company only. That is what keeps the groups small.
"""

from odoo.tools import SQL

from ..tools.names import name_sql, number_sql
from .relationship_duplicate_score import (
    NAME_ALONE,
    NAME_ENOUGH,
    VALUES,
    likeness,
    rest,
    same_words,
)

TABLES = (
    "duplicate_person",
    "duplicate_word",
    "duplicate_crowd",
    "duplicate_shared",
    "duplicate_key",
    "duplicate_pair",
    "duplicate_found",
)
# Entities that share an e-mail address, a number: more are a placeholder or a
# switchboard. And partners: contacts have the number of their company.
SHARED_BY = 10
SHARED_ROWS = 60
# Partners with one key; the pairs grow with the square. Larger groups are common names
# with a common beginning; whoever belongs together meets by another key too.
KEY_GROUP = 16
# What each of those who bear a name, from the fourth on, adds to its crowd.
SEEN = 0.05
# A word that nobody else has counts as that many.
UNSEEN = 0.02
# Among fewer partners nobody can tell how rare a word is: it is as rare as among these.
FEW = 1000
# Words of a name that are looked at; the square of it is the number of keys.
WORDS = 6
# A number shorter than this is a remark, e.g. "/" or "n/a".
NUMBER_LENGTH = 5


def eligible(partner: SQL) -> SQL:
    """Condition: a partner that can be there twice by mistake. The companies of this
    database and its users are not, nor are addresses of a partner."""
    return SQL(
        """(
        COALESCE(%(p)s.name, '') != ''
        AND (%(p)s.partner_share OR %(p)s.partner_share IS NULL)
        AND (%(p)s.parent_id IS NULL OR %(p)s.type = 'contact')
        AND %(p)s.id NOT IN (SELECT partner_id FROM res_company)
        )""",
        p=partner,
    )


def number_or_null(column: SQL) -> SQL:
    """A number as it is compared, NULL where it says nothing."""
    number = number_sql(column)
    return SQL("CASE WHEN LENGTH(%s) >= %s THEN %s END", number, NUMBER_LENGTH, number)


def drop_tables() -> SQL:
    tables = SQL(", ").join(map(SQL.identifier, TABLES))
    return SQL("DROP TABLE IF EXISTS %s", tables)


def create(table: str, query: SQL) -> list[SQL]:
    return [
        SQL("CREATE TEMP TABLE %s ON COMMIT DROP AS %s", SQL.identifier(table), query),
        SQL("ANALYZE %s", SQL.identifier(table)),
    ]


def scan_steps(trigram: bool) -> list[SQL]:
    """The statements up to the pairs.

    :param trigram: whether names can be compared by likeness, else only by equality
    """
    return [
        drop_tables(),
        *create("duplicate_person", _persons()),
        *create("duplicate_word", _words()),
        *create("duplicate_crowd", _crowds()),
        *create("duplicate_shared", _shared()),
        *create("duplicate_key", _keys(trigram)),
        *create("duplicate_pair", _pairs(trigram)),
    ]


def _persons() -> SQL:
    """Addresses are few: their words are worked out once each."""
    return SQL(
        """
        SELECT p.id, p.parent_id, p.commercial_partner_id AS family, p.company_id,
               COALESCE(p.is_company, FALSE) AS is_company,
               %(name)s AS name,
               p.email_normalized AS email,
               p.phone_sanitized AS phone,
               %(vat)s AS vat,
               %(registry)s AS registry,
               NULLIF(city.name, '') AS city,
               NULLIF(regexp_replace(p.zip, '[^A-Za-z0-9]', '', 'g'), '') AS zip
          FROM res_partner p
          LEFT JOIN (
               SELECT city, %(city)s AS name
                 FROM (SELECT DISTINCT city FROM res_partner) known
          ) city ON city.city = p.city
         WHERE p.active AND %(eligible)s
        """,
        name=name_sql("p.name"),
        city=name_sql("city"),
        vat=number_or_null(SQL("p.vat")),
        registry=number_or_null(SQL("p.company_registry")),
        eligible=eligible(SQL("p")),
    )


def _words() -> SQL:
    return SQL(
        """
        SELECT DISTINCT ON (p.id, word) p.id, word, position,
               LEAST(GREATEST(LENGTH(word) / 2, 2), 3) AS half
          FROM duplicate_person p
         CROSS JOIN unnest(string_to_array(p.name, ' '))
               WITH ORDINALITY split(word, position)
         WHERE position <= %s AND word != ''
        """,
        WORDS,
    )


def _crowds() -> SQL:
    """``crowd``: how many besides two bear these words by chance, if each is there as
    often as it is and they meet at random; some more where they really do, in a chain
    of shops. ``city_crowd`` and ``zip_crowd``: of those, how many in the same place.
    ``words``: the words in the order of the alphabet."""
    return SQL(
        """
        SELECT n.id, n.words, n.crowd,
               n.crowd * COUNT(*) OVER (PARTITION BY p.city) / total.n AS city_crowd,
               n.crowd * COUNT(*) OVER (PARTITION BY p.zip) / total.n AS zip_crowd,
               COUNT(*) OVER (PARTITION BY p.family) AS relatives
          FROM (
               SELECT id, words,
                      GREATEST(
                          expected, (COUNT(*) OVER (PARTITION BY words) - 3) * %(seen)s
                      ) AS crowd
                 FROM (
                      SELECT w.id,
                             string_agg(w.word, ' ' ORDER BY w.word) AS words,
                             total.n
                             * EXP(SUM(LN(GREATEST(f.n - 2, %(unseen)s) / total.n)))
                             AS expected
                        FROM duplicate_word w
                        JOIN (
                             SELECT word, COUNT(*) AS n
                               FROM duplicate_word
                              GROUP BY word
                        ) f USING (word)
                       CROSS JOIN %(total)s
                       GROUP BY w.id, total.n
                 ) expected
          ) n
          JOIN duplicate_person p USING (id)
         CROSS JOIN %(total)s
        """,
        seen=SEEN,
        unseen=UNSEEN,
        total=SQL(
            "(SELECT GREATEST(COUNT(*), %s)::float8 AS n FROM duplicate_person) total",
            FEW,
        ),
    )


def _shared() -> SQL:
    """Values that a few entities share, and by how many."""
    return SQL(" UNION ALL ").join(
        SQL(
            """
            SELECT %(kind)s AS kind, %(value)s AS value,
                   COUNT(DISTINCT family)::float8 AS n
              FROM duplicate_person
             WHERE %(value)s IS NOT NULL
             GROUP BY %(value)s
            HAVING COUNT(DISTINCT family) BETWEEN 2 AND %(most)s
               AND COUNT(*) <= %(rows)s
            """,
            kind=kind,
            value=SQL.identifier(kind),
            most=SHARED_BY,
            rows=SHARED_ROWS,
        )
        for kind in VALUES
    )


def _keys(trigram: bool) -> SQL:
    """One row per partner and key, of those whose name is rare enough in that place
    to prove something."""
    places = SQL(" UNION ALL ").join(
        SQL(
            "SELECT c.id, c.words, %s || %s AS place FROM duplicate_crowd c"
            " JOIN duplicate_person p USING (id) WHERE %s <= %s AND %s IS NOT NULL",
            prefix,
            SQL("%s::text", column),
            crowd,
            NAME_ALONE,
            column,
        )
        for prefix, column, crowd in (
            ("", SQL("''"), SQL("c.crowd")),
            ("c", SQL("p.city"), SQL("c.city_crowd")),
            ("z", SQL("p.zip"), SQL("c.zip_crowd")),
            (
                "f",
                SQL("CASE WHEN c.relatives > 2 THEN p.family END"),
                SQL("0"),
            ),
        )
    )
    if not trigram:
        return SQL(
            "SELECT id, hashtextextended(words || '|' || place, 0) AS key"
            " FROM (%s) placed",
            places,
        )
    return SQL(
        """
        SELECT DISTINCT named.id, hashtextextended(name || '|' || place, 0) AS key
          FROM (
               SELECT a.id, name
                 FROM duplicate_word a
                 JOIN duplicate_word b ON b.id = a.id AND b.position != a.position
                CROSS JOIN LATERAL (
                      VALUES (a.word || '<' || LEFT(b.word, b.half)),
                             (a.word || '>' || RIGHT(b.word, b.half)),
                             (CASE WHEN a.word < b.word
                                   THEN LEFT(a.word, 3) || '&' || LEFT(b.word, 3) END)
                      ) part(name)
                WHERE LENGTH(a.word) >= 3 AND name IS NOT NULL
                UNION ALL
               SELECT id, name
                 FROM duplicate_crowd
                CROSS JOIN LATERAL (
                      VALUES (LEFT(words, 4)), (RIGHT(words, 4))
                      ) part(name)
                WHERE words NOT LIKE '%% %%'
          ) named
          JOIN (%s) placed USING (id)
        """,
        places,
    )


def _pairs(trigram: bool) -> SQL:
    """Pairs with a key in common and alike names, or with a value in common."""
    alike = likeness(SQL("x.name"), SQL("y.name"))
    if not trigram:
        alike = same_words(SQL("x.name"), SQL("y.name"))
    shared = SQL(" UNION ").join(
        SQL(
            """
            SELECT x.id, y.id
              FROM duplicate_shared s
              JOIN duplicate_person x ON x.%(value)s = s.value
              JOIN duplicate_person y ON y.%(value)s = s.value AND x.id < y.id
             WHERE s.kind = %(kind)s AND x.family != y.family
            """,
            kind=kind,
            value=SQL.identifier(kind),
        )
        for kind in VALUES
    )
    return SQL(
        """
        SELECT DISTINCT ON (x.id, y.id)
               x.id AS x, y.id AS y, %(alike)s AS likeness,
               %(rest_x)s AS rest_x, %(rest_y)s AS rest_y
          FROM (
               SELECT DISTINCT x.id AS x, y.id AS y, FALSE AS shared
                 FROM (
                      SELECT key FROM duplicate_key GROUP BY key
                      HAVING COUNT(*) BETWEEN 2 AND %(most)s
                 ) common
                 JOIN duplicate_key x USING (key)
                 JOIN duplicate_key y USING (key)
                WHERE x.id < y.id
                UNION ALL
               SELECT *, TRUE FROM (%(shared)s) shared
          ) met
          JOIN duplicate_person x ON x.id = met.x
          JOIN duplicate_person y ON y.id = met.y
         WHERE (met.shared OR %(alike)s >= %(enough)s)
           AND x.parent_id IS DISTINCT FROM y.id
           AND y.parent_id IS DISTINCT FROM x.id
           AND COALESCE(x.company_id = y.company_id, TRUE)
         ORDER BY x.id, y.id
        """,
        alike=alike,
        rest_x=rest(SQL("x.name"), SQL("y.name")),
        rest_y=rest(SQL("y.name"), SQL("x.name")),
        most=KEY_GROUP,
        shared=shared,
        enough=NAME_ENOUGH,
    )
