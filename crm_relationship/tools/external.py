"""What another system says of a contact: read without trust, and put into order.

``read(event, now)`` takes whatever came and gives an :class:`Event`, or raises
:class:`Refused` with a code that says what is wrong. What is wrong in a field that is
only an addition (outcome, duration...) is left out, and a warning says so.
"""

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from .texts import clean, clip, to_text

ID_LENGTH = 200
TEXT_LENGTH = 200
ADDRESS_LENGTH = 200
# Of a text that is longer, the beginning is looked at.
READ_LENGTH = 20_000
# Seconds; somebody forgot to hang up.
MAX_DURATION = 7 * 24 * 3600
EARLIEST = datetime(1990, 1, 1)
# Clocks of other systems may be ahead.
FUTURE = timedelta(days=1)
# Numbers above are milliseconds since 1970.
MILLISECONDS = 1e11
EPOCH = re.compile(r"\d{10}(\d{3})?(\.\d+)?", re.ASCII)

DIRECTIONS = ("in", "out", "both")
KINDS = ("message", "call", "meeting", "visit", "mailing", "delivery", "other")
KIND_BY_CHANNEL = {
    "phone": "call",
    "counter": "visit",
    "meeting": "meeting",
}
ADDRESSES = ("ref", "email", "phone", "name")
KNOWN = {
    "channel",
    "external_id",
    "date",
    "direction",
    "kind",
    "subject",
    "text",
    "contact",
    "from",
    "to",
    "duration",
    "outcome",
    "sentiment",
    "user",
    "company",
    "order",
}
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Refused(Exception):
    """An event that can't be taken.

    :param code: one that stays the same, for programs
    :param about: the value, as far as it can be shown
    """

    def __init__(self, code, about=""):
        super().__init__(code, about)
        self.code = code
        self.about = show(about)


@dataclass
class Event:
    """An event that can be stored. Texts are plain, moments naive UTC, the duration is
    in hours."""

    channel: str
    external_id: str
    date: datetime
    direction: str
    kind: str
    contact: dict
    subject: str = ""
    preview: str = ""
    duration: float = 0.0
    outcome: str | None = None
    sentiment: str | None = None
    user: str | None = None
    company: int | None = None
    order: str | None = None
    # (code, about)
    warnings: list = field(default_factory=list)


def read(said, now: datetime, outcomes=(), sentiments=()) -> Event:
    """Put an event into order.

    :param now: naive UTC
    :raise Refused: it can't be stored
    """
    if not isinstance(said, dict):
        raise Refused("not_an_object", type(said).__name__)
    warnings = []
    unknown = [key for key in said if key not in KNOWN]
    if unknown:
        warnings.append(("unknown_fields", show(", ".join(map(str, unknown[:5])))))
    channel = _read_name(said, "channel").lower()
    external_id = _read_id(said.get("external_id"))
    direction = _read_choice(said, "direction", DIRECTIONS) or "in"
    event = Event(
        channel=channel,
        external_id=external_id,
        date=read_date(said.get("date"), now),
        direction=direction,
        kind=_read_choice(said, "kind", KINDS)
        or KIND_BY_CHANNEL.get(channel, "message"),
        contact=_read_contact(said, direction),
        company=_read_company(said.get("company")),
        warnings=warnings,
    )
    event.subject = _read_text(said, "subject", warnings)
    event.preview = _read_text(said, "text", warnings)
    event.duration = _read_duration(said.get("duration"), warnings)
    for name, allowed in (("outcome", outcomes), ("sentiment", sentiments)):
        value = _read_short(said, name, warnings)
        if value and value.lower() not in allowed:
            warnings.append((f"{name}_unknown", show(value)))
        elif value:
            setattr(event, name, value.lower())
    event.user = _read_short(said, "user", warnings)
    event.order = _read_short(said, "order", warnings)
    if not event.contact and not event.order:
        raise Refused("contact_missing")
    return event


def show(value) -> str:
    """A value from outside, so that it can be part of an answer."""
    if not isinstance(value, str | int | float):
        value = type(value).__name__
    return clip(clean(str(value)[:ID_LENGTH]), 60)


def show_id(said) -> str | None:
    """The external id of anything, as far as it can be said back."""
    value = said.get("external_id") if isinstance(said, dict) else None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    return UNSTORABLE.sub("\ufffd", value[:ID_LENGTH]).strip()


