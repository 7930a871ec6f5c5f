"""Programs are killed while people order: what must leave leaves, and hardly twice."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import httpx
from chaos import customers, forms, mortal, races
from chaos.customers import Outcome, Traffic
from chaos.ground import Ground
from chaos.pouring import Letter, Poison
from support import verdicts
from support.verdicts import Check, Verdict
from support.worker import wait_until

from kernel import clock
from notifications.models import Message
from notifications.services import dead_letters

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


@dataclass(frozen=True)
class Death:
    """A web process that died of an order.

    Args:
        answer: what the customer heard of it.
        made: the orders in the books after it.
        again: what came of pressing once more, when those had been counted.
    """

    answer: Outcome
    made: frozenset[str]
    again: Outcome


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

        async def doomed(http: httpx.AsyncClient) -> Death:
            buyer = await _at_last(lambda: races.prepare(http, ground, product))
            before = await asyncio.to_thread(ground.orders)
            demand.touch()
            answer = await _pressed_until(lambda: not demand.exists(), buyer)
            then = await asyncio.to_thread(ground.orders)
            again = await buyer.customer.place(buyer.filled, presses=60)
            return Death(answer, frozenset(then.keys() - before.keys()), again)

        async def one_by_one(http: httpx.AsyncClient) -> list[Death]:
            keeping = asyncio.create_task(_keep_up(ground, "web"))
            try:
                return [await doomed(http) for _kill in range(kills)]
            finally:
                keeping.cancel()

        deaths = customers.run(ground, one_by_one)
        _wait_until_all_left(ground)
        name = f"web killed {kills} times before the wake-up"
        yield from _died(deaths, name=name, kills=kills)
        outcomes = [death.again for death in deaths]
        yield from _delivered(ground, outcomes, name=name, duplicates=0)


def _died(deaths: list[Death], *, name: str, kills: int) -> Iterator[Verdict]:
    """Judge that processes died of orders that were written, each when it was."""
    unheard = sum(not one.answer.status for one in deaths)
    made = sum(len(one.made) == 1 for one in deaths)
    same = sum({one.again.reference} == one.made for one in deaths)
    yield verdicts.exactly(
        f"{name}: answers that never came", unheard, "answers", kills
    )
    yield verdicts.exactly(f"{name}: in the books by then", made, "orders", kills)
    yield verdicts.exactly(
        f"{name}: the same when pressed again", same, "orders", kills
    )


async def _pressed_until(is_over: Callable[[], bool], buyer: races.Buyer) -> Outcome:
    """Press until a process has taken its death; return what was answered then.

    Before, a server that takes deaths for a crash loop may leave one without an answer.
    """
    for _press in range(60):
        answer = await buyer.customer.place(buyer.filled)
        if answer.is_ordered or is_over():
            break
        await asyncio.sleep(0.5)
    return answer


def poison(*, small: bool) -> Iterator[Verdict]:
    """Messages nobody can deliver, or that kill who takes them, all the while."""
    orders, prompt = (20, NEARLY_PROMPT) if small else (200, PROMPT)
    with Ground(
        swaps={"quickcart.celery": "chaos.poisoned"},
        told=_lease(3) | races.with_tests(),
        only=PROGRAMS,
    ) as ground:
        usual = [letter.delay for letter in _letters(ground, orders=orders)]
        refused = _an_order_whose_mail_is_refused(ground)
        poured = Poison(ground)
        letters = _letters(ground, orders=orders, poured=poured)
        beside = [one.delay for one in letters if poured.was_due(one.posted)]
        least = orders // 4
        what = "poison: mails posted while it was due"
        yield verdicts.at_least(what, len(beside), "mails", least)
        late, what = customers.percentile(beside, 0.95), "poison: their delay, p95"
        # Nobody misses a letter for a second or two; who waits behind poison waits for
        # the lease of whom it killed. Twice of next to nothing is a matter of chance.
        yield verdicts.at_most(what, late, "s", prompt)
        before = customers.percentile(usual, 0.95)
        yield verdicts.told(f"{what}, beside the usual", late, "s", baseline=before)
        dead, wanted = ground.letters(Message.State.DEAD), poured.number + 1
        yield verdicts.exactly("poison: dead letters", dead, "messages", wanted)
        yield from _replayed(ground, refused)
        missing = set(ground.orders().values()) - ground.confirmations().keys()
        what = "poison: without confirmation"
        yield verdicts.exactly(what, len(missing), "orders", 0)
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


def _letters(
    ground: Ground, *, orders: int, poured: Poison | None = None
) -> list[Letter]:
    """Place orders, with or without poison; return their letters when all have left."""
    since = clock.now()
    with Traffic(ground, ground.goods(), at_once=2, limit=orders) as traffic:
        if poured:
            poured.pour(until=lambda: len(traffic.ordered) >= orders)
        traffic.wait_for(orders)
    _wait_until_all_left(ground)
    with ground.inside("alder"):
        letters = Message.objects.filter(dedupe_key__startswith="order_mail:")
        posted = letters.filter(created_at__gte=since, done_at__isnull=False)
        return [Letter(*row) for row in posted.values_list("created_at", "done_at")]


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
