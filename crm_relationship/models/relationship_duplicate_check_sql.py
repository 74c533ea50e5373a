"""The statements of the check of one partner who is being typed in.

Candidates come from indexes, a bounded number of each; they are compared and scored as
in a scan. How many bear a name is told by how many were found.
"""

from itertools import permutations

from odoo.tools import SQL

from ..tools.names import name_sql, number_sql
from .relationship_duplicate_score import (
    NAME_TYPED,
    VALUES,
    comparison,
    likeness,
    rest,
    same_words,
    scored,
)
from .relationship_duplicate_sql import (
    SEEN,
    SHARED_BY,
    SHARED_ROWS,
    eligible,
    number_or_null,
)

# Partners with one name, or alike ones, that are compared with one who is typed in.
NAME_ROWS = 40
# From here on two names are counted as one.
NAME_SAME = 0.85


def _typed_values(typed: dict) -> dict:
    """What identifies one who is typed in, as it is compared."""
    return {
        "email": SQL("%s", typed["email"] or None),
        "phone": SQL("%s", typed["phone"] or None),
        "vat": number_or_null(SQL("%s::text", typed["vat"] or None)),
        "registry": number_or_null(SQL("%s::text", typed["registry"] or None)),
    }


def prepare_known() -> SQL:
    """Settings for the query ``known``: only indexes. The planner believes that some
    partners of a common name are found soonest by looking at all partners one by one,
    and where there are fewer than it believes, that takes seconds."""
    return SQL(
        "SELECT set_config('pg_trgm.word_similarity_threshold', %s, true),"
        " set_config('enable_seqscan', 'off', true),"
        " set_config('enable_indexscan', 'off', true)",
        str(NAME_TYPED),
    )


def known(typed: dict, trigram: bool) -> SQL:
    """Ids of partners who have something in common with one who is typed in.

    :param typed: ``id``, ``parent_id``, ``family`` and ``company_id`` (0 where there is
        none), ``is_company``, and as they are typed ``name``, ``vat``, ``registry``,
        ``city``, ``zip``; ``email`` and ``phone`` normalized
    """
    columns = {
        "email": (SQL("email_normalized"), SQL("email_normalized")),
        "phone": (SQL("phone_sanitized"), SQL("phone_sanitized")),
        "vat": (number_sql("vat"), SQL("vat")),
        "registry": (number_sql("company_registry"), SQL("company_registry")),
    }
    values = _typed_values(typed)
    found = [
        SQL(
            "(SELECT id FROM res_partner WHERE %s = %s AND %s IS NOT NULL LIMIT %s)",
            expression,
            values[kind],
            column,
            SHARED_ROWS,
        )
        for kind, (expression, column) in columns.items()
        if typed[kind]
    ]
    if typed["name"]:
        found.append(_same_names(typed))
        if trigram:
            found.append(_alike_names(typed["name"]))
    return SQL(" UNION ").join(found)


