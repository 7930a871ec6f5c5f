"""Colours as people see them: OKLCH arithmetic and WCAG contrast.

Lightness in OKLCH is close to perceived lightness, so moving it alone keeps the
hue a shopkeeper chose while the contrast becomes what the reader needs.
Formulas: https://bottosson.github.io/posts/oklab/ and WCAG 2.2, "contrast ratio".
"""

from __future__ import annotations

import dataclasses
import functools
import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_SHORT_HEX = re.compile(r"#[0-9a-fA-F]{3}")
_STEP = 0.005
# WCAG's knee between the linear and the curved part of sRGB.
_LINEAR_END, _ENCODED_END = 0.0031308, 0.04045
_GAMUT_SLACK = 0.0005

AA = 4.5

WHITE = "#ffffff"
BLACK = "#000000"

Triple = tuple[float, float, float]


@dataclasses.dataclass(frozen=True)
class Oklch:
    """A colour by lightness (0 to 1), chroma (0 to 0.4) and hue (degrees)."""

    lightness: float
    chroma: float
    hue: float

    def at(
        self, lightness: float | None = None, *, chroma: float | None = None
    ) -> Oklch:
        """Return the same hue at another lightness or chroma."""
        return dataclasses.replace(
            self,
            lightness=self.lightness if lightness is None else lightness,
            chroma=self.chroma if chroma is None else chroma,
        )

    def hex(self) -> str:
        """Return the nearest `#rrggbb`, losing chroma rather than hue."""
        chroma = self.chroma
        while chroma > 0 and not _in_gamut(_linear(self, chroma)):
            chroma = max(0.0, chroma - _STEP)
        channels = (_encode(value) for value in _linear(self, chroma))
        return "#" + "".join(f"{round(value * 255):02x}" for value in channels)


def normalise(value: object) -> str:
    """Return `value` as lower-case `#rrggbb`.

    Raises:
        ValueError: if it is anything but `#rgb` or `#rrggbb`.
    """
    if isinstance(value, str):
        if _HEX.fullmatch(value):
            return value.lower()
        if _SHORT_HEX.fullmatch(value):
            return "#" + "".join(digit * 2 for digit in value[1:].lower())
    message = "A colour is written as # and six hexadecimal digits."
    raise ValueError(message)


@functools.lru_cache(maxsize=512)
def parse(value: str) -> Oklch:
    """Read a hex colour.

    Raises:
        ValueError: if it is not a hex colour.
    """
    red, green, blue = (_decode(channel) for channel in _channels(normalise(value)))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return Oklch(lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)


@functools.lru_cache(maxsize=4096)
def luminance(value: str) -> float:
    """Return the relative luminance of a hex colour, 0 (black) to 1 (white)."""
    red, green, blue = (_decode(channel) for channel in _channels(value))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio of two hex colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def least_contrast(value: str, backgrounds: Iterable[str]) -> float:
    """Return the worst contrast of `value` against any of the backgrounds."""
    return min(contrast(value, background) for background in backgrounds)


def readable(value: str, *, on: Iterable[str], ratio: float = AA) -> str:
    """Return `value`, or its nearest lightness that reads on every background.

    The hue stays; when no lightness of it suffices, black or white does.
    """
    backgrounds = tuple(on)
    if least_contrast(value, backgrounds) >= ratio:
        return value
    start = parse(value)
    for distance in range(1, int(1 / _STEP) + 1):
        for direction in (-1, 1):
            lightness = start.lightness + direction * distance * _STEP
            if not 0 <= lightness <= 1:
                continue
            candidate = start.at(lightness).hex()
            if least_contrast(candidate, backgrounds) >= ratio:
                return candidate
    return max((BLACK, WHITE), key=lambda pole: least_contrast(pole, backgrounds))


def text_on(*backgrounds: str, dark: str = BLACK) -> str:
    """Return white where it reads, else a dark text colour that does."""
    if least_contrast(WHITE, backgrounds) >= AA:
        return WHITE
    return readable(dark, on=backgrounds)


def mix(one: str, other: str, share: float) -> str:
    """Return `one` with `share` (0 to 1) of `other` in it, mixed as light."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    mixed = (a + (b - a) * share for a, b in pairs)
    return "#" + "".join(f"{round(value * 255):02x}" for value in mixed)


def _channels(value: str) -> Triple:
    red, green, blue = (int(value[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _decode(channel: float) -> float:
    if channel <= _ENCODED_END:
        return channel / 12.92
    return float(((channel + 0.055) / 1.055) ** 2.4)


def _encode(channel: float) -> float:
    channel = min(max(channel, 0.0), 1.0)
    if channel <= _LINEAR_END:
        return channel * 12.92
    return float(1.055 * channel ** (1 / 2.4) - 0.055)


def _linear(colour: Oklch, chroma: float) -> Triple:
    angle = math.radians(colour.hue)
    a, b = chroma * math.cos(angle), chroma * math.sin(angle)
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _in_gamut(channels: Triple) -> bool:
    return all(-_GAMUT_SLACK <= value <= 1 + _GAMUT_SLACK for value in channels)
