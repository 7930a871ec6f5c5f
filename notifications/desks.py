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


@dataclass(slots=True)
class Desks:
    """So many desks, for this process and all that are forked from it.

    A process that is killed leaves its desk: the lock is its own and goes with it.
    """

    number: int
    #: In it the queue of schemas for which no desk was free. Locked are its bytes: one
    #: for each desk, and one more for the queue.
    _file: int = field(default_factory=lambda: os.memfd_create("desks"))

    @contextmanager
    def one(self) -> Iterator[bool]:
        """Take a free desk while the block lasts; yield whether there was one."""
        desk = next((n for n in range(self.number) if self._take(n)), None)
        try:
            yield desk is not None
        finally:
            if desk is not None:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, desk)

    def put_off(self, schema_name: str) -> None:
        """Queue up for a desk; whoever waits already keeps their place."""
        with self._queue() as waiting:
            if schema_name not in waiting:
                waiting.append(schema_name)

    def next(self) -> str | None:
        """Call who has waited longest, whichever process it was put off by."""
        with self._queue() as waiting:
            return waiting.pop(0) if waiting else None

    @contextmanager
    def _queue(self) -> Iterator[list[str]]:
        """Have the queue alone, and keep what is made of it.

        Where a process is killed as it writes, the sweep asks for those that were lost.
        """
        fcntl.lockf(self._file, fcntl.LOCK_EX, 1, self.number)
        try:
            length = os.fstat(self._file).st_size
            waiting = os.pread(self._file, length, 0).decode().split()
            yield waiting
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, " ".join(waiting).encode(), 0)
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, self.number)

    def _take(self, desk: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, desk)
        except (BlockingIOError, PermissionError):  # either, says POSIX
            return False
        return True
