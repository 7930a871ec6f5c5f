"""A shop's look: from the choices of its profile to the design system's theme."""

from django.utils.html import format_html

from storefront.profile.models import ShopProfile
from ui import theme


def theme_of(profile: ShopProfile) -> theme.Theme:
    """Return the theme a profile describes."""
    return theme.Theme(
        brand=profile.brand_colour,
        accent=profile.accent_colour,
        paper=profile.paper_colour,
        ink=profile.ink_colour,
        type_pair=profile.type_pair,
        header=profile.header,
        radius=profile.radius,
    )


def icon(look: theme.Theme, *, name: str) -> str:
    """Return the shop's icon as SVG: its initial on its colour."""
    colours = theme.palette(look)
    corner = {"sharp": 2, "soft": 8, "round": 16}[look.radius]
    initial = next((c for c in name if c.isalnum()), "•").upper()
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        '<rect width="32" height="32" rx="{}" fill="{}"/>'
        '<text x="16" y="23" text-anchor="middle" font-family="sans-serif" '
        'font-weight="700" font-size="20" fill="{}">{}</text></svg>',
        corner,
        colours["brand"],
        colours["on-brand"],
        initial,
    )
