"""Some take more than their share: bad lines, and a shop everybody wants to see."""

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

from chaos import pace, races
from chaos.books import GOODS
from chaos.customers import Page, percentile
from chaos.ground import AS_IN_PRODUCTION, Ground
from chaos.load import SlowClients, seconds_of
from chaos.pace import Visit
from chaos.settling import Size, check, compared, reading
from support import network, verdicts
from support.verdicts import Verdict

#: Pages a second beside the slow clients.
READERS_PACE = 5.0
#: So many seconds more are read before, of those measured.
WARMING = 0.25
#: Of the seconds measured, for so many some of them are connected without a word:
#: fewer than `quickcart.serve` has the kernel wait.
SILENT = 0.4
#: Of what is asked for at a pace, so much is answered, or nothing is compared.
HALF = 0.5

BUSY, OTHERS = "alder", ("birch", "cedar")
ALL = (BUSY, *OTHERS)
#: So many come to the busy shop whenever somebody comes to another.
TIMES = 10
#: Of the pages a second that web can make, so many are asked for then.
LOAD = 0.6
ROUNDS = 3
#: In one queue for everybody the others wait so many times as long, at the least.
WORSE = 3
WAIT = "the others' page, p95"

_serial = itertools.count()


def slow_clients(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Let hundreds send their requests a byte a second."""
    name = f"{size.people} slow clients"
    with reading(ground, a_second=READERS_PACE) as readers:
        # The first pages of a process are slow: beside them all others are fast.
        time.sleep(max(1.0, WARMING * size.calm))
        warm = time.monotonic()
        time.sleep(size.calm)
        alone = time.monotonic()
        with SlowClients(ground, size.people, silence=SILENT * size.calm) as slow:
            slow.ready.wait(60)
            began = time.monotonic()
            time.sleep(size.calm)
            ended = time.monotonic()
            held, left = slow.held_by(ground.programs.pids("web")), slow.ended
    yield verdicts.exactly(f"{name}: held by web", held, "lines", size.people)
    yield verdicts.exactly(f"{name}: hung up on", left, "lines", 0)
    yield verdicts.exactly(f"{name}: pages failed", len(readers.failed), "pages", 0)
    usual = seconds_of(readers.since(warm, alone))
    crowded = seconds_of(readers.since(began, ended))
    least = HALF * READERS_PACE * size.calm
    yield verdicts.at_least(f"{name}: pages before", len(usual), "pages", least)
    yield verdicts.at_least(f"{name}: pages", len(crowded), "pages", least)
    yield compared(
        size,
        f"{name}: the others' page, p95",
        percentile(crowded, 0.95),
        limit=2,
        baseline=percentile(usual, 0.95),
    )


def busy_shop(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Let ten people at a time come to one shop, and one to each of the others.

    They search for what nobody has searched for, so that each page is made.
    """
    port = ground.port
    alike, crowded, shared, queued = Crowd(), Crowd(), Crowd(), Crowd()
    with _one_queue(ground) as in_one_queue:
        _most(in_one_queue, size)
        most = _most(port, size)
        usual = LOAD * most / (TIMES + len(OTHERS))
        evenly = LOAD * most / len(ALL)
        for _round in range(ROUNDS):
            # One after the other, so that none has the machine's better minute.
            alike += _come(port, size, usual)
            crowded += _come(port, size, usual, together=TIMES)
            queued += _come(in_one_queue, size, usual, together=TIMES)
            shared += _come(port, size, evenly)
    yield verdicts.told("searches, all at once", most, "pages/s")
    name = f"one shop at {TIMES} times the load"
    least = HALF * usual * size.calm
    yield from _served("all shops alike", alike, least=least)
    yield from _served(name, crowded, least=least, together=TIMES)
    in_one = f"{name}, one queue for everybody"
    yield from _served(in_one, queued, least=least, together=TIMES)
    yield compared(size, f"{name}: {WAIT}", crowded.p95, limit=1.5, baseline=alike.p95)
    as_much = "all shops alike, as much in all"
    yield verdicts.told(f"{as_much}: {WAIT}", shared.p95, "s", baseline=alike.p95)
    yield compared(
        size,
        f"{in_one}: {WAIT}",
        queued.p95,
        limit=WORSE,
        baseline=crowded.p95,
        judge=verdicts.at_least,
    )


@dataclass
class Crowd:
    """What the visitors of the busy shop and those of the others were answered."""

    busy: list[Page] = field(default_factory=list)
    others: list[Page] = field(default_factory=list)

    def __iadd__(self, more: "Crowd") -> Self:
        self.busy += more.busy
        self.others += more.others
        return self

    @property
    def p95(self) -> float:
        return percentile(seconds_of(self.others), 0.95)


def _served(
    name: str, crowd: Crowd, *, least: float, together: int = 1
) -> Iterator[Verdict]:
    """Judge that everybody had their page, the busy shop's visitors too."""
    for whose, pages, fewest in (
        ("its", crowd.busy, least * together),
        ("the others'", crowd.others, least * len(OTHERS)),
    ):
        good = len(seconds_of(pages))
        broken = len(pages) - good
        yield verdicts.exactly(f"{name}: {whose} pages broken", broken, "pages", 0)
        yield verdicts.at_least(f"{name}: {whose} pages", good, "pages", fewest)


def _most(port: int, size: Size) -> float:
    """Return how many pages a second web makes if it need not wait for anybody."""
    shops = list(itertools.islice(itertools.cycle(ALL), size.people))
    best = 0.0
    # The first pages of a process take as long as a hundred others.
    for turn in range(ROUNDS):
        began = time.monotonic()
        pace.answers(port, [_visit(0, shop) for shop in shops])
        if turn:
            best = max(best, len(shops) / (time.monotonic() - began))
    return best


def _come(port: int, size: Size, a_second: float, *, together: int = 1) -> Crowd:
    """Let people come to each shop so often, and to the busy one so many together."""
    seconds = size.calm / ROUNDS
    visits = [
        _visit(at, shop)
        for shop in ALL
        for at in pace.at_random(a_second, seconds)
        for _each in range(together if shop == BUSY else 1)
    ]
    pages = pace.answers(port, visits)
    others = [page for shop in OTHERS for page in pages.get(shop, [])]
    return Crowd(pages.get(BUSY, []), others)


def _visit(at: float, shop: str) -> Visit:
    return Visit(at, shop, f"/shop/search/?q={GOODS}{next(_serial)}".replace(" ", "+"))


@contextmanager
def _one_queue(ground: Ground) -> Iterator[int]:
    """Start a web beside the ground's that has no turns; return its port."""
    told = ground.programs.told
    with network.running(
        var=ground.var,
        database_url=told["DATABASE_URL"],
        redis_url=told["REDIS_URL"],
        only=frozenset({"web"}),
        more=AS_IN_PRODUCTION | races.with_tests(),
        swaps={"quickcart.wsgi:application": "chaos.one_queue:application"},
    ) as programs:
        yield programs.port


CHECKS = [
    check(
        "slow clients",
        slow_clients,
        full=Size(calm=20, people=500),
        small=Size(calm=2, people=100, is_judged=False),
    ),
    check(
        "a busy shop",
        busy_shop,
        full=Size(calm=30, people=120),
        small=Size(calm=2, people=30, is_judged=False),
    ),
]
