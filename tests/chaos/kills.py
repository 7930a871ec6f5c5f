"""Programs are killed while people order: what must leave leaves, and hardly twice."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Any

import httpx
from chaos import customers, forms, mortal, poisoned, races
from chaos.customers import Outcome, Traffic
from chaos.ground import Ground
from support import verdicts
from support.verdicts import Check, Verdict
from support.worker import wait_until

from kernel import clock
from notifications.models import Message
from notifications.services import dead_letters, relay

#: Nobody watches a page here.
PROGRAMS = frozenset({"web", "worker", "beat"})
#: Seconds within which everything has left, lease and sweep included.
ENOUGH = 180
#: Seconds that a letter may take beside poison; at reduced size the machine is shared.
PROMPT, NEARLY_PROMPT = 2.0, 10.0


def _lease(seconds: int) -> dict[str, str]:
    """Return after how long a killed worker's message is anybody's.

    The product's own two minutes would only have us wait.
    """
    return {"OUTBOX_LEASE": str(seconds)}


def worker_killed(*, small: bool) -> Iterator[Verdict]:
    """Kill the worker again and again while it sends what people ordered."""
    kills, orders = (3, 40) if small else (20, 500)
    with Ground(told=_lease(5 if small else 20), only=PROGRAMS) as ground:
        with Traffic(ground, ground.goods(), limit=orders) as traffic:
            for number in range(kills):
                _wait_for_mails(ground, more=3)
                # Every other time whatever it is doing, else in the middle of a letter.
                with nullcontext() if number % 2 else _in_a_letter(ground):
                    ground.programs.kill("worker")
                ground.programs.start("worker")
            traffic.wait_for(orders)
        _wait_until_all_left(ground)
        name = f"worker killed {kills} times in {orders} orders"
        least, again = (kills + 1) // 2, _attempts_in_vain(ground)
        yield verdicts.at_least(f"{name}: interrupted", again, "attempts", least)
        yield from _delivered(ground, traffic.ordered, name=name, duplicates=kills)
        yield verdicts.exactly(
            f"{name}: broken answers", len(traffic.broken), "answers", 0
        )


@contextmanager
def _in_a_letter(ground: Ground) -> Iterator[None]:
    """Have the worker be in the middle of a letter, which does not arrive.

    Nobody may be left afterwards who could send another.
    """
    mail = ground.mail
    mail.is_dropping = True
    mail.gate.clear()
    try:
        wait_until(lambda: mail.held, seconds=ENOUGH, what="a letter under way")
        yield
    finally:
        mail.gate.set()
        wait_until(lambda: not mail.held, seconds=ENOUGH, what="its end")
        mail.is_dropping = False


def _attempts_in_vain(ground: Ground) -> int:
    """Count the attempts at messages that were begun and not finished."""
    with ground.inside("alder"):
        attempts = Message.objects.values_list("attempts", flat=True)
        return sum(number - 1 for number in attempts)


def web_killed(*, small: bool) -> Iterator[Verdict]:
    """Kill the web process that has committed an order, before it wakes the relay."""
    kills = 3 if small else 50
    with Ground(
        swaps={"quickcart.wsgi:application": "chaos.mortal:application"},
        told=_lease(5) | races.with_tests(),
        only=PROGRAMS,
    ) as ground:
        product = ground.goods()[0]
        demand = ground.var / mortal.DEMAND

        async def doomed(http: httpx.AsyncClient) -> Outcome:
            buyer = await _at_last(lambda: races.prepare(http, ground, product))
            demand.touch()
            return await buyer.customer.place(buyer.filled, presses=60)

        async def one_by_one(http: httpx.AsyncClient) -> list[Outcome]:
            keeping = asyncio.create_task(_keep_up(ground, "web"))
            try:
                return [await doomed(http) for _kill in range(kills)]
            finally:
                keeping.cancel()

        outcomes = customers.run(ground, one_by_one)
        _wait_until_all_left(ground)
        name = f"web killed {kills} times before the wake-up"
        died = sum(one.presses > 1 for one in outcomes)
        yield verdicts.exactly(
            f"{name}: answers that never came", died, "answers", kills
        )
        yield verdicts.exactly(
            f"{name}: acknowledged when pressed again",
            sum(one.is_ordered for one in outcomes),
            "orders",
            kills,
        )
        yield from _delivered(ground, outcomes, name=name, duplicates=0)


def poison(*, small: bool) -> Iterator[Verdict]:
    """Messages nobody can deliver, and one that kills who takes it."""
    orders, bad, prompt = (20, 5, NEARLY_PROMPT) if small else (200, 50, PROMPT)
    with Ground(
        swaps={"quickcart.celery": "chaos.poisoned"},
        told=_lease(3) | races.with_tests(),
        only=PROGRAMS,
    ) as ground:
        name = f"{bad} poison messages"
        baseline = _delays(ground, orders=orders)
        refused = _an_order_whose_mail_is_refused(ground)
        _pour(ground, bad=bad)
        poisoned_ones = _delays(ground, orders=orders)
        late, usual = (
            customers.percentile(delays, 0.95) for delays in (poisoned_ones, baseline)
        )
        what = f"{name}: delay of the others' mails, p95"
        # Nobody misses a letter for a second or two; who waits behind poison waits for
        # the lease of whom it killed. Twice of next to nothing is a matter of chance.
        yield verdicts.at_most(what, late, "s", prompt)
        yield verdicts.told(f"{what}, beside the usual", late, "s", baseline=usual)
        _wait_until_all_left(ground)
        dead = ground.letters(Message.State.DEAD)
        yield verdicts.exactly(f"{name}: dead letters", dead, "messages", bad + 2)
        yield from _replayed(ground, refused)
        breaches = ground.breaches()
        yield verdicts.exactly("poison: breaches", len(breaches), "rows", 0)


async def _keep_up(ground: Ground, name: str) -> None:
    """Start a program again whenever it has ended, as the launcher does.

    A server whose process dies twice in five seconds takes that for a crash loop.
    """
    while True:
        if ground.programs.processes[name].poll() is not None:
            ground.programs.start(name, is_awaited=False)
        await asyncio.sleep(0.2)


async def _at_last(prepare: Callable[[], Awaitable[races.Buyer]]) -> races.Buyer:
    """Return a buyer, where the process that showed a page may just have died.

    Raises:
        forms.NoForm: no page comes for long.
    """
    for _try in range(40):
        with contextlib.suppress(forms.NoForm):
            return await prepare()
        await asyncio.sleep(0.5)
    return await prepare()


def _replayed(ground: Ground, number: str) -> Iterator[Verdict]:
    """Replay the refused mail, twice: it goes out once."""
    replayed = []
    for _time in range(2):
        with ground.inside("alder"):
            refused = Message.objects.dead().filter(last_error__contains="no such")
            ids = list(refused.values_list("pk", flat=True))
            replayed.append(dead_letters.replay(now=clock.now(), ids=ids))
        wait_until(
            lambda: number in ground.confirmations(), seconds=60, what="the replay"
        )
        _wait_until_all_left(ground)
    sent = len(ground.confirmations()[number])
    yield verdicts.exactly("poison: replayed", sum(replayed), "messages", 1)
    yield verdicts.exactly("poison: mails after the replay", sent, "mails", 1)


def _an_order_whose_mail_is_refused(ground: Ground) -> str:
    """Place an order; its confirmation's recipient is refused for good."""
    ground.mail.faults.answers["RCPT"] = ["550 no such person"]
    with Traffic(ground, ground.goods(), at_once=1, limit=1) as traffic:
        traffic.wait_for(1)
    wait_until(
        lambda: ground.letters(Message.State.DEAD) == 1,
        seconds=60,
        what="the refused mail",
    )
    return ground.orders()[traffic.ordered[0].reference]


