"""How likely it is that two partners are one: the weights, and the SQL over them.

Each thing that two partners have in common is taken for a proof of its own with a
certain chance of being right; what they have in common by chance or by nature lowers
it (a name that many bear, a number that several share). The score is the chance that
at least one proof is right, ``1 - (1 - w1 s1) (1 - w2 s2) ...``, times a factor for
each thing that contradicts. All of it was tuned on the 200,000 people of the bench,
drawn by ``tests/duplicate_people.py``, and measured on 2,000 of another seed.
"""

from odoo.tools import SQL

# The chance that two partners are one, if this is all they have in common. A tax number
# belongs to one; e-mail addresses are shared by some couples and offices, telephones
# by more of them.
VALUES = {"email": 0.75, "phone": 0.6, "vat": 0.9, "registry": 0.85}
NAME = 0.8
# Names are compared by the share of trigrams in common. Below the first figure alike
# names are no evidence, from the second on they count in full: one slip of the finger
# in a name of two words gives 0.55 to 0.75.
NAME_FROM, NAME_FULL = 0.4, 0.7
# A name alone has to be so much alike.
NAME_ENOUGH = 0.5
# The share of a typed name's trigrams that a name has to have to be looked at.
NAME_TYPED = 0.55
# Names less alike than this, neither of which is a part of the other, are two names.
NAME_OTHER = 0.55
# The words that only one of two names has are misspellings of one another from here on.
REST_ALIKE = 0.25
# What remains if something contradicts. People move, change their provider, and have
# two telephones; one entity has one tax number.
AGAINST = {
    "name": 0.8,
    "email": 0.85,
    "phone": 0.85,
    "vat": 0.3,
    "registry": 0.5,
    "city": 0.75,
    "kind": 0.85,
}
# The default of the setting: from here on a pair is shown.
THRESHOLD = 0.6
# Where one in DUPLICATES partners is there twice, and a name is borne by ``crowd``
# others by chance, one in ``1 + DUPLICATES * crowd`` of those who share it is the same.
DUPLICATES = 12
# If more others bear a name, alike names no longer prove anything.
NAME_ALONE = (NAME / 0.5 - 1) / DUPLICATES


def comparison() -> SQL:
    """Columns over two rows ``x`` and ``y`` of partners, and ``likeness`` of their
    names (0..1): what speaks for and against their being one."""
    differs = [
        SQL(
            "COALESCE(%(x)s != %(y)s, FALSE) AS %(name)s",
            x=SQL.identifier("x", value),
            y=SQL.identifier("y", value),
            name=SQL.identifier(f"other_{value}"),
        )
        for value in (*VALUES, "city")
    ]
    return SQL(", ").join(
        [
            SQL("x.family = y.family AS relatives"),
            SQL("COALESCE(x.city = y.city, FALSE) AS same_city"),
            SQL("COALESCE(x.zip = y.zip, FALSE) AS same_zip"),
            SQL("x.is_company != y.is_company AS other_kind"),
            *differs,
        ]
    )


def likeness(x: SQL, y: SQL) -> SQL:
    """How alike two names are, 0..1, whatever the order of the words."""
    return SQL("COALESCE(similarity(%s, %s), 0)::float8", x, y)


def same_words(x: SQL, y: SQL) -> SQL:
    """The likeness where there are no trigrams: 1 for the same words, else 0."""
    return SQL(
        "(string_to_array(%(x)s, ' ') <@ string_to_array(%(y)s, ' ')"
        " AND string_to_array(%(y)s, ' ') <@ string_to_array(%(x)s, ' ')"
        " AND %(x)s != '')::int::float8",
        x=x,
        y=y,
    )


def rest(mine: SQL, theirs: SQL) -> SQL:
    """The words of one name that the other one does not have, as one text."""
    return SQL(
        "(SELECT string_agg(word, ' ') FROM unnest(string_to_array(%s, ' ')) word"
        " WHERE word != ALL(string_to_array(%s, ' ')))",
        mine,
        theirs,
    )


