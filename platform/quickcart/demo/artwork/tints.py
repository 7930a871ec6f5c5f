"""Pictures that are others in new colours: a lime from a lemon, jars of spices."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageEnhance, ImageOps

from quickcart.demo.artwork import brushes

SOURCES = Path(__file__).parents[1] / "art" / "sources"


class Tint(NamedTuple):
    """A picture made from another one by turning or replacing its colours."""

    source: Path
    turn: int = 0  # of the hue, in 1/256 of the circle
    saturation: float = 1.0
    brightness: float = 1.0
    dye: str = ""  # replaces the colour of the saturated part …
    top: float = 0.0  # … or of this upper share of the picture


TINTS = {
    "lime": Tint(
        brushes.PICTURES / "lemon.webp", turn=32, saturation=0.9, brightness=0.86
    ),
    "red-onion": Tint(brushes.PICTURES / "onion.webp", turn=-42, brightness=0.82),
    "fish": Tint(SOURCES / "fish.webp", turn=-4, saturation=0.5),
    "mushroom": Tint(
        SOURCES / "toadstool.webp", dye="#A87146", top=0.61, saturation=0.3
    ),
    "jar-amber": Tint(brushes.PICTURES / "jar.webp", dye="#D98218"),
    "jar-brown": Tint(brushes.PICTURES / "jar.webp", dye="#7A4A2B"),
    "jar-gold": Tint(brushes.PICTURES / "jar.webp", dye="#E9B11E"),
    "jar-green": Tint(brushes.PICTURES / "jar.webp", dye="#6C8F3A"),
    "jar-purple": Tint(brushes.PICTURES / "jar.webp", dye="#5B2A57"),
    "jar-red": Tint(brushes.PICTURES / "jar.webp", dye="#B8321F"),
}


def tinted(tint: Tint) -> Image.Image:
    picture = Image.open(tint.source).convert("RGBA")
    alpha = picture.getchannel("A")
    hue, saturation, value = picture.convert("RGB").convert("HSV").split()
    if tint.dye:
        dyed = ImageOps.colorize(
            value,
            black=brushes.mix(tint.dye, "#000000", 0.8),
            mid=brushes.mix(tint.dye, "#000000", 0.3),
            white=brushes.mix(tint.dye, "#FFFFFF", 0.12),
            midpoint=170,
        )
        mask = saturation.point(lambda level: min(255, max(0, (level - 24) * 9)))
        if tint.top:
            mask = Image.new("L", picture.size)
            mask.paste(255, (0, 0, picture.width, round(picture.height * tint.top)))
        rest = ImageEnhance.Color(picture.convert("RGB")).enhance(tint.saturation)
        result = Image.composite(dyed, rest, mask)
    else:
        hue = hue.point(lambda level: (level + tint.turn) % 256)
        result = Image.merge("HSV", (hue, saturation, value)).convert("RGB")
        result = ImageEnhance.Color(result).enhance(tint.saturation)
        result = ImageEnhance.Brightness(result).enhance(tint.brightness)
    result.putalpha(alpha)
    return result
