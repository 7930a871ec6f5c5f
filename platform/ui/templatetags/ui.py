"""Tags and filters of the design system: `{% load ui %}`."""

from __future__ import annotations

import functools
import pathlib
import re
from typing import TYPE_CHECKING, Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from ui import bundles, cards, theme
from ui import money as prices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.forms.boundfield import BoundField
    from django.template.base import FilterExpression, Parser, Token

register = template.Library()

_ICONS = pathlib.Path(__file__).parents[1] / "templates" / "ui" / "icons"
_ICON_NAME = re.compile(r"[a-z0-9-]+")
_NO_ICON = SafeString("")


@functools.cache
def draw_icon(name: str, kind: str = "") -> SafeString:
    """Return an inline SVG. It is decoration: the words stand beside it.

    Raises:
        template.TemplateSyntaxError: if there is no such icon.
    """
    path = _ICONS / f"{name}.svg"
    if not _ICON_NAME.fullmatch(name) or not path.is_file():
        message = f"There is no icon named {name!r}."
        raise template.TemplateSyntaxError(message)
    css = f"icon icon--{kind}" if kind else "icon"
    drawing = path.read_text().strip()
    # The drawings are files of this package, the kind is a literal of a template.
    return mark_safe(  # noqa: S308
        f'<svg class="{css}" viewBox="0 0 24 24" width="20" height="20" '
        f'aria-hidden="true" focusable="false">{drawing}</svg>'
    )


class IconNode(template.Node):
    """An icon; drawn once, when the template is read, if its name is literal."""

    def __init__(self, name: FilterExpression, kind: FilterExpression | None) -> None:
        self.name = name
        self.kind = kind

    def render(self, context: template.Context) -> SafeString:
        kind = self.kind.resolve(context) if self.kind else ""
        name = self.name.resolve(context)
        return draw_icon(str(name), str(kind)) if name else _NO_ICON


@register.tag("icon")
def icon(parser: Parser, token: Token) -> IconNode:
    """Draw an icon: `{% icon "basket" %}`, `{% icon name "large" %}`."""
    _tag, *arguments = token.split_contents()
    if len(arguments) not in {1, 2}:
        message = "icon takes a name and, if wanted, a kind."
        raise template.TemplateSyntaxError(message)
    name = parser.compile_filter(arguments[0])
    kind = parser.compile_filter(arguments[1]) if len(arguments) > 1 else None
    return IconNode(name, kind)


@register.filter
def money(value: object, currency: str) -> str:
    """Write an amount: `{{ order.total|money:order.currency }}`."""
    return prices.format_money(value, currency)


@register.filter
def price_parts(value: object, currency: str) -> SafeString:
    """Write a price with small decimals, read aloud in one piece."""
    whole, mark, decimals, rest = prices.split_money(value, currency)
    if not decimals:
        return format_html("{}", whole)
    return format_html(
        '{}<span class="price__mark">{}</span>'
        '<span class="price__decimals">{}</span>{}',
        whole,
        mark,
        decimals,
        rest,
    )


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    """Look a key up: `{{ quantities|get:card.product_id }}`."""
    return mapping.get(key) if mapping else None


@register.simple_tag
def product_card(
    card: object, *, set_url: str = "", heading: str = "h3", eager: bool = False
) -> SafeString:
    """Draw a product's card: `{% product_card card set_url=set_url %}`."""
    return cards.draw(card, set_url=set_url, heading=heading, eager=eager)


@register.simple_tag
def product_cards(
    these: Iterable[object], *, set_url: str = "", heading: str = "h3", eager: int = 0
) -> SafeString:
    """Draw products' cards, the pictures of the first so many loaded at once."""
    drawn = (
        cards.draw(card, set_url=set_url, heading=heading, eager=number < eager)
        for number, card in enumerate(these)
    )
    # Each was drawn by a template of its own.
    return mark_safe("".join(drawn))  # noqa: S308


@register.simple_tag
@functools.cache
def ui_styles(surface: str) -> SafeString:
    """Link the one stylesheet of a surface."""
    return format_html(
        '<link rel="stylesheet" href="{}">', static(f"{bundles.BUILD}/{surface}.css")
    )


@register.simple_tag
def ui_fonts(type_pair: str = theme.DEFAULT.type_pair) -> SafeString:
    """Ask for the two font files of a type pair before the styles are read."""
    return _fonts(str(type_pair))


@functools.cache
def _fonts(type_pair: str) -> SafeString:
    files = theme.FONT_FILES.get(type_pair, ())
    return format_html_join(
        "\n",
        '<link rel="preload" href="{}" as="font" type="font/woff2" crossorigin>',
        ((static(f"ui/fonts/{file}"),) for file in files),
    )


@register.simple_tag
@functools.cache
def ui_scripts(surface: str) -> SafeString:
    """Load htmx and the modules of a surface; the policy allows our own files."""
    return format_html(
        '<meta name="htmx-config" content="{}">\n'
        '<script src="{}" defer></script>\n'
        '<script src="{}" type="module"></script>',
        HTMX_CONFIG,
        static(f"{bundles.BUILD}/htmx.js"),
        static(f"{bundles.BUILD}/{surface}.js"),
    )


HTMX_CONFIG = (
    '{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,'
    '"selfRequestsOnly":true,"historyCacheSize":0,"refreshOnHistoryMiss":true,'
    # Not "style": setting that attribute, even empty, is what the policy refuses.
    '"scrollIntoViewOnBoost":false,"attributesToSettle":["class","width","height"]}'
)


@register.simple_tag
def ui_theme_color(*, dark: bool = False) -> str:
    """Return the browser bar's colour of the default theme."""
    return theme.palette(theme.DEFAULT, dark=dark)["paper"]


@register.filter
def control_kind(field: BoundField) -> str:
    """Name the kind of control, for the layout around it."""
    widget = field.field.widget
    kind = getattr(widget, "input_type", "") or type(widget).__name__.lower()
    return "check" if kind == "checkbox" else str(kind)
