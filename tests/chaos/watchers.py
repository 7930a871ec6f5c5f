"""People who look at an order's page while it changes."""

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass, field

import websockets
from chaos.customers import Page, Wanderer
from chaos.ground import Ground

#: Seconds between two tries to open the socket again, as live.js has it: doubled.
FIRST, LONGEST = 1.0, 30.0


@dataclass
class Watcher:
    """An order's page with its socket: any word on it has the state fetched anew.

    A socket that closes is opened again, and the state is fetched then too.
    """

    ground: Ground
    wanderer: Wanderer
    reference: str
    #: Each state that was shown, and when (monotonic).
    seen: list[tuple[float, str]] = field(default_factory=list)
    opened: int = 0
    words: int = 0

    @property
    def shown(self) -> str:
        """Return the state on the page now."""
        return self.seen[-1][1] if self.seen else ""

    async def watch(self) -> None:
        """Watch until cancelled."""
        port, host = self.ground.programs.realtime_port, self.wanderer.host
        name = host.partition(":")[0]
        address = f"ws://{name}:{port}/ws/orders/{self.reference}/"
        tries = 0
        while True:
            # The name leads nowhere outside a browser: the machine is said apart.
            connecting = websockets.connect(
                address, host="127.0.0.1", port=port, origin=f"http://{host}"
            )
            with contextlib.suppress(OSError, websockets.WebSocketException):
                async with connecting as socket:
                    self.opened, tries = self.opened + 1, 0
                    await self._refresh()
                    async for _word in socket:
                        self.words += 1
                        await self._refresh()
            wait = min(LONGEST, FIRST * 2**tries) * random.uniform(0.5, 1)
            tries += 1
            await asyncio.sleep(wait)

    async def _refresh(self) -> None:
        page = await self.wanderer.get(f"/orders/{self.reference}/state/")
        if page.status in {200, 286}:
            self._note(page)

    def _note(self, page: Page) -> None:
        if page.text != self.shown:
            self.seen.append((time.monotonic(), page.text))
