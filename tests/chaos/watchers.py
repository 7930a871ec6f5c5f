"""People who look at an order's page while it changes."""

import asyncio
import contextlib
import random
import time
from collections.abc import Collection
from dataclasses import dataclass, field

import httpx
import websockets
from chaos import customers
from chaos.customers import Customer, Page, Wanderer
from chaos.ground import Ground
from chaos.load import Background, wait_until

from storefront.oscar_apps.order.models import OrderStatus

#: Seconds between two tries to open the socket again, as live.js has it: doubled.
FIRST, LONGEST = 1.0, 30.0
#: The status of a state; the second is its last.
STATES = {200, 286}


@dataclass
class Watcher:
    """An order's page with its socket: any word on it has the state fetched anew.

    A socket that closes is opened again, and the state is fetched then too. Now and
    then a page looks by itself (live.js); this one never does.
    """

    ground: Ground
    wanderer: Wanderer
    reference: str
    subdomain: str = "alder"
    #: Each state that was shown, and when (monotonic).
    seen: list[tuple[float, str]] = field(default_factory=list)
    opened: int = 0
    words: int = 0
    #: The answers that showed no state.
    failed: list[Page] = field(default_factory=list)
    is_open: bool = False
    #: Whether a socket that has closed stays closed, as where a line is down for long.
    is_kept_away: bool = False

    @property
    def shown(self) -> str:
        """Return the state on the page now."""
        return self.seen[-1][1] if self.seen else ""

    def change(self, to: OrderStatus) -> "Change":
        """Take the order's next step, as its shopkeeper would.

        What was to be seen before it is looked for no longer.
        """
        known = len(self.seen)
        self.ground.advance(self.reference, to, self.subdomain)
        return Change(self, known, time.monotonic())

    async def watch(self) -> None:
        """Watch until cancelled."""
        port, host = self.ground.programs.realtime_port, self.wanderer.host
        name = host.partition(":")[0]
        address = f"ws://{name}:{port}/ws/orders/{self.reference}/"
        tries = 0
        while True:
            if self.is_kept_away:
                await asyncio.sleep(0.05)
                continue
            # The name leads nowhere outside a browser: the machine is said apart.
            connecting = websockets.connect(
                address, host="127.0.0.1", port=port, origin=f"http://{host}"
            )
            with contextlib.suppress(OSError, websockets.WebSocketException):
                async with connecting as socket:
                    self.opened, self.is_open, tries = self.opened + 1, True, 0
                    await self._refresh()
                    async for _word in socket:
                        self.words += 1
                        await self._refresh()
            self.is_open = False
            wait = min(LONGEST, FIRST * 2**tries) * random.uniform(0.5, 1)
            tries += 1
            await asyncio.sleep(wait)

    async def _refresh(self) -> None:
        page = await self.wanderer.get(f"/orders/{self.reference}/state/")
        if page.status not in STATES:
            self.failed.append(page)
        elif page.text != self.shown:
            self.seen.append((time.monotonic(), page.text))


@dataclass(frozen=True)
class Change:
    """A step of an order that somebody watches.

    Args:
        known: how many states its page had shown before.
        done: when the step had been taken (monotonic).
    """

    watcher: Watcher
    known: int
    done: float

    @property
    def is_shown(self) -> bool:
        return len(self.watcher.seen) > self.known

    @property
    def delay(self) -> float:
        """Return after how long the page showed it; so far, if it does not yet."""
        if self.is_shown:
            return max(0.0, self.watcher.seen[self.known][0] - self.done)
        return time.monotonic() - self.done


def unseen(changes: Collection[Change], *, patience: float) -> int:
    """Wait until the pages show all of it; count those that do not in time."""
    with contextlib.suppress(AssertionError):
        wait_until(
            lambda: all(change.is_shown for change in changes),
            seconds=patience,
            what="open pages",
        )
    return sum(not change.is_shown for change in changes)


class Watching(Background):
    """People who order something and keep the order's page open."""

    def __init__(self, ground: Ground, number: int, subdomain: str = "alder") -> None:
        super().__init__()
        self.ground, self.number, self.subdomain = ground, number, subdomain
        self.goods = ground.goods(subdomain)
        self.watchers: list[Watcher] = []
        #: Pages that show something else at the end than is so.
        self.outdated = 0

    @property
    def is_watching(self) -> bool:
        return len(self.watchers) == self.number and all(
            watcher.is_open and watcher.seen for watcher in list(self.watchers)
        )

    @property
    def failed(self) -> list[Page]:
        """Return the answers to open pages that showed no state."""
        return [page for watcher in self.watchers for page in watcher.failed]

    def wait_until_watching(self) -> None:
        """Wait until every page is open with its socket.

        Raises:
            AssertionError: that takes too long.
        """
        wait_until(lambda: self.is_watching, seconds=60, what="open pages")

    def work(self) -> None:
        customers.run(self.ground, self._all)

    async def _all(self, http: httpx.AsyncClient) -> None:
        looking = [asyncio.create_task(self._one(http)) for _one in range(self.number)]
        await asyncio.to_thread(self.closed.wait)
        for watcher in self.watchers:
            shown, is_so = watcher.shown, await self._now(watcher)
            self.outdated += shown != is_so.text
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)

    async def _one(self, http: httpx.AsyncClient) -> None:
        customer = Customer(http, self.ground, self.subdomain)
        outcome = await customer.buy(self.goods[0], presses=3)
        watcher = Watcher(self.ground, customer, outcome.reference, self.subdomain)
        self.watchers.append(watcher)
        await watcher.watch()

    async def _now(self, watcher: Watcher) -> Page:
        return await watcher.wanderer.get(f"/orders/{watcher.reference}/state/")
