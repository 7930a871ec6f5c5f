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
        if not edition:
            return make()
        with self._lock:
            name, end, part = self._kept.get(key, ("", now, None))
            if part is not None and name == edition and now < end:
                self._kept.move_to_end(key)
                return part
        part = make()
        if part is not None:
            with self._lock:
                self._kept[key] = edition, until(part), part
                self._kept.move_to_end(key)
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return part
