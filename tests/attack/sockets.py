"""Sockets: foreign pages, strangers, other people's rooms, and far too much of it."""

import asyncio
import socket
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from attack import stage
from attack.stage import Stage, none
from support.ground import Filled
from support.network import Network
from support.verdicts import Check, Verdict, at_least, at_most, exactly
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from accounts.models import User
from tenants import sockets

FLOOD = 2_000
LARGE = 1_000_000
#: A message that does not end is sent for so many pieces of LARGE at the most; when
#: so many are taken, it must be over.
PIECES, MOST_PIECES = 200, 100
#: Growth of the process, in MB, that is put down to what it caches, not to us.
GROWTH = 60
#: Addresses of their own, so that what they use up is nobody else's.
STRANGER, CROWD = "192.0.2.60", "192.0.2.61"


class Room:
    """Where sockets are opened from: a page of a shop, or something like it."""

    def __init__(self, network: Network, shop: Filled, address: str) -> None:
        self.network, self.host, self.address = network, shop.host["host"], address
        self.origin = f"http://{self.host}:{network.port}"

    def open(self, path: str, *, cookie: str = "", **changes: Any) -> Any:
        host = changes.pop("host", self.host)
        told = {"x-forwarded-for": self.address}
        told |= {"cookie": cookie} if cookie else {}
        return connect(
            f"ws://{host}:{self.network.realtime_port}{path}",
            host="127.0.0.1",
            port=self.network.realtime_port,
            origin=changes.pop("origin", self.origin),
            additional_headers=told | changes.pop("headers", {}),
            compression=None,
            proxy=None,
            open_timeout=30,
            ping_interval=None,
            **changes,
        )

    async def is_open_to(self, path: str, **changes: Any) -> bool:
        try:
            async with self.open(path, **changes):
                return True
        except (InvalidStatus, InvalidMessage, ConnectionClosed, OSError):
            return False


def strangers(*, small: bool) -> Iterator[Verdict]:
    """Open sockets from foreign pages, without a session, into others' rooms."""
    with stage.opened() as opened:
        found, honest = asyncio.run(_let_in(opened, _tries(opened)))
    yield none("sockets: strangers let in", found)
    yield exactly("sockets: own pages let in", honest, "sockets", 2)


Try = tuple[str, dict[str, Any]]


def _tries(opened: Stage) -> list[Try]:
    """Return what must be refused: paths of alder's, and what else is said."""
    alder, birch = (opened.ground.shops[name] for name in ("alder", "birch"))
    port = opened.network().port
    own, board = f"/ws/orders/{alder.references[0]}/", "/ws/board/"
    origins = [
        None,
        "null",
        "http://evil.example",
        f"http://birch.localhost:{port}",
        f"http://localhost:{port}",
        f"https://alder.localhost:{port}",
        f"http://alder.localhost.evil.example:{port}",
        f"http://alder.localhost@evil.example:{port}",
        f"http://alder.localhost:{port}.evil.example",
        "http://alder.localhost:1",
        "file://",
    ]
    hosts = ("nobody.localhost", "localhost")
    paths = [f"/ws/orders/{reference}/" for reference in birch.references]
    paths += [own.replace("/ws/", "/"), f"{own}../board/", "/ws/", "/", "/ws/stock/"]
    paths += [f"{own[:-1]}.board/", "/ws/orders/%2e%2e/", "/ws/board"]
    keeper = _cookie(alder, alder.owner)
    return [
        *((own, {"origin": origin}) for origin in origins),
        *((board, {"origin": origin, "cookie": keeper}) for origin in origins),
        *((own, {"host": host}) for host in hosts),
        *((path, {}) for path in paths),
        (board, {}),
        (board, {"cookie": "sessionid=../../etc"}),
        (board, {"cookie": _cookie(alder, alder.customer)}),
        (board, {"cookie": _cookie(alder, alder.people["editor"])}),
        (board, {"cookie": _cookie(birch, birch.owner)}),
        # Last, as it is the only one let in: the detector sees an open door.
        (board, {"cookie": keeper}),
    ]


async def _let_in(opened: Stage, tries: list[Try]) -> tuple[list[str], int]:
    """Return which of the tries but the last were let in, and how many honest ones."""
    alder, birch = (opened.ground.shops[name] for name in ("alder", "birch"))
    room, other = (Room(opened.network(), shop, STRANGER) for shop in (alder, birch))
    *wrong, right = tries
    found = [
        f"{path} {changes}"
        for path, changes in wrong
        if await room.is_open_to(path, **changes)
    ]
    path, changes = right
    # Strangers have used up this address's wrong links in alder, not in birch.
    own = await other.is_open_to(f"/ws/orders/{birch.references[0]}/")
    return found, own + await room.is_open_to(path, **changes)