def look_alikes(
    typed: dict, ids: list, trigram: bool, threshold: float, limit: int
) -> SQL:
    """Partners who look like one who is typed in, archived ones too.

    :param typed: see ``known``
    :param ids: what that found
    :return: query of (id, score, evidence), the most likely first
    """
    name = name_sql(SQL("%s::text", typed["name"]))
    values = _typed_values(typed)
    strengths = SQL(", ").join(
        SQL(
            "CASE WHEN x.%(v)s = y.%(v)s AND x.family != y.family AND"
            " COUNT(*) FILTER (WHERE x.%(v)s = y.%(v)s) OVER () < %(most)s"
            " THEN 2.0 / (1 + COUNT(*) FILTER (WHERE x.%(v)s = y.%(v)s) OVER ()) END"
            " AS %(name)s",
            v=SQL.identifier(kind),
            most=SHARED_BY,
            name=SQL.identifier(f"{kind}_strength"),
        )
        for kind in VALUES
    )
    alike = likeness(SQL("x.name"), SQL("y.name"))
    if not trigram:
        alike = same_words(SQL("x.name"), SQL("y.name"))
    compared = SQL(
        """
        SELECT *,
               GREATEST(
                   COUNT(*) FILTER (WHERE likeness > %(same)s) OVER (
                       PARTITION BY same_city
                   ) + CASE WHEN same_city THEN 0
                       ELSE COUNT(*) FILTER (
                           WHERE likeness > %(same)s AND same_city
                       ) OVER () END - 3, 0
               ) * %(seen)s AS crowd
          FROM (
               SELECT y.id AS partner_id, %(alike)s AS likeness,
                      %(rest_x)s AS rest_x, %(rest_y)s AS rest_y,
                      %(strengths)s, %(comparison)s
                 FROM (
                      SELECT %(name)s AS name, %(email)s AS email, %(phone)s AS phone,
                             %(vat)s AS vat, %(registry)s AS registry,
                             %(city)s AS city,
                             regexp_replace(%(zip)s, '[^A-Za-z0-9]', '', 'g') AS zip,
                             %(is_company)s AS is_company, %(family)s AS family
                 ) x
                CROSS JOIN (
                      SELECT id, %(y_name)s AS name, email_normalized AS email,
                             phone_sanitized AS phone, %(y_vat)s AS vat,
                             %(y_registry)s AS registry, %(y_city)s AS city,
                             regexp_replace(p.zip, '[^A-Za-z0-9]', '', 'g') AS zip,
                             COALESCE(is_company, FALSE) AS is_company,
                             commercial_partner_id AS family
                        FROM res_partner p
                       WHERE id = ANY(%(ids)s) AND %(eligible)s
                         AND id NOT IN %(self)s
                         AND parent_id IS DISTINCT FROM %(origin)s
                         AND (%(company)s = 0 OR company_id IS NULL
                              OR company_id = %(company)s)
                      OFFSET 0  -- so that each is worked out once
                ) y
          ) pair
        """,
        same=NAME_SAME,
        seen=SEEN,
        alike=alike,
        rest_x=rest(SQL("x.name"), SQL("y.name")),
        rest_y=rest(SQL("y.name"), SQL("x.name")),
        strengths=strengths,
        comparison=comparison(),
        name=name,
        **values,
        city=SQL("NULLIF(%s, '')", name_sql(SQL("%s::text", typed["city"]))),
        zip=SQL("NULLIF(%s, '')", typed["zip"] or ""),
        is_company=bool(typed["is_company"]),
        family=typed["family"],
        y_name=name_sql("name"),
        y_vat=number_or_null(SQL("vat")),
        y_registry=number_or_null(SQL("company_registry")),
        y_city=SQL("NULLIF(%s, '')", name_sql("city")),
        ids=ids,
        eligible=eligible(SQL("p")),
        self=(typed["id"], typed["parent_id"]),
        origin=typed["id"],
        company=typed["company_id"],
    )
    return SQL(
        "SELECT partner_id, score, evidence FROM (%s) scored WHERE score >= %s"
        " ORDER BY score DESC, partner_id LIMIT %s",
        scored(compared, trigram),
        threshold,
        limit,
    )


def _same_names(typed: dict) -> SQL:
    """Partners with the same words in one of a few orders, those of the same city
    before others, by an index."""
    words = typed["name"].replace(",", " ").split()
    orders = permutations(words) if len(words) <= 4 else [words, words[1:] + words[:1]]
    return SQL(
        "(SELECT id FROM res_partner WHERE %s = ANY(ARRAY[%s])"
        " ORDER BY city IS NOT DISTINCT FROM %s DESC, id LIMIT %s)",
        name_sql("name"),
        SQL(", ").join(name_sql(SQL("%s::text", " ".join(order))) for order in orders),
        typed["city"] or None,
        NAME_ROWS,
    )


def _alike_names(name: str) -> SQL:
    """Partners with an alike name, by an index. Not the most alike first: for that,
    all of them would have to be looked at, and of common names there are thousands."""
    return SQL(
        "(SELECT id FROM res_partner WHERE %s %%> %s LIMIT %s)",
        name_sql("name"),
        name_sql(SQL("%s::text", name)),
        NAME_ROWS,
    )