def read_date(value, now: datetime) -> datetime:
    """A moment as naive UTC: ISO 8601, or seconds or milliseconds since 1970."""
    if value is None or value == "":
        return now
    try:
        moment = _to_moment(value)
    except (ValueError, OverflowError, OSError, TypeError) as error:
        raise Refused("date_invalid", value) from error
    if moment < EARLIEST:
        raise Refused("date_too_old", value)
    if moment > now + FUTURE:
        raise Refused("date_in_future", value)
    return moment


def _to_moment(value) -> datetime:
    if isinstance(value, bool):
        raise TypeError
    if isinstance(value, str):
        text = value[:64].strip()
        if not EPOCH.fullmatch(text):
            moment = datetime.fromisoformat(text)
            if moment.tzinfo:
                moment = moment.astimezone(UTC)
            return moment.replace(tzinfo=None, microsecond=0)
        value = float(text)
    seconds = float(value)
    if abs(seconds) >= MILLISECONDS:
        seconds /= 1000
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.replace(tzinfo=None, microsecond=0)


def _read_name(said, name) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Refused(f"{name}_missing")
    return clip(clean(value[:ID_LENGTH]), 60)


def _read_id(value) -> str:
    """The id of the event in the other system. Nothing of it is left out, or two
    events might become one."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None or value == "":
        raise Refused("external_id_missing")
    if not isinstance(value, str):
        raise Refused("external_id_invalid")
    value = value.strip()
    if not value:
        raise Refused("external_id_missing")
    if len(value) > ID_LENGTH:
        raise Refused("external_id_too_long")
    if UNSTORABLE.search(value):
        raise Refused("external_id_invalid")
    return value


def _read_choice(said, name, allowed):
    value = said.get(name)
    if value is None or value == "":
        return None
    chosen = value.strip().lower() if isinstance(value, str) else None
    if chosen not in allowed:
        raise Refused(f"{name}_invalid", value)
    return chosen


def _read_company(value):
    if value is None or value is False:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**31:
        raise Refused("company_invalid", value)
    return value


def _read_contact(said, direction) -> dict:
    """Who it was with: ``contact``, or the other end of the line."""
    ends = {"in": ("from",), "out": ("to",), "both": ("from", "to")}[direction]
    for name in ("contact", *ends):
        value = said.get(name)
        if value is None or value == "" or value == {}:
            continue
        if contact := _read_addresses(value):
            return contact
    return {}


def _read_addresses(value) -> dict:
    if isinstance(value, str):
        return _guess_address(value)
    if not isinstance(value, dict):
        raise Refused("contact_invalid", type(value).__name__)
    contact = {}
    for name in ADDRESSES:
        address = value.get(name)
        if address is None or address is False or address == "":
            continue
        if isinstance(address, int) and not isinstance(address, bool):
            address = str(address)
        if not isinstance(address, str):
            raise Refused("contact_invalid", name)
        # An address may stand in angle brackets, as a tag does.
        read = clean if name == "email" else to_text
        if text := clip(read(address[:READ_LENGTH]), ADDRESS_LENGTH):
            contact[name] = text
    return contact


def _guess_address(value) -> dict:
    if "@" in value[:READ_LENGTH]:
        return {"email": clip(clean(value[:READ_LENGTH]), ADDRESS_LENGTH)}
    text = clip(to_text(value[:READ_LENGTH]), ADDRESS_LENGTH)
    if not text:
        return {}
    if re.fullmatch(r"[\d\s()+./-]{5,}", text):
        return {"phone": text}
    return {"ref": text}


def _read_text(said, name, warnings) -> str:
    value = said.get(name)
    if value is None or value is False:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        warnings.append((f"{name}_invalid", ""))
        return ""
    return clip(to_text(value[:READ_LENGTH]), TEXT_LENGTH)


def _read_short(said, name, warnings):
    value = said.get(name)
    if value is None or value is False or value == "":
        return None
    if not isinstance(value, str):
        warnings.append((f"{name}_invalid", ""))
        return None
    return clip(clean(value[:ID_LENGTH]), ID_LENGTH) or None


def _read_duration(value, warnings) -> float:
    """Seconds in, hours out."""
    if value is None or value is False:
        return 0.0
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise TypeError
        seconds = float(value[:32] if isinstance(value, str) else value)
        if not math.isfinite(seconds) or not 0 <= seconds <= MAX_DURATION:
            raise ValueError
    except (ValueError, TypeError, OverflowError):
        warnings.append(("duration_invalid", show(value)))
        return 0.0
    return seconds / 3600
