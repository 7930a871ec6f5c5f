"""What of a text may leave in logs, traces and error reports: no person, no key.

It errs on the safe side: a long product's address may be hidden with the keys.
"""

import functools
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

HIDDEN = "***"
#: A shorter word is no secret, and hiding it would hide half of every line.
SHORTEST_SECRET = 8

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w\-])"
_RULES = (
    # What the database quotes: a row it refuses, a key there is, a part of a statement.
    (
        re.compile(r"(Failing row contains )\(.*?\)\.(?=\s*(?:\n|\Z))", re.DOTALL),
        rf"\1({HIDDEN}).",
    ),
    (re.compile(r"(Key \([^\n]*?\)=)\([^\n]*\)"), rf"\1({HIDDEN})"),
    (re.compile(r"(?m)^(\s*LINE \d+: ).*$"), rf"\1{HIDDEN}"),
    # A password in an address of a server.
    (re.compile(r"(?<=://)[^/\s@]+@"), f"{HIDDEN}@"),
    # E-mail addresses, plain and as they stand in a query.
    (re.compile(r"[\w.+\-]+(?:@|%40)[\w\-]+(?:\.[\w\-]+)+"), f"{HIDDEN}@{HIDDEN}"),
    # What follows a telling name, quoted or not, in a header, a query or a dict.
    (
        re.compile(
            r"(?i)((?:password|passwd|pwd|secret|token|api[_-]?key|authorization|"
            r"cookie|session(?:_?key|id)?|basket|signature)\w*"
            r"['\"]?\s*[:=]\s*(?:(?:bearer|basic)\s+)?)(['\"]?)[^\s'\"&;,]+"
        ),
        rf"\1\2{HIDDEN}",
    ),
    # What was signed: value, time and signature.
    (re.compile(r"[\w\-]+:[\w\-]{4,}:[\w\-]{20,}"), HIDDEN),
    # Session keys, reset links, tokens; not what names a task.
    (
        re.compile(
            rf"(?<![\w\-])(?!{_UUID})(?=[\w\-]*\d)(?=[\w\-]*[a-z])[\w\-]{{24,}}"
        ),
        HIDDEN,
    ),
    # References that open an order (`kernel.ids`).
    (
        re.compile(
            r"\b(?=[a-z]*\d)(?=\d*[a-z])[0-9a-hjkmnp-tv-z]{16,}\b", re.IGNORECASE
        ),
        HIDDEN,
    ),
)


def scrub(text: str) -> str:
    """Return a text without addresses of people, keys and passwords."""
    for secret in _own_secrets():
        text = text.replace(secret, HIDDEN)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def scrub_deep(value: object, *, spared: frozenset[str] = frozenset()) -> object:
    """Scrub every text in a structure of dicts and lists; keys in `spared` stay."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {
            key: item if key in spared else scrub_deep(item, spared=spared)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [scrub_deep(item, spared=spared) for item in value]
    return value


@functools.cache
def _own_secrets() -> tuple[str, ...]:
    from django.conf import settings

    if not settings.configured:  # pragma: no cover (a line before the settings)
        return ()
    candidates = (
        str.__str__(settings.SECRET_KEY),
        settings.EMAIL_HOST_PASSWORD,
        settings.DATABASES["default"].get("PASSWORD"),
        urlsplit(settings.REDIS_URL).password,
        settings.WATCH_TOKEN,
    )
    texts = [str(secret or "") for secret in candidates]
    return tuple(text for text in texts if len(text) >= SHORTEST_SECRET)
