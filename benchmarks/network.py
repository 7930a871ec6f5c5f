"""A network of shops that is served, and what is seen of its pages."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from benchmarks import pages
from benchmarks.kit import ground, load, serving

#: So many pages of a kind make a round.
PAGES = 60
#: So many clients ask one after the other while a server gets warm: one worker may take
#: all connections that come at once, not those between.
WARMING = (4, *[1, 2] * 6)
#: Seconds in which a worker that is loading does something, and how often to look.
LOOK, MOST_LOOKS = 0.5, 60
#: So many visitors look at all shops at once, and so often: until both workers know them.
VISITORS, VISITS = 4, 5


class Network:
    """Shops, their server while it runs, and what was seen of them so far.

    Args:
        kinds: requests for pages of the busy shop, by the name of their kind.
        hosts: all shops' hosts, the busy one's among them.
        wanted: how many shops get a first visitor.

    Attributes:
        rounds: by kind, for each round the seconds within which 95 of 100 pages came.
        first: what shops' first visitors waited, one at a time.
        once: what visitors of all shops waited that came together.
        memory: bytes of the workers that have drawn all of them.
    """

    _server: serving.Server

    def __init__(
        self,
        of: ground.Ground,
        *,
        kinds: Mapping[str, Sequence[bytes]],
        hosts: Sequence[str],
        wanted: int,
    ) -> None:
        self._ground, self._kinds = of, kinds
        self._fronts = [load.asking("/", host=host) for host in hosts]
        # The first shop that a process draws has it read the templates: not counted.
        self._drawn, *others = [
            load.asking("/", host=host) for host in hosts if host != of.host
        ]
        self._unseen = others[:: max(1, len(others) // wanted)][:wanted]
        self.rounds: dict[str, list[float]] = {kind: [] for kind in kinds}
        self.first, self.once = load.Load(), load.Load()
        self.memory = self.failures = 0

    @contextmanager
    def served(self) -> Iterator[None]:
        """Start its server, and bring it to where only shops unasked for are new."""
        known = [self._drawn, *(page for kind in self._kinds.values() for page in kind)]
        with pages.served(self._ground, cache="off") as self._server:
            _rested(self._server)
            for clients in WARMING:
                self._ask(known, clients=clients)
            yield

    def visit_unseen(self) -> load.Load:
        """Be the first visitor of some shops, one after the other."""
        return self._ask(self._unseen)

    def shop(self) -> None:
        """Look around in the busy shop, alone: several clients spread unevenly."""
        for kind, asked in self._kinds.items():
            self.rounds[kind].append(self._ask(asked, at_least=PAGES).percentile(95))

    def visit_all(self) -> None:
        """Look at every shop's front page, several visitors at once, then again."""
        with pages.served(self._ground, cache="on") as self._server:
            self.once = self._ask(self._fronts, clients=VISITORS)
            for _visit in range(1, VISITS):
                self._ask(self._fronts, clients=VISITORS)
            self.memory = self._server.resident_bytes()

    def _ask(
        self, asked: Sequence[bytes], *, clients: int = 1, at_least: int = 0
    ) -> load.Load:
        seen = load.hammer(
            self._server.port,
            asked,
            clients=clients,
            seconds=0,
            at_least=at_least or len(asked),
        )
        self.failures += seen.failures
        return seen


def _rested(server: serving.Server) -> None:
    """Wait for the workers that are not ready yet when the first one answers."""
    for _look in range(MOST_LOOKS):
        before = server.cpu_seconds()
        time.sleep(LOOK)
        if server.cpu_seconds() - before < LOOK / 10:
            return
