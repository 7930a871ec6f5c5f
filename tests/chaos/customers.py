"""Customers over real HTTP: they read pages, fill in their forms and send them."""

import asyncio
import bisect
import ipaddress
import itertools
import logging
import random
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import httpx
from chaos import forms
from chaos.ground import Ground

from storefront.oscar_apps.catalogue.models import Product

ADD, PLACE, CHECKOUT, THANKS = (
    "/basket/add/",
    "/checkout/place/",
    "/checkout/",
    "/orders/",
)
OK = 200
#: Seconds after which a person would press again.
PATIENCE = 30.0

#: A network of 16 million addresses that nobody has.
FIRST_ADDRESS = ipaddress.ip_address("10.0.0.0")

_serial = itertools.count(1)
# A line for each of thousands of requests.
logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass(frozen=True)
class Page:
    """An answer. Status 0 is none at all."""

    status: int
    path: str
    text: str
    location: str = ""
    seconds: float = 0.0

    @property
    def is_broken(self) -> bool:
        """Say whether to ask again is all one can do."""
        return self.status == 0 or self.status >= 500

    @property
    def is_good(self) -> bool:
        """Say whether it is the page asked for: whoever is turned away has none."""
        return self.status == OK


@dataclass(frozen=True)
class Outcome:
    """What became of a wish to order."""

    status: int
    reference: str
    #: How long the answer to the last press took, and when it came (monotonic).
    seconds: float
    at: float
    text: str = ""
    presses: int = 1

    @property
    def is_ordered(self) -> bool:
        return bool(self.reference)

    @property
    def is_refused(self) -> bool:
        """Say whether the shop said no, with a page that says why."""
        return self.status in {409, 422} and "<h1" in self.text

    @property
    def is_broken(self) -> bool:
        return not self.is_ordered and not self.is_refused


