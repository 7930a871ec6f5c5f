"""Searching: what matches, and failing that what is spelt alike."""

from dataclasses import dataclass
from typing import Literal

from django.http import QueryDict

from storefront.browse.listing import Listing
from storefront.cards.models import ProductCard

#: Nobody types more; a longer text was pasted by mistake.
LONGEST = 200

Kind = Literal["nothing asked", "matching", "alike", "nothing found"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave, and how."""

    text: str
    kind: Kind
    listing: Listing


def find(text: str, *, query: QueryDict, path: str) -> Found:
    """Return the goods for a text; where none match, those with words like it.

    Filters narrow what was found, they never turn a match into a guess: a second
    attempt is made only where the shop has nothing of that name.
    """
    if not text:
        return Found(text, "nothing asked", _listing(text, "none", query, path))
    matching = _listing(text, "matching", query, path)
    if matching.total or matching.is_filtered:
        return Found(text, "matching", matching)
    alike = _listing(text, "resembling", query, path)
    return Found(text, "alike" if alike.total else "nothing found", alike)


def _listing(text: str, method: str, query: QueryDict, path: str) -> Listing:
    cards = ProductCard.objects.all()
    found = cards.none() if method == "none" else getattr(cards, method)(text)
    return Listing(found, query=query, path=path, kept={"q": text} if text else {})
