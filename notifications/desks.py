"""Where a worker's processes write letters: one desk fewer than there are processes.

Whoever speaks to a server of somebody else is held up for seconds where that server is
slow or silent. So one process always stays for what is done within the house: open
pages, cards, the sweep.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

#: Bytes of a schema's name in PostgreSQL, and one more.
NAME = 64


@dataclass(slots=True)
class Desks:
    """So many desks, for this process and all that are forked from it.

    A process that is killed leaves its desk: the lock is its own and goes with it.
    """

    number: int
    _locks: int = field(default_factory=lambda: os.memfd_create("desks"))
    #: The queue of schemas for which no desk was free: one reads what another wrote.
    _waiting: tuple[int, int] = field(default_factory=lambda: os.pipe2(os.O_NONBLOCK))

    @contextmanager
    def one(self) -> Iterator[bool]:
        """Take a free desk while the block lasts; yield whether there was one."""
        desk = next((n for n in range(self.number) if self._take(n)), None)
        try:
            yield desk is not None
        finally:
            if desk is not None:
                fcntl.lockf(self._locks, fcntl.LOCK_UN, 1, desk)

    def put_off(self, schema_name: str) -> None:
        """Queue up for a desk; where a thousand wait, the sweep asks for the next."""
        try:
            os.write(self._waiting[1], schema_name.encode().ljust(NAME))
        except BlockingIOError:
            return

    def next(self) -> str | None:
        """Call who has waited longest, whichever process it was put off by."""
        try:
            return os.read(self._waiting[0], NAME).decode().strip()
        except BlockingIOError:
            return None

    def _take(self, desk: int) -> bool:
        try:
            fcntl.lockf(self._locks, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, desk)
        except (BlockingIOError, PermissionError):  # either, says POSIX
            return False
        return True
