"""Reads retention rules from a data file of Odoo. Plain Python, no ORM.

Of what such files can say, only values and references are understood. Nothing in them
is run.
"""

import ast
from typing import NamedTuple

from lxml import etree

MAX_SIZE = 1_000_000
# What Python raises over expressions that are something else than expected.
BAD = (
    AttributeError,
    MemoryError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)


class BadFileError(Exception):
    """The file can't be read.

    :param kind: ``xml``, ``size``, ``structure``, ``value``
    :param detail: where, or what
    """

    def __init__(self, kind, detail=""):
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail


class Reference(NamedTuple):
    """Records of which a file says the external ids, or a field and its values."""

    xmlids: tuple = ()
    field: str | None = None
    names: tuple = ()


class RuleRecord(NamedTuple):
    key: str
    values: dict


def read_rules(data: bytes, model: str) -> list[RuleRecord]:
    """The records of a file, in their order.

    :raise BadFileError: it is no such file, or has something else in it
    """
    if len(data) > MAX_SIZE:
        raise BadFileError("size")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise BadFileError("xml", str(error)) from error
    if root.getroottree().docinfo.doctype:
        raise BadFileError("structure", "<!DOCTYPE>")
    if root.tag != "odoo":
        raise BadFileError("structure", f"<{root.tag}>")
    records = []
    for element in _children(root):
        nested = _children(element) if element.tag == "data" else [element]
        records += [_read_record(record, model) for record in nested]
    return records


def _children(element):
    for child in element:
        if not isinstance(child.tag, str):  # an entity, or an instruction
            raise BadFileError("structure", str(child))
        yield child


def _read_record(element, model) -> RuleRecord:
    if element.tag != "record" or element.get("model") != model:
        raise BadFileError("structure", f"<{element.tag} {element.get('model') or ''}>")
    values = {}
    for child in _children(element):
        name = child.get("name")
        if child.tag != "field" or not name or len(child):
            raise BadFileError("structure", f"<{child.tag}>")
        values[name] = _read_value(child)
    return RuleRecord(element.get("id") or "", values)


def _read_value(element):
    kinds = [kind for kind in ("ref", "search", "eval") if kind in element.attrib]
    if set(element.attrib) - {"name", *kinds} or len(kinds) > 1:
        raise BadFileError("value", element.get("name"))
    if not kinds:
        return element.text or ""
    text = element.get(kinds[0])
    if kinds == ["ref"]:
        return Reference(xmlids=(text,))
    try:
        tree = ast.parse(text, mode="eval").body
        return _read_search(tree) if kinds == ["search"] else _read_eval(tree)
    except BAD as error:
        raise BadFileError("value", element.get("name")) from error


def _read_search(tree) -> Reference:
    """``[('name', '=', 'A')]`` or ``[('name', 'in', ['A', 'B'])]``."""
    [(field, operator, value)] = ast.literal_eval(tree)
    names = (value,) if operator == "=" else tuple(value)
    if operator not in ("=", "in") or not all(
        isinstance(text, str) for text in (field, *names)
    ):
        raise ValueError(operator)
    return Reference(field=field, names=names)


def _read_eval(tree):
    """A number, a truth value, or ``[Command.set([ref('a'), ref('b')])]``."""
    if not isinstance(tree, ast.List):
        value = ast.literal_eval(tree)
        if not isinstance(value, bool | int | float):
            raise ValueError(value)
        return value
    [command] = tree.elts
    if not isinstance(command, ast.Call) or ast.unparse(command.func) != "Command.set":
        raise ValueError(ast.unparse(tree))
    [listed] = command.args
    return Reference(xmlids=tuple(_read_ref(call) for call in listed.elts))


def _read_ref(call) -> str:
    if not isinstance(call, ast.Call) or ast.unparse(call.func) != "ref":
        raise ValueError(ast.unparse(call))
    [argument] = call.args
    return ast.literal_eval(argument)
