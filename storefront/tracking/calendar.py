"""An order's slot as an entry for the customer's own calendar.

RFC 5545. Times are UTC, so that no time zone has to be described: every calendar
shows them at the right hour, on the days of a clock change too.
https://www.rfc-editor.org/rfc/rfc5545
"""

from dataclasses import dataclass
from datetime import UTC, datetime

_LONGEST_LINE = 75  # octets, without the line break
_ESCAPES = str.maketrans(
    {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None, "\x00": None}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event; `revision` grows when it changes, so that calendars update it."""

    uid: str
    summary: str
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    description: str = ""
    url: str = ""
    is_cancelled: bool = False
    revision: int = 0


def write(entry: Entry, *, now: datetime) -> bytes:
    """Return an iCalendar file with one event."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//QuickCart//Orders//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{_text(entry.uid)}",
        f"SEQUENCE:{entry.revision}",
        f"DTSTAMP:{_moment(now)}",
        f"DTSTART:{_moment(entry.starts_at)}",
        f"DTEND:{_moment(entry.ends_at)}",
        f"SUMMARY:{_text(entry.summary)}",
        *([f"LOCATION:{_text(entry.place)}"] if entry.place else []),
        *([f"DESCRIPTION:{_text(entry.description)}"] if entry.description else []),
        *([f"URL:{entry.url}"] if entry.url else []),
        f"STATUS:{'CANCELLED' if entry.is_cancelled else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_fold(line) + b"\r\n" for line in lines)


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    return text.translate(_ESCAPES)


def _fold(line: str) -> bytes:
    """Break a line after 75 octets at most, never inside a character."""
    pieces: list[bytes] = []
    piece = b""
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > _LONGEST_LINE - bool(pieces):
            pieces.append(piece)
            piece = b""
        piece += octets
    return b"\r\n ".join([*pieces, piece])