def too_much(*, small: bool) -> Iterator[Verdict]:
    """Send large frames, many frames, and many sockets; the process stays well."""
    with stage.opened() as opened:
        room = Room(opened.network(), opened.ground.shops["cedar"], CROWD)
        own = f"/ws/orders/{opened.ground.shops['cedar'].references[0]}/"
        before = _memory(room.network)
        rude = asyncio.run(_rude(room, own))
        yield none("sockets: rude ones kept open", rude)
        taken = asyncio.run(_without_end(room, own))
        yield at_most("sockets: a message without end", taken, "MB", MOST_PIECES)
        wanted = sockets.ShopSocketMiddleware.MOST_OF_ONE
        held = asyncio.run(_crowd(room, own, wanted + 20))
        yield at_most("sockets: one address holds", held, "sockets", wanted)
        yield at_least("sockets: one address may hold", held, "sockets", wanted)
        waited = _half_open(room.network, 40 if small else 300)
        yield at_most("sockets: health beside half handshakes", waited, "s", 2)
        yield exactly(
            "sockets: opened afterwards",
            int(asyncio.run(room.is_open_to(own))),
            "sockets",
            1,
        )
        grown = _memory(room.network) - before
        yield at_most("sockets: memory kept afterwards", grown, "MB", GROWTH)


async def _rude(room: Room, path: str) -> list[str]:
    """Say to a socket what no page says; return what does not get it closed."""
    deeds = {
        "a large text": ["x" * LARGE],
        "large bytes": [b"x" * LARGE],
        "a larger text": ["x" * 5 * LARGE],
        "a text too large to be read": ["x" * 17 * LARGE],
        "a text of many large pieces": [["x" * LARGE] * 40],
        "a text in many pieces": [["x" * 200] * 2_000],
        "very many frames": ["x"] * FLOOD,
        "orders to the server": ['{"type": "changed", "group": "board"}'] * 30,
    }
    return [
        words
        for words, frames in deeds.items()
        if not await _is_closed_for(room, path, frames)
    ]


async def _is_closed_for(room: Room, path: str, frames: list[Any]) -> bool:
    with suppress(OSError):
        async with room.open(path) as line:
            with suppress(ConnectionClosed):
                for frame in frames:
                    await line.send(frame)
            try:
                await asyncio.wait_for(line.wait_closed(), timeout=20)
            except TimeoutError:
                return False
    return True


async def _without_end(room: Room, path: str) -> int:
    """Send a message piece by piece; return how many pieces are taken."""
    taken = 0

    async def pieces() -> AsyncIterator[str]:
        nonlocal taken
        while taken < PIECES:
            taken += 1
            yield "x" * LARGE

    with suppress(OSError, ConnectionClosed):
        async with room.open(path) as line:
            await line.send(pieces())
    return taken


async def _crowd(room: Room, path: str, wanted: int) -> int:
    """Open many sockets at once; return how many are held."""
    held = 0
    async with AsyncExitStack() as stack:
        for _number in range(wanted):
            try:
                await stack.enter_async_context(room.open(path, close_timeout=1))
            except (InvalidStatus, ConnectionClosed):
                continue
            held += 1
    return held


def _half_open(network: Network, count: int) -> float:
    """Leave handshakes half done; return how long health takes beside them."""
    lines = []
    for _number in range(count):
        line = socket.create_connection(("127.0.0.1", network.realtime_port), timeout=5)
        line.sendall(b"GET /ws/board/ HTTP/1.1\r\nHost: cedar.localhost\r\nUpgr")
        lines.append(line)
    started = time.monotonic()
    address = f"http://127.0.0.1:{network.realtime_port}/healthz"
    with urllib.request.urlopen(address, timeout=30):
        waited = time.monotonic() - started
    for line in lines:
        line.close()
    return waited


def _memory(network: Network) -> float:
    """Return the megabytes a program and its children have in memory."""
    pages = [
        int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        for pid in network.pids("realtime")
    ]
    return sum(pages) * 4096 / 1_000_000


def _cookie(place: Filled, user: User) -> str:
    return f"sessionid={_session(place, user)}"


def _session(place: Filled, user: User) -> str:
    return str(place.browser(user).cookies["sessionid"].value)


CHECKS = [
    Check("sockets: strangers", strangers),
    Check("sockets: too much", too_much),
]
