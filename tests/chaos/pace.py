"""Visitors who come at moments planned ahead, and cost next to nothing themselves.

One thread and no library: where cores are few, whoever asks much would otherwise be
what is measured. A page's time counts from the moment it was to be asked for.
"""

import random
import selectors
import socket
import time
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass

from chaos.customers import PATIENCE, Page, new_address

#: How a page ends that has come whole.
END, NEAR_THE_END = b"</html>", 100


@dataclass(frozen=True, order=True)
class Visit:
    """Somebody asks a shop for a page, so many seconds after the beginning."""

    at: float
    subdomain: str
    path: str


def at_random(a_second: float, seconds: float) -> list[float]:
    """Return the moments at which people come who know nothing of each other.

    As many as there must be: chance says only when.
    """
    number = max(1, round(a_second * seconds))
    return [random.uniform(0, seconds) for _each in range(number)]


def answers(port: int, visits: Iterable[Visit]) -> dict[str, list[Page]]:
    """Make the visits; return by shop what each was answered."""
    pages: dict[str, list[Page]] = defaultdict(list)
    coming = deque(sorted(visits))
    began = time.monotonic()
    with selectors.DefaultSelector() as waiting:
        while coming or waiting.get_map():
            while coming and began + coming[0].at <= time.monotonic():
                visitor = _Visitor(port, coming.popleft(), began)
                waiting.register(visitor.line, selectors.EVENT_READ, visitor)
            until = began + coming[0].at if coming else time.monotonic() + PATIENCE
            heard = waiting.select(max(0.0, until - time.monotonic()))
            done = [key.data for key, _events in heard if key.data.has_all()]
            if not heard and not coming:
                # Nobody is answered any more.
                done = [key.data for key in waiting.get_map().values()]
            for visitor in done:
                waiting.unregister(visitor.line)
                pages[visitor.visit.subdomain].append(visitor.leave())
    return dict(pages)


class _Visitor:
    def __init__(self, port: int, visit: Visit, began: float) -> None:
        self.visit, self.due = visit, began + visit.at
        self.received = b""
        self.line = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.line.sendall(
            f"GET {visit.path} HTTP/1.1\r\nHost: {visit.subdomain}.localhost\r\n"
            f"X-Forwarded-For: {new_address()}\r\nConnection: close\r\n\r\n".encode()
        )

    def has_all(self) -> bool:
        """Take what has come; say whether the server has ended."""
        try:
            piece = self.line.recv(262_144)
        except OSError:
            self.received = piece = b""
        self.received += piece
        return not piece

    def leave(self) -> Page:
        """Return the page, if it has come whole."""
        self.line.close()
        is_whole = END in self.received[-NEAR_THE_END:]
        status = int(self.received[9:12]) if is_whole else 0
        spent = time.monotonic() - self.due
        return Page(status, self.visit.path, "", seconds=spent)
