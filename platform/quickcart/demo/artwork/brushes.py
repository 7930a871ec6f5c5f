"""What every scene is painted with: pictures, shadows, light and plain shapes.

A scene is painted back to front on a canvas of the final size. Things stand on a
point (the middle of their foot), so that a still life is arranged as on a table.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PICTURES = Path(__file__).parents[1] / "pictures"

HERO = (1600, 1000)
STORY = (1200, 900)
LOGO = (512, 512)
OVERSAMPLE = 3

Colour = str | tuple[int, ...]
Points = list[tuple[float, float]]
Area = tuple[float, float, float, float]


def rgb(colour: str) -> tuple[int, int, int]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))  # type: ignore[return-value]


def mix(one: str, other: str, share: float) -> str:
    pairs = zip(rgb(one), rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


@cache
def sprite(name: str, width: int) -> Image.Image:
    """Return a picture without its empty margin, this wide."""
    picture = Image.open(PICTURES / f"{name}.webp").convert("RGBA")
    picture_size = picture.width
    picture = picture.crop(picture.getchannel("A").getbbox())
    height = round(picture.height * width / picture.width)
    picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    if width > picture_size:  # sharpened with premultiplied alpha, or its edges fray
        sharpen = ImageFilter.UnsharpMask(radius=width / 160, percent=60, threshold=2)
        picture = picture.convert("RGBa").filter(sharpen).convert("RGBA")
    return picture


class Thing(NamedTuple):
    """One picture in a scene; ``x`` and ``y`` are the middle of its foot."""

    name: str
    x: float
    y: float
    width: int
    turn: float = 0
    flip: bool = False


class Light(NamedTuple):
    """How things throw shadows: to where, how soft, how dark, of what colour."""

    dx: float = 26
    dy: float = 10
    blur: float = 20
    depth: float = 0.3
    colour: str = "#2A1C10"
    foot: float = 0.5  # darkness of the patch right under a thing


def put(canvas: Image.Image, thing: Thing, light: Light | None = None) -> None:
    picture = sprite(thing.name, thing.width)
    if thing.flip:
        picture = ImageOps.mirror(picture)
    if thing.turn:
        picture = picture.convert("RGBa").rotate(
            thing.turn, expand=True, resample=Image.Resampling.BICUBIC
        )
        picture = picture.convert("RGBA")
        picture = picture.crop(picture.getchannel("A").getbbox())
    left = round(thing.x - picture.width / 2)
    top = round(thing.y - picture.height)
    if light:
        throw_shadow(canvas, picture, (left, top), light)
    canvas.paste(picture, (left, top), picture)


def throw_shadow(
    canvas: Image.Image, picture: Image.Image, at: tuple[int, int], light: Light
) -> None:
    shadow = Image.new("L", canvas.size)
    depth = picture.getchannel("A").point(lambda a: round(a * light.depth))
    shadow.paste(depth, (at[0] + round(light.dx), at[1] + round(light.dy)))
    shadow = shadow.filter(ImageFilter.GaussianBlur(light.blur))
    if light.foot:
        lowest = round(picture.height * 0.14)
        ground = picture.getchannel("A").crop(
            (0, picture.height - lowest, picture.width, picture.height)
        )
        foot = Image.new("L", canvas.size)
        foot.paste(
            ground.point(lambda a: round(a * light.foot)),
            (at[0] + 4, at[1] + picture.height - lowest + 9),
        )
        foot = foot.filter(ImageFilter.GaussianBlur(8))
        shadow = ImageChops.lighter(shadow, foot)
    canvas.paste(Image.new("RGBA", canvas.size, light.colour), (0, 0), shadow)


def arrange(canvas: Image.Image, things: Iterable[Thing], light: Light) -> None:
    for thing in things:
        put(canvas, thing, light)


def gradient(size: tuple[int, int], top: str, bottom: str) -> Image.Image:
    ramp = Image.linear_gradient("L").resize(size)
    return ImageOps.colorize(ramp, black=top, white=bottom).convert("RGBA")


def fading_disc() -> Image.Image:
    """Return a disc that fades to nothing where it meets the picture's edge."""
    ramp = Image.radial_gradient("L")
    edge = 181  # the ramp's level at the middle of a side; 255 is at the corners
    return ramp.point(lambda level: max(0, 255 - level * 255 // edge))


def glow(
    canvas: Image.Image, middle: tuple[float, float], reach: float, colour: str
) -> None:
    """Lay a round light over the canvas that fades towards ``reach``."""
    side = round(reach * 2)
    ramp = fading_disc().resize((side, side))
    mask = Image.new("L", canvas.size)
    mask.paste(ramp, (round(middle[0] - reach), round(middle[1] - reach)))
    canvas.paste(Image.new("RGBA", canvas.size, colour), (0, 0), mask)


def paint(
    canvas: Image.Image,
    area: Area,
    draw: Callable[[ImageDraw.ImageDraw, Callable[[Points], Points]], None],
    *,
    blur: float = 0,
) -> None:
    """Let ``draw`` paint on a fine transparent layer, then lay it on the canvas.

    ``draw`` is given the pen and what turns the canvas's points into the pen's.
    The layer only spans ``area`` and the reach of the blur.
    """
    margin = 2 + blur * 3
    left, top = (max(0, math.floor(edge - margin)) for edge in area[:2])
    right = min(canvas.width, math.ceil(area[2] + margin))
    bottom = min(canvas.height, math.ceil(area[3] + margin))
    width, height = right - left, bottom - top
    if width <= 0 or height <= 0:
        return
    layer = Image.new("RGBA", (width * OVERSAMPLE, height * OVERSAMPLE))

    def to_layer(points: Points) -> Points:
        return [((x - left) * OVERSAMPLE, (y - top) * OVERSAMPLE) for x, y in points]

    draw(ImageDraw.Draw(layer), to_layer)
    layer = layer.convert("RGBa").reduce(OVERSAMPLE)
    if blur:
        layer = layer.filter(ImageFilter.GaussianBlur(blur))
    canvas.alpha_composite(layer.convert("RGBA"), (left, top))


def box(
    canvas: Image.Image,
    area: Area,
    colour: Colour,
    *,
    radius: float = 0,
    blur: float = 0,
) -> None:
    def draw(pen: ImageDraw.ImageDraw, to_layer: Callable[[Points], Points]) -> None:
        corners = to_layer([area[:2], area[2:]])
        pen.rounded_rectangle(corners, radius * OVERSAMPLE, fill=colour)

    paint(canvas, area, draw, blur=blur)


def shape(
    canvas: Image.Image, points: Points, colour: Colour, *, blur: float = 0
) -> None:
    def draw(pen: ImageDraw.ImageDraw, to_layer: Callable[[Points], Points]) -> None:
        pen.polygon(to_layer(points), fill=colour)

    across, down = zip(*points, strict=True)
    area = (min(across), min(down), max(across), max(down))
    paint(canvas, area, draw, blur=blur)


def disc(
    canvas: Image.Image,
    middle: tuple[float, float],
    radius: float,
    colour: Colour,
    *,
    squash: float = 1,
    blur: float = 0,
) -> None:
    x, y = middle
    area = (x - radius, y - radius * squash, x + radius, y + radius * squash)

    def draw(pen: ImageDraw.ImageDraw, to_layer: Callable[[Points], Points]) -> None:
        pen.ellipse(to_layer([area[:2], area[2:]]), fill=colour)

    paint(canvas, area, draw, blur=blur)


def arch(left: float, top: float, width: float, bottom: float) -> Points:
    """Return the outline of a round-headed arch."""
    radius = width / 2
    head = [
        (
            left + radius - radius * math.cos(math.pi * step / 40),
            top + radius - radius * math.sin(math.pi * step / 40),
        )
        for step in range(41)
    ]
    return [(left, bottom), *head, (left + width, bottom)]


def wave(
    size: tuple[int, int], y: float, height: float, length: float, start: float = 0
) -> Points:
    """Return the outline of water that fills the canvas below ``y``."""
    crest = [
        (x, y + height * math.sin((x + start) / length * 2 * math.pi))
        for x in range(0, size[0] + 9, 8)
    ]
    return [(0, size[1]), *crest, (size[0], size[1])]


def planks(
    canvas: Image.Image, top: int, colours: tuple[str, str], seam: str, rows: int
) -> None:
    """Paint a table top of planks seen from the front, nearer ones wider."""
    height = canvas.height - top
    table = gradient((canvas.width, height), *colours)
    canvas.alpha_composite(table, (0, top))
    for row in range(1, rows):
        y = top + height * (row / rows) ** 1.5
        box(canvas, (0, y, canvas.width, y + 3), seam)
    box(canvas, (0, top, canvas.width, top + 5), mix(colours[0], "#FFFFFF", 0.35))
