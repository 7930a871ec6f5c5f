"""Pages to load, and what each costs."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.kit import load
from benchmarks.kit.serving import Server
from benchmarks.kit.visitor import Visitor

CLIENTS = 16


@dataclass(frozen=True)
class Target:
    """A page of a kind: addresses asked in turn, by whom, of which server."""

    name: str
    server: Server
    host: str
    paths: tuple[str, ...]
    cookies: dict[str, str] = field(default_factory=dict)

    def requests(self) -> Sequence[bytes]:
        return [
            load.asking(path, host=self.host, cookies=self.cookies)
            for path in self.paths
        ]


@dataclass
class Cost:
    """What a target costs, the best of the rounds."""

    queries: int
    cpu: float = float("inf")  # seconds of the web workers a page
    rate: float = 0.0  # pages a second
    p95: float = float("inf")
    clients_share: float = 0.0  # of a core of theirs


class PageFailed(Exception):
    """A page under load was not answered with 200."""


def measure(
    targets: Iterable[Target], *, seconds: float, rounds: int
) -> dict[str, Cost]:
    """Load the targets one after the other, as often as there are rounds.

    Each is asked until its caches are warm; the server is at rest between two of
    them. Of the rounds the best counts: what disturbs only ever slows.
    """
    chosen = list(targets)
    costs = {each.name: Cost(queries=_queries(each)) for each in chosen}
    for _round in range(rounds):
        for target in chosen:
            _load_once(target, costs[target.name], seconds=seconds)
    return costs


def measure_first(target: Target, *, begin: Callable[[], None], times: int) -> Cost:
    """Ask for a page once after each new beginning, on one connection.

    `begin` makes what was kept useless; what a worker does once is done before.
    """
    visitor = Visitor(target.server.port, host=target.host, counts_queries=True)
    visitor.cookies = dict(target.cookies)
    for path in target.paths[:2]:
        visitor.get(path).expect(200)
    counts = []
    before = _at_rest(target.server)
    for turn in range(times):
        begin()
        asked = visitor.queries
        visitor.get(target.paths[turn % len(target.paths)]).expect(200)
        counts.append(visitor.queries - asked)
    spent = _at_rest(target.server) - before
    visitor.close()
    return Cost(queries=max(counts), cpu=spent / times)


def _load_once(target: Target, cost: Cost, *, seconds: float) -> None:
    requests, port = target.requests(), target.server.port
    load.hammer(port, requests, clients=4, seconds=seconds / 8, at_least=8)
    before = _at_rest(target.server)
    seen = load.hammer(
        port, requests, clients=CLIENTS, seconds=seconds, at_least=CLIENTS
    )
    spent = _at_rest(target.server) - before
    if seen.failures:
        raise PageFailed(f"{target.name}: {seen.failures} of {seen.answers}")
    cost.cpu = min(cost.cpu, spent / seen.answers)
    cost.rate = max(cost.rate, seen.rate)
    cost.p95 = min(cost.p95, seen.percentile(95))
    cost.clients_share = max(cost.clients_share, seen.own_share)


def _at_rest(server: Server) -> float:
    """Return the workers' CPU seconds when they have stopped using any."""
    before = server.cpu_seconds()
    for _try in range(40):
        time.sleep(0.05)
        now = server.cpu_seconds()
        if now - before < 0.01:
            return now
        before = now
    return before


def _queries(target: Target) -> int:
    """Return how often a page asks the database once it has been seen before.

    Both workers are to have seen it: connections are made anew until one answers
    as often as it did before.
    """
    counts = []
    for _visit in range(6):
        visitor = Visitor(target.server.port, host=target.host, counts_queries=True)
        visitor.cookies = dict(target.cookies)
        visitor.get(target.paths[0]).expect(200)
        counts.append(visitor.queries)
        visitor.close()
    return min(counts)
