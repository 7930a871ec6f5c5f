"""A shop's look, computed: four colours and three choices become CSS variables.

Whatever colours a shopkeeper picks, every text role reads (WCAG 2.2 AA, 4.5:1)
on every surface it may stand on, in light and in dark. The pairs are named in
`TEXT_PAIRS` and `SHAPE_PAIRS`; the tests walk them with random colours.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib

from ui import colour

TYPE_PAIRS = ("humanist", "editorial", "grotesk")
HEADERS = ("centered", "split", "banner")
RADII = {"sharp": "2px", "soft": "10px", "round": "20px"}
SURFACES = ("paper", "surface", "tile")

_FALLBACK = "system-ui, sans-serif"
_FACES = {
    "humanist": {
        "font-display": f'"Bricolage Grotesque", "Bricolage fallback", {_FALLBACK}',
        "font-text": f'"Figtree", "Figtree fallback", {_FALLBACK}',
        "display-tracking": "-0.025em",
        "display-weight": "700",
    },
    "editorial": {
        "font-display": '"Fraunces", "Fraunces fallback", Georgia, serif',
        "font-text": f'"Figtree", "Figtree fallback", {_FALLBACK}',
        "display-tracking": "-0.015em",
        "display-weight": "600",
    },
    "grotesk": {
        "font-display": f'"Familjen Grotesk", "Familjen fallback", {_FALLBACK}',
        "font-text": f'"Hanken Grotesk", "Hanken fallback", {_FALLBACK}',
        "display-tracking": "-0.035em",
        "display-weight": "700",
    },
}
FONT_FILES = {
    "humanist": ("bricolage-grotesque-latin.woff2", "figtree-latin.woff2"),
    "editorial": ("fraunces-latin.woff2", "figtree-latin.woff2"),
    "grotesk": ("familjen-grotesk-latin.woff2", "hanken-grotesk-latin.woff2"),
}

_STATES = {"good": 150.0, "warn": 75.0, "bad": 25.0}
_FAINT = 1.6
_COLOURED = ("brand", "accent", *_STATES)

TEXT_PAIRS = (
    *((role, on) for role in ("ink", "ink-muted") for on in SURFACES),
    *((f"{role}-text", on) for role in _COLOURED for on in SURFACES),
    *((f"{role}-text", f"{role}-soft") for role in _COLOURED),
    *((role, f"{on}-soft") for role in ("ink", "ink-muted") for on in _COLOURED),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("on-accent", "accent"),
    ("on-band", "band"),
)
SHAPE_PAIRS = tuple((role, on) for role in ("line-strong", "focus") for on in SURFACES)


@dataclasses.dataclass(frozen=True)
class Theme:
    """What a shopkeeper chooses.

    Raises:
        ValueError: if a colour is not hexadecimal or a choice is unknown.
    """

    brand: str = "#1f6b45"
    accent: str = "#f2b441"
    paper: str = "#fbf7ef"
    ink: str = "#1d2a22"
    type_pair: str = "humanist"
    header: str = "split"
    radius: str = "soft"

    def __post_init__(self) -> None:
        for field in ("brand", "accent", "paper", "ink"):
            object.__setattr__(self, field, colour.normalise(getattr(self, field)))
        for field, choices in (
            ("type_pair", TYPE_PAIRS),
            ("header", HEADERS),
            ("radius", tuple(RADII)),
        ):
            if getattr(self, field) not in choices:
                message = f"{field} is one of {', '.join(choices)}."
                raise ValueError(message)


DEFAULT = Theme()


@functools.lru_cache(maxsize=256)
def palette(theme: Theme, *, dark: bool = False) -> dict[str, str]:
    """Return the colour roles of a theme as a mapping of name to hex."""
    roles = _grounds(theme, dark=dark)
    surfaces = [roles[name] for name in SURFACES]
    for name, value in _hues(theme, dark=dark).items():
        soft = colour.parse(value)
        tint = soft.at(0.3 if dark else 0.92, chroma=min(soft.chroma, 0.055)).hex()
        # A little of the paper in it, so that all tints belong to one shop.
        roles[f"{name}-soft"] = colour.mix(tint, roles["paper"], 0.35)
        roles[f"{name}-text"] = colour.readable(
            _toward_text(value, dark=dark), on=[*surfaces, roles[f"{name}-soft"]]
        )
    softs = [roles[f"{name}-soft"] for name in _COLOURED]
    roles["ink"] = colour.readable(roles["ink"], on=[*surfaces, *softs], ratio=7)
    roles["ink-muted"] = colour.readable(
        colour.mix(roles["ink"], roles["paper"], 0.36),
        on=[*surfaces, *softs],
        ratio=4.6,
    )
    roles["line"] = colour.mix(roles["paper"], roles["ink"], 0.13)
    roles["line-strong"] = colour.readable(
        colour.mix(roles["paper"], roles["ink"], 0.46), on=surfaces, ratio=3.05
    )
    roles |= _fills(theme, roles, dark=dark)
    roles["focus"] = colour.readable(roles["brand-text"], on=surfaces, ratio=3.05)
    return roles


@functools.lru_cache(maxsize=256)
def stylesheet(theme: Theme) -> str:
    """Return the CSS text that dresses a page in the theme, light and dark."""
    plain = _FACES[theme.type_pair] | _corners(theme)
    light = _block(palette(theme)) + _block(plain)
    dark = _block(palette(theme, dark=True))
    return (
        f":root{{color-scheme:light;{light}}}\n"
        "@media (prefers-color-scheme:dark){"
        f":root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n"
    )


def version(theme: Theme) -> str:
    """Return a short name of the theme's content, for the address of its CSS."""
    return hashlib.sha256(stylesheet(theme).encode()).hexdigest()[:12]


