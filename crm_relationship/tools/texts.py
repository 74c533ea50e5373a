"""Texts of others, made fit to be stored and shown in one line."""

import html
import re

from lxml import etree

# Control characters, halves of surrogate pairs, and what turns the direction of all
# that follows; none can be seen, some can't be stored.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
    "\ud800-\udfff]"
)
SPACE = re.compile(r"\s+")
MARKUP = re.compile(r"<[A-Za-z/!?]")
TAG = re.compile(r"<[A-Za-z/!?][^<>]*>")
STRAY = re.compile(r"<+(?=[A-Za-z/!?])")
ENTITY = re.compile(r"&(#\d+|#[xX][0-9a-fA-F]+|[A-Za-z]\w*);")
# Not for readers.
SILENT = ("script", "style", "head", "title", "template", "noscript", "iframe")
# Words on both sides of these are no one word.
BREAKING = [
    "address",
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "th",
    "tr",
    "ul",
]


def clean(text: str) -> str:
    """A text in one line, of characters that can be stored."""
    return SPACE.sub(" ", UNSEEN.sub("", text)).strip()


def clip(text: str, length: int) -> str:
    """The beginning of a text, no longer than that."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def to_text(text: str) -> str:
    """A text in one line, plain: no markup is left, not even disguised."""
    text = UNSEEN.sub("", text)
    if MARKUP.search(text):
        text = _read_html(text)
    elif ENTITY.search(text):
        text = html.unescape(text)
    return clean(_strip(UNSEEN.sub("", text)))


def _read_html(text: str) -> str:
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = etree.fromstring(text.encode(), parser=parser)
    except etree.XMLSyntaxError:  # nothing in it
        return text
    if tree is None:
        return text
    etree.strip_elements(tree, *SILENT, with_tail=False)
    for element in tree.iter(*BREAKING):
        element.text = f" {element.text or ''}"
        element.tail = f" {element.tail or ''}"
    return "".join(tree.itertext())


def _strip(text: str) -> str:
    """Take out what looks like a tag still; a blank in its place, so that what stood
    around it is no tag either."""
    return STRAY.sub("", TAG.sub(" ", text))
