"""Short plain previews of what somebody wrote."""

import textwrap

from markupsafe import Markup

from odoo.tools.mail import html_to_inner_content

PREVIEW_LENGTH = 200
# More of a text is not looked at: the head of a mailing may be long.
LOOKED_AT = 20_000


def preview(html) -> str | None:
    """The beginning of a text, at most ``PREVIEW_LENGTH`` characters in one line.

    :param html: sanitized HTML, as Odoo stores it
    """
    head = (html or "")[:LOOKED_AT]
    if head.rfind("<") > head.rfind(">"):
        head = head[: head.rfind("<")]  # half a tag
    return shorten(html_to_inner_content(Markup(head)))


def shorten(text) -> str | None:
    """A plain text in one line of at most ``PREVIEW_LENGTH`` characters."""
    line = " ".join((text or "")[:LOOKED_AT].replace("\0", "").split())
    if len(line) <= PREVIEW_LENGTH:
        return line or None
    short = textwrap.shorten(line, PREVIEW_LENGTH, placeholder="…")
    # A word that is longer than that is cut.
    return short if len(short) > 1 else line[: PREVIEW_LENGTH - 1] + "…"
