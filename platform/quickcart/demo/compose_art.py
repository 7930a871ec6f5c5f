"""Make the demo shops' artwork from the pictures beside this file.

From the folder ``platform``, ``python -m quickcart.demo.compose_art`` makes all of
it again, or only what is named (``clover-hero lime``). Nothing here runs when a
shop is loaded; the results are committed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from quickcart.demo.artwork import brushes, clover, skerrett, tamarind, tints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PIL import Image

ART = Path(__file__).parent / "art"

SCENES: dict[str, Callable[[], Image.Image]] = {
    "clover-hero": clover.hero,
    "clover-hatch": clover.hatch,
    "clover-field": clover.field,
    "clover-logo": clover.logo,
    "skerrett-hero": skerrett.hero,
    "skerrett-oven": skerrett.oven,
    "skerrett-cheese": skerrett.cheese,
    "skerrett-logo": skerrett.logo,
    "tamarind-hero": tamarind.hero,
    "tamarind-spices": tamarind.spices,
    "tamarind-boat": tamarind.boat,
    "tamarind-logo": tamarind.logo,
}


def main(names: Iterable[str]) -> None:
    wanted = set(names) or {*tints.TINTS, *SCENES}
    for name in sorted(wanted & tints.TINTS.keys()):
        picture = tints.tinted(tints.TINTS[name])
        picture.save(brushes.PICTURES / f"{name}.webp", quality=90, method=6)
    for name in sorted(wanted & SCENES.keys()):
        picture = SCENES[name]()
        if picture.size != brushes.LOGO:
            picture = picture.convert("RGB")
        picture.save(ART / f"{name}.webp", quality=82, method=6)


if __name__ == "__main__":
    main(sys.argv[1:])
