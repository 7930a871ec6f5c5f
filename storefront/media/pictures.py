"""Pictures as pages show them: a few widths in WebP, made when one is saved.

WebP alone, not AVIF beside it: every browser of the last years reads it, it is
made in milliseconds, and at the size of a card AVIF would save a kilobyte.
"""

from collections.abc import Sequence
from typing import TypedDict

from storefront.media.models import ShopImage

#: Every width a picture is made in, as far as the original goes.
WIDTHS = (200, 400, 800, 1200, 1600)
CARD_WIDTHS = (200, 400)
WIDE_WIDTHS = (400, 800, 1200, 1600)


class Picture(TypedDict):
    """What the design system's picture asks for."""

    src: str
    srcset: str
    width: int
    height: int
    alt: str


def specs_of(image: ShopImage, widths: Sequence[int] = WIDTHS) -> list[str]:
    """Return the filter specs of an image: none wider than the first that fits it."""
    fitting = [width for width in widths if width < image.width]
    rest = [width for width in widths if width >= image.width]
    return [f"width-{width}|format-webp" for width in [*fitting, *rest[:1]]]


def prepare(image: ShopImage) -> None:
    """Make what is missing of an image's renditions."""
    image.get_renditions(*specs_of(image))


def card_picture(image: ShopImage) -> Picture:
    """Return an image as a card shows it, alone on its tile."""
    return _picture(image, CARD_WIDTHS)


def wide_picture(image: ShopImage) -> Picture:
    """Return an image as it stands in a page or a hero, up to the page's width."""
    return _picture(image, WIDE_WIDTHS)


def _picture(image: ShopImage, widths: Sequence[int]) -> Picture:
    specs = specs_of(image, widths)
    renditions = image.get_renditions(*specs)
    made = sorted(renditions.values(), key=lambda rendition: rendition.width)
    # The smaller of a card's two, the middle of a wide picture's ladder.
    chosen = made[(len(made) - 1) // 2]
    srcset = ", ".join(f"{each.url} {each.width}w" for each in made)
    return {
        "src": chosen.url,
        "srcset": srcset if len(made) > 1 else "",
        "width": chosen.width,
        "height": chosen.height,
        "alt": image.default_alt_text,
    }
