"""What is sent with requests: taken in whole before their turn, and never too much."""

import contextlib
import tempfile
import threading
from collections.abc import Mapping
from typing import Any, Protocol

#: A little more than nginx lets through.
MOST_BYTES = 12 * 1024 * 1024
#: Larger ones wait in a file.
IN_MEMORY, PIECE = 64 * 1024, 64 * 1024
#: Of all that waits in files of a process: five of the largest. What is small, as every
#: order is, always finds room: there are no more of them than requests are let in.
MOST_WAITING_BYTES = 64 * 1024 * 1024


class TooLarge(Exception):
    """A body is larger than any form of ours."""


class NoRoom(Exception):
    """So much waits already that nothing more is taken in."""


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Room:
    """How many bytes may wait in files at a time; any thread may take and give."""

    def __init__(self, size: int) -> None:
        self.left = size
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Take some of it.

        Raises:
            NoRoom: there is not so much left.
        """
        with self._lock:
            if size > self.left:
                raise NoRoom
            self.left -= size

    def give(self, size: int) -> None:
        with self._lock:
            self.left += size


class Body(tempfile.SpooledTemporaryFile[bytes]):
    """A body in memory or in a file; it gives its room back when it is closed."""

    def __init__(self, room: Room) -> None:
        super().__init__(IN_MEMORY)
        self.room = room
        self.size = self.taken = 0

    def add(self, piece: bytes) -> None:
        """Write a piece at the end.

        Raises:
            NoRoom: so much waits already.
            OSError: the disk is full.
            TooLarge: it does not end.
        """
        self.size += len(piece)
        if self.size > MOST_BYTES:
            raise TooLarge
        if self.size > IN_MEMORY:
            self.room.take(self.size - self.taken)
            self.taken = self.size
        self.write(piece)

    def close(self) -> None:
        try:
            super().close()
        finally:
            self.room.give(self.taken)
            self.taken = 0


def is_announced(scope: Mapping[str, Any]) -> bool:
    """Say whether something comes after a request's headers."""
    length = scope.get("CONTENT_LENGTH") or "0"
    return length != "0" or "HTTP_TRANSFER_ENCODING" in scope


def taken_in(sent: Readable, room: Room) -> Body:
    """Return a body when all of it is there: granian lets go of it with the call.

    Raises:
        NoRoom: so much waits already.
        OSError: the disk is full.
        TooLarge: it does not end.
    """
    body = Body(room)
    try:
        while piece := sent.read(PIECE):
            body.add(piece)
        body.seek(0)
    except BaseException:
        # A full disk is told of again by what closes the file.
        with contextlib.suppress(OSError):
            body.close()
        raise
    return body
