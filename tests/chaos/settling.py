"""What tries of faults have in common: people meanwhile, and the books afterwards."""

import contextlib
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chaos.customers import Outcome, Traffic, percentile
from chaos.ground import Ground
from chaos.load import Readers, wait_until
from support import verdicts
from support.verdicts import Check, Verdict

HOME = "/"
ONE_MOMENT, UNAVAILABLE = "One moment, please", 503
#: Seconds after a fault in which everything must have left: a lease of 120 among them.
AFTERWARDS = 150.0
#: The worker's processes that write letters: what each of them had just sent when it was
#: cut off may be sent once more.
DESKS = 2
#: Seconds within which pages are answered again.
AGAIN = 10.0
#: Seconds that a slow line makes everything late: 50 ms there and back.
LATENCY = 0.025
#: Seconds that an order may take, however little it usually does: below that it is the
#: machine that is measured.
AN_ORDER = 0.25
#: Pages that are read beside the buying.
A_SECOND = 5.0
#: Orders that two people at once place at the very least, on a busy machine.
LEAST_A_SECOND = 0.5
#: Seconds around a fault in which an answer may still ask for a moment.
AROUND = 2.0


@dataclass(frozen=True)
class Size:
    """How often, for how long (seconds), and how many."""

    times: int = 1
    calm: float = 2
    outage: float = 0
    people: int = 0
    #: Whether ratios of times are judged: they say nothing at reduced size.
    is_judged: bool = True


@dataclass(frozen=True)
class Spell:
    """From when to when something was broken (monotonic)."""

    began: float
    ended: float

    def covers(self, moment: float) -> bool:
        return self.began - AROUND <= moment <= self.ended + AROUND


class Try(Protocol):
    def __call__(self, ground: Ground, size: Size) -> Iterator[Verdict]: ...


def buying(ground: Ground, *, presses: int = 1, limit: int | None = None) -> Traffic:
    return Traffic(ground, ground.goods(), at_once=2, presses=presses, limit=limit)


def compared(
    size: Size,
    name: str,
    value: float,
    *,
    limit: float,
    baseline: float,
    judge: Callable[..., Verdict] = verdicts.at_most,
) -> Verdict:
    """Judge a time by its ratio to the usual one, or only tell it."""
    if size.is_judged:
        return judge(name, value, "s", limit, baseline=baseline)
    return verdicts.told(name, value, "s", baseline=baseline)


def as_usual(
    size: Size, name: str, during: Collection[Outcome], before: Collection[Outcome]
) -> Verdict:
    """Judge that ordering took no longer than twice what it had taken before."""
    now, usual = (
        percentile([one.seconds for one in orders], 0.95) for orders in (during, before)
    )
    return compared(size, name, now, limit=2, baseline=max(AN_ORDER, usual))


def reading(ground: Ground, *, a_second: float = A_SECOND) -> Readers:
    paths = [HOME, ground.goods()[0].get_absolute_url()]
    return Readers(ground, paths, a_second=a_second)


def orders_in(seconds: float) -> int:
    """Return how many orders there must be after so many seconds of buying.

    A tenth of what is usual, or less: where nobody can order, nothing is lost either.
    """
    return max(1, int(seconds * LEAST_A_SECOND))


def settled(
    ground: Ground, traffic: Traffic, name: str, *, least: int, cuts: int = 0
) -> Iterator[Verdict]:
    """Wait until everything has left; judge the books and the letters.

    Each order in the books is to be confirmed, whether its customer has heard of it or
    not. Where the database was away for longer than a worker insists, or leases were over
    at once, `cuts` letters may leave once more.
    """
    yield verdicts.at_least(f"{name}: orders", len(traffic.ordered), "orders", least)
    yield verdicts.exactly(
        f"{name}: acknowledged orders lost", lost(ground, traffic.ordered), "orders", 0
    )
    with contextlib.suppress(AssertionError):
        wait_until(lambda: not ground.due(), seconds=AFTERWARDS, what="the outbox")
    confirmed = ground.confirmations()
    # What came before an earlier fault was judged after it.
    numbers = set(ground.orders().values()) - ground.settled
    ground.settled |= numbers
    letters = [len(confirmed.get(number, [])) for number in numbers]
    missing = letters.count(0)
    yield verdicts.exactly(f"{name}: confirmations missing", missing, "mails", 0)
    twice = sum(letters) - (len(letters) - missing)
    yield verdicts.at_most(f"{name}: confirmations twice", twice, "mails", cuts)
    breaches = ground.breaches()
    yield verdicts.exactly(f"{name}: rules broken", len(breaches), "rows", 0)


def asked_for_patience(
    name: str, readers: Readers, traffic: Traffic, *, spells: Sequence[Spell]
) -> Iterator[Verdict]:
    """Judge what people saw: a moment's patience while there is a fault, and no longer;
    never a broken page.
    """
    answers = [
        (one.at, one.page.status, one.page.text)
        for one in list(readers.seen)
        if not one.page.is_good
    ]
    answers += [(one.at, one.status, one.text) for one in traffic.broken]
    # A basket that could not be filled has nothing to order in it.
    other = [
        text
        for _at, status, text in answers
        if status != UNAVAILABLE and ONE_MOMENT not in text
    ]
    patience = len(answers) - len(other)
    yield verdicts.told(f"{name}: told “one moment”", patience, "pages")
    late = sum(not any(spell.covers(at) for spell in spells) for at, *_more in answers)
    yield verdicts.exactly(f"{name}: told so without a fault", late, "pages", 0)
    for text in other[:3]:
        print(f"  {text[:300]!r}", file=sys.stderr)
    yield verdicts.exactly(f"{name}: broken in another way", len(other), "pages", 0)


def lost(ground: Ground, ordered: list[Outcome]) -> int:
    """Count orders that were acknowledged and are not there."""
    there = ground.orders()
    return sum(one.reference not in there for one in ordered)


def check(name: str, work: Try, *, full: Size, small: Size, **ground: Any) -> Check:
    """Return a check that stands on a ground of its own."""
    sizes = {False: full, True: small}

    def run(*, small: bool) -> Iterator[Verdict]:
        with Ground(**ground) as there:
            yield from work(there, sizes[small])

    return Check(name, run)
