"""Parts of pages that are made once for an edition."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Generic, TypeVar

Part = TypeVar("Part")


class LatestParts(Generic[Part]):
    """The latest edition of each part, those used longest ago forgotten first."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[str, datetime, Part]] = OrderedDict()
        self._lock = threading.Lock()  # developers' servers have threads

    def get(
        self,
        key: Hashable,
        *,
        edition: str,
        now: datetime,
        make: Callable[[], Part],
        until: Callable[[Part], datetime],
    ) -> Part:
        """Return a part of an edition, made anew where its time is over.

        What is None is not kept, and nothing is without an edition's name. The key
        names the shop.
        """
        part = self.find(key, edition=edition, now=now)
        if part is None:
            part = make()
            if part is not None:
                self.keep(key, part, edition=edition, until=until(part))
        return part

    def find(self, key: Hashable, *, edition: str, now: datetime) -> Part | None:
        """Return a part of an edition if it is there and its time is not over."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept[0] != edition or now >= kept[1]:
                return None
            self._kept.move_to_end(key)
            return kept[2]

    def keep(self, key: Hashable, part: Part, *, edition: str, until: datetime) -> None:
        """Keep a part under the name of the edition it was made of, if that has one.

        The name was read before anything the part is made of.
        """
        if not edition:
            return
        with self._lock:
            self._kept[key] = edition, until, part
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
