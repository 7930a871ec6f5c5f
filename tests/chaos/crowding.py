"""Some take more than their share: bad lines, and a shop everybody wants to see."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from chaos.books import GOODS
from chaos.customers import Page, percentile
from chaos.ground import Ground
from chaos.load import Readers, SlowClients, seconds_of
from chaos.settling import HOME, Size, check, compared, reading
from support import verdicts
from support.verdicts import Verdict

BUSY, OTHERS = "alder", ("birch", "cedar")
#: Pages that nobody has asked for before, so that each is made.
UNKEPT = [f"/shop/search/?q={GOODS}{number}" for number in range(100_000)]
#: Pages a second beside the slow clients.
READERS_PACE = 5.0
#: Pages a second each shop is asked for, and the busy one's times that.
USUAL, TIMES = 2.0, 10
#: Of what is asked for at a pace, so much is answered, or nothing is compared.
HALF = 0.5


def slow_clients(ground: Ground, size: Size) -> Iterator[Verdict]:
    """Let hundreds send their requests a byte a second."""
    name = f"{size.people} slow clients"
    with reading(ground, a_second=READERS_PACE) as readers:
        time.sleep(size.calm)
        alone = time.monotonic()
        with SlowClients(ground, size.people) as slow:
            slow.ready.wait(60)
            began = time.monotonic()
            time.sleep(size.calm)
            ended = time.monotonic()
            yield verdicts.exactly(f"{name}: there", slow.opened, "lines", size.people)
    yield verdicts.exactly(f"{name}: pages broken", len(readers.broken), "pages", 0)
    usual = seconds_of(readers.since(0, alone))
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
    """Ask one shop for ten times as many pages as the others."""
    # The first page of a process takes as long as a hundred others.
    _others(ground, Size(calm=min(size.calm, 10)))
    usual = _others(ground, size, a_second=USUAL)
    yield from _served("all shops alike", usual, size)
    crowded = _others(ground, size, a_second=USUAL * TIMES)
    name = f"one shop at {TIMES} times the load"
    yield from _served(name, crowded, size)
    least = HALF * USUAL * TIMES * size.calm
    asked = len(crowded.busy)
    yield verdicts.at_least(f"{name}: its pages", asked, "pages", least)
    yield compared(
        size,
        f"{name}: the others' page, p95",
        percentile(seconds_of(crowded.others), 0.95),
        limit=1.5,
        baseline=percentile(seconds_of(usual.others), 0.95),
    )
    full = _others(ground, size, at_once=16, paths=UNKEPT)
    name = "one shop's searches, 16 at once, without a pause"
    yield from _served(name, full, size)
    yield verdicts.told(
        f"{name}: the others' page, p95",
        percentile(seconds_of(full.others), 0.95),
        "s",
        baseline=percentile(seconds_of(usual.others), 0.95),
    )


@dataclass(frozen=True)
class Crowd:
    """What the visitors of the busy shop and those of the others were answered."""

    busy: list[Page]
    others: list[Page]


def _served(name: str, crowd: Crowd, size: Size) -> Iterator[Verdict]:
    """Judge that the other shops' visitors had their pages, and good ones."""
    broken = sum(page.is_broken for page in crowd.others)
    yield verdicts.exactly(f"{name}: the others' pages broken", broken, "pages", 0)
    answered = len(seconds_of(crowd.others))
    least = HALF * USUAL * len(OTHERS) * size.calm
    yield verdicts.at_least(f"{name}: the others' pages", answered, "pages", least)


def _others(
    ground: Ground,
    size: Size,
    *,
    a_second: float = USUAL,
    at_once: int = 0,
    paths: Sequence[str] = (),
) -> Crowd:
    """Return what is answered while the busy shop is asked for so many pages."""
    with ExitStack() as stack:
        busy = Readers(
            ground,
            paths or _pages_of(ground, BUSY),
            subdomain=BUSY,
            a_second=a_second,
            at_once=at_once,
        )
        stack.enter_context(busy)
        others = [_readers(ground, name) for name in OTHERS]
        for readers in others:
            stack.enter_context(readers)
        time.sleep(size.calm)
    pages = [page for readers in others for page in readers.since(0)]
    return Crowd(busy.since(0), pages)


def _readers(ground: Ground, subdomain: str) -> Readers:
    paths = _pages_of(ground, subdomain)
    return Readers(ground, paths, subdomain=subdomain, a_second=USUAL)


def _pages_of(ground: Ground, subdomain: str) -> list[str]:
    return [HOME, ground.goods(subdomain)[0].get_absolute_url()]


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
        full=Size(calm=30),
        small=Size(calm=2, is_judged=False),
    ),
]
