"""Clover & Wrack: daylight, painted wood, a crate."""

from __future__ import annotations

import math

from PIL import Image

from quickcart.demo.artwork.brushes import (
    HERO,
    LOGO,
    STORY,
    Light,
    Points,
    Thing,
    arrange,
    box,
    disc,
    glow,
    gradient,
    planks,
    put,
    shape,
    wave,
)

DAY = Light(dx=22, dy=8, blur=20, depth=0.28, colour="#3A3320", foot=0.45)


def daylight_room(size: tuple[int, int], table_top: int) -> Image.Image:
    canvas = gradient(size, "#DCE6CF", "#C3D4B4")
    width = size[0]
    for offset in (0, 250, 500):
        left = width * 0.02 + offset
        slant: Points = [
            (left, 0),
            (left + 190, 0),
            (left + 620, table_top),
            (left + 430, table_top),
        ]
        shape(canvas, slant, (255, 252, 228, 105), blur=22)
    planks(canvas, table_top, ("#E9D9B8", "#CDB489"), "#B79A6C", 4)
    return canvas


def crate(canvas: Image.Image, area: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = area
    slat = (bottom - top - 24) / 3
    shadow = (left + 10, bottom - 26, right + 50, bottom + 22)
    box(canvas, shadow, (60, 45, 20, 130), radius=20, blur=18)
    box(canvas, (left + 10, top + 10, right - 10, bottom - 6), "#6B4A22")
    for row in range(3):
        y = top + row * (slat + 12)
        tone = ("#D9A866", "#D09C58", "#C6904C")[row]
        box(canvas, (left, y, right, y + slat), tone, radius=7)
        box(canvas, (left, y, right, y + 6), "#EBC48B", radius=3)
        for grain in (0.38, 0.66):
            line = y + slat * grain
            box(canvas, (left + 40, line, right - 90, line + 2), "#BC8747")
    for x in (left - 6, right - 50):
        box(canvas, (x, top - 12, x + 56, bottom + 8), "#B67C3C", radius=8)
        box(canvas, (x, top - 12, x + 8, bottom + 8), "#D09C58", radius=4)
        for y in (top + slat / 2, top + slat * 1.5 + 12, top + slat * 2.5 + 24):
            disc(canvas, (x + 28, y), 5, "#7C5226")


def hero() -> Image.Image:
    canvas = daylight_room(HERO, 690)
    back = [
        Thing("leafy-green", 560, 520, 300, 14),
        Thing("ear-of-maize", 1215, 540, 230, -12),
        Thing("broccoli", 800, 480, 290),
        Thing("leafy-green", 1010, 470, 280, -8, flip=True),
        Thing("aubergine", 1225, 625, 200, 60),
        Thing("carrot", 520, 625, 240, 24),
        Thing("tomato", 690, 600, 230),
        Thing("bell-pepper", 868, 600, 210, -6),
        Thing("onion", 1030, 605, 180, 8),
        Thing("red-apple", 1135, 610, 150),
    ]
    arrange(canvas, back, DAY)
    crate(canvas, (410, 540, 1370, 830))
    front = [
        Thing("potato", 250, 800, 200, 10),
        Thing("potato", 130, 860, 190, -25, flip=True),
        Thing("mushroom", 330, 900, 130, -10),
        Thing("pea-pod", 1260, 930, 210, 8),
        Thing("lemon", 1470, 880, 170),
        Thing("garlic", 1390, 930, 140),
    ]
    arrange(canvas, front, DAY)
    return canvas


def hatch() -> Image.Image:
    """The blue half-door, its upper half open."""
    canvas = gradient(STORY, "#F1ECDD", "#E2DAC3")
    for row in range(9):
        for column in range(9):
            x = column * 160 - (80 if row % 2 else 0)
            tone = ("#EAE3D0", "#E6DEC8", "#EEE8D8")[(row * 2 + column) % 3]
            area = (x + 4, row * 104 + 4, x + 154, row * 104 + 98)
            box(canvas, area, tone, radius=16)
    box(canvas, (268, 76, 932, 900), "#D8CDB2", radius=10)
    box(canvas, (300, 106, 900, 900), "#1E3328")
    glow(canvas, (600, 330), 220, "#5F7448")
    inside = [
        Thing("jar-amber", 400, 350, 86),
        Thing("jar-green", 500, 350, 86),
        Thing("honey-pot", 690, 350, 96),
        Thing("jar-red", 800, 350, 86),
    ]
    arrange(canvas, inside, Light(depth=0.4, colour="#000000", foot=0))
    box(canvas, (300, 350, 900, 364), "#8A6236")
    box(canvas, (300, 560, 900, 900), "#2C6A94")
    for x in (300, 450, 600, 750):
        box(canvas, (x, 560, x + 4, 900), "#235779")
    box(canvas, (300, 690, 900, 726), "#24597D")
    disc(canvas, (845, 640), 17, "#E3B95B")
    box(canvas, (250, 566, 950, 594), (20, 30, 20, 110), blur=12)
    box(canvas, (258, 536, 942, 572), "#C99A5B", radius=8)
    box(canvas, (258, 536, 942, 544), "#E5C08A", radius=4)
    goods = [
        Thing("leafy-green", 560, 400, 200, 12),
        Thing("carrot", 650, 405, 180, -12),
        Thing("basket", 600, 548, 290),
        Thing("red-apple", 790, 548, 110),
        Thing("green-apple", 395, 548, 110),
        Thing("pear", 870, 548, 92),
    ]
    arrange(canvas, goods, DAY)
    return canvas


def field() -> Image.Image:
    """Vegetable rows that run down to the bay."""
    canvas = gradient(STORY, "#CFE3EA", "#F6F1DF")
    disc(canvas, (900, 190), 78, "#FBE3A0")
    shape(canvas, wave(STORY, 352, 22, 900, 200), "#A9BFC4")
    box(canvas, (0, 380, 1200, 470), "#6FA3B5")
    box(canvas, (0, 404, 1200, 410), "#8FBBC9")
    box(canvas, (0, 432, 1200, 436), "#8FBBC9")
    shape(canvas, wave(STORY, 470, 12, 1300, 500), "#6E9A55")
    horizon = (600.0, 455.0)
    for number, colour in enumerate(("#7D5A38", "#5F8F46") * 9):
        left, right = -1500 + number * 235, -1265 + number * 235
        shape(canvas, [horizon, (left, 900), (right, 900)], colour)
    box(canvas, (0, 440, 1200, 500), "#6E9A55", blur=10)
    rows = ((548, 46, 9), (600, 72, 9), (680, 112, 9), (800, 170, 5))
    for row, (y, width, plants) in enumerate(rows):
        spread = (y - 455) / 445 * 470
        for plant in range(plants):
            name = ("broccoli", "leafy-green", "leafy-green")[(plant + row) % 3]
            spot = Thing(name, 612 + (plant - 4) * spread, y, width)
            put(canvas, spot, DAY._replace(dx=8, blur=8))
    put(canvas, Thing("basket", 950, 880, 250), DAY)
    put(canvas, Thing("carrot", 760, 885, 170, 40), DAY)
    return canvas


def logo() -> Image.Image:
    canvas = Image.new("RGBA", LOGO)
    disc(canvas, (256, 256), 244, "#23573A")
    stem: Points = [(246, 228), (266, 228), (316, 388), (294, 396)]
    shape(canvas, stem, "#F7F5EC")
    for degrees in (90, 210, 330):
        turn = math.radians(degrees)
        x, y = 256 + 100 * math.cos(turn), 232 - 100 * math.sin(turn)
        across = (-math.sin(turn) * 42, -math.cos(turn) * 42)
        for side in (-1, 1):
            middle = (x + side * across[0], y + side * across[1])
            disc(canvas, middle, 48, "#F7F5EC")
        tip = (256 + 4 * math.cos(turn), 232 - 4 * math.sin(turn))
        inner = (x - 24 * math.cos(turn), y + 24 * math.sin(turn))
        edges = [
            (inner[0] + s * across[0] * 1.98, inner[1] + s * across[1] * 1.98)
            for s in (-1, 1)
        ]
        shape(canvas, [tip, edges[0], (x, y), edges[1]], "#F7F5EC")
    crest: Points = [(x, 428 + 9 * math.sin(x / 22)) for x in range(110, 403, 4)]
    lower = [(x, y + 15) for x, y in reversed(crest)]
    shape(canvas, crest + lower, "#E58CA5")
    return canvas
