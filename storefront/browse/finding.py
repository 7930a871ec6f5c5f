"""Searching: what matches, and failing that what is spelt alike."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from django.http import QueryDict

from storefront.browse.listing import Listing
from storefront.cards import folding
from storefront.cards.models import ProductCard
from storefront.frame import Frame

#: Nobody types more; a longer text was pasted by mistake.
LONGEST = 200

Kind = Literal["nothing asked", "matching", "alike", "nothing found"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave, and how."""

    text: str
    kind: Kind
    listing: Listing


def find(text: str, *, query: QueryDict, path: str, around: Frame) -> Found:
    """Return the goods for a text; where none match, those with words like it.

    Filters narrow what was found, they never turn a match into a guess: a second
    attempt is made only where the shop has nothing of that name.
    """
    kept = {"q": text} if text else {}
    words = tuple(folding.words(text))
    listing = partial(Listing, around, query=query, path=path, kept=kept)
    if not words:
        nothing = listing(ProductCard.objects.none)
        return Found(text, "nothing found" if text else "nothing asked", nothing)
    matching = listing(partial(ProductCard.objects.matching, text), words=words)
    if matching.total or matching.is_filtered:
        return Found(text, "matching", matching)
    alike = listing(partial(ProductCard.objects.resembling, text))
    return Found(text, "alike" if alike.total else "nothing found", alike)
