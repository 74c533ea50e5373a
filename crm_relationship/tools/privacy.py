"""What is known of a person, and how its traces are found in texts; no ORM."""

import re
from collections.abc import Callable
from html import escape
from typing import Any, NamedTuple

# Shorter names and numbers would be found in the middle of anything.
MIN_NAME = 3
MIN_DIGITS = 7
# What people write between the digits of a phone number.
SEPARATORS = r"[\s()./-]{0,3}"


class PrivacyColumn(NamedTuple):
    """A column of a section that is not simply a field.

    :param name: key in the file for machines
    :param label: in the language of the reader
    :param get: function of a record; a text, a number or None
    """

    name: str
    label: str
    get: Callable[[Any], Any]


class PrivacySection(NamedTuple):
    """A kind of record that is kept about a person.

    :param key: names the section in the file for machines
    :param title: in the language of the reader
    :param records: a recordset; it is read in batches
    :param columns: names of fields, or :class:`PrivacyColumn`
    :param note: one sentence that the reader needs, or ""
    :param as_cards: one block per record, empty values left out; else a table
    """

    key: str
    title: str
    records: Any
    columns: list
    note: str = ""
    as_cards: bool = False


class PrivacyErasure(NamedTuple):
    """What an anonymization does about a kind of record.

    :param key: names it for programs
    :param kind: ``remove``, ``change`` or ``keep``
    :param title: what it is about, in the language of the reader
    :param count: how many records, or None where it is not a matter of numbers
    :param why: one sentence, or ""
    :param apply: function without arguments that does it, or None
    """

    key: str
    kind: str
    title: str
    count: int | None
    why: str = ""
    apply: Callable[[], Any] | None = None


class Traces(NamedTuple):
    """The texts by which a person is recognized.

    :param names: also former ones, street addresses and the like
    :param phones: numbers in any notation
    """

    names: frozenset
    phones: frozenset

    def __bool__(self):
        return bool(self.pattern)

    @property
    def pattern(self) -> str:
        """A regular expression, for PostgreSQL (``~*``) and for Python alike.

        >>> Traces(frozenset({"Ana & Bia"}), frozenset()).pattern
        '(?<!\\\\w)(?:Ana &amp; Bia|Ana & Bia)(?!\\\\w)'
        """
        texts = {name.strip() for name in self.names if name}
        texts = {text for text in texts if len(text) >= MIN_NAME}
        texts |= {escape(text) for text in texts} | {
            escape(text, quote=False) for text in texts
        }
        # The longest first: an address before the name that it begins with.
        ordered = sorted(texts, key=lambda text: (-len(text), text))
        parts = [_quote(text) for text in ordered]
        parts += sorted(filter(None, map(_phone_pattern, self.phones)))
        return rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)" if parts else ""


def _quote(text) -> str:
    """Like `re.escape`, but only what both languages take for special."""
    return re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", text)


def _phone_pattern(phone) -> str:
    digits = re.sub(r"\D", "", phone or "")
    if len(digits) < MIN_DIGITS:
        return ""
    return r"\(?\+?" + SEPARATORS.join(digits)