def _pour(ground: Ground, *, bad: int) -> None:
    """Post messages that nobody takes or that fail, and one that kills who takes it.

    They have one life left: trying eighteen times takes a day.
    """
    now, last = clock.now(), relay.MAX_ATTEMPTS - 1
    with ground.inside("alder"):
        for number in range(bad):
            kind = "unheard_of" if number % 2 else "order_mail"  # without its order
            _post(f"poison:{number}", kind=kind, attempts=last, now=now)
        _post("killer", kind=poisoned.KIND, attempts=last, now=now)


def _post(key: str, *, now: datetime, **facts: Any) -> None:
    Message.objects.create(dedupe_key=key, next_attempt_at=now, created_at=now, **facts)


def _delays(ground: Ground, *, orders: int) -> list[float]:
    """Place orders; return how long after the answer each confirmation came."""
    with Traffic(ground, ground.goods(), at_once=2, limit=orders) as traffic:
        traffic.wait_for(orders)
    numbers = ground.orders()
    answered = {numbers[one.reference]: one.at for one in traffic.ordered}
    wait_until(
        lambda: answered.keys() <= ground.confirmations().keys(),
        seconds=ENOUGH,
        what="every confirmation",
    )
    sent = ground.confirmations()
    return [max(0, sent[number][0] - at) for number, at in answered.items()]


def _wait_for_mails(ground: Ground, *, more: int) -> None:
    wanted = len(ground.mail.received) + more
    wait_until(
        lambda: len(ground.mail.received) >= wanted, seconds=ENOUGH, what="a few mails"
    )


def _wait_until_all_left(ground: Ground) -> None:
    wait_until(lambda: not ground.due(), seconds=ENOUGH, what="an empty outbox")


def _delivered(
    ground: Ground, outcomes: list[Outcome], *, name: str, duplicates: int
) -> Iterator[Verdict]:
    """Judge what the mail server has against what the shop has."""
    orders, sent = ground.orders(), ground.confirmations()
    acknowledged = {one.reference for one in outcomes if one.is_ordered}
    lost = acknowledged - orders.keys()
    missing = set(orders.values()) - sent.keys()
    twice = sum(map(len, sent.values())) - len(sent)
    yield verdicts.exactly(f"{name}: acknowledged and lost", len(lost), "orders", 0)
    yield verdicts.exactly(f"{name}: without confirmation", len(missing), "orders", 0)
    yield verdicts.at_most(f"{name}: confirmed twice", twice, "mails", duplicates)
    breaches = ground.breaches()
    yield verdicts.exactly(f"{name}: breaches", len(breaches), "rows", 0)


CHECKS = [
    Check("kills: worker", worker_killed),
    Check("kills: web before the wake-up", web_killed),
    Check("kills: poison", poison),
]
