"""Load beside the customers who buy: readers at a pace, and people on bad lines."""

import asyncio
import contextlib
import itertools
import math
import random
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import httpx
import psutil
from chaos import customers
from chaos.customers import Page, Wanderer
from chaos.ground import Ground

#: Seconds between two bytes of somebody on a bad line.
TRICKLE = 1.0


class Background:
    """Something that goes on in a thread for the length of a block."""

    def __init__(self) -> None:
        self.closed = threading.Event()
        self._thread = threading.Thread(target=self.work, daemon=True)

    def work(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> "Background":
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.closed.set()
        self._thread.join()


@dataclass(frozen=True)
class Seen:
    """A page, and when it was asked for (monotonic)."""

    page: Page
    at: float


class Readers(Background):
    """People who read a shop's pages at a pace that does not wait for the answers.

    With `at_once` they do wait: so many, each asking again as soon as it has its page.
    """

    def __init__(
        self,
        ground: Ground,
        paths: Sequence[str],
        *,
        subdomain: str = "alder",
        a_second: float = 5,
        at_once: int = 0,
    ) -> None:
        super().__init__()
        self.ground, self.paths, self.subdomain = ground, paths, subdomain
        self.pause, self.at_once = 1 / a_second, at_once
        self.seen: list[Seen] = []

    def work(self) -> None:
        customers.run(self.ground, self._busy if self.at_once else self._paced)

    def since(self, moment: float, until: float = math.inf) -> list[Page]:
        """Return what was asked for in a while and is answered by now."""
        return [one.page for one in list(self.seen) if moment <= one.at < until]

    @property
    def failed(self) -> list[Page]:
        """Return the answers that are not the page asked for, whatever else they are."""
        return [one.page for one in list(self.seen) if not one.page.is_good]

    def first_good_after(self, moment: float) -> float | None:
        """Return when the first page was answered well that was asked for after."""
        good = [
            one.at + one.page.seconds
            for one in list(self.seen)
            if one.at >= moment and one.page.is_good
        ]
        return min(good, default=None)

    async def _paced(self, http: httpx.AsyncClient) -> None:
        running: set[asyncio.Task[None]] = set()
        for path in itertools.cycle(self.paths):
            if self.closed.is_set():
                break
            task = asyncio.create_task(self._read(http, path))
            running.add(task)
            task.add_done_callback(running.discard)
            await asyncio.sleep(self.pause * random.uniform(0.5, 1.5))
        await asyncio.gather(*running)

    async def _busy(self, http: httpx.AsyncClient) -> None:
        paths = itertools.cycle(self.paths)

        async def one() -> None:
            for path in paths:
                if self.closed.is_set():
                    return
                await self._read(http, path)

        await asyncio.gather(*(one() for _reader in range(self.at_once)))

    async def _read(self, http: httpx.AsyncClient, path: str) -> None:
        at = time.monotonic()
        page = await Wanderer(http, self.ground, self.subdomain).get(path)
        self.seen.append(Seen(page, at))


@dataclass
class SlowClients(Background):
    """People whose requests arrive a byte at a time, in headers or in the body.

    A third of them say nothing at all for a while, as browsers do that connect ahead:
    the kernel keeps those (TCP_DEFER_ACCEPT, quickcart.serve).
    """

    ground: Ground
    number: int
    #: Seconds that somebody may be connected without a word.
    silence: float = 0.0
    #: Their ends of the lines.
    ports: set[int] = field(default_factory=set)
    #: How many were hung up on, or answered though they were not done.
    ended: int = 0
    ready: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__()

    def work(self) -> None:
        asyncio.run(self._all())

    def held_by(self, pids: Collection[int]) -> int:
        """Count the lines that these processes have taken from the kernel and keep."""
        lines = [
            line
            for pid in pids
            for line in psutil.Process(pid).net_connections(kind="tcp")
            if line.status == psutil.CONN_ESTABLISHED
        ]
        near = {one.raddr.port for one in lines if one.laddr.port == self.ground.port}
        return len(near & self.ports)

    async def _all(self) -> None:
        clients = [
            asyncio.create_task(
                self._stay(
                    has_body=bool(number % 2), silence=0 if number % 3 else self.silence
                )
            )
            for number in range(self.number)
        ]
        await asyncio.to_thread(self.closed.wait)
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

    async def _stay(self, *, has_body: bool, silence: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.ground.port)
        self.ports.add(writer.get_extra_info("sockname")[1])
        if len(self.ports) == self.number:
            self.ready.set()
        talk = asyncio.create_task(self._trickle(writer, self._head(has_body), silence))
        try:
            with contextlib.suppress(OSError):
                # Whatever comes comes too early, the end of the line too.
                await reader.read(1)
            self.ended += 1
        finally:
            talk.cancel()
            writer.transport.abort()

    def _head(self, has_body: bool) -> str:
        host = self.ground.host("alder")
        if has_body:
            return (
                f"POST /basket/add/ HTTP/1.1\r\nHost: {host}\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n"
                "Content-Length: 4000\r\n\r\n"
            )
        return f"GET / HTTP/1.1\r\nHost: {host}\r\nX-Long: "

    async def _trickle(
        self, writer: asyncio.StreamWriter, head: str, silence: float
    ) -> None:
        await asyncio.sleep(silence * random.uniform(0.5, 1))
        writer.write(head.encode())
        with contextlib.suppress(OSError):
            while True:
                await writer.drain()
                await asyncio.sleep(TRICKLE * random.uniform(0.5, 1.5))
                writer.write(b"a")


def seconds_of(pages: Collection[Page]) -> list[float]:
    """Return how long each good page took."""
    return [page.seconds for page in pages if page.is_good]


def wait_until(is_so: Callable[[], bool], *, seconds: float, what: str) -> float:
    """Wait for something; return how long it took.

    Raises:
        AssertionError: it does not come in time.
    """
    started = time.monotonic()
    while not is_so():
        if time.monotonic() - started > seconds:
            raise AssertionError(f"Waited {seconds:.0f} s in vain for {what}.")
        time.sleep(0.1)
    return time.monotonic() - started
