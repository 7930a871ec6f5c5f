"""The lines of a basket, each drawn once for what it shows.

Eight lines with their steppers and buttons would take most of the page's time. What a
line looks like depends on nothing but the values on it and on its visitor's token. So
the drawing is kept under exactly those values, with a mark where the token belongs:
visitors share it, it can never be stale, and no token is ever kept.
"""

import secrets
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.template.loader import get_template
from django.utils import translation
from django.utils.safestring import SafeString

Context = dict[str, Any]
Values = tuple[Any, ...]

#: Stands for the token in what is kept; nobody can know it, or write it into a title.
MARK = secrets.token_hex(16)
#: Drawings of some 3 KB each.
LINES = 1024

_PICTURE = ("src", "srcset", "width", "height", "alt")


def draw(lines: Iterable[Context], *, currency: str, token: str) -> SafeString:
    """Return the HTML of lines (`storefront.cart.selectors.line_of`)."""
    language = translation.get_language()
    drawn = [_drawn(line, currency=currency, language=language) for line in lines]
    # Each was drawn by its template; a token of Django's is letters and digits.
    return SafeString("".join(drawn).replace(MARK, token))


def _drawn(line: Context, *, currency: str, language: str | None) -> str:
    picture = line["picture"]
    values = tuple(line[name] for name in line if name != "picture")
    names = tuple(name for name in line if name != "picture")
    shown = tuple(picture.get(name) for name in _PICTURE) if picture else None
    return _draw(names, values, shown, currency, language)


@lru_cache(maxsize=LINES)
def _draw(
    names: tuple[str, ...],
    values: Values,
    picture: Values | None,
    currency: str,
    _language: str | None,
) -> str:
    line = dict(zip(names, values, strict=True))
    line["picture"] = dict(zip(_PICTURE, picture, strict=True)) if picture else None
    context = {"line": line, "currency": currency, "csrf_token": MARK}
    return get_template("cart/_line.html").render(context)
