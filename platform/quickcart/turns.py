"""Shops take turns: one that everybody wants to see does not keep the others waiting.

A web worker makes one page at a time; what else has arrived waits. In one queue a
crowd at one shop would stand before everybody else's next visitor. Here each shop has
a queue of its own and the queues take turns: next is the one whose last turn was
longest ago. So a visitor of a quiet shop waits for the page that is just being made, and
then comes before all shops that have had a page since.

granian hands requests over in threads of its own (`quickcart.serve`), which only wait
for what is sent and put them into their queue; one thread of ours makes the pages, with
one connection to the database. So nobody waits for a sender that is slow, either.
"""

import contextlib
import heapq
import io
import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

from quickcart import bodies

logger = logging.getLogger(__name__)

#: Of the requests that one process lets in (granian's backpressure, 512) those of one
#: shop that may wait at a time: half.
MOST_WAITING = 256
#: Hosts whose shop a process remembers.
MOST_HOSTS = 10_000
#: The name under which a request's place is found in its environment.
PLACE = "quickcart.place"
#: The queues of hosts that nobody has been served at yet, of who is turned away, and of
#: those who watch (`quickcart.observability.doors`), whatever host they ask for.
STRANGERS, CROWD, WATCHERS = "?", "!", "+"
WATCHED = frozenset({"/healthz", "/livez", "/readyz", "/metrics"})
#: Where a body is found.
INPUT = "wsgi.input"
BROKEN, TOO_LARGE = 500, 413

Waiting = TypeVar("Waiting")


@dataclass(slots=True)
class Place:
    """A request's place in the queues."""

    #: Whether there is no place for it, among its shop's or for what was sent with it:
    #: turn it away.
    is_crowded: bool = False
    #: Whose the host turned out to be.
    shop: str = ""


class Turns(Generic[Waiting]):
    """Queues that take turns; any thread may put and take.

    Whoever has waited in no queue for a while goes before those who were just served,
    by one turn and no more: after it his was the last.

    Args:
        most: so many may wait in one queue.
    """

    def __init__(self, *, most: int = MOST_WAITING) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._queues: dict[str, deque[Waiting]] = {}
        # Those in which somebody waits: when each had its last turn, when it came.
        self._next: list[tuple[int, int, str]] = []
        self._last_turns: dict[str, int] = {}
        self._moments = itertools.count(1)
        # One for each that waits: taking blocks on it, outside of the lock.
        self._tickets: SimpleQueue[None] = SimpleQueue()

    def put(self, name: str, waiting: Waiting, *, is_bounded: bool = True) -> bool:
        """Put something at the end of a queue; say no if that is full."""
        with self._lock:
            queue = self._queues.get(name)
            if queue is None:
                queue = self._queues[name] = deque()
                self._line_up(name)
            elif is_bounded and len(queue) >= self.most:
                return False
            queue.append(waiting)
        self._tickets.put(None)
        return True

    def take(self) -> Waiting:
        """Take the first of the queue whose turn it is; wait until there is one."""
        self._tickets.get()
        with self._lock:
            _last_turn, _came, name = heapq.heappop(self._next)
            queue = self._queues[name]
            waiting = queue.popleft()
            if len(self._last_turns) >= MOST_HOSTS:
                # All are alike then, and who waits now comes after who comes next.
                self._last_turns.clear()
            self._last_turns[name] = next(self._moments)
            if queue:
                self._line_up(name)
            else:
                del self._queues[name]
        return waiting

    def _line_up(self, name: str) -> None:
        last_turn = self._last_turns.get(name, 0)
        heapq.heappush(self._next, (last_turn, next(self._moments), name))


class Answering(Protocol):
    """What granian answers a request with."""

    def response_bytes(
        self, status: int, headers: list[tuple[str, str]], body: bytes
    ) -> None: ...


Scope = dict[str, Any]
Handler = Callable[[Answering, Scope], object]


@dataclass(slots=True)
class _Request:
    protocol: Answering
    scope: Scope
    place: Place


class Door:
    """What granian calls with each request: it is handled when its turn comes.

    Args:
        handle: makes and sends the answer.
    """

    def __init__(self, handle: Handler, *, most: int = MOST_WAITING) -> None:
        self.handle = handle
        self._turns: Turns[_Request] = Turns(most=most)
        self._shops: dict[str, str] = {}
        self._room = bodies.Room(bodies.MOST_WAITING_BYTES)
        threading.Thread(target=self._work, name="pages", daemon=True).start()

    def __call__(self, protocol: Answering, scope: Scope) -> None:
        place = scope[PLACE] = Place()
        if bodies.is_announced(scope):
            try:
                scope[INPUT] = bodies.taken_in(scope[INPUT], self._room)
            except bodies.TooLarge:
                protocol.response_bytes(TOO_LARGE, [], b"")
                return
            except bodies.NoRoom:
                scope[INPUT] = io.BytesIO()
                place.is_crowded = True
        self._let_in(_Request(protocol, scope, place))

    def _let_in(self, request: _Request) -> None:
        place = request.place
        if not place.is_crowded:
            name = self._queue_of(request.scope)
            place.is_crowded = not self._turns.put(name, request)
        if place.is_crowded:
            self._turns.put(CROWD, request, is_bounded=False)

    def _queue_of(self, scope: Scope) -> str:
        if scope.get("PATH_INFO") in WATCHED:
            return WATCHERS
        # Whoever makes up hosts stands in one queue with all who do.
        return self._shops.get(_host(scope), STRANGERS)

    def _work(self) -> None:
        while True:
            self._serve(self._turns.take())

    def _serve(self, request: _Request) -> None:
        try:
            self.handle(request.protocol, request.scope)
        except BaseException:
            # This thread is the only one there is: nothing may end it.
            with contextlib.suppress(Exception):
                logger.exception("a page was not made")
            with contextlib.suppress(Exception):
                request.protocol.response_bytes(BROKEN, [], b"")
        if isinstance(body := request.scope.get(INPUT), bodies.Body):
            with contextlib.suppress(OSError):
                body.close()
        if request.place.shop:
            self._remember(_host(request.scope), request.place.shop)

    def _remember(self, host: str, shop: str) -> None:
        if self._shops.get(host) == shop:
            return
        if len(self._shops) >= MOST_HOSTS:
            self._shops.clear()
        self._shops[host] = shop


def _host(scope: Mapping[str, Any]) -> str:
    return str(scope.get("HTTP_HOST", "")).lower()
