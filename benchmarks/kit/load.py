"""Many clients that ask again as soon as they are answered.

One process, one thread, kept-alive connections and requests that are bytes already:
it must cost so little that the server's limit is what is seen. `Load.own_share` says
how much of its core it took; at 1 the clients would be the limit.
"""

import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

HEAD_END = b"\r\n\r\n"
CHUNKS_END = b"0\r\n\r\n"
#: Seconds after which an answer is not waited for any longer.
PATIENCE = 60


@dataclass
class Load:
    """What the clients saw."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    #: Answers other than 200.
    failures: int = 0
    #: CPU seconds a second that the clients themselves took.
    own_share: float = 0.0

    @property
    def answers(self) -> int:
        return len(self.latencies)

    @property
    def rate(self) -> float:
        return self.answers / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Return the seconds within which so many of 100 were answered."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]


class ServerLeft(Exception):
    """The server closed a connection in the middle, or answered no more."""


def asking(
    path: str, *, host: str, cookies: dict[str, str] | None = None, more: str = ""
) -> bytes:
    """Return the bytes of a browser's GET."""
    sent = "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())
    cookie = f"Cookie: {sent}\r\n" if sent else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n"
        f"Accept-Language: en\r\n{cookie}{more}\r\n"
    ).encode()


def hammer(
    port: int,
    requests: Sequence[bytes],
    *,
    clients: int,
    seconds: float,
    at_least: int = 0,
) -> Load:
    """Ask for so long, and until so many answers came; drain what was asked.

    The requests are asked in turn. When this returns, the server is at rest.

    Raises:
        ServerLeft: it closed a connection in the middle, or answered no more.
    """
    load, poll = Load(), select.epoll()
    turn = 0
    started, own = time.perf_counter(), time.process_time()
    ends = started + seconds
    try:
        waiting: dict[int, _Client] = {}
        for _number in range(clients):
            client = _Client(port)
            waiting[client.socket.fileno()] = client
            poll.register(client.socket, select.EPOLLIN)
            client.ask(requests[turn % len(requests)])
            turn += 1
        while waiting:
            ready = poll.poll(PATIENCE)
            if not ready:
                raise ServerLeft(f"No answer for {PATIENCE} s.")
            for number, _event in ready:
                client = waiting[number]
                if not client.read():
                    continue
                now = time.perf_counter()
                load.latencies.append(now - client.asked_at)
                load.failures += not client.is_fine
                if now < ends or turn < at_least:
                    client.ask(requests[turn % len(requests)])
                    turn += 1
                else:
                    waiting.pop(number).socket.close()
    finally:
        poll.close()
    load.seconds = time.perf_counter() - started
    load.own_share = (time.process_time() - own) / load.seconds
    return load


class _Client:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.asked_at = 0.0
        self.is_fine = False
        self._received = b""
        self._whole = -1

    def ask(self, request: bytes) -> None:
        self._received, self._whole = b"", -1
        self.asked_at = time.perf_counter()
        self.socket.sendall(request)

    def read(self) -> bool:
        """Take what has come; say whether the answer is whole."""
        piece = self.socket.recv(262_144)
        if not piece:
            raise ServerLeft("The server closed a connection.")
        self._received += piece
        if self._whole < 0:
            end = self._received.find(HEAD_END)
            if end < 0:
                return False
            head = self._received[:end].lower()
            self.is_fine = head[9:12] == b"200"
            _before, found, rest = head.partition(b"content-length:")
            length = int(rest.partition(b"\r\n")[0]) if found else None
            self._whole = 0 if length is None else end + len(HEAD_END) + length
        if self._whole:
            return len(self._received) >= self._whole
        return self._received.endswith(CHUNKS_END)
