"""What of an error may be kept and shown: short, and without secrets."""

import re

from django.conf import settings

MAX_LENGTH = 500

_USER_INFO = re.compile(r"(?<=://)[^/\s@]+@")
_ASSIGNED = re.compile(
    r"(?i)\b(password|passwd|pwd|secret|token|api[_-]?key|authorization)"
    r"(['\"]?\s*[:=]\s*)\S+"
)
_LINK_KEY = re.compile(r"(?<=/)[\w-]{24,}(?=/|\s|$)")


def describe(error: BaseException) -> str:
    """Return an error's kind and words on one line, without secrets."""
    words = " ".join(str(error).replace("\x00", "").split())
    for secret in _secrets():
        words = words.replace(secret, "***")
    words = _USER_INFO.sub("***@", words)
    words = _ASSIGNED.sub(r"\1\2***", words)
    words = _LINK_KEY.sub("***", words)
    text = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH - 1]}…"


def _secrets() -> list[str]:
    candidates = (
        str.__str__(settings.SECRET_KEY),
        settings.EMAIL_HOST_PASSWORD,
        settings.DATABASES["default"].get("PASSWORD"),
    )
    return [str(secret) for secret in candidates if secret]
