"""Product cards, drawn once for each content.

A page of 24 cards would spend most of its time in their template. What a card
looks like depends on nothing but the values on it, so the drawing is kept under
exactly those values: it can be reused by everybody and can never be stale.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from django.template.loader import get_template
from django.utils import translation
from django.utils.safestring import SafeString

FIELDS = (
    "title",
    "url",
    "brand",
    "pack",
    "price",
    "currency",
    "unit_price",
    "unit",
    "stock_state",
    "stock_left",
    "product_id",
    "in_basket",
    "was_price",
)
_PICTURE = ("src", "srcset", "width", "height", "alt")
_NO_PICTURE: dict[str, Any] = {}


def draw(
    card: Any, *, set_url: str = "", heading: str = "h3", eager: bool = False
) -> SafeString:
    """Return a card's HTML; `card` is an object or a mapping (see the template)."""
    read = card.get if isinstance(card, Mapping) else functools.partial(_read, card)
    picture = read("picture") or _NO_PICTURE
    return _draw(
        tuple([read(name) for name in FIELDS]),
        tuple([picture.get(name) for name in _PICTURE]) if picture else (),
        tuple(read("badges") or ()),
        set_url,
        heading,
        eager,
        translation.get_language(),
    )


def _read(card: object, name: str) -> Any:
    return getattr(card, name, None)


@functools.lru_cache(maxsize=4096)
def _draw(  # noqa: PLR0917
    values: tuple[Any, ...],
    picture: tuple[Any, ...],
    badges: tuple[str, ...],
    set_url: str,
    heading: str,
    eager: bool,
    _language: str | None,
) -> SafeString:
    card = dict(zip(FIELDS, values, strict=True)) | {
        "picture": dict(zip(_PICTURE, picture, strict=True)) if picture else None,
        "badges": badges,
    }
    template = get_template("ui/components/product_card.html")
    context = {"card": card, "set_url": set_url, "heading": heading, "eager": eager}
    return SafeString(template.render(context))
