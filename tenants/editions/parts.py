"""Parts of pages that are made once for an edition."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

Part = TypeVar("Part")


class LatestParts(Generic[Part]):
    """The latest part of each shop, those used longest ago forgotten first."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, tuple[str, datetime, Part]] = OrderedDict()
        self._lock = threading.Lock()  # developers' servers have threads

    def get(
        self,
        schema_name: str,
        *,
        edition: str,
        now: datetime,
        make: Callable[[], Part],
        until: Callable[[Part], datetime],
    ) -> Part:
        """Return a shop's part of an edition, made anew where its time is over.

        Without an edition's name nothing is kept.
        """
        if not edition:
            return make()
        with self._lock:
            name, end, part = self._kept.get(schema_name, ("", now, None))
            if part is not None and name == edition and now < end:
                self._kept.move_to_end(schema_name)
                return part
        part = make()
        with self._lock:
            self._kept[schema_name] = edition, until(part), part
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return part
