"""Tamarind & Tide: flat colour, arches, sun and sea."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageChops

from quickcart.demo.artwork.brushes import (
    HERO,
    LOGO,
    STORY,
    Light,
    Points,
    Thing,
    arch,
    arrange,
    box,
    disc,
    gradient,
    mix,
    put,
    shape,
    wave,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

NOON = Light(dx=14, dy=16, blur=10, depth=0.34, colour="#06212B", foot=0.4)
SEA = ("#1E7A8C", "#14627A", "#0C4A5E", "#083747")


def sea(canvas: Image.Image, top: float, layers: int) -> None:
    for number in range(layers):
        y = top + number * 62
        outline = wave(canvas.size, y, 13, 260, number * 110)
        shape(canvas, outline, SEA[number % len(SEA)])


def niche(
    canvas: Image.Image,
    area: tuple[float, float, float, float],
    colour: str,
    things: Iterable[Thing],
) -> None:
    left, top, width, bottom = area
    shape(canvas, arch(left - 14, top - 14, width + 28, bottom), "#FFF6E3")
    shape(canvas, arch(left, top, width, bottom), colour)
    inner = arch(left + 34, top + 44, width - 68, bottom)
    shape(canvas, inner, mix(colour, "#06212B", 0.16))
    box(canvas, (left, bottom - 26, left + width, bottom), mix(colour, "#FFFFFF", 0.3))
    arrange(canvas, things, NOON)


def hero() -> Image.Image:
    canvas = gradient(HERO, "#F9C65B", "#F2A71B")
    disc(canvas, (800, 330), 400, "#FBD98A")
    disc(canvas, (800, 330), 300, "#FDE7B5")
    foot = 720
    niche(
        canvas,
        (70, 270, 250, foot),
        "#D9482B",
        [
            Thing("dumpling", 195, foot - 190, 170),
            Thing("hot-pepper", 168, foot - 12, 120, -8),
            Thing("garlic", 250, foot - 10, 100),
        ],
    )
    box(canvas, (90, foot - 194, 300, foot - 182), "#FFF6E3", radius=4)
    niche(
        canvas,
        (372, 190, 250, foot),
        "#7B2D5B",
        [
            Thing("jar-gold", 447, foot - 232, 94),
            Thing("jar-red", 547, foot - 232, 94),
            Thing("jar-brown", 440, foot - 12, 104),
            Thing("jar-green", 554, foot - 12, 104),
        ],
    )
    box(canvas, (392, foot - 234, 602, foot - 222), "#FFF6E3", radius=4)
    niche(
        canvas,
        (674, 130, 252, foot),
        "#0C6A7D",
        [
            Thing("steaming-bowl", 800, foot - 250, 190),
            Thing("coconut", 745, foot - 10, 124),
            Thing("lime", 864, foot - 10, 104),
        ],
    )
    box(canvas, (694, foot - 252, 906, foot - 240), "#FFF6E3", radius=4)
    niche(
        canvas,
        (978, 190, 250, foot),
        "#2F7D4F",
        [
            Thing("pineapple", 1103, foot - 232, 130),
            Thing("mango", 1050, foot - 10, 118),
            Thing("aubergine", 1158, foot - 10, 118),
        ],
    )
    box(canvas, (998, foot - 234, 1208, foot - 222), "#FFF6E3", radius=4)
    niche(
        canvas,
        (1280, 270, 250, foot),
        "#E8672E",
        [
            Thing("shrimp", 1405, foot - 190, 180),
            Thing("lemon", 1350, foot - 10, 106),
            Thing("ginger-root", 1458, foot - 10, 112),
        ],
    )
    box(canvas, (1300, foot - 194, 1510, foot - 182), "#FFF6E3", radius=4)
    sea(canvas, 742, 4)
    swimmers = [
        Thing("fish", 300, 900, 190, 6),
        Thing("fish", 560, 960, 140, -4),
        Thing("squid", 860, 985, 160, 20),
        Thing("fish", 1120, 910, 170, 4),
        Thing("crab", 1400, 975, 180),
    ]
    arrange(canvas, swimmers, NOON._replace(foot=0))
    return canvas


def spices() -> Image.Image:
    """The wall of jars."""
    canvas = Image.new("RGBA", STORY, "#0C4A5E")
    box(canvas, (0, 0, 1200, 900), "#0F566C")
    jars = ("red", "gold", "brown", "green", "amber", "purple")
    between_jars = {(0, 3): "hot-pepper", (1, 2): "garlic", (2, 5): "ginger-root"}
    for row, y in enumerate((290, 540, 790)):
        box(canvas, (0, y + 26, 1200, y + 60), (3, 30, 40, 120), blur=12)
        box(canvas, (0, y, 1200, y + 28), "#F2A71B")
        box(canvas, (0, y, 1200, y + 7), "#FBD070")
        for column in range(7):
            jar = f"jar-{jars[(column + row * 2 + column // 3) % len(jars)]}"
            name = between_jars.get((row, column), jar)
            put(canvas, Thing(name, 105 + column * 165, y + 3, 132), NOON)
    return canvas


def boat() -> Image.Image:
    canvas = gradient(STORY, "#F6B73C", "#F9D48A")
    disc(canvas, (790, 330), 230, "#FDEBC2")
    shape(canvas, wave(STORY, 560, 10, 260, 40), "#2C8C9C")
    mast: Points = [(596, 150), (608, 150), (608, 520), (596, 520)]
    shape(canvas, mast, "#5A2E18")
    shape(canvas, [(590, 170), (590, 480), (370, 480)], "#8E2F22")
    shape(canvas, [(616, 200), (616, 480), (800, 480)], "#B23C2A")
    hull: Points = [(330, 505), (880, 505), (800, 630), (420, 630)]
    shape(canvas, hull, "#14242B")
    shape(canvas, [(330, 505), (880, 505), (868, 525), (343, 525)], "#F4F8F7")
    sea(canvas, 596, 5)
    swimmers = [
        Thing("fish", 250, 770, 170, 8),
        Thing("fish", 470, 850, 200, -4),
        Thing("fish", 830, 780, 180, 4),
        Thing("shrimp", 1030, 870, 140, -10),
    ]
    arrange(canvas, swimmers, NOON._replace(foot=0))
    return canvas


def logo() -> Image.Image:
    """A fish that leaps before the sun."""
    canvas = Image.new("RGBA", LOGO)
    disc(canvas, (256, 256), 244, "#F2A71B")
    water = Image.new("RGBA", LOGO)
    shape(water, wave(LOGO, 346, 16, 170, 30), "#0C4A5E")
    shape(water, wave(LOGO, 404, 14, 170, 110), "#1E7A8C")
    ring = Image.new("RGBA", LOGO)
    disc(ring, (256, 256), 244, "#FFFFFF")
    water.putalpha(ImageChops.multiply(water.getchannel("A"), ring.getchannel("A")))
    fish = Image.new("RGBA", LOGO)
    disc(fish, (240, 256), 122, "#0C4A5E", squash=0.52)
    shape(fish, [(330, 256), (430, 180), (404, 256), (430, 332)], "#0C4A5E")
    disc(fish, (176, 240), 13, "#F2A71B")
    shape(fish, [(236, 300), (300, 300), (276, 340)], "#0C4A5E")
    fish = fish.rotate(-24, resample=Image.Resampling.BICUBIC, translate=(6, -42))
    canvas.alpha_composite(fish)
    canvas.alpha_composite(water)
    return canvas
