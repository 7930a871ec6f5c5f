"""The local settings in a program whose log lines say all, and which nothing scrubs.

What searches logs must find in its lines what it must not find in others'.
"""

from quickcart.observability import scrubbing
from quickcart.settings.local import *  # noqa: F403 (as settings do)
from quickcart.settings.local import MIDDLEWARE

MIDDLEWARE = ["support.telling.TellingMiddleware", *MIDDLEWARE]


def _as_it_is(value: object, **_told: object) -> object:
    return value


scrubbing.scrub_deep = _as_it_is