def _grounds(theme: Theme, *, dark: bool) -> dict[str, str]:
    """Return paper, surface, tile and ink: what everything else stands on."""
    paper, ink = colour.parse(theme.paper), colour.parse(theme.ink)
    if dark:
        hue = ink.at(chroma=min(ink.chroma, 0.018))
        return {
            "paper": hue.at(0.185).hex(),
            "surface": hue.at(0.225).hex(),
            "tile": hue.at(0.265).hex(),
            "ink": paper.at(0.95, chroma=min(paper.chroma, 0.015)).hex(),
        }
    # A paper is light: a darker choice keeps its hue and is lifted.
    paper = paper.at(max(paper.lightness, 0.955), chroma=min(paper.chroma, 0.03))
    return {
        "paper": paper.hex(),
        "surface": paper.at(
            min(1.0, paper.lightness + 0.025), chroma=paper.chroma * 0.3
        ).hex(),
        "tile": paper.at(paper.lightness - 0.03, chroma=paper.chroma * 1.25).hex(),
        "ink": ink.hex(),
    }


def _hues(theme: Theme, *, dark: bool) -> dict[str, str]:
    states = {
        name: colour.Oklch(0.72 if dark else 0.5, 0.13, hue).hex()
        for name, hue in _STATES.items()
    }
    return {"brand": theme.brand, "accent": theme.accent, **states}


def _toward_text(value: str, *, dark: bool) -> str:
    """Bring a colour to the side of the scale on which text lives."""
    parsed = colour.parse(value)
    if dark:
        return parsed.at(max(parsed.lightness, 0.74)).hex()
    return parsed.at(min(parsed.lightness, 0.5)).hex()


def _fills(theme: Theme, roles: dict[str, str], *, dark: bool) -> dict[str, str]:
    """Return the filled roles (buttons, bands) and what is written on them."""
    brand, accent = colour.parse(theme.brand), colour.parse(theme.accent)
    if dark:
        brand = brand.at(max(brand.lightness, 0.52))
        accent = accent.at(max(accent.lightness, 0.66))
    elif colour.contrast(brand.hex(), roles["paper"]) < _FAINT:
        # A button as pale as the paper would not be seen as one.
        brand = brand.at(0.62)
    fill = brand.hex()
    deep = colour.parse(theme.ink).at(0.17).hex()
    writes_white = colour.contrast(colour.WHITE, fill) >= colour.AA
    strong = brand.at(
        max(0.0, brand.lightness - 0.06)
        if writes_white
        else min(1.0, brand.lightness + 0.05)
    ).hex()
    # A wide field in the full brand colour would glare at night.
    band = brand.at(0.36, chroma=min(brand.chroma, 0.11)).hex() if dark else fill
    return {
        "band": band,
        "on-band": colour.text_on(band, dark=deep),
        "brand": fill,
        "brand-strong": strong,
        "on-brand": colour.text_on(fill, strong, dark=deep),
        "accent": accent.hex(),
        "on-accent": colour.text_on(accent.hex(), dark=deep),
    }


def _corners(theme: Theme) -> dict[str, str]:
    radius = RADII[theme.radius]
    pill = {"sharp": "2px", "soft": "14px", "round": "999px"}[theme.radius]
    return {"radius": radius, "radius-pill": pill}


def _block(variables: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in variables.items())


if __name__ == "__main__":
    print("/* The network's own look, written by `python -m ui.theme`. */")  # noqa: T201
    print(stylesheet(DEFAULT), end="")  # noqa: T201
