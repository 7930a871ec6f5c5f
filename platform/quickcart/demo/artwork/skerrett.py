"""Skerrett & Font: lamplight, dark wood, a painter's still life."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageOps

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
    glow,
    gradient,
    planks,
    put,
    shape,
)

LAMP = Light(dx=46, dy=14, blur=26, depth=0.62, colour="#0B0403", foot=0.85)


def lamplit_room(size: tuple[int, int], table_top: int) -> Image.Image:
    canvas = gradient(size, "#4A1219", "#2A0B0F")
    glow(canvas, (size[0] * 0.36, size[1] * 0.3), size[0] * 0.55, "#8E2F2C")
    planks(canvas, table_top, ("#5B3521", "#2E180E"), "#23110A", 3)
    glow(canvas, (size[0] * 0.4, table_top + 60), size[0] * 0.42, "#8A5630")
    return canvas


def varnish(canvas: Image.Image) -> Image.Image:
    """Warm the whole picture and let its corners fall into the dark."""
    warm = Image.new("RGB", canvas.size, "#FFE9CF")
    ramp = ImageOps.invert(Image.radial_gradient("L")).resize(canvas.size)
    edge = ImageOps.colorize(ramp, black="#4A2A22", mid="#F4E6DA", white="#FFFFFF")
    result = ImageChops.multiply(canvas.convert("RGB"), warm)
    return ImageChops.multiply(result, edge).convert("RGBA")


def board(canvas: Image.Image, middle: tuple[float, float], radius: float) -> None:
    x, y = middle
    disc(canvas, (x + 30, y + 34), radius, (0, 0, 0, 150), squash=0.24, blur=20)
    disc(canvas, (x, y + 22), radius, "#6E4422", squash=0.22)
    disc(canvas, (x, y), radius, "#B98148", squash=0.22)
    disc(canvas, (x, y + 1), radius * 0.95, "#C48D54", squash=0.215)


def hero() -> Image.Image:
    canvas = lamplit_room(HERO, 640)
    put(canvas, Thing("jar-amber", 395, 690, 190), LAMP)
    put(canvas, Thing("baguette-bread", 650, 690, 400, 24), LAMP)
    put(canvas, Thing("bread", 930, 705, 390), LAMP)
    put(canvas, Thing("wine-glass", 1310, 730, 190), LAMP)
    board(canvas, (840, 810), 520)
    on_board = [
        Thing("cheese-wedge", 640, 825, 330),
        Thing("croissant", 985, 835, 290, -6),
        Thing("grapes", 1190, 850, 200),
        Thing("olive", 455, 838, 92),
        Thing("olive", 530, 872, 92, 30),
        Thing("chestnut", 790, 872, 104),
        Thing("chestnut", 880, 884, 92, -14),
    ]
    arrange(canvas, on_board, LAMP._replace(dx=26, depth=0.5))
    put(canvas, Thing("pear", 215, 880, 190), LAMP)
    put(canvas, Thing("pretzel", 1440, 905, 210, 8), LAMP)
    return varnish(canvas)


def oven() -> Image.Image:
    """The mouth of the brick oven, fire behind, the morning's bread before it."""
    canvas = gradient(STORY, "#6B2B25", "#4A1B18")
    for row in range(13):
        for column in range(9):
            x = column * 150 - (75 if row % 2 else 0)
            tone = ("#7A332A", "#702C25", "#833B2F", "#6A2822")[(row + column * 3) % 4]
            area = (x + 4, row * 70 + 4, x + 146, row * 70 + 66)
            box(canvas, area, tone, radius=5)
    shape(canvas, arch(230, 110, 740, 700), "#A5795A")
    for step in range(15):
        turn = math.pi * (step + 0.5) / 15
        middle = (600 - 340 * math.cos(turn), 480 - 340 * math.sin(turn))
        disc(canvas, middle, 7, "#7D563C")
    shape(canvas, arch(292, 172, 616, 700), "#140605")
    glow(canvas, (600, 500), 290, "#A33A12")
    glow(canvas, (600, 620), 300, "#D9591B")
    glow(canvas, (600, 660), 210, "#FFC04D")
    box(canvas, (150, 690, 1050, 760), "#B58A68", radius=8)
    box(canvas, (150, 690, 1050, 702), "#D3AC89", radius=5)
    box(canvas, (150, 750, 1050, 790), (20, 5, 5, 150), blur=16)
    loaves = [
        Thing("bread", 400, 716, 250),
        Thing("bread", 640, 716, 280, flip=True),
        Thing("baguette-bread", 860, 720, 280, -6),
        Thing("croissant", 290, 742, 170, 6),
        Thing("croissant", 530, 746, 160, -8),
    ]
    arrange(canvas, loaves, LAMP._replace(dx=18))
    return varnish(canvas)


def cheese() -> Image.Image:
    canvas = lamplit_room(STORY, 560)
    box(canvas, (150, 690, 1090, 830), (0, 0, 0, 170), radius=30, blur=22)
    shape(canvas, [(190, 640), (1010, 640), (1090, 800), (110, 800)], "#3B3F42")
    shape(canvas, [(110, 800), (1090, 800), (1090, 822), (110, 822)], "#24272A")
    things = [
        Thing("cheese-wedge", 400, 690, 330),
        Thing("grapes", 850, 685, 260),
        Thing("cheese-wedge", 640, 745, 330, flip=True),
        Thing("pear", 245, 770, 170, 12),
        Thing("honey-pot", 985, 775, 170),
        Thing("chestnut", 400, 785, 96),
        Thing("chestnut", 482, 796, 84, 16),
        Thing("cookie", 830, 790, 130),
    ]
    arrange(canvas, things, LAMP._replace(dx=30))
    return varnish(canvas)


def logo() -> Image.Image:
    """A loaf under the arch in the lane."""
    canvas = Image.new("RGBA", LOGO)
    shape(canvas, arch(56, 10, 400, 502), "#6A1B26")
    shape(canvas, arch(82, 38, 348, 476), "#D7AE63")
    shape(canvas, arch(90, 46, 332, 468), "#6A1B26")
    disc(canvas, (256, 330), 128, "#FBF7F0", squash=0.68)
    box(canvas, (128, 330, 384, 420), "#FBF7F0", radius=36)
    for x in (190, 256, 322):
        cut: Points = [(x - 22, 384), (x - 8, 390), (x + 24, 286), (x + 10, 280)]
        shape(canvas, cut, "#6A1B26")
    for x, lean in ((206, -14), (256, 0), (306, 14)):
        steam: Points = [
            (x - 6, 216),
            (x + 6, 216),
            (x + lean + 5, 130),
            (x + lean - 5, 130),
        ]
        shape(canvas, steam, "#D7AE63")
    return canvas