class Wanderer:
    """Somebody with a browser and an address of their own: cookies, and no scripts."""

    def __init__(self, http: httpx.AsyncClient, ground: Ground, subdomain: str) -> None:
        self.http, self.host = http, ground.host(subdomain)
        self.cookies: dict[str, str] = {}
        # As the proxy in front tells it; what one address may do is limited.
        self.address = new_address()

    async def get(self, path: str) -> Page:
        page = await self._ask("GET", path)
        if page.location.startswith("/"):
            return await self._ask("GET", page.location)
        return page

    async def post(self, path: str, data: dict[str, str]) -> Page:
        """Send a form; a redirect is not followed."""
        return await self._ask("POST", path, data=data)

    async def _ask(self, method: str, path: str, **more: Any) -> Page:
        started = time.monotonic()
        headers = self._headers()
        try:
            answer = await self.http.request(method, path, headers=headers, **more)
        except httpx.HTTPError as error:
            return Page(0, path, repr(error), seconds=time.monotonic() - started)
        self._keep(answer.headers.get_list("set-cookie"))
        return Page(
            answer.status_code,
            path,
            answer.text,
            answer.headers.get("location", ""),
            time.monotonic() - started,
        )

    def _headers(self) -> dict[str, str]:
        cookies = [f"{name}={value}" for name, value in self.cookies.items()]
        return {
            "host": self.host,
            "origin": f"http://{self.host}",
            "x-forwarded-for": self.address,
            "cookie": "; ".join(cookies),
        }

    def _keep(self, lines: list[str]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


class Customer(Wanderer):
    """A guest who buys."""

    def __init__(self, http: httpx.AsyncClient, ground: Ground, subdomain: str) -> None:
        super().__init__(http, ground, subdomain)
        self.name = f"Customer {self.address}"

    async def take(self, product: Product, *, quantity: int = 1) -> Page:
        """Open a product's page and put it into the basket from there.

        Raises:
            forms.NoForm: the page has no such form.
        """
        page = await self.get(product.get_absolute_url())
        form = forms.find(page.text, action=ADD, product=str(product.pk))
        return await self.post(ADD, form.filled(quantity=str(quantity)))

    async def fill_in(self, *, slot: str = "") -> dict[str, str]:
        """Open the checkout and fill in its form: a time at random, if none is said.

        Raises:
            forms.NoForm: there is none to fill in.
        """
        page = await self.get(CHECKOUT)
        form = forms.find(page.text, action=PLACE)
        # The first time may be over before the form is sent.
        slot = slot or random.choice(form.choices["slot"][1:])
        email = f"customer-{self.address}@example.com"
        return form.filled(name=self.name, email=email, slot=slot)

    async def place(self, filled: dict[str, str], *, presses: int = 1) -> Outcome:
        """Send the order; where no answer comes, press again, up to so many times."""
        for press in range(1, presses + 1):
            page = await self.post(PLACE, filled)
            if not page.is_broken:
                break
            await asyncio.sleep(0.5 if press < presses else 0)
        reference = page.location.removeprefix(THANKS).strip("/")
        is_ordered = page.location.startswith(THANKS)
        return Outcome(
            page.status,
            reference if is_ordered else "",
            page.seconds,
            time.monotonic(),
            page.text or page.location,
            press,
        )

    @asynccontextmanager
    async def pressing(self, filled: dict[str, str]) -> AsyncIterator[None]:
        """Send the order for a block, and lose the line at its end, unread."""
        body = urlencode(filled)
        lines = [
            f"POST {PLACE} HTTP/1.1",
            *(f"{name}: {value}" for name, value in self._headers().items()),
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]
        host, port = self.http.base_url.host, self.http.base_url.port
        _reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write("\r\n".join([*lines, "", body]).encode())
            await writer.drain()
            yield
        finally:
            writer.transport.abort()

    async def buy(self, *products: Product, presses: int = 1) -> Outcome:
        """Do all of it; what breaks on the way is an outcome too."""
        page = Page(0, "", "nothing was tried")
        try:
            for product in products:
                page = await self.take(product)
            filled = await self.fill_in()
        except forms.NoForm as error:
            return Outcome(page.status or 0, "", 0, time.monotonic(), str(error))
        return await self.place(filled, presses=presses)


def new_address() -> str:
    """Return an address that nobody else has."""
    return str(FIRST_ADDRESS + next(_serial))


def browsing(ground: Ground, *, patience: float = PATIENCE) -> httpx.AsyncClient:
    """Return what customers' requests go through, as many at once as there are."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    # Each has cookies of their own; the client is to keep none.
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{ground.port}",
        timeout=patience,
        limits=limits,
        cookies=jar,
        trust_env=False,
    )


def run(ground: Ground, work: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
    """Run customers to their end; return what `work` returns."""

    async def whole() -> Any:
        async with browsing(ground) as http:
            return await work(http)

    return asyncio.run(whole())


@dataclass
class Traffic:
    """Customers who come, buy and go, one after the other in each queue."""

    ground: Ground
    goods: Sequence[Product]
    subdomain: str = "alder"
    at_once: int = 4
    #: Goods in each basket, and so many presses where no answer comes.
    things: int = 1
    presses: int = 1
    #: So many orders and no more; None is no end.
    limit: int | None = None
    #: Seconds that each queue waits for its next customer.
    pause: float = 0.0
    outcomes: list[Outcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._closed = threading.Event()
        self._begun = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Traffic":
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        """Let everybody finish who has begun."""
        self._closed.set()
        self._thread.join()

    @property
    def ordered(self) -> list[Outcome]:
        """Return the orders that were acknowledged so far."""
        return [one for one in list(self.outcomes) if one.is_ordered]

    @property
    def broken(self) -> list[Outcome]:
        return [one for one in list(self.outcomes) if one.is_broken]

    def wait_for(self, orders: int, *, seconds: float = 600) -> None:
        """Wait until so many orders were acknowledged.

        Raises:
            AssertionError: that takes too long.
        """
        deadline = time.monotonic() + seconds
        while len(self.ordered) < orders:
            if time.monotonic() > deadline or not self._thread.is_alive():
                found = len(self.ordered)
                raise AssertionError(f"{found} of {orders} orders; {self.broken[-3:]}")
            time.sleep(0.05)

    def _run(self) -> None:
        run(self.ground, self._all)

    async def _all(self, http: httpx.AsyncClient) -> None:
        await asyncio.gather(*(self._queue(http) for _place in range(self.at_once)))

    async def _queue(self, http: httpx.AsyncClient) -> None:
        while not self._closed.is_set() and self._may_begin():
            customer = Customer(http, self.ground, self.subdomain)
            wanted = random.sample(self.goods, self.things)
            outcome = await customer.buy(*wanted, presses=self.presses)
            self.outcomes.append(outcome)
            if outcome.is_broken:
                await asyncio.sleep(0.1)
                self._begun -= 1
            await self._wait()

    async def _wait(self) -> None:
        for _tenth in range(int(self.pause * 10)):
            if self._closed.is_set():
                return
            await asyncio.sleep(0.1)

    def _may_begin(self) -> bool:
        if self.limit is not None and self._begun >= self.limit:
            return False
        self._begun += 1
        return True


def percentile(values: Collection[float], part: float) -> float:
    """Return the value below which a part (0 to 1) of the values lies.

    Raises:
        ValueError: there are none, of which nothing can be said.
    """
    if not values:
        raise ValueError("There is nothing to compare.")
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * part))]


def most_within(seconds: float, moments: Collection[float]) -> float:
    """Return the greatest share of the moments that lies within so many seconds.

    Raises:
        ValueError: there are none.
    """
    if not moments:
        raise ValueError("There is nothing to share out.")
    ranked = sorted(moments)
    most = max(
        bisect.bisect_right(ranked, first + seconds) - place
        for place, first in enumerate(ranked)
    )
    return most / len(ranked)
