"""Page numbers worth showing: the first, the last and those around here."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclasses.dataclass(frozen=True)
class PageLink:
    number: int
    url: str
    current: bool
    near: bool = False


def links(
    *, current: int, total: int, url_of: Callable[[int], str]
) -> list[PageLink | None]:
    """Return links for pagination.html; None stands for a gap."""
    wanted = {1, total, *range(current - 1, current + 2)}
    numbers = sorted(number for number in wanted if 1 <= number <= total)
    return list(_with_gaps(numbers, current=current, url_of=url_of))


def _with_gaps(
    numbers: list[int], *, current: int, url_of: Callable[[int], str]
) -> Iterator[PageLink | None]:
    before = 0
    for number in numbers:
        match number - before - 1:
            case 0:
                pass
            case 1:  # A gap of one page is that page.
                yield PageLink(number - 1, url_of(number - 1), current=False)
            case _:
                yield None
        yield PageLink(
            number,
            url_of(number),
            current=number == current,
            near=abs(number - current) == 1,
        )
        before = number
