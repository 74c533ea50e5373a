"""Names and numbers of partners in the form in which they are compared, as SQL.

The expressions are immutable, so that they can be indexed, and need no extension. An
index serves a query only if both say the same expression letter by letter: take it
from here.
"""

from odoo.tools import SQL

# Letters that have an accent nobody can take off.
_LETTERS = ("ßæœøłđðþħıÆŒØŁĐÐÞĦ", "saoolddthiAOOLDDTH")
# What follows from how a company is registered, and not from who it is.
_LEGAL_FORMS = (
    "ltda me epp mei eireli sa s a cia "  # Portuguese, Spanish
    "inc llc llp ltd limited corp plc pty pte pvt "  # English
    "gmbh mbh ag kg ohg ug ev "  # German
    "sarl sas sasu eurl snc sci bv bvba nv vof srl srls spa sl slu "
    "ab asa aps oy oyj as kft zrt sro doo"
)
_TITLES = "sr sra srta dr dra mr mrs ms mme mlle herr frau"
_PARTICLES = "da de do das dos e del della di du van von der den la le y and und et"
_LEFT_OUT = sorted(
    {*_LEGAL_FORMS.replace("s a ", "").split(), *_TITLES.split(), *_PARTICLES.split()}
)
_WORDS_LEFT_OUT = rf"\m(?:s a|{'|'.join(_LEFT_OUT)})\M *"
_ACCENTS = r"[\u0300-\u036f]"
# Letters and digits of any script are kept; what is below À and no letter or digit,
# and general punctuation, is not.
_BETWEEN_WORDS = r"[^a-z0-9\u00c0-\u1fff\u2c00-\u2dff\u2e80-\u2fff\u3040-\uffdc]+"


def name_sql(column: SQL | str) -> SQL:
    """The words of a name: small letters without accents, one blank between them, no
    punctuation, no legal form, no title, no "de" or "van"."""
    column = SQL(column) if isinstance(column, str) else column
    plain = SQL(
        "CASE WHEN octet_length(%(column)s) = char_length(%(column)s)"
        " THEN %(column)s"
        " ELSE translate(regexp_replace(normalize(%(column)s, NFKD),"
        " '%(accents)s', '', 'g'), '%(letters)s', '%(plain)s') END",
        column=column,
        accents=SQL(_ACCENTS),
        letters=SQL(_LETTERS[0]),
        plain=SQL(_LETTERS[1]),
    )
    return SQL(
        "btrim(regexp_replace(regexp_replace(translate(lower(%s), '.''’', ''),"
        " '%s', ' ', 'g'), '%s', '', 'g'))",
        plain,
        SQL(_BETWEEN_WORDS),
        SQL(_WORDS_LEFT_OUT),
    )


def number_sql(column: SQL | str) -> SQL:
    """A tax or registry number: capital letters and digits, without the country's
    prefix, which some type and some do not."""
    column = SQL(column) if isinstance(column, str) else column
    return SQL(
        "regexp_replace(upper(regexp_replace(%s, '[^A-Za-z0-9]', '', 'g')),"
        " '^[A-Z]{2}(?=[A-Z]?[0-9])', '')",
        column,
    )