def scored(compared: SQL, trigram: bool) -> SQL:
    """Add ``score`` and ``evidence`` to compared pairs.

    :param compared: query with the columns of ``comparison``, ``likeness`` (0..1),
        ``rest_x`` and ``rest_y`` (the words that only one of the names has), ``crowd``
        (how many others bear such a name there by chance) and ``email_strength`` etc.
        (1 if the value belongs to these two alone, less if more share it, NULL if it
        is not shared)
    """
    doubts = [SQL("(1 - %s * name_strength)", NAME)] + [
        SQL("(1 - %s * COALESCE(%s, 0))", weight, SQL.identifier(f"{value}_strength"))
        for value, weight in VALUES.items()
    ]
    factors = [
        SQL("CASE WHEN %s THEN %s ELSE 1 END", SQL.identifier(f"other_{name}"), factor)
        for name, factor in AGAINST.items()
    ]
    return SQL(
        """
        SELECT proved.*,
               ROUND(((1 - %(doubts)s) * %(factors)s)::numeric, 2)::float8 AS score,
               %(evidence)s AS evidence
          FROM (
               SELECT named.*,
                      CASE WHEN other_words THEN 0 ELSE %(strength)s END
                      AS name_strength,
                      other_words OR likeness < %(name_other)s
                      AND rest_x IS NOT NULL AND rest_y IS NOT NULL AS other_name
                 FROM (
                      SELECT compared.*, %(other_words)s AS other_words
                        FROM (%(compared)s) compared
                 ) named
          ) proved
        """,
        doubts=SQL(" * ").join(doubts),
        factors=SQL(" * ").join(factors),
        evidence=_evidence(),
        strength=_name_strength(),
        name_other=NAME_OTHER,
        other_words=_other_words(trigram),
        compared=compared,
    )


def _name_strength() -> SQL:
    """What the name proves: how alike, and how rare. Those who share a number or an
    address are so few that no two of them have one name by chance."""
    return SQL(
        "LEAST(GREATEST((likeness - %s) / %s, 0), 1) / (1 + %s * CASE WHEN"
        " COALESCE(%s) IS NULL THEN crowd ELSE 0 END)",
        NAME_FROM,
        NAME_FULL - NAME_FROM,
        DUPLICATES,
        any_strength(),
    )


def _other_words(trigram: bool) -> SQL:
    """Condition: each name has words of its own, and they are no misspellings of one
    another: Maria Rosa Lima, Maria Vera Lima."""
    return SQL(
        """
        COALESCE(
            %(likeness)s < %(alike)s
            AND NOT (
                LEFT(rest_x, 1) = LEFT(rest_y, 1)
                AND (
                    RIGHT(rest_x, 1) = RIGHT(rest_y, 1)
                    AND ABS(LENGTH(rest_x) - LENGTH(rest_y)) <= 1
                    OR 1 IN (LENGTH(rest_x), LENGTH(rest_y))
                )
            ), FALSE)
        """,
        likeness=SQL("similarity(rest_x, rest_y)") if trigram else SQL("0"),
        alike=REST_ALIKE,
    )


def any_strength() -> SQL:
    return SQL(", ").join(SQL.identifier(f"{value}_strength") for value in VALUES)


def _evidence() -> SQL:
    same = [
        SQL(
            "CASE WHEN %s IS NOT NULL THEN %s END",
            SQL.identifier(f"{value}_strength"),
            value,
        )
        for value in VALUES
    ]
    same.append(SQL("CASE WHEN same_zip THEN 'zip' WHEN same_city THEN 'city' END"))
    same.append(SQL("CASE WHEN relatives THEN 'company' END"))
    other = [
        SQL("CASE WHEN %s THEN %s END", SQL.identifier(f"other_{name}"), name)
        for name in AGAINST
    ]
    return SQL(
        "jsonb_build_object('name', ROUND(likeness::numeric, 2),"
        " 'same', to_jsonb(array_remove(ARRAY[%s], NULL)),"
        " 'other', to_jsonb(array_remove(ARRAY[%s], NULL)))",
        SQL(", ").join(same),
        SQL(", ").join(other),
    )
